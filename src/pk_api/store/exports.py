"""Bulk exports: the jobs, who is at them, and their files.

A worker takes a job for the length of a lease and renews it; every change of a job says which worker makes
it, so that one who has lost a job cannot touch it any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    LargeBinary,
    Select,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from pk_api.store.database import Database, Statement, Transaction
from pk_api.store.dialect import Dialect
from pk_api.store.tables import EXPORT, EXPORT_FILE

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


@dataclass(frozen=True, slots=True)
class NewExport:
    """A job as it is handed in; `actor` and `asked` are JSON, times in microseconds."""

    id: str
    caller: str
    actor: str
    asked: str
    request: str
    request_id: str
    created: int
    expires: int


@dataclass(frozen=True, slots=True)
class File:
    """A file: number, kind (output, deleted, error), type, lines, patients (JSON), the lines compressed."""

    n: int
    kind: str
    type: str
    count: int
    patients: str
    body: bytes


def _param(name: str, type_: Any = Text) -> Any:
    return bindparam(name, type_=type_)


def _number(name: str) -> Any:
    return _param(name, BigInteger)


_STARTED = {"id", "caller", "actor", "asked", "request", "request_id"}
_INSERT = Statement(
    lambda _: insert(EXPORT).values(
        {name: _param(name) for name in sorted(_STARTED)}
        | {name: _number(name) for name in ("created", "expires", "lease", "written", "size")}
        | {"attempts": _param("attempts", Integer), "status": _param("status")}
    )
)
_OF_CALLER = Statement(
    lambda _: (
        select(EXPORT.c.status, func.count().label("n"))
        .where(EXPORT.c.caller == _param("caller"), EXPORT.c.expires > _number("now"))
        .group_by(EXPORT.c.status)
    )
)
_FIND = Statement(
    lambda _: select(EXPORT).where(
        EXPORT.c.id == _param("id"), EXPORT.c.caller == _param("caller"), EXPORT.c.expires > _number("now")
    )
)
_LISTED = Statement(
    lambda _: (
        select(EXPORT_FILE.c.n, EXPORT_FILE.c.kind, EXPORT_FILE.c.type, EXPORT_FILE.c.count)
        .where(EXPORT_FILE.c.export_id == _param("id"))
        .order_by(EXPORT_FILE.c.kind, EXPORT_FILE.c.type, EXPORT_FILE.c.n)
    )
)
_FILE = Statement(
    lambda _: select(EXPORT_FILE).where(
        EXPORT_FILE.c.export_id == _param("id"), EXPORT_FILE.c.n == _param("n", Integer)
    )
)


def _waits() -> ColumnElement[bool]:
    """The job waits, or its worker is gone."""
    return or_(EXPORT.c.status == WAITING, and_(EXPORT.c.status == RUNNING, EXPORT.c.lease < _number("now")))


def _free(d: Dialect) -> Select[Any]:
    """The oldest job that waits."""
    return d.for_one(select(EXPORT.c.id).where(_waits()).order_by(EXPORT.c.created).limit(1), EXPORT)


_FREE = Statement(lambda _: select(EXPORT.c.id).where(_waits()).limit(1))


_TAKE = Statement(
    lambda d: (
        update(EXPORT)
        .where(EXPORT.c.id == _free(d).scalar_subquery())
        .values(
            status=RUNNING,
            worker=_param("by"),
            lease=_number("until"),
            attempts=EXPORT.c.attempts + 1,
            written=0,
            size=0,
        )
        .returning(EXPORT)
    )
)


def _held() -> Any:
    return and_(EXPORT.c.id == _param("job"), EXPORT.c.worker == _param("by"), EXPORT.c.status == RUNNING)


_RENEW = Statement(
    lambda _: (
        update(EXPORT)
        .where(_held())
        .values(
            lease=_number("until"),
            moment=_number("at"),
            written=EXPORT.c.written + _number("more"),
            size=EXPORT.c.size + _number("bytes"),
        )
        .returning(EXPORT.c.id)
    )
)
_END = Statement(
    lambda _: (
        update(EXPORT)
        .where(_held())
        .values(status=_param("as"), worker=null(), problem=_param("why"), expires=_number("until"))
        .returning(EXPORT.c.id)
    )
)
_RELEASE = Statement(
    lambda _: (
        update(EXPORT)
        .where(EXPORT.c.worker == _param("by"), EXPORT.c.status == RUNNING)
        .values(status=WAITING, worker=null())
    )
)
_PUT_FILE = Statement(
    lambda _: insert(EXPORT_FILE).values(
        export_id=_param("id"),
        n=_param("n", Integer),
        kind=_param("kind"),
        type=_param("type"),
        count=_param("count", Integer),
        patients=_param("patients"),
        body=_param("body", LargeBinary),
    )
)
_DROP_FILES = Statement(lambda _: delete(EXPORT_FILE).where(EXPORT_FILE.c.export_id == _param("id")))
_DROP = Statement(
    lambda _: (
        delete(EXPORT)
        .where(EXPORT.c.id == _param("id"), EXPORT.c.caller == _param("caller"))
        .returning(EXPORT.c.id)
    )
)
_OLD = Statement(
    lambda _: select(EXPORT.c.id, EXPORT.c.caller).where(EXPORT.c.expires <= _number("now")).limit(100)
)


async def start(tx: Transaction, new: NewExport) -> None:
    """Hand a job in."""
    values = {name: getattr(new, name) for name in new.__slots__}
    zero = {"lease": 0, "written": 0, "size": 0, "attempts": 0}
    await tx.fetch(_INSERT, values | zero | {"status": WAITING})


async def of_caller(tx: Transaction, caller: str, *, now: int) -> dict[str, int]:
    """Return how many jobs the caller has, by status."""
    rows = await tx.fetch(_OF_CALLER, {"caller": caller, "now": now})
    return {row["status"]: row["n"] for row in rows}


async def find(db: Any, export_id: str, caller: str, *, now: int) -> Any | None:
    """Return the caller's job, None when there is none or it has expired."""
    rows = await db.fetch(_FIND, {"id": export_id, "caller": caller, "now": now})
    return rows[0] if rows else None


