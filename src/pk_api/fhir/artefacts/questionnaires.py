"""The follow-up questions of a patientkontrakt, as Questionnaires with versions of their own.

Sources: the regional guideline for patientkontrakt (five questions); SKR, Metodstöd, uppföljning av
patientkontrakt, 20 October 2022 (seven to the patient, seven to the unit).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pk_api.fhir.artefacts.building import Json, artefact, canonical


@dataclass(frozen=True, slots=True)
class QuestionnaireRow:
    """A set of questions, in their order, and the types of resource that answer them."""

    id: str
    name: str
    version: str
    title: str
    description: str
    publisher: str
    subject: str
    questions: tuple[str, ...]


QUESTIONNAIRES: Final = (
    QuestionnaireRow(
        "pk-five-questions",
        "PkFiveQuestions",
        "1.0",
        "Fem frågor till patienten",
        "Five questions to the patient, asked regularly and whenever a plan is updated.",
        "Västra Götalandsregionen",
        "Patient",
        (
            "Har du en fast vårdkontakt som stöd för att samordna din vård?",
            "Har du en planering med vården som utgår från vad som är viktigt för dig?",
            "Har du en överblick över dina planer och nästa steg i vården?",
            "Har du enkla sätt att ta kontakt med vården när du behöver?",
            "Har du och vården tillsammans kommit överens om din nästa tid?",
        ),
    ),
    QuestionnaireRow(
        "pk-seven-questions",
        "PkSevenQuestions",
        "2022-10",
        "Sju frågor till patienten",
        "Seven questions to the patient.",
        "Sveriges Kommuner och Regioner",
        "Patient",
        (
            "Känner du att du kan ha fokus på att leva livet och litar på att du lätt får hjälp från vården "
            "när du behöver det?",
            "Har du en överenskommelse med vården som utgår från vad som är viktigt för dig, där du vet vad "
            "du gör för att må bra, vad du gör om du blir sjuk och vad vården gör?",
            "Har du enkla sätt att ta kontakt med vården?",
            "Har du en fast vårdkontakt (vid behov)?",
            "Vet du ditt nästa steg?",
            "Har du och vården kommit överens om din nästa tid tillsammans?",
            "Har du en överblick av dina olika planer i vården och hjälp med samordning vid behov?",
        ),
    ),
    QuestionnaireRow(
        "pk-seven-questions-unit",
        "PkSevenQuestionsUnit",
        "2022-10",
        "Sju frågor till vårdgivaren",
        "The same seven questions, mirrored, to the unit.",
        "Sveriges Kommuner och Regioner",
        "Organization",
        (
            "Vet ni om era patienter känner att de kan ha fokus på att leva livet och litar på att de lätt "
            "får hjälp från er när de behöver det?",
            "Har ni en överenskommelse med patienterna som utgår från vad som är viktigt för dem, där de vet "
            "vad de ska göra för att må bra, vad de ska göra om de blir sjuka och vad ni i vården ska göra?",
            "Har patienterna enkla sätt att ta kontakt med er?",
            "Erbjuder ni patienterna en fast vårdkontakt (vid behov)?",
            "Vet patienterna alltid sitt nästa steg?",
            "Har ni och patienten tillsammans kommit överens om tiden för nästa kontakt?",
            "Har era patienter en överblick av sina olika planer i vården och får hjälp med samordning vid "
            "behov?",
        ),
    ),
)


def questionnaires() -> Iterator[Json]:
    """Yield the Questionnaires."""
    for each in QUESTIONNAIRES:
        yield artefact(
            "Questionnaire",
            each.id,
            each.name,
            version=each.version,
            title=each.title,
            description=each.description,
            publisher=each.publisher,
            lines=each.questions,
            language="sv",
            subjectType=[each.subject],
            item=[_item(number, text) for number, text in enumerate(each.questions, 1)],
        )


def _item(number: int, text: str) -> Json:
    """Return a question with its answer by code, and room for words beneath."""
    words = {"linkId": f"{number}.1", "text": "Med egna ord", "type": "text", "required": False}
    return {
        "linkId": str(number),
        "prefix": f"{number}.",
        "text": text,
        "type": "choice",
        "required": False,
        "answerValueSet": canonical("ValueSet", "pk-answer"),
        "item": [words],
    }
