"""The ways to what is stored, each with what it may show: by read, search, link, history, list and whole.

A route returns the references that it shows of the stage; its expectation, which of the items these are.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pk_api.access.actor import Actor
from pk_api.fhir.problems import Problem
from pk_api.fhir.values import parse
from pk_api.records.exports.values import Asked
from pk_api.records.values import Stored, to_micros
from tests.rules.naive import Case
from tests.rules.stage import Stage
from tests.rules.worlds import PATIENT

Route = Callable[[Stage, Actor], Awaitable[set[str]]]
Expected = Callable[[Case, set[int]], set[int]]

OF_PATIENT = {
    "ServiceRequest": "subject",
    "Consent": "patient",
    "Encounter": "subject",
    "CarePlan": "subject",
    "CareTeam": "subject",
    "Goal": "subject",
    "Observation": "subject",
    "Task": "patient",
    "Communication": "subject",
    "Appointment": "patient",
    "RelatedPerson": "patient",
    "Flag": "subject",
}
"""Types of the stage beside Patient and Provenance, and the parameter that leads to the patient."""


def shown(bundle: Any) -> list[str]:
    """Return the references of what a Bundle shows."""
    return [
        f"{one['resource']['resourceType']}/{one['resource']['id']}"
        for one in bundle.get("entry", ())
        if one.get("resource", {}).get("resourceType") not in (None, "OperationOutcome")
    ]


async def or_nothing(asked: Awaitable[Any]) -> Any:
    """Return the answer; None when there is nothing for this caller."""
    try:
        return await asked
    except Problem as problem:
        if problem.kind not in {"not-found", "forbidden"}:
            raise
        return None


async def _bundle(stage: Stage, actor: Actor, interaction: str, **call: Any) -> list[str]:
    return shown(await or_nothing(stage.asked(actor, interaction, **call)) or {})


async def searched(stage: Stage, actor: Actor, kind: str | None, *pairs: tuple[str, str], **call: Any) -> Any:
    params = (*pairs, ("_count", "100"))
    return await stage.asked(actor, "search", type=kind, params=params, **call)


def everything_allowed(case: Case, allowed: set[int]) -> set[int]:
    return allowed


def of_types(*types: str) -> Expected:
    return lambda case, allowed: {i.number for i in case.of_type(*types)} & allowed


def with_patient(then: Expected) -> Expected:
    """What is found through the Patient is found by those who see the Patient."""
    return lambda case, allowed: then(case, allowed) if PATIENT in allowed else set()


# --- one by one


def _each(ask: Callable[[Stage, Actor, Stored], Awaitable[Any]], *, some: bool = True) -> Route:
    async def route(stage: Stage, actor: Actor) -> set[str]:
        return {
            one.reference
            for number, one in stage.stored.items()
            if (number in stage.looked_at or not some)
            and await or_nothing(ask(stage, actor, one)) is not None
        }

    return route


async def _read(stage: Stage, actor: Actor, one: Stored) -> Any:
    return await stage.asked(actor, "read", type=one.type, id=one.id)


async def _vread(stage: Stage, actor: Actor, one: Stored) -> Any:
    return await stage.asked(actor, "vread", type=one.type, id=one.id, version="1")


async def _history(stage: Stage, actor: Actor, one: Stored) -> Any:
    told = await stage.asked(actor, "history", type=one.type, id=one.id)
    assert len(shown(told)) == one.version, "all versions, or none"
    return told


async def _diff(stage: Stage, actor: Actor, one: Stored) -> Any:
    asked = {"type": one.type, "id": one.id, "operation": "diff", "params": (("from", "1"),)}
    return await stage.asked(actor, "operation", **asked)


async def _meta(stage: Stage, actor: Actor, one: Stored) -> Any:
    return await stage.asked(actor, "operation", type=one.type, id=one.id, operation="meta")


async def _batch(stage: Stage, actor: Actor) -> set[str]:
    """Ask for everything in one batch, by read and by search; an entry that shows nothing has no resource."""
    urls = [one.reference for one in stage.stored.values()]
    urls += [f"{kind}?{code}={stage.here.patient.reference}" for kind, code in OF_PATIENT.items()]
    entries = [{"request": {"method": "GET", "url": url}} for url in urls]
    asked = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    answered = (await stage.asked(actor, "bundle", resource=asked))["entry"]
    read = shown({"entry": answered[: len(stage.stored)]})
    found = [ref for one in answered[len(stage.stored) :] for ref in shown(one.get("resource", {}))]
    assert set(found) <= set(read), "a batch searches as it reads"
    return {ref for ref in read if not ref.startswith("Bundle/")}


# --- lists


async def _by_search(stage: Stage, actor: Actor) -> set[str]:
    found: set[str] = set()
    for kind, code in OF_PATIENT.items():
        pairs = ((code, stage.here.patient.reference), ("_total", "accurate"))
        page = await or_nothing(searched(stage, actor, kind, *pairs)) or {"total": 0}
        assert page["total"] == len(shown(page)), "a total tells of nothing else"
        found |= set(shown(page))
    return found


async def _by_id(stage: Stage, actor: Actor) -> set[str]:
    found: set[str] = set()
    for kind in ("Patient", "Provenance", *OF_PATIENT):
        ids = ",".join(one.id for one in stage.stored.values() if one.type == kind)
        if ids:
            found |= set(shown(await or_nothing(searched(stage, actor, kind, ("_id", ids))) or {}))
    return found


async def _in_compartment(stage: Stage, actor: Actor) -> set[str]:
    page = await or_nothing(searched(stage, actor, None, compartment=stage.here.patient.id)) or {}
    return set(shown(page))


async def _of_all_types(stage: Stage, actor: Actor) -> set[str]:
    types, ids = ",".join(OF_PATIENT), ",".join(one.id for one in stage.stored.values())
    pairs = (("_type", f"Patient,Provenance,{types}"), ("_id", ids))
    return set(shown(await or_nothing(searched(stage, actor, None, *pairs)) or {}))


async def _counted(stage: Stage, actor: Actor) -> set[str]:
    """Ask for the number of each note alone, and of all of them together."""
    found = set()
    for one in (stage.stored[number] for number in stage.looked_at):
        page = await or_nothing(searched(stage, actor, one.type, ("_id", one.id), ("_summary", "count")))
        found |= {one.reference} if page and page["total"] else set()
    of_patient = ("subject", stage.here.patient.reference)
    pairs = (of_patient, ("_total", "accurate"), ("_count", "1"))
    page = await or_nothing(stage.asked(actor, "search", type="ServiceRequest", params=pairs))
    all_ = await or_nothing(searched(stage, actor, "ServiceRequest", of_patient))
    assert (page or {"total": 0})["total"] == len(shown(all_ or {})), "a total counts what is shown"
    return found


async def paged(stage: Stage, actor: Actor, interaction: str, **call: Any) -> list[str]:
    """Return what all pages show, from the first to the one without a next."""
    out: list[str] = []
    page = await or_nothing(stage.asked(actor, interaction, **call)) or {}
    while True:
        out += shown(page)
        following = [one["url"] for one in page.get("link", ()) if one["relation"] == "next"]
        if not following:
            return out
        params = tuple(parse_qsl(urlsplit(following[0]).query))
        page = await stage.asked(actor, interaction, **call | {"params": params})


def _by_pages(*sort: tuple[str, str]) -> Route:
    async def route(stage: Stage, actor: Actor) -> set[str]:
        params = (("subject", stage.here.patient.reference), ("_count", "2"), *sort)
        found = await paged(stage, actor, "search", type="ServiceRequest", params=params)
        assert len(found) == len(set(found)), "each once"
        return set(found)

    return route


async def _on_anothers_page(stage: Stage, actor: Actor) -> set[str]:
    """Go on with a list that the patient began: a cursor gives no right."""
    params = (("subject", stage.here.patient.reference), ("_count", "1"))
    first = await or_nothing(stage.asked(stage.patient, "search", type="ServiceRequest", params=params))
    found = set(await paged(stage, actor, "search", type="ServiceRequest", params=params))
    for link in first["link"] if first else ():
        if link["relation"] == "next":
            params = tuple(parse_qsl(urlsplit(link["url"]).query))
            found |= set(await paged(stage, actor, "search", type="ServiceRequest", params=params))
    return found


def _by_long_history(kind: str | None) -> Route:
    async def route(stage: Stage, actor: Actor) -> set[str]:
        params = (("_since", stage.at.isoformat()), ("_count", "20"))
        return stage.of_here(await paged(stage, actor, "history", type=kind, params=params))

    return route


async def _everything(stage: Stage, actor: Actor) -> set[str]:
    call = {"type": "Patient", "id": stage.here.patient.id, "operation": "everything"}
    whole = await paged(stage, actor, "operation", **call)
    assert whole == await paged(stage, actor, "operation", **call, params=(("_count", "5"),))
    record = stage.of_here(whole)
    assert set(whole) - record == stage.units_of(record), "units that what is shown names, and no others"
    return record


async def _own_log(stage: Stage, actor: Actor) -> set[str]:
    """Ask for the log: what it names is what is read and written of the record, the log itself apart."""
    page = await or_nothing(stage.asked(actor, "search", type="AuditEvent", params=(("_count", "500"),)))
    named = (entity.get("what", {}) for one in shown_in(page or {}) for entity in one["entity"])
    found = {"/".join(what["reference"].split("/")[:2]) for what in named if "reference" in what}
    return {one for one in found if not one.startswith("AuditEvent/")}


def shown_in(bundle: Any) -> list[Any]:
    """Return the resources in a Bundle."""
    return [one["resource"] for one in bundle.get("entry", ()) if one["search"]["mode"] == "match"]


def _exported(*, is_whole: bool) -> Route:
    async def route(stage: Stage, actor: Actor) -> set[str]:
        """Export what has been written since the stage was set, or the record of the patient."""
        records, since = stage.here.records, to_micros(stage.at)
        asked = Asked("system", since=since)
        if not is_whole:
            asked = Asked("patient", patients=(stage.here.patient.id,))
        export = await records.start_export(actor, asked, request="")
        assert await records.run_export("worker")
        state = await records.export_state(actor, export)
        assert state.status == "done", state.problem
        found: set[str] = set()
        for n, kind, _, _ in state.files:
            lines = (await records.export_file(actor, export, n)).splitlines()
            found |= set(shown({"entry": [{"resource": parse(line)} for line in lines]}))
            assert kind == "output"
        await records.cancel_export(actor, export)
        return stage.of_here(found)

    return route


ROUTES: dict[str, tuple[Route, Expected]] = {
    "read": (_each(_read, some=False), everything_allowed),
    "vread": (_each(_vread), everything_allowed),
    "history": (_each(_history), everything_allowed),
    "history of a type": (_by_long_history("ServiceRequest"), of_types("ServiceRequest")),
    "history of all": (_by_long_history(None), everything_allowed),
    "diff": (_each(_diff), everything_allowed),
    "meta": (_each(_meta), everything_allowed),
    "batch": (_batch, everything_allowed),
    "search": (_by_search, of_types(*OF_PATIENT)),
    "search by id": (_by_id, everything_allowed),
    "search of all types": (_of_all_types, everything_allowed),
    "compartment": (_in_compartment, of_types("Patient", *OF_PATIENT)),
    "counts": (_counted, everything_allowed),
    "pages": (_by_pages(), of_types("ServiceRequest")),
    "sorted pages": (_by_pages(("_sort", "-authored")), of_types("ServiceRequest")),
    "another's page": (_on_anothers_page, of_types("ServiceRequest")),
    "everything": (_everything, with_patient(everything_allowed)),
}
"""Ways that show what is allowed of some types."""

LOG: dict[str, tuple[Route, Expected]] = {"own log": (_own_log, everything_allowed)}
"""The way that is open to patients alone."""

ONE_BY_ONE = {"vread", "history", "diff", "meta", "counts"}
"""Those that ask for the items one after the other that the stage looks at."""

EXPORTS: dict[str, tuple[Route, Expected]] = {
    "export of a patient": (_exported(is_whole=False), everything_allowed),
    "export of all": (_exported(is_whole=True), everything_allowed),
}
"""Ways that are open to care alone."""
