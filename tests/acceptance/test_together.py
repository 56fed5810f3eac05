"""Scenario 1: two units and the patient write on the same task at the same time, and nothing is lost."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.acceptance.conftest import Caller, Place
from tests.support.service import as_fhir

Json = dict[str, Any]
TASK = "/fhir/Task/stroke-exercise"
CONTRACT = "/v1/contracts/stroke-contract"
ROUNDS = 5


def notes_by(caller: Caller, who: str) -> int:
    """Add notes one by one, each on the version last read; return how often somebody else came first."""
    overtaken = 0
    for n in range(ROUNDS):
        while True:
            read = caller.http.get(TASK)
            task = read.json()
            task["note"] = [*task.get("note", []), {"text": f"{who} {n}"}]
            headers = as_fhir(If_Match=read.headers["etag"])
            answer = caller.http.put(TASK, json=task, headers=headers)
            if answer.status_code == 200:
                break
            assert answer.status_code == 412, answer.text
            overtaken += 1
    return overtaken


def test_nothing_is_lost_and_the_history_tells_who_and_what(place: Place) -> None:
    hospital, patient = place.caller("system-hospital"), place.caller("patient-stroke")
    writers = {
        "sjukhuset": hospital,
        "vårdcentralen": place.caller("system-primary"),
        "patienten": patient,
    }
    before = int(hospital.reads(TASK)["meta"]["versionId"])
    revision = hospital.reads(CONTRACT)["revision"]

    with ThreadPoolExecutor(len(writers)) as pool:
        overtaken = list(pool.map(lambda one: notes_by(one[1], one[0]), writers.items()))

    written = {f"{who} {n}" for who in writers for n in range(ROUNDS)}
    task = hospital.reads(TASK)
    assert {note["text"] for note in task["note"]} >= written
    assert int(task["meta"]["versionId"]) == before + len(written)
    assert sum(overtaken) > 0, "the writers were never in each other's way: nothing was tried"

    versions = hospital.reads(f"{TASK}/_history?_count=100")["entry"]
    assert len(versions) == before + len(written)
    told = hospital.reads(f"{CONTRACT}/revisions?limit=100")["items"]
    mine = [each for each in told if each["number"] > revision]
    kinds = {(each["by"]["kind"], each["by"]["unit"]) for each in mine}
    assert len(mine) == len(written)
    assert {kind for kind, _ in kinds} == {"system", "patient"}
    assert len({unit for _, unit in kinds if unit}) == 2


def test_who_comes_late_with_an_old_version_is_told_which_one_stands(place: Place) -> None:
    hospital, primary = place.caller("system-hospital"), place.caller("system-primary")
    read = primary.http.get(TASK)
    theirs = read.json() | {"note": [*read.json().get("note", []), {"text": "Först"}]}
    assert hospital.http.put(TASK, json=theirs, headers=as_fhir()).status_code == 200

    late = primary.http.put(TASK, json=read.json(), headers=as_fhir(If_Match=read.headers["etag"]))

    assert late.status_code == 412
    stands = hospital.reads(TASK)["meta"]["versionId"]
    assert f"the current one is {stands}" in late.json()["issue"][0]["diagnostics"]


def test_plain_json_says_both_sides_of_a_conflict(place: Place) -> None:
    hospital, primary = place.caller("system-hospital"), place.caller("system-primary")
    added = primary.sends(f"{CONTRACT}/actions", {"text": "Ring på fredag", "side": "care"}, 201)
    seen = str(hospital.reads(CONTRACT)["revision"])
    primary.changes(f"{CONTRACT}/actions/{added['id']}", {"text": "Ring på torsdag"})

    told = hospital.changes(
        CONTRACT, {"actions": {added["id"]: {"text": "Ring på måndag"}}}, 409, Base_Revision=seen
    )

    (conflict,) = told["conflicts"]
    sides = (conflict["base"], conflict["theirs"], conflict["yours"])
    assert sides == ("Ring på fredag", "Ring på torsdag", "Ring på måndag")
