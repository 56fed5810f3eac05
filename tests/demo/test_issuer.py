"""The demo's issuer: whose tokens it signs, what stands in them, and who may read its key."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from stat import S_IMODE

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from pk_api.demo.actors import ACTORS
from pk_api.demo.issuer import KEY_FILE, issue_token, jwks, jwks_path
from pk_api.fhir.problems import Problem
from tests.architecture.project import ROOT

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def claims_of(data_dir, name):
    token = issue_token(data_dir, name, now=NOW, lifetime=HOUR)
    return jwt.decode(token, KeySet.import_key_set(jwks(data_dir)), algorithms=["ES256"]).claims


def test_every_actor_that_was_asked_for_is_there():
    assert set(ACTORS) >= {
        *("system-hospital", "system-primary", "system-municipality", "system-booking"),
        *("nurse-stroke", "coordinator-primary", "manager-primary", "nurse-municipality", "doctor-elsewhere"),
        *("patient-stroke", "patient-cancer", "guardian-child", "godman", "statistics", "operator"),
        *("relative-stroke", "teenager", "homecare-municipality", "social-worker"),
    }


def test_the_readme_names_every_actor():
    page = (ROOT / "README.md").read_text()

    assert [name for name in ACTORS if f"`{name}`" not in page] == []


@pytest.mark.parametrize("name", ACTORS)
def test_a_token_is_signed_by_the_published_key(tmp_path, name):
    claims = claims_of(tmp_path, name)

    assert claims["iss"] == "https://demo.patientkontrakt.invalid"
    assert claims["aud"] == "pk_api"
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["scope"]
    assert claims["pk_kind"]


def test_a_nurse_acts_at_her_unit_of_the_region(tmp_path):
    claims = claims_of(tmp_path, "nurse-stroke")

    assert claims["care_provider_hsa_id"] == "SE2329990010-0001"
    assert claims["care_unit_hsa_id"] == "SE2329990010-1001"
    assert claims["employee_hsa_id"] == "SE2329990010-P001"
    assert "personal_identity_number" not in claims


def test_a_patient_has_no_care_provider(tmp_path):
    claims = claims_of(tmp_path, "patient-stroke")

    assert claims["personal_identity_number"] == "195009072553"
    assert "care_provider_hsa_id" not in claims


def test_a_guardian_acts_for_the_child(tmp_path):
    assert claims_of(tmp_path, "guardian-child")["acting_for"] == "Patient/child-patient"


def test_the_doctor_elsewhere_belongs_to_another_region(tmp_path):
    here = claims_of(tmp_path, "nurse-stroke")["care_provider_hsa_id"]

    assert claims_of(tmp_path, "doctor-elsewhere")["care_provider_hsa_id"] != here


def test_two_tokens_are_never_the_same(tmp_path):
    assert claims_of(tmp_path, "operator")["jti"] != claims_of(tmp_path, "operator")["jti"]


def test_the_key_is_readable_by_its_owner_only(tmp_path):
    jwks(tmp_path)

    assert S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_the_public_key_set_holds_no_private_part(tmp_path):
    assert set(jwks(tmp_path)["keys"][0]).isdisjoint({"d"})
    assert '"d"' not in jwks_path(tmp_path).read_text()


def test_processes_that_start_at_once_share_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        sets = list(pool.map(lambda _: jwks(tmp_path), range(8)))

    assert all(each == sets[0] for each in sets)
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_an_unknown_name_is_told_which_there_are(tmp_path):
    with pytest.raises(Problem, match="system-hospital"):
        issue_token(tmp_path, "nobody", now=NOW, lifetime=HOUR)
