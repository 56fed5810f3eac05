"""Cursors that no list gave: refused, whatever they hold."""

import base64
from pathlib import Path
from typing import Any

import orjson
import pytest

from pk_api.records.records import Records
from tests.contract.wire import Api, opened, registered
from tests.support.actors import SYSTEM_HOSPITAL


@pytest.fixture
def api(records: Records) -> Api:
    return Api(records)


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    (tmp_path / "pk.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path / 'pk.db'}"


def _cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


async def test_a_cursor_tells_nothing_and_goes_with_its_own_list_only(api: Api) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    path = f"/contracts/{contract['id']}"

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        for key, text in (("1", "Gå"), ("2", "Läsa")):
            made = await hospital.post(f"{path}/goals", json={"text": text}, headers={"Idempotency-Key": key})
            assert made.status_code == 201, made.text
        cursor = (await hospital.get(f"{path}/goals", params={"limit": "1"})).json()["next"]
        goals = await hospital.get(f"{path}/goals", params={"cursor": cursor})
        others = await hospital.get(f"{path}/actions", params={"cursor": cursor})

    told = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert goals.status_code == 200
    assert others.status_code == 400
    assert contract["id"].encode() not in told
    assert b"[" not in told[:1]


@pytest.mark.parametrize("parts", [(), ("a",), (1,), (1, "a"), (1.5,), (1, 2, 3), (2**63, "a", "b"), (None,)])
async def test_a_cursor_of_another_shape_is_refused(api: Api, parts: tuple[Any, ...]) -> None:
    patient, _ = await registered(api.records)
    contract = await opened(api, patient)
    cursor = _cursor(*parts)

    async with api.of(SYSTEM_HOSPITAL) as hospital:
        found = await hospital.post("/contracts/search", json={"cursor": cursor})
        goals = await hospital.get(f"/contracts/{contract['id']}/goals", params={"cursor": cursor})
        revisions = await hospital.get(f"/contracts/{contract['id']}/revisions", params={"cursor": cursor})

    assert found.status_code == 400
    assert goals.status_code == 400
    assert revisions.status_code == 400
