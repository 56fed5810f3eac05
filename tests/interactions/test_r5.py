"""The fast kontakt in FHIR R5 over the wire: read, searched and written, on both databases."""

from typing import Any

from fhir.resources.bundle import Bundle as R5Bundle
from fhir.resources.careteam import CareTeam as R5CareTeam

from pk_api.fhir.systems import FAST_KONTAKT, HSA_ID, INERA_CARE_TEAM, KV_FAST_KONTAKT
from tests.support.resources import a_patient, a_team
from tests.support.service import TOLVAN, Service, as_fhir, create, problems

Json = dict[str, Any]
R5 = "application/fhir+json; fhirVersion=5.0"
WANTED = {"Accept": R5}
SENT = {"Content-Type": R5}
TOLD = "application/fhir+json; fhirVersion=5.0; charset=utf-8"
MEMBER = {"type": "PractitionerRole", "identifier": {"system": HSA_ID, "value": "SE2329990010-A1"}}
NATIONAL = {"coding": [{"system": KV_FAST_KONTAKT, "code": "4"}]}


def a_contact(patient: str, **role: Any) -> Json:
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "category": [{"coding": [{"system": INERA_CARE_TEAM, "code": FAST_KONTAKT}]}],
        "subject": {"reference": patient},
        "participant": [{"role": role.get("role", [NATIONAL]), "member": MEMBER}],
        "telecom": [{"system": "phone", "value": "0980-319211"}],
    }


async def registered(service: Service) -> str:
    return f"Patient/{(await create(service.http, a_patient(TOLVAN)))['id']}"


async def test_a_contact_is_read_in_the_version_that_is_asked_for(service: Service) -> None:
    stored = await create(service.http, a_contact(await registered(service)))
    for place in (f"CareTeam/{stored['id']}", f"CareTeam/{stored['id']}/_history/1"):
        r5 = await service.http.get(f"/fhir/{place}", headers=WANTED)
        r4 = await service.http.get(f"/fhir/{place}")

        assert (r5.status_code, r5.headers["content-type"], r5.headers["etag"]) == (200, TOLD, 'W/"1"')
        assert R5CareTeam.model_validate(r5.json()).participant[0].role
        assert r5.json()["participant"][0]["role"] == NATIONAL
        assert r4.json()["participant"][0]["role"] == [NATIONAL]
        assert "fhirVersion=4.0" in r4.headers["content-type"]


async def test_format_asks_for_the_version_too(service: Service) -> None:
    stored = await create(service.http, a_contact(await registered(service)))

    r5 = await service.http.get(f"/fhir/CareTeam/{stored['id']}", params={"_format": R5})

    assert (r5.status_code, r5.headers["content-type"]) == (200, TOLD)


async def test_contacts_are_searched_in_r5(service: Service) -> None:
    patient = await registered(service)
    stored = await create(service.http, a_contact(patient))
    await create(service.http, a_team(patient, []) | {"participant": [{"member": {"reference": patient}}]})
    place = f"/fhir/CareTeam?patient={patient}"

    narrow = await service.http.get(f"{place}&category={INERA_CARE_TEAM}|{FAST_KONTAKT}", headers=WANTED)
    wide = await service.http.get(place, headers=WANTED)

    assert (narrow.status_code, narrow.headers["content-type"]) == (200, TOLD)
    found = R5Bundle.model_validate(narrow.json())
    assert [one.resource.id for one in found.entry] == [stored["id"]]
    assert (wide.status_code, problems(wide)[0]["code"]) == (406, "not-supported")


async def test_an_empty_search_is_a_bundle_in_r5(service: Service) -> None:
    answer = await service.http.get("/fhir/CareTeam?status=proposed", headers=WANTED)

    assert (answer.status_code, answer.json().get("total", 0)) == (200, 0)


async def test_a_contact_is_created_and_updated_in_r5(service: Service) -> None:
    r5 = a_contact(await registered(service), role=NATIONAL)

    made = await service.http.post("/fhir/CareTeam", json=r5, headers=SENT)
    changed = made.json() | {"name": "Fast vårdkontakt"}
    updated = await service.http.put(
        f"/fhir/CareTeam/{changed['id']}", json=changed, headers=SENT | {"If-Match": 'W/"1"'}
    )
    r4 = (await service.http.get(f"/fhir/CareTeam/{changed['id']}")).json()

    assert (made.status_code, made.headers["content-type"]) == (201, TOLD)
    assert (updated.status_code, updated.json()["name"]) == (200, "Fast vårdkontakt")
    assert r4["participant"][0]["role"] == [NATIONAL]


async def test_sent_in_one_version_and_told_in_the_other(service: Service) -> None:
    r5 = a_contact(await registered(service), role=NATIONAL)

    made = await service.http.post(
        "/fhir/CareTeam", json=r5, headers=SENT | {"Accept": "application/fhir+json; fhirVersion=4.0"}
    )

    assert made.json()["participant"][0]["role"] == [NATIONAL]
    assert "fhirVersion=4.0" in made.headers["content-type"]


async def test_a_claim_of_ineras_profile_is_held_to_it(service: Service) -> None:
    inera = "https://fhir.inera.se/ig/careteam/StructureDefinition/RIVCareManager-careteam"
    claiming = a_contact(await registered(service), role=NATIONAL) | {"meta": {"profile": [inera]}}
    del claiming["participant"][0]["member"]
    claiming["status"] = "proposed"

    refused = await service.http.post("/fhir/CareTeam", json=claiming, headers=SENT)

    assert refused.status_code == 422
    assert problems(refused)[0]["expression"] == ["CareTeam.participant[0].member"]


async def test_what_cannot_be_told_in_r5_is_not_written(service: Service) -> None:
    patient = await registered(service)
    team = a_team(patient, [patient])

    answer = await service.http.post("/fhir/CareTeam", json=team, headers=as_fhir(Accept=R5))
    found = await service.http.get(f"/fhir/CareTeam?patient={patient}")

    assert (answer.status_code, found.json()["total"]) == (406, 0)


async def test_what_is_not_the_guides_in_r5_is_stored_in_r4_or_not_at_all(service: Service) -> None:
    r5 = a_contact(await registered(service), role="x")

    answer = await service.http.post("/fhir/CareTeam", json=r5, headers=SENT)

    assert answer.status_code == 400
    assert problems(answer)


async def test_the_statement_tells_of_it(service: Service) -> None:
    (rest,) = (await service.http.get("/fhir/metadata")).json()["rest"]
    told = [one["type"] for one in rest["resource"] if "fhirVersion=5.0" in one.get("documentation", "")]

    assert told == ["CareTeam"]
