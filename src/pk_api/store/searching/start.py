"""Where a search that is within no patient starts: what meets one of its conditions, by an index."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, tuple_

from pk_api.store.searching.conditions import param
from pk_api.store.searching.forms import Test
from pk_api.store.tables import CURRENT, LOOKUP, REFERENCE

_LAST_TEXT = "\U0010ffff"


def started(test: Test, name: str, resource_type: str) -> ColumnElement[bool]:
    """Return the condition of being among the candidates for a test."""
    return tuple_(CURRENT.c.patient_key, CURRENT.c.id).in_(_candidates(test, name, resource_type))


def _candidates(test: Test, name: str, resource_type: str) -> Select[Any]:
    """Select (patient key, id) of resources of the type that may meet the test, and of all that do."""
    if test.kind == "chain":
        return _chained(test, name, resource_type)
    if test.kind == "has":
        return _referred(test, name, resource_type)
    values = [param(f"{name}s{i}") for i in range(test.many)]
    if test.start == "reference":
        return select(REFERENCE.c.patient_key, REFERENCE.c.id).where(
            REFERENCE.c.type == resource_type, or_(*(_leads_to(value) for value in values))
        )
    if test.start == "prefix":
        match = or_(*(and_(LOOKUP.c.value >= v, LOOKUP.c.value < v.concat(_LAST_TEXT)) for v in values))
    else:
        match = LOOKUP.c.value.in_(values)
    return select(LOOKUP.c.patient_key, LOOKUP.c.id).where(
        LOOKUP.c.type == resource_type, LOOKUP.c.param == test.code, match
    )


def _leads_to(value: Any) -> ColumnElement[bool]:
    """The reference is `Type/id`, given in two parts so that the index can be used."""
    return and_(
        REFERENCE.c.target_type == param(f"{value.key}t"), REFERENCE.c.target_id == param(f"{value.key}i")
    )


def _chained(test: Test, name: str, resource_type: str) -> Select[Any]:
    ref = REFERENCE.alias(f"{name}c")
    branches = []
    for n, (type_, inner) in enumerate(zip(test.types, test.inner, strict=True)):
        found = _candidates(inner, f"{name}_{n}", type_)
        ends = tuple_(ref.c.target_key, ref.c.target_id).in_(found)
        branches.append(and_(ref.c.target_type == type_, ends))
    return select(ref.c.patient_key, ref.c.id).where(ref.c.type == resource_type, or_(*branches))


def _referred(test: Test, name: str, resource_type: str) -> Select[Any]:
    ref = REFERENCE.alias(f"{name}h")
    found = _candidates(test.inner[0], f"{name}_0", test.types[0])
    return select(ref.c.target_key, ref.c.target_id).where(
        ref.c.type == test.types[0],
        ref.c.target_type == resource_type,
        tuple_(ref.c.patient_key, ref.c.id).in_(found),
    )


def in_compartment_started() -> ColumnElement[bool]:
    """Return the condition of referring to the patient of the compartment, or being the patient."""
    patient = param("compartment")
    found = select(REFERENCE.c.patient_key, REFERENCE.c.type, REFERENCE.c.id).where(
        REFERENCE.c.target_type == "Patient", REFERENCE.c.target_id == patient
    )
    own = select(param("compartment_key"), literal("Patient"), patient)
    return tuple_(CURRENT.c.patient_key, CURRENT.c.type, CURRENT.c.id).in_(found.union_all(own))