async def files(db: Any, export_id: str) -> Sequence[Any]:
    """Return number, kind, type and count of each file."""
    rows: Sequence[Any] = await db.fetch(_LISTED, {"id": export_id})
    return rows


async def file(db: Any, export_id: str, n: int) -> File | None:
    """Return one file."""
    rows = await db.fetch(_FILE, {"id": export_id, "n": n})
    if not rows:
        return None
    row = rows[0]
    return File(row["n"], row["kind"], row["type"], row["count"], row["patients"], bytes(row["body"]))


async def take(db: Database, worker: str, *, now: int, until: int) -> Any | None:
    """Take a job that nobody is at, without what another left of its files; None when there is none."""
    async with db.transaction() as tx:
        rows = await tx.fetch(_TAKE, {"by": worker, "now": now, "until": until})
        if not rows:
            return None
        await tx.fetch(_DROP_FILES, {"id": rows[0]["id"]})
        return rows[0]


async def is_free(db: Database, *, now: int) -> bool:
    """Say whether there may be a job to take: an idle service writes nothing."""
    return bool(await db.fetch(_FREE, {"now": now}))


async def renew(
    db: Database, export_id: str, worker: str, files_: Sequence[File], *, moment: int, until: int, size: int
) -> bool:
    """Keep the job, with files that are ready; False, and nothing is kept, when it is another's or gone."""
    async with db.transaction() as tx:
        held = await tx.fetch(
            _RENEW,
            {
                "job": export_id,
                "by": worker,
                "until": until,
                "at": moment,
                "more": sum(f.count for f in files_),
                "bytes": size,
            },
        )
        if not held:
            return False
        for one in files_:
            await tx.fetch(
                _PUT_FILE, {"id": export_id} | {name: getattr(one, name) for name in one.__slots__}
            )
        return True


async def end(
    db: Database, export_id: str, worker: str, *, status: str, problem: str | None, expires: int
) -> bool:
    """Say that the job is done or has failed; False when it is another's or gone."""
    async with db.transaction() as tx:
        given = {"job": export_id, "by": worker, "as": status, "why": problem, "until": expires}
        return bool(await tx.fetch(_END, given))


async def release(db: Database, worker: str) -> None:
    """Leave what the worker is at to others."""
    async with db.transaction() as tx:
        await tx.fetch(_RELEASE, {"by": worker})


async def drop(db: Database, export_id: str, caller: str) -> bool:
    """Remove a job of the caller's with its files; False when there is none."""
    async with db.transaction() as tx:
        found = await tx.fetch(_DROP, {"id": export_id, "caller": caller})
        if found:
            await tx.fetch(_DROP_FILES, {"id": export_id})
        return bool(found)


async def forget(db: Database, *, now: int) -> None:
    """Remove what has expired."""
    for row in await db.fetch(_OLD, {"now": now}):
        await drop(db, row["id"], row["caller"])
