"""The patient's own log: who had access to the data, where, when and to what, so that it can be judged.

Source: PDL 2008:355 8 kap. 5 §; HSLF-FS 2016:40 4 kap. 10 §: care unit and time, in a form that tells.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

import orjson

from pk_api.contract.dates import SWEDEN, instant
from pk_api.contract.elements import Json
from pk_api.contract.service.caller import Caller
from pk_api.contract.service.cursors import opened, sealed
from pk_api.records.auditing.reading import LogPage, Noted
from pk_api.records.auditing.words import OUTCOMES, doing, is_emergency, purpose_of
from pk_api.records.values import from_micros, to_micros

KINDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "Patient": ("personuppgifter", "personal details"),
        "RelatedPerson": ("närstående", "relatives"),
        "CarePlan": ("patientkontrakt och planer", "contract and plans"),
        "CareTeam": ("team och fasta kontakter", "team and named contacts"),
        "Goal": ("mål", "goals"),
        "Task": ("överenskommet att göra", "agreed actions"),
        "ServiceRequest": ("remisser och insatser", "referrals and interventions"),
        "Appointment": ("tider", "appointments"),
        "AppointmentResponse": ("svar på tider", "answers to appointments"),
        "QuestionnaireResponse": ("svar på frågor", "answers to questions"),
        "Observation": ("mätningar och berättelser", "observations and stories"),
        "Condition": ("diagnoser", "conditions"),
        "Communication": ("meddelanden", "messages"),
        "Consent": ("samtycken och spärrar", "consents and blocks"),
        "DocumentReference": ("dokument", "documents"),
        "Composition": ("dokument", "documents"),
        "Binary": ("filer", "files"),
        "Provenance": ("överenskommelser", "agreements"),
        "Encounter": ("vårdkontakter", "encounters"),
        "Flag": ("uppmärksamhetssignaler", "alerts"),
        "AuditEvent": ("loggen", "the access log"),
    }
)
"""What the resource types are to a patient, in Swedish and English; others are told by FHIR's name."""

_USERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "patient": ("Du själv", "You yourself"),
        "proxy": ("Den som företräder dig", "Who represents you"),
        "staff": ("Personal", "Staff"),
        "system": ("Vårdens datasystem", "A system of care"),
        "app": ("En app", "An app"),
    }
)
COLUMNS: Final = ("time", "careProvider", "careUnit", "user", "title", "what", "about", "outcome", "purpose")
_HEADS: Final = (
    *(("Tid", "Time"), ("Vårdgivare", "Care provider"), ("Vårdenhet", "Care unit"), ("Vem", "Who")),
    *(
        ("Titel", "Title"),
        ("Vad", "What"),
        ("Uppgifter", "About"),
        ("Utfall", "Outcome"),
        ("Ändamål", "Purpose"),
    ),
)


async def access_log(
    caller: Caller, *, since: datetime | None, until: datetime | None, limit: int, cursor: str | None
) -> Json:
    """Return a page of the caller's own log, the latest first: `{items, next}`. Problem forbidden."""
    after = opened(cursor, int, str, str)
    page = await caller.records.access_log(
        caller.actor,
        since=to_micros(since) if since else None,
        until=to_micros(until) if until else None,
        limit=limit,
        after=(after[0], after[1], after[2]) if after else None,
        request_id=caller.request_id,
    )
    items = [told(noted, page, caller.language) for noted in page.rows]
    return {"items": items, "next": sealed(page.next)}


def told(noted: Noted, page: LogPage, language: str) -> Json:
    """Return a row in plain words."""
    row, n = noted.row, 1 if language == "en" else 0
    done = doing(row.interaction)
    kind = _USERS.get(row.actor_kind, ("", ""))[n]
    return {
        "time": instant(from_micros(noted.recorded)),
        "careProvider": row.provider_name or page.places.get(row.provider or "", row.provider),
        "careUnit": row.unit_name or page.places.get(row.unit or "", row.unit),
        "user": (row.name if noted.name in page.named and row.actor_kind == "staff" else None) or kind,
        "title": row.title,
        "what": done.english if n else done.swedish,
        "about": _about(row.entities, n),
        "outcome": OUTCOMES.get(row.outcome, (row.outcome, row.outcome))[n],
        "purpose": purpose_of(row.purpose).english if n else purpose_of(row.purpose).swedish,
        "emergency": is_emergency(row.rule),
        "id": noted.name,
    }


def _about(entities: str, n: int) -> list[str]:
    kinds = dict.fromkeys(str(reference).partition("/")[0] for reference in orjson.loads(entities))
    return list(dict.fromkeys(KINDS.get(kind, (kind, kind))[n] for kind in kinds))


def as_csv(items: Sequence[Json], language: str) -> str:
    """Return the items as CSV (RFC 4180), in UTF-8 with a header; no cell begins a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([head[1 if language == "en" else 0] for head in _HEADS])
    writer.writerows([[_cell(item[name]) for name in COLUMNS] for item in items])
    return out.getvalue()


def _cell(value: object) -> str:
    text = ", ".join(value) if isinstance(value, list) else str(value or "")
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def as_text(items: Sequence[Json], language: str) -> str:
    """Return the items as a page to read or print, a paragraph each."""
    n = 1 if language == "en" else 0
    title = ("Åtkomst till dina uppgifter", "Access to your data")[n]
    if not items:
        return f"{title}\n\n{('Ingen åtkomst under perioden.', 'No access in the period.')[n]}\n"
    return f"{title}\n\n" + "\n".join(_paragraph(item, n) for item in items)


def _paragraph(item: Json, n: int) -> str:
    moment = datetime.fromisoformat(item["time"]).astimezone(SWEDEN)
    place = ", ".join(part for part in (item["careProvider"], item["careUnit"]) if part)
    who = f"{item['user']} ({item['title']})" if item["title"] else item["user"]
    mark = ("  Nödöppning", "  Emergency opening")[n] if item["emergency"] else ""
    doings = f"{item['what']}: {', '.join(item['about'])}" if item["about"] else item["what"]
    lines = [
        f"{moment:%Y-%m-%d %H:%M}  {place}",
        f"  {who}",
        f"  {doings}; {item['outcome']}",
        f"  {item['purpose']}{mark}",
    ]
    return "\n".join(lines) + "\n"
