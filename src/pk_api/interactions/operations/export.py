"""$export: bulk export of all, of all patients or of a Group's, in files fetched when they are ready.

Source: https://hl7.org/fhir/uv/bulkdata/STU2/export.html.
"""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from pk_api.fhir.problems import Problem
from pk_api.fhir.references import literal
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.search.query import parse_query
from pk_api.fhir.values import dump
from pk_api.interactions.call import Call, Reply
from pk_api.interactions.cursors import Cursors
from pk_api.interactions.lists import telling
from pk_api.interactions.operations.arguments import Arguments, arguments, refused
from pk_api.records.exports.values import Asked, ExportState, Level
from pk_api.records.records import Records
from pk_api.records.settling import instant

STATUS: Final = "export-status"
FILE: Final = "export-file"
LINES: Final = "application/fhir+ndjson"
_KNOWN: Final = frozenset({"_outputFormat", "_since", "_type", "_typeFilter", "patient"})
_FORMATS: Final = frozenset({LINES, "application/fhir ndjson", "application/ndjson", "ndjson"})
_LEVELS: Final[dict[str | None, Level]] = {None: "system", "Patient": "patient", "Group": "group"}
_NEXT_FILTER = re.compile(r",(?=[A-Z][A-Za-z]+\?)")
_PLAIN = frozenset({"_id", "_lastUpdated", "_tag", "_security", "_profile", "_source"})
_FILE_ID = re.compile(r"([a-z2-7]{26})-(\d{1,9})", re.ASCII)
_RETRY_SECONDS = 2


async def export(records: Records, _: Cursors, call: Call) -> Reply:
    """Begin an export: 202 with the address at which its state is told."""
    if "respond-async" not in call.prefer:
        raise Problem("invalid", "An export is asked for with the header Prefer: respond-async.")
    asked = arguments(call, _KNOWN)
    export_id = await records.start_export(
        call.actor, _asked(call, asked), request=_request(call), request_id=call.request_id
    )
    address = f"{call.base}/${STATUS}/{export_id}"
    return Reply(202, headers={"content-location": address})


def _asked(call: Call, asked: Arguments) -> Asked:
    form = asked.one("_outputFormat")
    if form is not None and form not in _FORMATS:
        raise refused("_outputFormat", f"{LINES} is what the service writes")
    types, since = asked.types("_type"), asked.span("_since")
    filters = tuple(_filters(call, asked))
    strays = {kind for kind, _ in filters} - (types or TYPES.keys())
    if strays:
        raise refused("_typeFilter", "its type must be among those of _type")
    level = _LEVELS[call.type]
    return Asked(
        level=level,
        group=call.id if level == "group" else None,
        types=None if types is None else tuple(sorted(types)),
        since=since[0] if since else None,
        filters=filters,
        patients=_patients(call, asked, level),
        ignored=asked.ignored,
    )


def _filters(call: Call, asked: Arguments) -> Iterator[tuple[str, str]]:
    """Yield type and query of each filter that can be read: a plain search, without results or chains."""
    for text in asked.all("_typeFilter"):
        for one in _NEXT_FILTER.split(text):
            kind, mark, query = one.partition("?")
            pairs = parse_qsl(query, keep_blank_values=True)
            if kind not in TYPES or not mark or not pairs:
                raise refused("_typeFilter", "a search such as Goal?lifecycle-status=active is expected")
            if any(_is_more(name) for name, _ in pairs):
                raise refused("_typeFilter", "it takes plain search parameters, without chains or results")
            parse_query(kind, pairs, base_url=call.base)
            yield kind, query


def _is_more(name: str) -> bool:
    code = name.partition(":")[0]
    return "." in name or (code.startswith("_") and code not in _PLAIN)


def _patients(call: Call, asked: Arguments, level: Level) -> tuple[str, ...] | None:
    found = asked.all("patient")
    if not found:
        return None
    if level == "system" or not call.is_post:
        raise refused("patient", "it is given by POST, to the export of patients or of a Group")
    locals_ = [literal(reference, call.base) for reference in found]
    if any(local is None or local.type != "Patient" for local in locals_):
        raise refused("patient", "references to Patients are expected")
    return tuple(local.id for local in locals_ if local is not None)


def _request(call: Call) -> str:
    """Return the address that was asked, without parameters that could tell who somebody is."""
    place = "/".join(part for part in (call.type, call.id, "$export") if part)
    hidden = telling("", call.params) or any(name == "_typeFilter" for name, _ in call.params)
    return f"{call.base}/{place}" + (f"?{urlencode(call.params)}" if call.params and not hidden else "")


async def status(records: Records, _: Cursors, call: Call) -> Reply:
    """Tell how an export stands: 202 while it is written, then its manifest, or why there is none."""
    state = await records.export_state(call.actor, call.id or "", request_id=call.request_id)
    if state.status == "failed":
        raise Problem(state.problem["kind"], state.problem["detail"])
    if state.status != "done":
        told = "waiting" if state.status == "waiting" else f"{state.written} resources written"
        return Reply(202, headers={"x-progress": told, "retry-after": str(_RETRY_SECONDS)})
    headers = {
        "content-type": "application/json",
        "expires": state.expires.strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    return Reply(200, dump(_manifest(call, state)), headers=headers)


def _manifest(call: Call, state: ExportState) -> dict[str, Any]:
    files: dict[str, list[dict[str, Any]]] = {"output": [], "deleted": [], "error": []}
    for n, kind, resource_type, count in state.files:
        url = f"{call.base}/${FILE}/{call.id}-{n}"
        files[kind].append({"type": resource_type, "url": url, "count": count})
    return {
        "transactionTime": instant(state.moment) if state.moment else None,
        "request": state.request,
        "requiresAccessToken": True,
        **files,
    }


async def file(records: Records, _: Cursors, call: Call) -> Reply:
    """Give a file of an export: a resource a line."""
    named = _FILE_ID.fullmatch(call.id or "")
    if named is None:
        raise Problem("not-found", "There is no such file.")
    body = await records.export_file(call.actor, named[1], int(named[2]), request_id=call.request_id)
    return Reply(200, body, headers={"content-type": LINES})


async def cancel(records: Records, call: Call) -> Reply:
    """End an export, or remove one that has been fetched."""
    if call.operation != STATUS:
        raise Problem("method-not-allowed", "This address takes GET.", facts={"allow": "GET, HEAD"})
    await records.cancel_export(call.actor, call.id or "", request_id=call.request_id)
    return Reply(202)
