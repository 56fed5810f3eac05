"""Patient/$everything. Source: https://hl7.org/fhir/R4/patient-operation-everything.html."""

from typing import Final
from urllib.parse import urlencode

from pk_api.fhir.bundles import searchset_bundle
from pk_api.fhir.problems import Problem
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.operations.arguments import OF_RESULT, Arguments, Pairs, arguments
from pk_api.records.everything import Line, Mark, Wanted
from pk_api.records.records import Records

MOST: Final = 1_000
"""Resources on a page, also when no number is asked for."""
_KNOWN: Final = frozenset({"_since", "_type", "_count", "start", "end"})


async def everything(records: Records, cursors: Cursors, call: Call) -> Reply:
    """Return a searchset: the record as far as it is visible, and what it names in the directory."""
    patient = call.id or await _own(records, call)
    kind = f"Patient/{patient}/$everything"
    given, after = _place(cursors, kind, call)
    asked = arguments(call, _KNOWN, given=given)
    page = await records.everything(
        call.actor,
        patient,
        _wanted(asked),
        limit=asked.count("_count", most=MOST),
        after=after,
        request_id=call.request_id,
    )
    address = f"{call.base}/{kind}"
    links = [("self", f"{address}?{urlencode(asked.pairs, safe=',')}" if asked.pairs else address)]
    if page.next is not None:
        links.append(
            ("next", f"{address}?{urlencode({'_cursor': cursors.seal(kind, asked.pairs, page.next)})}")
        )
    body = searchset_bundle(
        [_entry(call.base, s) for s in page.items],
        included=[_entry(call.base, s) for s in page.included],
        links=links,
        ignored=asked.ignored,
        now=records.now(),
    )
    return Reply(200, body)


async def _own(records: Records, call: Call) -> str:
    """Return the id of the caller's own Patient."""
    found = await records.own_patient(call.actor)
    if found is None:
        raise Problem("invalid", "Name the patient: Patient/[id]/$everything. For many there is $export.")
    return found


def _place(cursors: Cursors, kind: str, call: Call) -> tuple[Pairs | None, Mark | None]:
    """Return the parameters that a page was begun with, and where it ended."""
    tokens = [value for name, value in call.params if name == "_cursor"]
    if not tokens:
        return None, None
    params, after = cursors.open(kind, tokens[0])
    others = {pair for pair in call.params if pair[0] not in OF_RESULT | {"_cursor"}}
    if after is None or len(tokens) > 1 or not others <= set(params):
        raise Problem("invalid", "_cursor goes on with the list that it was given for, and no other.")
    phase, resource_type, resource_id = after
    return params, (phase, resource_type, resource_id)


def _wanted(asked: Arguments) -> Wanted:
    since, start, end = asked.span("_since"), asked.span("start"), asked.span("end")
    return Wanted(
        types=asked.types("_type"),
        since=since[0] if since else None,
        start=start[0] if start else None,
        end=end[1] if end else None,
    )


def _entry(base: str, line: Line) -> tuple[str, bytes]:
    return f"{base}/{line.type}/{line.id}", line.body.encode()
