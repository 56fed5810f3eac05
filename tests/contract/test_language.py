"""The language of answers: as asked for; of a patient who asks for none, as kept for the patient."""

import pytest

from pk_api.records.values import Write
from tests.contract.agreeing import by
from tests.contract.wire import Api, Json, opened, registered
from tests.support.actors import PATIENT, SYSTEM_HOSPITAL

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # words, whatever is below
NOT_LEGAL = {"sv": "Ett patientkontrakt är", "en": "A patient contract is"}


async def contract_with_goal(api: Api) -> tuple[str, str]:
    """The contract's path, and its patient."""
    patient, _ = await registered(api.records)
    path = f"/contracts/{(await opened(api, patient))['id']}"
    await by(api, SYSTEM_HOSPITAL, "POST", f"{path}/goals", {"text": "Gå 500 m"})
    return path, patient


async def needs(api: Api, path: str, *told: Json) -> None:
    await by(api, PATIENT, "POST", f"{path}/communication-needs", {"needs": list(told)})


async def speaks(api: Api, patient: str, *languages: tuple[str, bool]) -> None:
    """Keep languages of the Patient, each with whether it is preferred."""
    stored = await api.records.read(SYSTEM_HOSPITAL, "Patient", patient.partition("/")[2])
    told = [
        {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": code}]}, "preferred": preferred}
        for code, preferred in languages
    ]
    resource = {**stored.resource, "communication": told}
    await api.records.write(SYSTEM_HOSPITAL, [Write("update", "Patient", resource, id=stored.id)])


async def test_who_asks_for_no_language_is_answered_in_the_patients(api: Api) -> None:
    path, _ = await contract_with_goal(api)
    await needs(api, path, {"kind": "language", "text": "Engelska"})

    async with api.of(PATIENT, language="") as own, api.of(SYSTEM_HOSPITAL, language="") as care:
        whole, told, log = [
            await own.get(path),
            await own.get(f"{path}/changes?from=revision:1"),
            await own.get(f"{path}/timeline"),
        ]
        swedish = await own.get(path, headers={"Accept-Language": "sv"})
        then = await own.get(f"{path}?asOf=revision:1")
        of_care = await care.get(path)

    assert whole.json()["notLegal"].startswith(NOT_LEGAL["en"])
    assert "added a goal: “Gå 500 m”" in told.json()["sentences"][0]
    assert "added a goal: “Gå 500 m”" in str(log.json()["items"])
    assert then.json()["notLegal"].startswith(NOT_LEGAL["en"])
    assert [each.headers["content-language"] for each in (whole, told, log, then)] == ["en"] * 4
    assert {each.headers["vary"] for each in (whole, told, log)} == {"Accept-Language"}
    for each in (swedish, of_care):
        assert each.json()["notLegal"].startswith(NOT_LEGAL["sv"])
        assert each.headers["content-language"] == "sv"


async def test_what_was_told_last_stands_before_what_is_registered(api: Api) -> None:
    path, patient = await contract_with_goal(api)
    heard = []

    async with api.of(PATIENT, language="") as own:
        for languages, told in (
            ((), None),
            ((("sv", False), ("en-GB", True)), None),
            ((("ar", True), ("en", False)), None),
            ((("en", True),), "svenska"),
            ((("en", True),), "arabiska"),
        ):
            if languages:
                await speaks(api, patient, *languages)
            await needs(api, path, *([{"kind": "language", "text": told}] if told else []))
            heard.append((await own.get(path)).headers["content-language"])

    assert heard == ["sv", "en", "en", "sv", "en"]


async def test_a_reader_who_holds_another_language_is_told_anew(api: Api) -> None:
    path, patient = await contract_with_goal(api)

    async with api.of(PATIENT, language="") as own:
        goal = (await own.get(f"{path}/goals")).json()["items"][0]["id"]
        whole, item = await own.get(path), await own.get(f"{path}/goals/{goal}")
        known = [{"If-None-Match": each.headers["etag"]} for each in (whole, item)]
        same = await own.get(path, headers=known[0])
        await speaks(api, patient, ("en", True))
        other = [
            await own.get(path, headers=known[0]),
            await own.get(f"{path}/goals/{goal}", headers=known[1]),
        ]

    assert same.status_code == 304
    assert [each.status_code for each in other] == [200, 200]
    assert [each.headers["content-language"] for each in other] == ["en", "en"]
