"""OperationDefinitions of the product's own operations; those of R4 are carried as they are.

Source: https://hl7.org/fhir/R4/operationdefinition.html. Which operations the service performs, and where,
stands in the table of operations; each one there whose definition is the product's has its row here.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from pk_api.fhir.artefacts.building import Json, artefact, canonical
from pk_api.fhir.artefacts.contract_operations import CONTRACT_OPERATIONS
from pk_api.fhir.artefacts.operation_rows import OperationRow, ParameterRow, on_instance
from pk_api.fhir.artefacts.wish_operations import WISH_OPERATIONS

DIFF: Final = canonical("OperationDefinition", "pk-diff")
PROPOSE_AGREEMENT: Final = canonical("OperationDefinition", "pk-propose-agreement")
AGREE: Final = canonical("OperationDefinition", "pk-agree")
DECLINE_AGREEMENT: Final = canonical("OperationDefinition", "pk-decline-agreement")
AGREEMENT: Final = canonical("OperationDefinition", "pk-agreement")
VERIFY_AGREEMENT: Final = canonical("OperationDefinition", "pk-verify-agreement")
AS_OF: Final = canonical("OperationDefinition", "pk-as-of")
CHANGES: Final = canonical("OperationDefinition", "pk-changes")
DISCHARGE_SUMMARY: Final = canonical("OperationDefinition", "pk-discharge-summary")
GIVE_DISCHARGE_SUMMARY: Final = canonical("OperationDefinition", "pk-give-discharge-summary")
MERGE_RECORD: Final = canonical("OperationDefinition", "pk-merge-record")
UNMERGE_RECORD: Final = canonical("OperationDefinition", "pk-unmerge-record")
NOTE_DEATH: Final = canonical("OperationDefinition", "pk-note-death")
OVERVIEW: Final = canonical("OperationDefinition", "pk-patientkontrakt")
_COLLECTION: Final = ParameterRow("return", "out", 1, "1", "A collection, the contract first", "Bundle")
_MOMENT: Final = (
    "An instant, a day (its end, Swedish time), revision: or agreement: and a number, "
    "or milestone: and a code of pk-milestone"
)
_BY: Final = ParameterRow(
    "by",
    "out",
    0,
    "1",
    "Who wrote it",
    parts=(
        ParameterRow("kind", "out", 1, "1", "The kind of caller", "string"),
        ParameterRow("name", "out", 0, "1", "The person or system", "string"),
        ParameterRow("unit", "out", 0, "1", "The unit", "string"),
    ),
)
_WRITTEN: Final = (
    ParameterRow("at", "out", 0, "1", "When it was last changed", "instant"),
    ParameterRow("revision", "out", 0, "1", "The contract's revision that did", "unsignedInt"),
    ParameterRow("text", "out", 0, "1", "A sentence of it", "string"),
    _BY,
)
_FIELD: Final = ParameterRow(
    "field",
    "out",
    0,
    "*",
    "A field of the item, as the contract API has it",
    parts=(
        ParameterRow("field", "out", 1, "1", "Its name", "string"),
        *_WRITTEN,
        ParameterRow("before", "out", 0, "1", "What stood there; lists and objects as JSON", "Element"),
        ParameterRow("after", "out", 0, "1", "What stands there", "Element"),
    ),
)
_ITEM: Final = ParameterRow(
    "change",
    "out",
    0,
    "*",
    "An item that differs",
    parts=(
        ParameterRow("part", "out", 1, "1", "The part of the contract, contract or patient", "code"),
        ParameterRow("id", "out", 1, "1", "The item's id", "id"),
        ParameterRow("what", "out", 1, "1", "added, changed or removed", "code"),
        ParameterRow("reference", "out", 1, "1", "The resource behind it", "Reference"),
        *_WRITTEN,
        _FIELD,
    ),
)
_CHANGE: Final = (
    ParameterRow("type", "out", 1, "1", "add, insert, delete or replace, as FHIRPath Patch has them", "code"),
    ParameterRow("path", "out", 1, "1", "The FHIRPath of the element, or of what it is added to", "string"),
    ParameterRow("name", "out", 0, "1", "The name of an element that is added", "string"),
    ParameterRow("index", "out", 0, "1", "Where an item is inserted in its list", "integer"),
    ParameterRow("previousValue", "out", 0, "1", "What stood there", "Element"),
    ParameterRow("value", "out", 0, "1", "What stands there", "Element"),
)
_NUMBER: Final = ParameterRow("number", "in", 0, "1", "The proposal's number; else the latest", "positiveInt")
_MEANS: Final = ParameterRow("means", "in", 0, "1", "How the answer was given, of pk-agreement-means", "code")
_PARTY: Final = ParameterRow("party", "in", 0, "1", "patient, when care notes what the patient said", "code")
_TOLD: Final = (
    ParameterRow("number", "out", 1, "1", "The proposal's number in the contract", "integer"),
    ParameterRow("state", "out", 1, "1", "proposed, agreed, superseded, declined or replaced", "string"),
)
_AGREEMENT: Final = (
    *_TOLD,
    ParameterRow("hash", "out", 0, "1", "The hash of the acceptance that the caller sees", "string"),
    ParameterRow("parties", "out", 1, "*", "A party, and what it answered", "Element"),
    ParameterRow("items", "out", 0, "*", "An item that was proposed, and whether it is agreed", "Element"),
    ParameterRow("changedSince", "out", 0, "*", "An agreed element that has changed", "Element"),
)


_DUPLICATE: Final = ParameterRow("duplicate", "in", 1, "1", "The other Patient, as Patient/id", "Reference")
_OF_PATIENT: Final = (
    ParameterRow("reference", "out", 1, "1", "The Patient", "string"),
    ParameterRow("version", "out", 1, "1", "Its version", "integer"),
    ParameterRow("replacedBy", "out", 0, "1", "The Patient that replaces it", "string"),
)
_BOTH: Final = (
    ParameterRow("patient", "out", 1, "1", "The Patient that stays", parts=_OF_PATIENT),
    ParameterRow("duplicate", "out", 1, "1", "The other one", parts=_OF_PATIENT),
)


OPERATIONS: Final = (
    on_instance(
        "Patient",
        "merge-record",
        "PkMergeRecord",
        "Slå ihop två uppgifter om samma person",
        "Let a Patient replace a duplicate, whose numbers lead to it; what is documented stays where it is.",
        _DUPLICATE,
        *_BOTH,
        changes=True,
    ),
    on_instance(
        "Patient",
        "unmerge-record",
        "PkUnmergeRecord",
        "Ta isär två uppgifter som inte gällde samma person",
        "Give each Patient the numbers that it bore.",
        _DUPLICATE,
        *_BOTH,
        changes=True,
    ),
    on_instance(
        "Patient",
        "note-death",
        "PkNoteDeath",
        "Anteckna ett dödsfall",
        "End the access of patient and stand-ins, complete the own contract, cancel the own times ahead.",
        ParameterRow("on", "in", 1, "1", "The day of death", "date"),
        ParameterRow("patient", "out", 1, "1", "The Patient", "string"),
        ParameterRow("version", "out", 1, "1", "Its version", "integer"),
        ParameterRow("deceased", "out", 1, "1", "The day", "string"),
        ParameterRow("contract", "out", 0, "1", "The contract that was completed", "string"),
        ParameterRow("cancelled", "out", 0, "*", "A time that was cancelled", "string"),
        changes=True,
    ),
    on_instance(
        "CarePlan",
        "propose-agreement",
        "PkProposeAgreement",
        "Föreslå en överenskommelse",
        "Ask the parties to agree to the contract as it stands; the proposer accepts it by that.",
        ParameterRow("text", "in", 0, "1", "What is said about it", "string"),
        _MEANS,
        *_AGREEMENT,
        changes=True,
    ),
    on_instance(
        "CarePlan",
        "agree",
        "PkAgree",
        "Godta en överenskommelse",
        "Accept a proposal for one's own party, but for single items.",
        _NUMBER,
        ParameterRow("exceptItem", "in", 0, "*", "The id of an item that is not agreed to", "string"),
        _MEANS,
        _PARTY,
        *_AGREEMENT,
        changes=True,
    ),
    on_instance(
        "CarePlan",
        "decline-agreement",
        "PkDeclineAgreement",
        "Avböj en överenskommelse",
        "Decline a proposal for one's own party.",
        _NUMBER,
        ParameterRow("reason", "in", 1, "1", "Why", "string"),
        _MEANS,
        _PARTY,
        *_AGREEMENT,
        changes=True,
    ),
    on_instance(
        "CarePlan",
        "agreement",
        "PkAgreementRead",
        "Läs en överenskommelse",
        "Return a proposal: its parties, its items, and what has changed since.",
        _NUMBER,
        *_AGREEMENT,
    ),
    on_instance(
        "CarePlan",
        "verify-agreement",
        "PkVerifyAgreement",
        "Kontrollera en överenskommelse",
        "Compute the hashes anew over what the caller sees, and say whether the agreement holds.",
        _NUMBER,
        *_TOLD,
        ParameterRow("acceptances", "out", 0, "*", "An acceptance, its hash and the one computed", "Element"),
        ParameterRow("holds", "out", 1, "1", "Whether it is in force and nothing has changed", "boolean"),
    ),
    on_instance(
        "CarePlan",
        "discharge-summary",
        "PkDischargeSummary",
        "Sammanfattning vid utskrivning",
        "Return the document that the patient was given at discharge; before that, what it would be.",
        ParameterRow("return", "out", 1, "1", "The document", "Bundle"),
    ),
    on_instance(
        "CarePlan",
        "give-discharge-summary",
        "PkGiveDischargeSummary",
        "Ge sammanfattningen vid utskrivning",
        "Keep the document as the patient is given it, as of the milestone first-at-discharge.",
        ParameterRow("text", "in", 1, "1", "The care that was given, for the patient", "string"),
        ParameterRow("return", "out", 1, "1", "The document", "Bundle"),
        changes=True,
    ),
    OperationRow(
        "pk-diff",
        "PkDiff",
        "diff",
        "Skillnaden mellan två versioner",
        "What changed between two versions of a resource, the last two when none are named.",
        ("Resource",),
        on_type=True,
        on_instance=True,
        parameters=(
            ParameterRow(
                "from", "in", 0, "1", "The earlier version, or a reference with a version", "string"
            ),
            ParameterRow("to", "in", 0, "1", "The later version, or a reference with a version", "string"),
            ParameterRow("includeMeta", "in", 0, "1", "Whether profiles, tags and labels count", "boolean"),
            ParameterRow("operation", "out", 0, "*", "One change", parts=_CHANGE),
        ),
    ),
    replace(
        on_instance(
            "Patient",
            "patientkontrakt",
            "PkPatientkontrakt",
            "Patientens patientkontrakt",
            "The patient's contract in force, else the latest, and its members that the caller sees.",
            _COLLECTION,
        ),
        on_type=True,
    ),
    on_instance(
        "CarePlan",
        "as-of",
        "PkAsOf",
        "Patientkontraktet som det var",
        "A contract and its members as they were, as far as the caller may see them now.",
        ParameterRow("at", "in", 1, "1", _MOMENT, "string"),
        _COLLECTION,
    ),
    on_instance(
        "CarePlan",
        "changes",
        "PkChanges",
        "Vad som har ändrats i patientkontraktet",
        "What differs in a contract between two moments, item by item, with who did it and in sentences.",
        ParameterRow("from", "in", 1, "1", _MOMENT, "string"),
        ParameterRow("to", "in", 0, "1", "As from; now when absent", "string"),
        ParameterRow("language", "in", 0, "1", "sv or en", "code"),
        ParameterRow("from", "out", 1, "1", "The revision then", "unsignedInt"),
        ParameterRow("to", "out", 1, "1", "The later revision", "unsignedInt"),
        _ITEM,
        ParameterRow("sentence", "out", 0, "*", "All sentences in their order", "string"),
    ),
)


def operation_definitions() -> Iterator[Json]:
    """Yield the OperationDefinitions."""
    for each in (*OPERATIONS, *WISH_OPERATIONS, *CONTRACT_OPERATIONS):
        yield artefact(
            "OperationDefinition",
            each.id,
            each.name,
            title=each.title,
            description=each.description,
            lines=[f"{p.use} {p.name} {p.least}..{p.most}: {p.documentation}" for p in each.parameters],
            kind="operation",
            affectsState=each.changes,
            code=each.code,
            resource=list(each.types),
            system=False,
            type=each.on_type,
            instance=each.on_instance,
            parameter=[parameter.resource() for parameter in each.parameters],
        )
