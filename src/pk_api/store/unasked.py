"""What checks of the door read under the lock, whoever asks: no reader is told what comes out of here."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Text, and_, bindparam, select

from pk_api.fhir.values import parse
from pk_api.store.database import Statement
from pk_api.store.dialect import Dialect
from pk_api.store.locked import pack_keys
from pk_api.store.reading import KEY_COLUMNS, body_of
from pk_api.store.rows import Key, Stored, from_micros
from pk_api.store.tables import CURRENT


def _bodies(d: Dialect) -> Any:
    given = d.rows("k", KEY_COLUMNS)
    columns = [CURRENT.c[name] for name in (*KEY_COLUMNS, "version", "updated")]
    return (
        select(*columns, body_of().label("body"))
        .join(given, and_(*(CURRENT.c[name] == given.c[name] for name in KEY_COLUMNS)))
        .where(CURRENT.c.deleted == 0)
    )


_BODIES = Statement(_bodies)


def _owners(d: Dialect) -> Any:
    given = d.rows("k", KEY_COLUMNS)
    columns = [CURRENT.c[name] for name in (*KEY_COLUMNS, "owner")]
    return select(*columns).join(given, and_(*(CURRENT.c[name] == given.c[name] for name in KEY_COLUMNS)))


_OWNERS = Statement(_owners)

_LABELLED = Statement(
    lambda _: select(CURRENT.c.id, body_of().label("body")).where(
        CURRENT.c.patient_key == bindparam("patient", type_=Text),
        CURRENT.c.type == bindparam("type", type_=Text),
        CURRENT.c.deleted == 0,
        CURRENT.c.labels.contains(bindparam("label", type_=Text)),
    )
)


_OF_TYPE = Statement(
    lambda _: select(CURRENT.c.id, body_of().label("body")).where(
        CURRENT.c.patient_key == bindparam("patient", type_=Text),
        CURRENT.c.type == bindparam("type", type_=Text),
        CURRENT.c.deleted == 0,
    )
)


async def standing(tx: Any, keys: Collection[Key]) -> dict[Key, Stored]:
    """Return the present versions that are there, as they are stored."""
    if not keys:
        return {}
    rows = await tx.fetch(_BODIES, pack_keys(tx, sorted(keys)))
    found = [Key(r["patient_key"], r["type"], r["id"]) for r in rows]
    return {
        key: Stored(key, r["version"], from_micros(r["updated"]), r["body"])
        for key, r in zip(found, rows, strict=True)
    }


async def bodies(tx: Any, keys: Collection[Key]) -> dict[Key, dict[str, Any]]:
    """Return the resources that are there, as they are stored."""
    return {key: parse(stored.body) for key, stored in (await standing(tx, keys)).items()}


async def owners(tx: Any, keys: Collection[Key]) -> dict[Key, str]:
    """Return the care provider, or mark of a patient, that owns each resource."""
    rows = await tx.fetch(_OWNERS, pack_keys(tx, sorted(keys))) if keys else ()
    return {Key(r["patient_key"], r["type"], r["id"]): r["owner"] for r in rows}


async def of_type(tx: Any, patient: str, resource_type: str) -> dict[Key, dict[str, Any]]:
    """Return a patient's resources of a type."""
    rows = await tx.fetch(_OF_TYPE, {"patient": patient, "type": resource_type})
    return {Key(patient, resource_type, r["id"]): parse(r["body"]) for r in rows}


async def labelled(tx: Any, patient: str, resource_type: str, label: str) -> dict[Key, dict[str, Any]]:
    """Return a patient's resources of a type that bear a label of the store's own (`records.facts`)."""
    rows = await tx.fetch(_LABELLED, {"patient": patient, "type": resource_type, "label": f"|{label}|"})
    return {Key(patient, resource_type, r["id"]): parse(r["body"]) for r in rows}
