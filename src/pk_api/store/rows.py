"""The values that go in and out of the store."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pk_api.fhir.values import parse

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
FOREVER: Final = 2**62
"""The end of what has none, in microseconds."""


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970 UTC."""
    return (moment - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC instant."""
    return EPOCH + timedelta(microseconds=micros)


class Key(NamedTuple):
    """Where a resource stands: the patient's key, its type and its id."""

    patient: str
    type: str
    id: str

    @property
    def reference(self) -> str:
        """The relative reference, `Type/id`."""
        return f"{self.type}/{self.id}"


@lru_cache(maxsize=5_000)
def _parsed(_type: str, _id: str, _version: int, _patient: str, body: str) -> dict[str, Any]:
    return parse(body)


class Stored(NamedTuple):
    """One version of a resource as it is stored; `body` is its exact JSON, empty when it was deleted.

    Many are made for one answer: it is a plain tuple. After a write, `contracts` holds (contract id,
    revision) of the contracts that it changed, and `created` says whether the resource is new. `is_masked`:
    what the reader may not know was taken out of the body.
    """

    key: Key
    version: int
    updated: datetime
    body: str
    deleted: bool = False
    method: str = "PUT"
    contracts: tuple[tuple[str, int], ...] = ()
    created: bool = False
    is_masked: bool = False

    @property
    def type(self) -> str:
        """The resource type."""
        return self.key.type

    @property
    def id(self) -> str:
        """The logical id."""
        return self.key.id

    @property
    def reference(self) -> str:
        """The relative reference, `Type/id`."""
        return self.key.reference

    @property
    def resource(self) -> dict[str, Any]:
        """The parsed resource: shared between readers, never to be changed."""
        return _parsed(self.key.type, self.key.id, self.version, self.key.patient, self.body)


def stored_of(row: Any) -> Stored:
    """Return the present version that a row tells of."""
    key = Key(row["patient_key"], row["type"], row["id"])
    return Stored(
        key, row["version"], from_micros(row["updated"]), row["body"], is_masked=bool(row["masked"])
    )


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list in a stated order; `next` leads to the page after it.

    `included` came along with the matches of a search; `is_cut` says that more would have come along.
    """

    items: tuple[Stored, ...]
    next: tuple[Any, ...] | None = None
    total: int | None = None
    included: tuple[Stored, ...] = ()
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One patient's part of one access."""

    patient: str
    interaction: str
    outcome: str
    rule: str
    actor_kind: str
    client: str
    actor: str | None
    provider: str | None
    unit: str | None
    purpose: str | None
    entities: str
    detail: str | None
    request_id: str
    person: str | None = None
    name: str | None = None
    title: str | None = None
    assignment: str | None = None
    provider_name: str | None = None
    unit_name: str | None = None
    acting_for: str | None = None
    is_judged: bool = False
    """Whether its rule was judged by the facts of this patient; not stored."""


class Fact(NamedTuple):
    """What a resource says about who may see the patient's record; see the table `fact`."""

    kind: str
    provider: str = ""
    unit: str = ""
    person: str = ""
    target: str = ""
    said_by: str = ""
    since: int = 0
    until: int = FOREVER
    low: int | None = None
    high: int | None = None
    spares: str = ""


@dataclass(slots=True)
class NewVersion:
    """A version to be written, with all that the index needs."""

    key: Key
    version: int
    method: str
    body: str
    deleted: bool
    owner: str
    unit: str | None
    addressed: str | None
    author: str
    addressed_unit: str | None = None
    labels: str | None = None
    facts: tuple[Fact, ...] = ()
    ix: str = ""
    sort_date: int | None = None
    lookups: tuple[tuple[str, str], ...] = ()
    spans: tuple[tuple[str, int | None, int | None, str], ...] = ()
    references: tuple[tuple[str, str, str, str], ...] = ()
    team: tuple[tuple[str, str | None, int, int], ...] = ()
    identities: tuple[tuple[str, str], ...] = ()
    fingerprint: str = ""


@dataclass(slots=True)
class ContractRow:
    """A contract's state: its status and its revision."""

    patient: str
    id: str
    status: str
    revision: int
    members: set[tuple[str, str]] = field(default_factory=set)
