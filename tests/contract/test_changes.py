"""What changed between two moments, in structure and in sentences; the timeline; who said what."""

from typing import Any

import httpx
import pytest

from pk_api.access.actor import Actor
from pk_api.contract.field_words import FIELDS, FOLLOWING
from pk_api.contract.parts import PARTS
from pk_api.contract.words import NOUNS, SENTENCES
from pk_api.records.values import Write
from tests.contract.wire import Api, Json, opened, registered, with_municipality
from tests.support.actors import (
    ALL,
    HOSPITAL,
    PATIENT,
    SYSTEM_HOSPITAL,
    SYSTEM_MUNICIPALITY,
    SYSTEM_PRIMARY,
)

NURSE = Actor(
    "staff", "portal", "Petra Lund", provider=HOSPITAL, unit=HOSPITAL, employee=f"{HOSPITAL}-N", scopes=ALL
)
START, END = "2099-03-20T09:00:00+01:00", "2099-03-20T09:30:00+01:00"
LATER = {"start": "2099-03-21T10:00:00+01:00", "end": "2099-03-21T10:30:00+01:00"}


async def asked(client: httpx.AsyncClient, contract: Json, path: str, **params: Any) -> Json:
    answer = await client.get(f"/contracts/{contract['id']}/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def lived(api: Api) -> tuple[Json, dict[str, str], dict[str, str]]:
    """A contract in which care, municipality and patient have done things; ids by part, references."""
    contract, references = await with_municipality(api)
    path = f"/contracts/{contract['id']}"
    nurse = {"reference": references[f"{HOSPITAL}-nurse"]}
    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(SYSTEM_MUNICIPALITY) as municipality:
        made = {
            "goals": await hospital.post(f"{path}/goals", json={"text": "Gå 500 meter"}),
            "actions": await municipality.post(f"{path}/actions", json={"text": "Träna", "side": "care"}),
            "appointments": await hospital.post(
                f"{path}/appointments", json={"start": START, "end": END, "with": [nurse]}
            ),
        }
        ids = {part: answer.json()["id"] for part, answer in made.items()}
        await hospital.patch(f"{path}/appointments/{ids['appointments']}", json=LATER)
        await municipality.patch(f"{path}/goals/{ids['goals']}", json={"due": "2099-06-01"})
    async with api.of(PATIENT) as patient:
        words = await patient.post(f"{path}/whatMatters", json={"text": "Gå till affären"})
        ids["whatMatters"] = words.json()["id"]
    return contract, ids, references


async def test_differences_are_told_by_part_id_and_field_with_who_did_it(api: Api) -> None:
    contract, ids, _ = await lived(api)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        told = await asked(hospital, contract, "changes", **{"from": "revision:3", "to": "revision:9"})

    found = {(each["part"], each["what"]): each for each in told["items"]}
    assert set(found) == {
        ("goals", "added"),
        ("actions", "added"),
        ("appointments", "added"),
        ("whatMatters", "added"),
    }
    goal = found["goals", "added"]
    assert (goal["id"], goal["revision"], goal["by"]["unitName"]) == (ids["goals"], 4, "Vårdgivare")
    due = next(each for each in goal["fields"] if each["field"] == "due")
    assert (due["after"], due["revision"], due["by"]["name"]) == ("2099-06-01", 8, "Kommunens system")
    assert (told["from"], told["to"]) == ({"revision": 3}, {"revision": 9})


@pytest.mark.one_database  # words, whatever they are kept in
async def test_sentences_say_in_swedish_what_care_and_patient_did(api: Api) -> None:
    contract, _, _ = await lived(api)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        told = await asked(hospital, contract, "changes", **{"from": "revision:6"})
        added = await asked(hospital, contract, "changes", **{"from": "revision:3", "to": "revision:4"})

    assert told["sentences"] == [
        "Vårdgivare flyttade tiden hos Petra Lund från 20 mars 2099 kl. 09.00 till 21 mars 2099 kl. 10.00.",
        "Vårdgivare angav måldatum för målet ”Gå 500 meter”: 1 juni 2099.",
        "Patienten lade till något som är viktigt: ”Gå till affären”.",
    ]
    assert added["sentences"] == ["Vårdgivare lade till ett mål: ”Gå 500 meter”."]


@pytest.mark.one_database  # words, whatever they are kept in
async def test_sentences_are_in_the_language_asked_for(api: Api) -> None:
    contract, _, _ = await lived(api)

    async with api.of(SYSTEM_HOSPITAL, language="en") as hospital:
        told = await asked(hospital, contract, "changes", **{"from": "revision:6"})

    assert told["sentences"] == [
        "Vårdgivare moved the time at Petra Lund from 20 March 2099 at 09.00 to 21 March 2099 at 10.00.",
        "Vårdgivare set the target date of the goal “Gå 500 meter”: 1 June 2099.",
        "The patient added something that matters: “Gå till affären”.",
    ]


@pytest.mark.one_database  # words, whatever they are kept in
async def test_back_and_forth_is_no_difference_and_the_wrong_order_is_refused(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}"
        goal = (await hospital.post(f"{path}/goals", json={"text": "Gå ut"})).json()["id"]
        for text in ("Gå hem", "Gå ut"):
            await hospital.patch(f"{path}/goals/{goal}", json={"text": text})
        told = await asked(hospital, contract, "changes", **{"from": "revision:2"})
        wrong = await hospital.get(f"{path}/changes", params={"from": "revision:3", "to": "revision:2"})
        bare = await hospital.get(f"{path}/changes")
        whole = await asked(hospital, contract, "changes", **{"from": "2000-01-01"})

    assert (told["items"], told["sentences"]) == ([], [])
    assert (wrong.status_code, bare.status_code) == (422, 400)
    assert whole["from"] == {"revision": 0}
    assert {each["part"] for each in whole["items"]} == {"contract", "patient", "goals", "team"}


@pytest.mark.one_database  # words, whatever they are kept in
async def test_a_removed_item_is_told_with_who_removed_it(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        path = f"/contracts/{contract['id']}"
        goal = (await hospital.post(f"{path}/goals", json={"text": "Gå ut"})).json()["id"]
        await api.records.write(SYSTEM_HOSPITAL, [Write("delete", "Goal", id=goal)])
        told = await asked(hospital, contract, "changes", **{"from": "revision:2"})

    (item,) = told["items"]
    assert (item["what"], item["text"]) == ("removed", "Vårdgivare tog bort målet ”Gå ut”.")


async def test_what_the_reader_does_not_see_is_in_no_change(api: Api) -> None:
    contract, ids, _ = await lived(api)
    path = f"/contracts/{contract['id']}"

    async with (
        api.of(SYSTEM_PRIMARY) as other,
        api.of(SYSTEM_HOSPITAL) as hospital,
        api.of(PATIENT) as patient,
    ):
        refused = [
            (await other.get(f"{path}/{each}", params=params)).status_code
            for each, params in (("changes", {"from": "revision:1"}), ("timeline", {}), ("provenance", {}))
        ]
        stored = (await api.records.read(SYSTEM_HOSPITAL, "Goal", ids["goals"])).resource
        label = {"system": "https://patientkontrakt.org/fhir/CodeSystem/pk-security", "code": "staff-only"}
        hidden = {**stored, "meta": {**stored["meta"], "security": [label]}}
        await api.records.write(SYSTEM_HOSPITAL, [Write("update", "Goal", hidden, id=ids["goals"])])
        told = [
            str(await asked(patient, contract, each, **params))
            for each, params in (("changes", {"from": "revision:1"}), ("timeline", {}), ("provenance", {}))
        ]
        seen = str(await asked(hospital, contract, "changes", **{"from": "revision:1"}))

    assert refused == [404, 404, 404]
    assert not any(ids["goals"] in each or "500 meter" in each for each in told)
    assert ids["goals"] in seen


async def test_the_timeline_tells_all_the_newest_first_page_by_page(api: Api) -> None:
    contract, _, _ = await lived(api)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        whole = (await asked(hospital, contract, "timeline"))["items"]
        pages, cursor = [], ""
        while cursor is not None:
            page = await asked(
                hospital, contract, "timeline", limit="3", **({"cursor": cursor} if cursor else {})
            )
            pages += page["items"]
            cursor = page["next"]

    assert pages == whole
    assert [each["at"] for each in whole] == sorted((each["at"] for each in whole), reverse=True)
    assert len({(each["reference"], each["version"]) for each in whole}) == len(whole)
    assert whole[0]["sentences"] == ["Patienten lade till något som är viktigt: ”Gå till affären”."]
    moved = next(each for each in whole if each["reference"].startswith("Appointment/"))
    assert moved["items"][0]["fields"][:2] == ["start", "end"]
    outside = [each for each in whole if each["revision"] is None]
    assert {each["reference"].partition("/")[0] for each in outside} == {"Patient"}


async def test_each_field_is_told_with_who_last_said_it(api: Api) -> None:
    contract, ids, _ = await lived(api)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        told, cursor = [], ""
        while cursor is not None:
            page = await asked(
                hospital, contract, "provenance", limit="2", **({"cursor": cursor} if cursor else {})
            )
            told += page["items"]
            cursor = page["next"]

    by_item = {(each["part"], each["id"]): each for each in told}
    goal = by_item["goals", ids["goals"]]
    fields = {each["field"]: each for each in goal["fields"]}
    assert (fields["text"]["by"]["name"], fields["text"]["revision"]) == ("Sjukhusets journal", 4)
    assert (fields["due"]["by"]["name"], fields["due"]["revision"]) == ("Kommunens system", 8)
    assert goal["made"]["revision"] == 4
    words = by_item["whatMatters", ids["whatMatters"]]
    assert {each["by"]["kind"] for each in words["fields"]} == {"patient"}
    assert [each["part"] for each in told][:2] == ["contract", "patient"]


@pytest.mark.one_database  # words, whatever they are kept in
async def test_a_person_of_staff_is_named_with_the_unit(api: Api) -> None:
    contract, ids, references = await lived(api)
    encounter = {
        "resourceType": "Encounter",
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": contract["patient"]["reference"]},
        "serviceProvider": {"reference": references[HOSPITAL]},
    }
    await api.records.write(SYSTEM_HOSPITAL, [Write("create", "Encounter", encounter)])

    async with api.of(NURSE) as nurse:
        path = f"/contracts/{contract['id']}"
        answer = await nurse.post(f"{path}/goals/{ids['goals']}/achieve")
        assert answer.status_code == 200, answer.text
        told = await asked(nurse, contract, "changes", **{"from": "revision:9"})

    assert told["sentences"] == [
        "Petra Lund, Vårdgivare ändrade status för målet ”Gå 500 meter” från aktiv till avslutad.",
        "Petra Lund, Vårdgivare angav hur det går för målet ”Gå 500 meter”: uppnått.",
    ]


@pytest.mark.parametrize("part", PARTS)
def test_every_field_of_an_item_has_words_or_follows_from_another(part: str) -> None:
    shown = {field.alias or name for name, field in PARTS[part].item.model_fields.items()}
    merged = {
        "when": "when.latest",
        "period": "period.end",
        "may": "may.cancel",
        "egenvard": "egenvard.on",
        "guarantee": "guarantee.due",
        "otherActor": "otherActor.answer",
    }
    names = {merged.get(name, name) for name in shown - {"id", "version", "reference"}}

    assert names - FIELDS.keys() - FOLLOWING == set()
    assert part in NOUNS


def test_every_sentence_has_both_languages_with_and_without_the_one_who_did_it() -> None:
    for active, passive in SENTENCES.values():
        assert all("{who}" in each for each in active)
        assert not any("{who}" in each for each in passive)


@pytest.mark.one_database  # words, whatever they are kept in
async def test_a_message_is_told_as_written_and_as_read(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    path = f"/contracts/{contract['id']}/messages"

    async with api.of(SYSTEM_HOSPITAL) as hospital, api.of(PATIENT) as client:
        sent = (await hospital.post(path, json={"text": "Hur mår du?", "topic": "Uppföljning"})).json()
        read = await client.post(f"{path}/{sent['id']}/read")
        assert read.status_code == 200, read.text
        told = (await asked(client, contract, "timeline", limit="2"))["items"]

    assert [each["sentences"] for each in told] == [
        ["Patienten läste meddelandet ”Uppföljning”."],
        ["Vårdgivare lade till ett meddelande: ”Uppföljning”."],
    ]


async def test_what_joined_without_being_written_is_told_without_the_one_who_did_it(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    goal = {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "Gå ut"}}
    (loose,) = await api.records.write(
        SYSTEM_HOSPITAL, [Write("create", "Goal", {**goal, "subject": {"reference": patient}})]
    )
    plan = (await api.records.read(SYSTEM_HOSPITAL, "CarePlan", contract["id"])).resource
    drawn = {**plan, "goal": [{"reference": loose.reference}]}
    await api.records.write(SYSTEM_HOSPITAL, [Write("update", "CarePlan", drawn, id=contract["id"])])

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        told = await asked(hospital, contract, "changes", **{"from": "revision:1"})

    assert told["sentences"] == ["Ett mål ”Gå ut” lades till."]
