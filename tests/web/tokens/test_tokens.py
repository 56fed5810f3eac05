"""Tokens become actors; what is not signed by a trusted issuer for this service becomes nothing."""

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from pk_api.access.actor import LimitedScope
from pk_api.fhir.problems import Problem
from pk_api.web.tokens.issuers import Trust
from pk_api.web.tokens.revoked import RevokedFile
from pk_api.web.tokens.tokens import Assurance, Grant, Tokens
from tests.web.tokens.signing import ISSUER, a_key, bearer, key_set, signed

REGION = "SE2321000016-1001"
TOLVAN = "191212121212"
CLIENTS = {
    "journal": Grant(REGION, None, "system/CarePlan.rs system/Goal.cruds"),
    "portal": Grant(None, None, "user/*.cruds patient/*.cruds"),
    "app": Grant(None, None, "patient/*.rs", kind="app"),
    "elsewhere": Grant(REGION, None, "system/*.rs", issuer="https://another.example"),
}
STAFF = {
    "client_id": "portal",
    "scope": "user/*.rs",
    "employeeHsaId": "SE2321000016-E1",
    "commissionHsaId": "SE2321000016-U7",
    "commissionName": "Sjuksköterska avdelning 7",
    "commissionPurpose": "Vård och behandling",
    "healthCareProviderHsaId": REGION,
    "healthCareProviderName": "Region Exempel",
    "healthCareUnitHsaId": "SE2321000016-2002",
    "healthCareUnitName": "Avdelning 7",
    "systemRole": ["pk;loggranskare"],
    "name": "Sture Sjuksköterska",
    "acr": "http://id.sambi.se/loa/loa3",
}


@pytest.fixture(scope="module")
def key() -> ECKey:
    return a_key()  # type: ignore[return-value]  # of the kind that is made when none is said


@pytest.fixture
def trusting(key: ECKey, tmp_path: Path) -> Callable[..., Tokens]:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(key_set(key)))

    def make(*, assurance: Assurance | None = None, revoked: Any = None, **trust: Any) -> Tokens:
        issuer = Trust(ISSUER, "pk_api", jwks_file=path, **trust)
        return Tokens([issuer], CLIENTS, assurance=assurance, revoked=revoked)

    return make


@pytest.fixture
def tokens(trusting: Callable[..., Tokens]) -> Tokens:
    return trusting()


async def test_a_client_is_what_the_operator_registered_whatever_the_token_says(
    tokens: Tokens, key: ECKey
) -> None:
    actor = await tokens.actor(bearer(key, care_provider_hsa_id="SE0000000000-9999", pk_kind="operator"))

    assert actor.kind == "system"
    assert actor.provider == REGION
    assert actor.scopes == (("CarePlan", "rs"), ("Goal", "cdrsu"))


async def test_staff_are_what_the_national_identity_service_tells(tokens: Tokens, key: ECKey) -> None:
    actor = await tokens.actor(bearer(key, **STAFF))

    assert (actor.kind, actor.employee, actor.name) == ("staff", "SE2321000016-E1", "Sture Sjuksköterska")
    assert (actor.provider, actor.provider_name) == (REGION, "Region Exempel")
    assert (actor.unit, actor.unit_name) == ("SE2321000016-2002", "Avdelning 7")
    assert (actor.assignment, actor.assignment_name) == ("SE2321000016-U7", "Sjuksköterska avdelning 7")
    assert (actor.purpose, actor.roles, actor.assurance) == ("care", ("pk;loggranskare",), 3)


async def test_an_app_that_was_started_for_a_patient_is_limited_to_that_one(
    tokens: Tokens, key: ECKey
) -> None:
    told = STAFF | {"scope": "patient/*.rs user/Organization.rs launch/patient", "patient": "Patient/tea"}

    actor = await tokens.actor(bearer(key, **told))

    assert actor.context == "tea"
    assert actor.scopes == (("Organization", "rs"),)
    assert actor.limited == (LimitedScope("*", "rs", patient=True),)


async def test_staff_of_another_care_provider_than_their_clients_are_refused(
    tokens: Tokens, key: ECKey
) -> None:
    told = STAFF | {"client_id": "journal", "healthCareProviderHsaId": "SE2120000142-3001"}

    with pytest.raises(Problem) as refusal:
        await tokens.actor(bearer(key, **told))

    assert refusal.value.kind == "forbidden"


@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        ({"client_id": "portal", "personalIdentityNumber": TOLVAN}, "patient"),
        (
            {"client_id": "portal", "https://id.oidc.se/claim/personalIdentityNumber": "19121212-1212"},
            "patient",
        ),
        ({"client_id": "portal", "personal_identity_number": TOLVAN, "acting_for": "Patient/x"}, "proxy"),
        ({"client_id": "app", "personal_identity_number": TOLVAN}, "app"),
        (STAFF, "staff"),
        ({}, "system"),
    ],
)
async def test_what_a_caller_is_follows_from_the_claims_and_the_client(
    tokens: Tokens, key: ECKey, claims: dict[str, Any], kind: str
) -> None:
    actor = await tokens.actor(bearer(key, **claims))

    assert actor.kind == kind
    assert actor.person is None or actor.person[1] == TOLVAN


