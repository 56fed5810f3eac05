"""Where resources stand: the key behind a type and an id, and the patients within whom a search is."""

import re
from collections.abc import Sequence
from typing import Any

from pk_api.fhir.references import ID
from pk_api.fhir.search.query import Query
from pk_api.store import ids, reading
from pk_api.store.rows import Key

_ID = re.compile(ID)


async def key_of(db: Any, resource_type: str, resource_id: str | None) -> Key | None:
    """Return where a resource of this type and id stands, or would; None for an id that nobody chose."""
    if resource_id is None or not _ID.fullmatch(resource_id):
        return None
    patient = ids.key_in_id(resource_type, resource_id)
    if patient is None:
        chosen = await reading.chosen_keys(db, [(resource_type, resource_id)])
        patient = chosen.get((resource_type, resource_id))
    return Key(patient, resource_type, resource_id) if patient else None


async def keys_of(db: Any, names: Sequence[tuple[str, str]]) -> list[Key]:
    """Return where resources of these types and ids stand, or would, without those that nobody chose."""
    known = {name: ids.key_in_id(*name) for name in names if _ID.fullmatch(name[1])}
    chosen = await reading.chosen_keys(db, [name for name, patient in known.items() if patient is None])
    found = {name: patient or chosen.get(name) for name, patient in known.items()}
    return [Key(patient, *name) for name, patient in found.items() if patient is not None]


async def compartment_of(db: Any, query: Query) -> str:
    """Return the key of the patient in whose compartment is searched; empty when that is nobody's."""
    key = await key_of(db, "Patient", query.compartment.patient) if query.compartment else None
    return key.patient if key else ""


async def only_patient_of(db: Any, query: Query) -> Key | None:
    """Return the one Patient named in a search of types whose resources may be about several patients."""
    if query.names_every_patient or query.patients is None or len(query.patients) != 1:
        return None
    return await key_of(db, "Patient", next(iter(query.patients)))


async def patients_of(db: Any, query: Query) -> Sequence[str] | None:
    """Return the keys of the patients within whom the search is; None when it is not within any."""
    named: set[tuple[str, str]] = {("Patient", p) for p in query.patients or ()}
    if query.patients is None or not query.names_every_patient:
        if query.ids is None:
            return None
        named = {(query.type, one) for one in query.ids}
    keys = [await key_of(db, *one) for one in sorted(named)]
    return [k.patient for k in keys if k is not None]


def key_within(patient: str, reference: str) -> Key:
    """Return the key of what a reference names that is the patient's."""
    resource_type, _, resource_id = reference.partition("/")
    return Key(patient, resource_type, resource_id)
