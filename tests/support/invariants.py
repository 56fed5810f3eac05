"""What must hold of the tables whatever happened: asked after every crash and every crowd of writers."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import orjson

from pk_api.fhir import membership, references
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.values import parse
from pk_api.store.chain import row_hash
from pk_api.store.tables import AUDIT, OUTBOX, given
from tests.support.tables import Row, rows, select

WRITES = frozenset({"create", "update", "patch", "delete", "transaction"})
Place = tuple[str, str, str]


def _place(row: Row) -> Place:
    return row["patient_key"], row["type"], row["id"]


async def broken(url: str, base: str = "http://127.0.0.1:8000") -> list[str]:
    """Return what does not hold, one sentence each; nothing else may write meanwhile."""
    names = ("version", "current", "outbox", "audit", "contract", "member", "patient", "reference")
    tables = {name: await rows(url, name) for name in (*names, "idempotency")}
    live = {
        _place(v): parse(v["body"])
        for v in tables["version"]
        if v["body"] and v["version"] == _current(tables)[_place(v)]["version"]
    }
    found = [
        *_versions(tables),
        *_outbox(tables),
        *_audits(tables),
        *_revisions(tables),
        *_actives(tables),
        *_patients(tables),
        *_members(tables, live, f"{base}/fhir"),
        *_references(tables, live, f"{base}/fhir"),
        *_keyed(tables),
        *_bodies(live, tables),
    ]
    return found[:20]


def _current(tables: dict[str, list[Row]]) -> dict[Place, Row]:
    cached = tables.get("by place")
    if cached is None:
        cached = tables["by place"] = [{_place(row): row for row in tables["current"]}]
    return cached[0]  # type: ignore[return-value]  # the one dict kept beside the rows


def _versions(tables: dict[str, list[Row]]) -> Iterator[str]:
    """Versions are 1..n, and the present one is the last."""
    numbers: dict[Place, list[int]] = defaultdict(list)
    methods: dict[tuple[Place, int], str] = {}
    for v in tables["version"]:
        numbers[_place(v)].append(v["version"])
        methods[_place(v), v["version"]] = v["method"]
    current = _current(tables)
    if numbers.keys() != current.keys():
        yield f"{len(numbers.keys() ^ current.keys())} resources have versions or a present state alone"
    for place, made in numbers.items():
        if sorted(made) != list(range(1, len(made) + 1)):
            yield f"{place[1:]} has the versions {sorted(made)}"
        elif place in current and current[place]["version"] != len(made):
            yield f"{place[1:]} stands at {current[place]['version']} of {len(made)}"
        elif place in current and bool(current[place]["deleted"]) != (methods[place, len(made)] == "DELETE"):
            yield f"{place[1:]} is deleted or not, unlike its last version"


def _outbox(tables: dict[str, list[Row]]) -> Iterator[str]:
    """Every version is told, and nothing else is."""
    told = {(_place(o), o["version"], o["method"]) for o in tables["outbox"]}
    made = {(_place(v), v["version"], v["method"]) for v in tables["version"]}
    if told != made:
        yield f"{len(made - told)} versions are not in the outbox, {len(told - made)} rows tell of none"


def _audits(tables: dict[str, list[Row]]) -> Iterator[str]:
    """Every version has an audit row of its writing, and no row of a writing tells of what is not there."""
    noted: set[tuple[str, str]] = set()
    for a in tables["audit"]:
        if a["interaction"] in WRITES and a["outcome"] == "allowed":
            noted.update((a["patient_key"], entity) for entity in orjson.loads(a["entities"]))
    made = {(v["patient_key"], f"{v['type']}/{v['id']}/_history/{v['version']}") for v in tables["version"]}
    if noted != made:
        yield f"{len(made - noted)} versions are not in the audit, {len(noted - made)} rows tell of none"


def _revisions(tables: dict[str, list[Row]]) -> Iterator[str]:
    """The revisions of a contract are 1..n, each one moment's."""
    made: dict[tuple[str, str], dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for o in tables["outbox"]:
        if o["contract_id"]:
            made[o["patient_key"], o["contract_id"]][o["revision"]].add(o["recorded"])
    for c in tables["contract"]:
        numbers = made.pop((c["patient_key"], c["id"]), {})
        if sorted(numbers) != list(range(1, c["revision"] + 1)):
            yield f"contract {c['id']} at {c['revision']} has the revisions {sorted(numbers)}"
        if any(len(moments) != 1 for moments in numbers.values()):
            yield f"contract {c['id']} has a revision of two transactions"
    if made:
        yield f"{len(made)} contracts have revisions but no row"


def _actives(tables: dict[str, list[Row]]) -> Iterator[str]:
    active = Counter(c["patient_key"] for c in tables["contract"] if c["status"] == "active")
    yield from (f"patient {key} has {n} active contracts" for key, n in active.items() if n > 1)


def _patients(tables: dict[str, list[Row]]) -> Iterator[str]:
    """Every patient has the row by which writers wait for each other."""
    known = {p["patient_key"] for p in tables["patient"]} | {"0"}
    without = {c["patient_key"] for c in tables["current"]} - known
    if without:
        yield f"{len(without)} patients have no row to lock"


def _members(tables: dict[str, list[Row]], live: dict[Place, dict[str, Any]], base: str) -> Iterator[str]:
    """What refers to a contract or is referred to by it is a member, and nothing else but by patient."""
    edges: dict[str, dict[str, list[membership.Edge]]] = defaultdict(dict)
    by_patient: set[Place] = set()
    for (patient, kind, id_), resource in live.items():
        edges[patient][f"{kind}/{id_}"] = list(membership.edges(resource, base))
        if membership.belongs_by_patient(resource):
            by_patient.add((patient, kind, id_))
    expected = set()
    contracts: dict[str, set[str]] = defaultdict(set)
    for c in tables["contract"]:
        if (c["patient_key"], "CarePlan", c["id"]) in live:
            contracts[c["patient_key"]].add(f"CarePlan/{c['id']}")
    for patient, refs in contracts.items():
        for contract, held in membership.closure(edges[patient], refs, set()).items():
            places = [(patient, *ref.split("/")) for ref in held]
            expected |= {(p, contract) for p in places if p in live and p not in by_patient}
    rows_ = {(_place(m), f"CarePlan/{m['contract_id']}") for m in tables["member"]}
    actual = {(p, c) for p, c in rows_ if p in live and p not in by_patient}
    actual = {(p, c) for p, c in actual if (p[0], *c.split("/")) in live}
    if expected != actual:
        yield f"{len(expected - actual)} members are missing, {len(actual - expected)} should not be"


def _references(tables: dict[str, list[Row]], live: dict[Place, dict[str, Any]], base: str) -> Iterator[str]:
    """The reference rows are the references in the present bodies."""
    told = {(_place(r), r["target_type"], r["target_id"]) for r in tables["reference"] if r["binds"] != "was"}
    made = {
        (place, local.type, local.id)
        for place, resource in live.items()
        for local in references.local_references(resource, base)
        if local.type in TYPES and (local.type, local.id) != place[1:]
    }
    if told != made:
        yield f"{len(made - told)} references have no row, {len(told - made)} rows have no reference"


def _keyed(tables: dict[str, list[Row]]) -> Iterator[str]:
    """What a keyed request is remembered to have written is there."""
    made = {(*_place(v), v["version"]) for v in tables["version"]}
    for one in tables["idempotency"]:
        written = {tuple(each) for each in orjson.loads(one["written"])}
        if not written <= made:
            yield "a keyed request is remembered for versions that are not there"


def _bodies(live: dict[Place, dict[str, Any]], tables: dict[str, list[Row]]) -> Iterator[str]:
    """A body tells its own type, id and version."""
    for place, resource in live.items():
        told = resource["resourceType"], resource["id"], resource["meta"]["versionId"]
        if told != (*place[1:], str(_current(tables)[place]["version"])):
            yield f"{place[1:]} has a body that tells of {told}"


async def unsealed(url: str, *, patience: float = 10) -> list[str]:
    """Return what does not hold of the chains of audit and outbox, once the sealer has had its time."""
    for _ in range(int(patience * 5)):
        faults = await _chain_faults(url)
        if not faults:
            return []
        await asyncio.sleep(0.2)
    return faults


async def _chain_faults(url: str) -> list[str]:
    number = "rowid" if url.startswith("sqlite") else "n"
    faults = []
    for name, table in (("audit", AUDIT), ("outbox", OUTBOX)):
        columns = ", ".join(f'"{c.name}"' for c in given(table))
        told = await select(url, f'SELECT {number} AS number, {columns} FROM "{name}"')  # noqa: S608  # our names
        by_number = {row["number"]: row for row in told}
        seals = await select(url, f"SELECT * FROM seal WHERE chain = '{name}' ORDER BY sequence")  # noqa: S608
        if [s["sequence"] for s in seals] != list(range(1, len(seals) + 1)):
            faults.append(f"the chain of the {name} has gaps")
        if Counter(s["n"] for s in seals) != Counter(by_number.keys()):
            faults.append(f"{len(by_number)} rows of the {name}, {len(seals)} seals")
        link = ""
        for seal in seals:
            row = by_number.get(seal["n"])
            link = row_hash(link, row) if row else ""
            if link != seal["hash"]:
                faults.append(f"the chain of the {name} breaks at {seal['sequence']}")
                break
    return faults