async def test_an_issuer_vouches_for_no_others_than_the_operator_says(
    trusting: Callable[..., Tokens], key: ECKey
) -> None:
    tokens = trusting(kinds=frozenset({"patient"}))

    with pytest.raises(Problem) as refusal:
        await tokens.actor(bearer(key, **STAFF))

    assert refusal.value.kind == "forbidden"
    assert (await tokens.actor(bearer(key, client_id="portal", personalIdentityNumber=TOLVAN))).person


async def test_claims_are_called_what_the_operator_says(trusting: Callable[..., Tokens], key: ECKey) -> None:
    tokens = trusting(names={"employee": ("who.staff.id",), "provider": ("who.at",)})
    who = {"staff": {"id": "SE2321000016-E9"}, "at": REGION}

    actor = await tokens.actor(bearer(key, client_id="portal", who=who))

    assert (actor.kind, actor.employee, actor.provider) == ("staff", "SE2321000016-E9", REGION)


async def test_many_first_requests_at_once_are_all_believed(tokens: Tokens, key: ECKey) -> None:
    actors = await asyncio.gather(*(tokens.actor(bearer(key, jti=str(n))) for n in range(20)))

    assert len(actors) == 20


@pytest.mark.parametrize("acr", [None, "http://id.sambi.se/loa/loa2", "urn:x:loa:1", "loa2", "unknown"])
async def test_a_login_that_is_too_weak_is_told_what_is_needed(
    trusting: Callable[..., Tokens], key: ECKey, acr: str | None
) -> None:
    tokens = trusting(assurance=Assurance(patients=3, staff=3))

    with pytest.raises(Problem) as refusal:
        await tokens.actor(bearer(key, client_id="portal", personalIdentityNumber=TOLVAN, acr=acr))

    assert refusal.value.kind == "unauthenticated"
    assert "insufficient_user_authentication" in refusal.value.facts["headers"]["www-authenticate"]


@pytest.mark.parametrize(
    "acr", ["http://id.sambi.se/loa/loa3", "loa4", "http://eidas.europa.eu/LoA/substantial"]
)
async def test_a_login_that_is_strong_enough_is_let_in(
    trusting: Callable[..., Tokens], key: ECKey, acr: str
) -> None:
    tokens = trusting(assurance=Assurance(patients=3, staff=3))

    assert await tokens.actor(bearer(key, client_id="portal", personalIdentityNumber=TOLVAN, acr=acr))


async def test_a_revoked_token_is_refused_though_it_was_believed_before(
    trusting: Callable[..., Tokens], key: ECKey, tmp_path: Path
) -> None:
    path = tmp_path / "revoked.txt"
    path.write_text("another\n")
    now = [time.time()]
    tokens = trusting(revoked=RevokedFile(path))
    tokens._clock = lambda: now[0]
    one, other = bearer(key, jti="one"), bearer(key, jti="other", client_id="portal")
    assert await tokens.actor(one)
    assert await tokens.actor(other)

    path.write_text("another\none\nclient:portal\n")
    now[0] += 6

    for each in (one, other):
        with pytest.raises(Problem) as refusal:
            await tokens.actor(each)
        assert refusal.value.kind == "unauthenticated"


def test_a_list_of_revoked_tokens_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        RevokedFile(tmp_path / "nowhere")


async def test_only_typed_tokens_are_taken_where_the_operator_wants_them(
    trusting: Callable[..., Tokens], key: ECKey
) -> None:
    tokens = trusting(needs_type=True)

    with pytest.raises(Problem):
        await tokens.actor(bearer(key, header={"typ": "JWT"}))

    assert await tokens.actor(bearer(key, header={"typ": "at+jwt"}))


@pytest.mark.parametrize(("kind", "alg"), [("RSA", "RS256"), ("RSA", "PS256"), ("EC", "ES256")])
async def test_each_algorithm_of_the_list_is_believed(kind: str, alg: str, tmp_path: Path) -> None:
    key = a_key(kind)
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(key_set(key)))
    tokens = Tokens([Trust(ISSUER, "pk_api", jwks_file=path)], CLIENTS)

    assert await tokens.actor(bearer(key, alg))


async def test_an_algorithm_beside_the_list_is_refused(tmp_path: Path) -> None:
    key = a_key("RSA")
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(key_set(key)))
    tokens = Tokens([Trust(ISSUER, "pk_api", jwks_file=path)], CLIENTS)

    for alg in ("RS384", "RS512", "PS512"):
        with pytest.raises(Problem):
            await tokens.actor(bearer(key, alg))


@pytest.mark.parametrize("client", ["stranger", "elsewhere"])
async def test_a_client_that_is_not_registered_for_the_issuer_is_refused(
    tokens: Tokens, key: ECKey, client: str
) -> None:
    with pytest.raises(Problem) as refusal:
        await tokens.actor(bearer(key, client_id=client))

    assert refusal.value.kind == "forbidden"


async def test_who_logged_in_is_no_client(tokens: Tokens, key: ECKey) -> None:
    with pytest.raises(Problem) as refusal:
        await tokens.actor(bearer(key, client_id=None, sub="journal"))

    assert refusal.value.kind == "forbidden"


async def test_a_token_is_believed_until_it_expires_and_no_longer(
    trusting: Callable[..., Tokens], key: ECKey
) -> None:
    tokens = trusting()
    now = [time.time()]
    tokens._clock = lambda: now[0]
    text = f"Bearer {signed(key)}"
    assert await tokens.actor(text)

    now[0] += 606

    with pytest.raises(Problem):
        await tokens.actor(text)
