"""Which elements a change touches: some grounds open only the answer in an item that another wrote."""

from collections.abc import Mapping
from typing import Any

from pk_api.fhir import membership

_SERVERS_OWN = frozenset({"meta", "id", "resourceType", "text"})


def is_active_contract(resource: Mapping[str, Any]) -> bool:
    """Say whether the resource is a contract in force."""
    return membership.is_contract(resource) and membership.contract_state(resource) == "active"


def changes_only(before: Mapping[str, Any], after: Mapping[str, Any], elements: frozenset[str]) -> bool:
    """Say whether only these top-level elements differ; `extension:name` names extensions by URL ending."""
    named = {e.partition(":")[2] for e in elements if e.startswith("extension:")}
    plain = {e for e in elements if ":" not in e} | _SERVERS_OWN
    for name in (before.keys() | after.keys()) - plain:
        if name.removeprefix("_") in plain:
            continue
        if name == "extension":
            if _others(before, named) != _others(after, named):
                return False
        elif before.get(name) != after.get(name):
            return False
    return True


def _others(resource: Mapping[str, Any], named: set[str]) -> list[Any]:
    return [e for e in resource.get("extension", ()) if e.get("url", "").rpartition("/")[2] not in named]
