"""Audit rows of an access: one for each patient touched.

Source: HSLF-FS 2016:40 4 kap. 9 §, RIV StoreLog 2.0.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from pk_api.access.actor import Actor
from pk_api.fhir.identity import names_person
from pk_api.fhir.search.filters import Filter
from pk_api.fhir.search.query import Query
from pk_api.store.everything import Line
from pk_api.store.rows import AuditRow, Key, Stored
from pk_api.store.tables import SHARED

_SEVERAL: Final = frozenset({"Appointment", "AppointmentResponse", "Group"})
"""Types whose resources may be about several patients: each of them has a row."""

_NAMED: Final = re.compile(r'"Patient/([A-Za-z0-9\-.]{1,64})"')


FindKey = Callable[[str, str], Awaitable[Key | None]]


async def touched(rows: Iterable[Stored | Line], find: FindKey) -> list[tuple[Key, int]]:
    """Return what is told, under every patient whom it is about; `find` says where a Patient stands."""
    rows = list(rows)
    out = [(row.key, row.version) for row in rows]
    found: dict[str, Key | None] = {}
    for row in (row for row in rows if row.key.type in _SEVERAL):
        for patient in _also_named(row):
            if patient not in found:
                found[patient] = await find("Patient", patient)
            key = found[patient]
            if key is not None and key.patient != row.key.patient:
                out.append((row.key._replace(patient=key.patient), row.version))
    return out


def _also_named(row: Stored | Line) -> list[str]:
    """Return the ids of the Patients whom a resource names; none when it names only whom it is kept with."""
    if row.key.patient != SHARED and row.body.count('"Patient/') == 1:
        return []
    named = sorted(set(_NAMED.findall(row.body)))
    return [] if len(named) == 1 and row.key.patient != SHARED else named


@dataclass(frozen=True, slots=True)
class Access:
    """What is being done, by whom, in which request."""

    actor: Actor
    interaction: str
    request_id: str = ""


def told_of(query: Query) -> str:
    """Return what the audit keeps of a search: its type and its parameters, never a value."""
    links = (one.parameter.code for one in query.conditions if not isinstance(one, Filter))
    codes = {*(f.code for f in query.filters), *links, *(["compartment"] if query.compartment else [])}
    return f"{query.type} by {' '.join(sorted(codes))}" if codes else query.type


def audit_rows(
    access: Access,
    touched: Iterable[tuple[Key, int | None]],
    *,
    rule: str,
    outcome: str = "allowed",
    detail: str | None = None,
    judged: str = "",
) -> list[AuditRow]:
    """Return one row for each patient among what was touched (and one without a patient if nothing was).

    `judged` is the patient by whose facts the rule has been judged.
    """
    by_patient: dict[str, list[tuple[Key, int | None]]] = {}
    for key, version in touched:
        by_patient.setdefault(key.patient, []).append((key, version))
    return [
        _row(access, patient, entities, rule=rule, outcome=outcome, detail=detail, judged=judged)
        for patient, entities in (by_patient or {SHARED: []}).items()
    ]


def _row(
    access: Access,
    patient: str,
    entities: Sequence[tuple[Key, int | None]],
    *,
    rule: str,
    outcome: str,
    detail: str | None,
    judged: str,
) -> AuditRow:
    actor = access.actor
    return AuditRow(
        patient=patient,
        interaction=access.interaction,
        outcome=outcome,
        rule=rule,
        actor_kind=actor.kind,
        client=actor.client,
        actor=actor.employee or actor.name or None,
        provider=actor.provider,
        unit=actor.unit,
        purpose=actor.purpose,
        entities=_entities(entities),
        detail=detail,
        request_id=access.request_id,
        person=actor.person[1] if actor.person and not actor.employee else None,
        name=actor.name or None,
        title=actor.title,
        assignment=actor.assignment,
        provider_name=actor.provider_name,
        unit_name=actor.unit_name,
        acting_for=actor.acting_for,
        is_judged=patient == judged != SHARED,
    )


def _entities(entities: Sequence[tuple[Key, int | None]]) -> str:
    return orjson.dumps([_name(key, version) for key, version in entities]).decode()


def _name(key: Key, version: int | None) -> str:
    """Return the reference; an id that was only asked for, and is an identity number, is left out."""
    if version is not None:
        return f"{key.reference}/_history/{version}"
    return key.type if key.patient == SHARED and names_person(key.id) else key.reference
