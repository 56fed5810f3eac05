"""Every route of the contract API leaves its row before the answer leaves. On both databases.

The routes of the app are walked with the examples of its own description: a new one fails until it has one.
"""

import itertools
import re
from typing import Any

import pytest

from tests.support.service import Service, a_registered_contract
from tests.support.tables import select

_called = (f"contract-audited-{n}" for n in itertools.count())


def routes(service: Service) -> list[tuple[str, str, Any, Any]]:
    """Return method, address, example and query of every operation that the app describes."""
    document = service.app._rest.app.openapi()
    return [
        (method.upper(), path, _example(operation), _query(operation))
        for path, item in sorted(document["paths"].items())
        if path.startswith("/v1/")
        for method, operation in sorted(item.items())
    ]


def _example(operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("example")


def _query(operation: dict[str, Any]) -> dict[str, Any]:
    named = [one for one in operation.get("parameters", ()) if one["in"] == "query" and one.get("required")]
    return {one["name"]: one["example"] for one in named}


@pytest.mark.parametrize("actor", ["system-hospital", "patient-stroke", "operator"])
async def test_every_route_leaves_a_row(service: Service, actor: str) -> None:
    contract = (await a_registered_contract(service.http))["CarePlan"].split("/")[1]
    silent = []

    for method, path, example, query in routes(service):
        called = next(_called)
        address = path.replace("{contract}", contract)
        address = re.sub(r"{(row|number)}", "1", re.sub(r"{(item|check)}", "nothing", address))
        answer = await service.as_(actor).request(
            method, address, json=example, params=query, headers={"X-Request-Id": called}
        )
        told = "SELECT * FROM audit WHERE request_id = '{}'"
        if not await select(service.database_url, told.format(called)):
            silent.append((method, path, answer.status_code, answer.text[:200]))

    assert len(routes(service)) > 40
    assert silent == []
