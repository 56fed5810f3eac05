"""What the service serves of the demo keeps the Swedish profiles, in R4 and R5, on both databases."""

from typing import Any

import pytest
from fhir.resources.careteam import CareTeam as R5CareTeam

from pk_api.fhir.profiles.known import KNOWN
from pk_api.fhir.systems import BASE, FAST_KONTAKT, INERA_CARE_TEAM, KV_FAST_KONTAKT
from tests.support.service import Service, as_fhir, pages, problems, resources_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

Json = dict[str, Any]
SE = "http://hl7.se/fhir/ig/base/StructureDefinition/SEBase"
INERA = f"{BASE}/StructureDefinition/pk-inera-named-contact"
CONTACTS = f"/fhir/CareTeam?category={INERA_CARE_TEAM}|{FAST_KONTAKT}"
WANTED = {"Accept": "application/fhir+json; fhirVersion=5.0"}


@pytest.mark.parametrize("kind", ["Patient", "Practitioner", "PractitionerRole", "Organization"])
async def test_people_and_organisations_keep_hl7_swedens_base_profiles(demo: Service, kind: str) -> None:
    found = resources_of(await pages(demo.http, f"/fhir/{kind}"))

    assert len(found) >= 3
    assert [issue for one in found for issue in KNOWN.check(one, SE + kind)] == []


@pytest.mark.parametrize("kind", ["Patient", "Practitioner", "PractitionerRole", "Organization"])
async def test_validate_says_so_too(demo: Service, kind: str) -> None:
    (stored, *_) = resources_of(await pages(demo.http, f"/fhir/{kind}?_count=1", most=1))

    by_address = await demo.http.get(f"/fhir/{kind}/{stored['id']}/$validate?profile={SE}{kind}")
    by_body = await demo.http.post(
        f"/fhir/{kind}/$validate?profile={SE}{kind}", json=stored, headers=as_fhir()
    )

    for answer in (by_address, by_body):
        assert (answer.status_code, problems(answer)[0]["severity"]) == (200, "information")


async def test_contacts_of_a_national_kind_keep_ineras_guide(demo: Service) -> None:
    found = resources_of(await pages(demo.http, CONTACTS))
    national = [one for one in found if KV_FAST_KONTAKT in str(one["participant"][0]["role"])]

    assert len(national) >= 3
    assert [issue for one in national for issue in KNOWN.check(one, INERA)] == []


async def test_every_contact_is_told_in_r5_in_the_shape_of_ineras_guide(demo: Service) -> None:
    answer = await demo.http.get(CONTACTS, headers=WANTED)

    assert answer.status_code == 200
    for one in resources_of([answer.json()]):
        R5CareTeam.model_validate(one)
        (participant,) = one["participant"]
        assert participant["role"]["coding"]
        assert participant["member"]["reference"].startswith("PractitionerRole/")
        assert "reasonCode" not in one
