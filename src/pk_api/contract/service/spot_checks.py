"""Spot checks for audit officers, in plain words: made, listed, read, reviewed.

Source: HSLF-FS 2016:40 4 kap. 9 § 5–6: systematic, recurring checks, documented.
"""

from datetime import date, datetime, timedelta
from typing import Any

from pk_api.contract.dates import SWEDEN, instant, local_day
from pk_api.contract.elements import Json
from pk_api.contract.service.access_log import told
from pk_api.contract.service.caller import Caller
from pk_api.contract.service.cursors import opened, sealed
from pk_api.records.auditing.openings import FollowUp
from pk_api.records.auditing.spot_checks import SpotCheck, SpotItem
from pk_api.records.values import from_micros, moment_of, to_micros


async def make(caller: Caller, body: Json) -> Json:
    """Pick rows of the days that the body names. Problem forbidden."""
    since, until = _midnight(date.fromisoformat(body["from"])), date.fromisoformat(body["to"])
    check = await caller.records.make_spot_check(
        caller.actor,
        since=to_micros(since),
        until=to_micros(_midnight(until + timedelta(days=1))),
        size=body.get("size", 20),
        request_id=caller.request_id,
    )
    return _check(check, caller.language)


async def every(caller: Caller, *, days: int) -> Json:
    """Return the spot checks, and when the next is due: so many days after the period of the last."""
    heads = await caller.records.spot_checks(caller.actor, request_id=caller.request_id)
    last = max((local_day(from_micros(head["until"])) for head in heads), default=None)
    due = caller.today if last is None else last + timedelta(days=days)
    items = [_head(head, head["items"], head["open"]) for head in heads]
    return {"items": items, "nextDue": due.isoformat(), "isDue": due <= caller.today}


async def read(caller: Caller, name: str) -> Json:
    """Return a spot check with its rows. Problem not-found, forbidden."""
    check = await caller.records.spot_check(caller.actor, name, request_id=caller.request_id)
    return _check(check, caller.language)


async def review(caller: Caller, name: str, n: int, body: Json) -> Json:
    """Keep what a review found, and return the spot check. Problem not-found, not-allowed-in-state."""
    check = await caller.records.review_spot_item(
        caller.actor,
        name,
        n,
        finding=body["finding"],
        note=body.get("note"),
        request_id=caller.request_id,
    )
    return _check(check, caller.language)


async def openings(caller: Caller, *, is_open: bool, limit: int, cursor: str | None) -> Json:
    """Return a page of the emergency openings of the own care provider, the latest first."""
    place = opened(cursor, int, str)
    found, following = await caller.records.follow_ups(
        caller.actor,
        is_open=is_open,
        limit=limit,
        after=(place[0], place[1]) if place else None,
        request_id=caller.request_id,
    )
    return {"items": [_opening(one) for one in found], "next": sealed(following)}


async def review_opening(caller: Caller, consent: str, body: Json) -> Json:
    """Keep what the follow-up of an opening found. Problem not-found, not-allowed-in-state."""
    found = await caller.records.review_opening(
        caller.actor,
        consent,
        finding=body["finding"],
        note=body.get("note"),
        request_id=caller.request_id,
    )
    return _opening(found)


def _opening(found: FollowUp) -> Json:
    row, review = found.row, None
    if row["reviewed"] is not None:
        at = instant(from_micros(row["reviewed"]))
        review = {"at": at, "by": row["reviewer"], "finding": row["finding"], "note": row["note"]}
    return {
        "id": row["consent_id"],
        "reference": f"Consent/{row['consent_id']}",
        "kind": "shared-care" if row["kind"] == "emergency" else "inner-block",
        "patient": f"Patient/{found.patient}" if found.patient else None,
        "unit": {"hsaId": row["unit"], "name": found.place},
        "by": row["opened_by"],
        "reason": found.reason,
        "start": _told(row["since"]),
        "end": _told(row["until"]),
        "reads": found.reads,
        "users": found.users,
        "lastRead": _told(found.last_read),
        "review": review,
    }


def _told(micros: int | None) -> str | None:
    moment = None if micros is None else moment_of(micros)
    return instant(moment) if moment else None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SWEDEN)


def _head(head: Any, items: int, waiting: int) -> Json:
    return {
        "id": head["id"],
        "made": instant(from_micros(head["made"])),
        "by": head["made_by"],
        "from": instant(from_micros(head["since"])),
        "until": instant(from_micros(head["until"])),
        "looked": head["looked"],
        "items": items,
        "open": waiting,
    }


def _check(check: SpotCheck, language: str) -> Json:
    waiting = sum(item.reviewed is None for item in check.items)
    rows = [_row(item, check, language) for item in check.items]
    return _head(check.head, len(check.items), waiting) | {"rows": rows}


def _row(item: SpotItem, check: SpotCheck, language: str) -> Json:
    review = None
    if item.reviewed is not None:
        at = instant(from_micros(item.reviewed))
        review = {"at": at, "by": item.reviewer, "finding": item.finding, "note": item.note}
    return {
        "item": item.n,
        "marks": list(item.marks),
        "patient": f"Patient/{item.patient}" if item.patient else None,
        "access": told(item.noted, check.page, language) if item.noted else None,
        "review": review,
    }
