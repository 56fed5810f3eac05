"""What changed in a contract between two moments, what happened around the patient, and who said what."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pk_api.contract.dates import instant
from pk_api.contract.elements import Json
from pk_api.contract.history import (
    ORDER,
    Moved,
    Place,
    Written,
    everything,
    field_names,
    last_that_changed,
    moves,
    shown,
    with_written,
)
from pk_api.contract.merging import fields_of
from pk_api.contract.reading.context import Reading
from pk_api.contract.sentences import Telling, field_sentences, other, sentence
from pk_api.contract.service.caller import Caller, reading_of, rows_of
from pk_api.contract.service.cursors import opened, sealed
from pk_api.contract.service.doers import Doers
from pk_api.contract.service.moments import Moment, resolved
from pk_api.fhir.problems import Problem
from pk_api.fhir.references import walk
from pk_api.records.values import AsOf, Step

_EMPTY: tuple[Any, ...] = (None, [], {}, "")
_BESIDE = {"relatives": "Consent/", "appointments": "AppointmentResponse/"}


async def changes(caller: Caller, contract: str, since: Moment, until: Moment | None) -> Json:
    """Return what differs between two moments, by part, id and field, and in sentences.

    `since` may be before there was a contract. Problem business-rule when it is after `until`.
    """
    end = await resolved(caller, contract, until) if until else None
    now = reading_of(caller, await rows_of(caller, contract, end))
    then = await _then(caller, contract, await resolved(caller, contract, since), now)
    if then.revision > now.revision:
        raise Problem("business-rule", "from: a moment before `to` is expected.")
    steps = await caller.records.changes(
        caller.actor, contract, after=then.revision, upto=now.revision, request_id=caller.request_id
    )
    doers = await Doers.of(caller, now, [step.by for step in steps])
    now, then = await _with_named(caller, (now, then), steps)
    told = _Told(doers, Telling(caller.language, everything(then) | everything(now)))
    moved: dict[Place, list[Moved]] = defaultdict(list)
    for each in moves(then, map(_written, steps)):
        moved[each.place].append(each)
    items = [told.item(place, *pair, moved[place]) for place, pair in _differing(then, now)]
    texts = [(row["revision"] or now.revision, row["text"]) for each in items for row in _rows(each)]
    return {
        "from": {"revision": then.revision},
        "to": {"revision": now.revision},
        "items": items,
        "sentences": [text for _, text in sorted(texts, key=lambda pair: pair[0]) if text],
    }


async def timeline(caller: Caller, contract: str, *, limit: int, cursor: str | None) -> Json:
    """Return what was written about the patient, the newest first: `{items, next}`."""
    reading = reading_of(caller, await rows_of(caller, contract))
    before = opened(cursor, int)
    steps, mark = await caller.records.timeline(
        caller.actor,
        contract,
        limit=limit,
        before=before[0] if before else None,
        request_id=caller.request_id,
    )
    doers = await Doers.of(caller, reading, [step.by for step in steps])
    (reading,) = await _with_named(caller, (reading,), steps)
    told = _Told(doers, Telling(caller.language, everything(reading)))
    items = [told.entry(step, reading) for step in steps]
    return {"items": items, "next": sealed((mark,) if mark is not None else None)}


async def provenance(caller: Caller, contract: str, *, limit: int, cursor: str | None) -> Json:
    """Return who made each field of each item what it is, in the order of parts and ids: `{items, next}`."""
    reading = reading_of(caller, await rows_of(caller, contract))
    after = opened(cursor, int, str)
    found = sorted(
        ((ORDER.index(part), id_), each)
        for (part, id_), each in everything(reading).items()
        if after is None or (ORDER.index(part), id_) > (after[0], after[1])
    )
    page = dict(found[:limit])
    steps = await caller.records.versions(
        caller.actor, contract, of=_behind(page, reading), request_id=caller.request_id
    )
    doers = await Doers.of(caller, reading, [step.by for step in steps])
    (reading,) = await _with_named(caller, (reading,), steps)
    written = list(map(_written, steps))
    gone = {reference: None for each in written for reference in each.resources}
    start = with_written(reading, replace(written[0], resources=gone)) if written else reading
    moved: dict[Place, list[Moved]] = defaultdict(list)
    for each in moves(start, written):
        moved[each.place].append(each)
    told = _Told(doers, Telling(caller.language, {}))
    items = [told.sources(ORDER[n], item, moved[ORDER[n], id_]) for (n, id_), item in page.items()]
    return {"items": items, "next": sealed(list(page)[-1]) if len(found) > limit else None}


class _Told:
    """How changes are told: by whom, and in which words."""

    def __init__(self, doers: Doers, telling: Telling) -> None:
        self._doers = doers
        self._telling = telling

    def item(self, place: Place, before: Json | None, after: Json | None, moved: list[Moved]) -> Json:
        """Return an item that differs between two moments."""
        kind = _kind(before, after)
        last = {name: last_that_changed(name, moved) for name in field_names(before, after)}
        source = _turn(kind, moved)
        text, texts = None, dict[str, str]()
        if before is not None and after is not None:
            texts |= field_sentences(place, before, after, lambda n: self._who(last[n]), self._telling)
        else:
            text = sentence(place, before, after, self._who(source), self._telling)
        return {
            "part": place[0],
            "id": place[1],
            "reference": (after or before or {})["reference"],
            "what": kind,
            **self._source(source),
            "text": text,
            "fields": [self._field(n, before, after, last[n], texts.get(n)) for n in last],
        }

    def entry(self, step: Step, reading: Reading) -> Json:
        """Return a version that was written, as the timeline tells it."""
        (one,) = step.changes
        now = _written(step)
        was = step.before
        old = {one.reference: None if was is None or was.deleted else was.resource}
        then = with_written(reading, replace(now, resources=old))
        before, after = (shown(each, {one.reference}) for each in (then, with_written(reading, now)))
        who = self._who(now)
        items, sentences = [], []
        for place in dict.fromkeys((*before, *after)):
            names = field_names(before.get(place), after.get(place))
            if names:
                items.append({"part": place[0], "id": place[1], "fields": names})
                sentences += self._sentences(place, before.get(place), after.get(place), who)
        what = _kind(old[one.reference], now.resources[one.reference])
        if not items:
            sentences = [other(one.type, "touched" if what == "changed" else what, who, self._telling)]
        return {
            **self._source(now),
            "by": self._doers.told(now.by, one.reference, one.version),
            "reference": one.reference,
            "version": one.version,
            "what": what,
            "items": items,
            "sentences": sentences,
        }

    def sources(self, part: str, item: Json, moved: list[Moved]) -> Json:
        """Return who made each field of an item what it is."""
        fields = [name for name, value in fields_of(item).items() if value not in _EMPTY]
        made = next((each for each in moved if each.before is None), None)
        return {
            "part": part,
            "id": item["id"],
            "reference": item["reference"],
            "made": self._source(made),
            "fields": [{"field": n, **self._source(last_that_changed(n, moved) or made)} for n in fields],
        }

    def _sentences(self, place: Place, before: Json | None, after: Json | None, who: str | None) -> list[str]:
        if before is None or after is None:
            return [sentence(place, before, after, who, self._telling)]
        return [text for _, text in field_sentences(place, before, after, lambda _: who, self._telling)]

    def _field(
        self, name: str, before: Json | None, after: Json | None, moved: Moved | None, text: str | None
    ) -> Json:
        was, is_ = fields_of(before).get(name), fields_of(after).get(name)
        return {"field": name, "before": was, "after": is_, **self._source(moved), "text": text}

    def _who(self, source: Moved | Written | None) -> str | None:
        written = source.written if isinstance(source, Moved) else source
        return None if written is None else self._doers.in_words(written.by, self._telling)

    def _source(self, source: Moved | Written | None) -> Json:
        """Return when, by whom, and in which revision; nulls where the log does not tell."""
        written = source.written if isinstance(source, Moved) else source
        if written is None:
            return {"at": None, "by": None, "revision": None}
        item = (source.after or {}) if isinstance(source, Moved) else {}
        by = self._doers.told(written.by, item.get("reference"), item.get("version"))
        return {"at": instant(written.at, exact=True), "by": by, "revision": written.revision}


async def _then(caller: Caller, contract: str, since: AsOf, now: Reading) -> Reading:
    """Return the contract as it was; an empty one before there was any: the caller sees it now."""
    try:
        return reading_of(caller, await rows_of(caller, contract, since))
    except Problem as problem:
        if problem.kind != "not-found":
            raise
        return replace(now, members={}, revision=0, seen={})


async def _with_named(caller: Caller, readings: Sequence[Reading], steps: Iterable[Step]) -> list[Reading]:
    """Return the readings with everybody whom the versions between them name."""
    known: dict[str, Json] = {name: each for one in readings for name, each in one.directory.items()}
    written = [one for step in steps for one in (*step.changes, step.before) if one and not one.deleted]
    named = {reference.value for one in written for reference in walk(one.resource)}
    found = await caller.directory(sorted(named - known.keys()))
    return [replace(each, directory={**known, **found}, seen={}) for each in readings]


def _written(step: Step) -> Written:
    resources = {one.reference: None if one.deleted else one.resource for one in step.changes}
    return Written(step.revision, step.at, step.by, resources)


def _differing(then: Reading, now: Reading) -> list[tuple[Place, tuple[Json | None, Json | None]]]:
    old, new = everything(then), everything(now)
    places = sorted(dict.fromkeys((*old, *new)), key=lambda place: ORDER.index(place[0]))
    pairs = [(place, (old.get(place), new.get(place))) for place in places]
    return [(place, pair) for place, pair in pairs if field_names(*pair)]


def _kind(before: Any, after: Any) -> str:
    return "added" if before is None else "removed" if after is None else "changed"


def _turn(kind: str, moved: Sequence[Moved]) -> Moved | None:
    """Return the step by which an item came, went, or was last changed."""
    if kind == "added":
        return next((each for each in moved if each.before is None), None)
    ended = (each for each in reversed(moved) if kind == "changed" or each.after is None)
    return next(ended, None)


def _rows(item: Json) -> list[Json]:
    return [item, *item["fields"]]


def _behind(page: Mapping[tuple[int, str], Json], reading: Reading) -> list[str]:
    """Return the resources that items tell of, those beside them included."""
    heads = tuple(_BESIDE[ORDER[n]] for n, _ in page if ORDER[n] in _BESIDE)
    beside = {name for name in reading.members if heads and name.startswith(heads)}
    return sorted({each["reference"] for each in page.values()} | beside)
