"""Patient/$patientkontrakt, CarePlan/$as-of and $changes: a contract as it is and was, and what has changed.

Forms: docs/integrate-fhir.md.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from pk_api.contract.service.caller import Caller, Tongue, rows_of
from pk_api.contract.service.contracts import required_contract
from pk_api.contract.service.history import changes as changes_of
from pk_api.contract.service.me import own_contract
from pk_api.contract.service.moments import Moment, resolved
from pk_api.contract.service.moments import as_of as moment_of
from pk_api.contract.texts import LANGUAGES
from pk_api.fhir.bundles import collection_bundle
from pk_api.fhir.problems import Problem
from pk_api.fhir.values import dump
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.arguments import Arguments, arguments, refused
from pk_api.records.records import Records
from pk_api.records.values import ContractRows

_CHANGE: Final = (
    ("part", "valueCode"),
    ("id", "valueId"),
    ("what", "valueCode"),
    ("at", "valueInstant"),
    ("revision", "valueUnsignedInt"),
    ("text", "valueString"),
)
_FIELD: Final = (
    ("field", "valueString"),
    ("at", "valueInstant"),
    ("revision", "valueUnsignedInt"),
    ("text", "valueString"),
)
_VALUES: Final = ("before", "after")
Json = dict[str, Any]


async def as_of(records: Records, _: Cursors, call: Call) -> Reply:
    """Return a collection of the contract and all its members as they were, the contract first."""
    asked = arguments(call, {"at"})
    caller, contract = _caller(records, call, "sv"), call.id or ""
    rows = await rows_of(caller, contract, await resolved(caller, contract, _moment(asked, "at")))
    return _collected(call, rows, records.now())


async def overview(records: Records, _: Cursors, call: Call) -> Reply:
    """Return a collection of the patient's contract in force, else the latest, and its members.

    Of the type it is the caller's own. Problem not-found when there is none that is open to the caller.
    """
    arguments(call, set())
    caller = _caller(records, call, "sv")
    contract = await (required_contract(caller, call.id) if call.id else own_contract(caller))
    return _collected(call, await rows_of(caller, contract), records.now())


def _collected(call: Call, rows: ContractRows, now: datetime) -> Reply:
    """Return a contract and its members, the contract first."""
    first = [rows.contract, *(each for each in rows.members if each.key != rows.contract.key)]
    entries = [(f"{call.base}/{each.reference}", each.body.encode()) for each in first]
    return Reply(200, collection_bundle(entries, now=rows.at or now))


async def changes(records: Records, _: Cursors, call: Call) -> Reply:
    """Return what differs between two moments, as Parameters."""
    asked = arguments(call, {"from", "to", "language"})
    language = asked.one("language")
    if language not in {None, *LANGUAGES}:
        raise refused("language", f"one of {', '.join(LANGUAGES)} is expected")
    until = _moment(asked, "to") if asked.one("to") else None
    caller = _caller(records, call, language)
    told = await changes_of(caller, call.id or "", _moment(asked, "from"), until)
    ends = [{"name": end, "valueUnsignedInt": told[end]["revision"]} for end in ("from", "to")]
    items = [_change(each) for each in told["items"]]
    sentences = [{"name": "sentence", "valueString": each} for each in told["sentences"]]
    return Reply(200, dump({"resourceType": "Parameters", "parameter": [*ends, *items, *sentences]}))


def _caller(records: Records, call: Call, language: str | None = None) -> Caller:
    return Caller(records, call.actor, records.now(), Tongue(language), call.request_id)


def _moment(asked: Arguments, name: str) -> Moment:
    text = asked.one(name)
    if text is None:
        raise refused(name, "a moment is expected")
    try:
        return moment_of(text, name)
    except Problem as problem:
        raise Problem("invalid", problem.detail) from problem


def _change(item: Json) -> Json:
    parts = [
        *_parts(item, _CHANGE),
        {"name": "reference", "valueReference": {"reference": item["reference"]}},
    ]
    fields = [{"name": "field", "part": _field(each)} for each in item["fields"]]
    return {"name": "change", "part": [*parts, *_by(item), *fields]}


def _field(field: Json) -> list[Json]:
    values = [
        {"name": name, **_value(field[name])} for name in _VALUES if field[name] not in (None, "", [], {})
    ]
    return [*_parts(field, _FIELD), *_by(field), *values]


def _parts(row: Json, names: tuple[tuple[str, str], ...]) -> list[Json]:
    return [{"name": name, kind: row[name]} for name, kind in names if row[name] is not None]


def _by(row: Json) -> list[Json]:
    """Return who wrote: the unit, else the kind of caller, and the name of a person or system."""
    by: Mapping[str, Any] = row["by"] or {}
    told = {"kind": by.get("kind"), "name": by.get("name"), "unit": by.get("unitName") or by.get("unit")}
    parts = [{"name": name, "valueString": value} for name, value in told.items() if value]
    return [{"name": "by", "part": parts}] if parts else []


def _value(value: Any) -> Json:
    """Return a value of the contract API; lists and objects as JSON."""
    if isinstance(value, bool):
        return {"valueBoolean": value}
    return {"valueString": value if isinstance(value, str) else orjson.dumps(value).decode()}
