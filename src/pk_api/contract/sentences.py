"""What changed, in plain sentences: one for what came or went, one for each field that changed. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pk_api.contract.dates import swedish
from pk_api.contract.elements import Json
from pk_api.contract.field_words import FIELDS, FOLLOWING
from pk_api.contract.history import Place, field_names
from pk_api.contract.merging import fields_of
from pk_api.contract.texts import LANGUAGES
from pk_api.contract.words import (
    CLOCK,
    ENTRY,
    MONTHS,
    NOUNS,
    OTHERS,
    PLACED,
    QUOTED,
    REFERRING,
    SENTENCES,
    STATES,
    TITLES,
    VALUES,
    WHO,
    YES_NO,
)

_TIME = "appointments"
_STATES = frozenset({"state", "status", "patientAnswer"})
_EMPTY: tuple[Any, ...] = (None, [], {}, "")


@dataclass(frozen=True, slots=True)
class Telling:
    """How it is told: in which language, with which items at hand for those that fields refer to."""

    language: str
    items: Mapping[Place, Json]

    def pick(self, pair: tuple[str, str]) -> str:
        """Return the words in the language."""
        return pair[LANGUAGES.index("en" if self.language == "en" else "sv")]

    def happened(self, kind: str, who: str | None, words: Mapping[str, str]) -> str:
        """Return a sentence, with the one who did it where that is known."""
        active, passive = SENTENCES[kind]
        told = self.pick(passive if who is None else active).format(who=who, **words)
        return told[:1].upper() + told[1:]


def who_did(by: Mapping[str, str | None], unit: str | None, telling: Telling) -> str | None:
    """Return who did it, in words: care by unit, and by name where a person did; None when nobody is told."""
    kind = by.get("kind") or ""
    if kind in WHO:
        return telling.pick(WHO[kind])
    name = by.get("name") if kind == "staff" or not unit else None
    return ", ".join(each for each in (name, unit) if each) or None


def sentence(place: Place, before: Json | None, after: Json | None, who: str | None, telling: Telling) -> str:
    """Return the sentence of an item that came or went."""
    part, _ = place
    kind = "added" if before is None else "removed"
    title = _title(part, after or before or {}, telling)
    colon = ":" if who and kind == "added" and title and part != _TIME else ""
    return telling.happened(kind, who, {**_nouns(part, telling), "title": colon + title})


def field_sentences(
    place: Place, before: Json, after: Json, doer: Callable[[str], str | None], telling: Telling
) -> Iterator[tuple[str, str]]:
    """Yield field and sentence of what changed in an item; `doer` says who changed a field."""
    part, old, new = place[0], fields_of(before), fields_of(after)
    names = field_names(before, after)
    for name in names:
        if name in FOLLOWING or (name == "end" and "start" in names):
            continue
        kind = _kind(part, name, old.get(name), new.get(name))
        words = {
            **_nouns(part, telling),
            "title": _title(part, after if kind == "renamed" else before, telling),
        }
        words |= {"field": telling.pick(FIELDS.get(name, (name, name)))}
        words |= {"before": told(part, name, old.get(name), telling)}
        words |= {"after": told(part, name, new.get(name), telling)}
        yield name, telling.happened(kind, doer(name), words)


def other(kind: str, what: str, who: str | None, telling: Telling) -> str:
    """Return the sentence of a FHIR type that no part shows: added, removed or touched."""
    noun = telling.pick(OTHERS.get(kind, ENTRY))
    return telling.happened(what, who, {"a": noun, "the": noun, "title": ""})


def told(part: str, field: str, value: Any, telling: Telling) -> str:
    """Return a value as people say it."""
    if isinstance(value, list):
        return ", ".join(told(part, field, each, telling) for each in value)
    if isinstance(value, bool):
        return telling.pick(YES_NO[value])
    return (
        _of_object(value, telling) if isinstance(value, dict) else _of_text(part, field, str(value), telling)
    )


def _of_text(part: str, field: str, value: str, telling: Telling) -> str:
    """Return a code, the name of an item, a day or words."""
    codes = VALUES.get((part, field)) or VALUES.get(("", field), {})
    if value in codes:
        return codes[value].name(telling.language).lower()
    if field in REFERRING:
        there = telling.items.get((REFERRING[field], value), {})
        return _title(REFERRING[field], there, telling).strip() or value
    if field in _STATES:
        return telling.pick(STATES.get(value, (value, value)))
    return _day(value, telling) or telling.pick(QUOTED).format(text=value)


def _kind(part: str, field: str, before: Any, after: Any) -> str:
    if field == TITLES.get(part, "text") and before not in _EMPTY and after not in _EMPTY:
        return "renamed"
    if field == "readBy":
        return "read"
    if before in _EMPTY:
        return "set"
    if after in _EMPTY:
        return "unset"
    return "moved" if (part, field) == (_TIME, "start") else "changed"


def _nouns(part: str, telling: Telling) -> dict[str, str]:
    noun = NOUNS[part]
    return {"a": telling.pick(noun.a), "the": telling.pick(noun.the)}


def _title(part: str, item: Json, telling: Telling) -> str:
    """Return by what an item is named, with a space before; a time by what it is for, else with whom."""
    title = item.get(TITLES.get(part, "text"))
    if title:
        return " " + telling.pick(QUOTED).format(text=title)
    people = [each for each in item.get("with", ()) if part == _TIME]
    names = [name for each in people if (name := each.get("name") or (each.get("unit") or {}).get("name"))]
    return telling.pick(PLACED).format(name=", ".join(names)) if names else ""


def _of_object(value: Json, telling: Telling) -> str:
    """Return what an object among the fields is called: a person, a place, a way of contact, an answer."""
    for name in ("name", "value", "text"):
        if value.get(name):
            return str(value[name])
    if value.get("answer"):
        return telling.pick(STATES.get(value["answer"], (value["answer"],) * 2))
    unit = value.get("unit") or {}
    return str(unit.get("name") or value.get("reference") or ", ".join(value.get("from", ())) or "–")


def _day(text: str, telling: Telling) -> str | None:
    """Return a day or an instant as people write it; None for other texts."""
    if not text[:4].isdecimal() or text[4:5] != "-":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        moment = swedish(moment)
    months = MONTHS[1 if telling.language == "en" else 0]
    day = f"{moment.day} {months[moment.month - 1]} {moment.year}"
    return day if "T" not in text else telling.pick(CLOCK).format(day=day, time=f"{moment:%H.%M}")
