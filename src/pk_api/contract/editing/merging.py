"""Changes of several items, each merged by field with what others changed since its writer looked. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pk_api.contract.editing.changing import changed_resources, drafted_resources, find_item
from pk_api.contract.editing.context import Editing
from pk_api.contract.elements import Json
from pk_api.contract.merging import Difference, Verdict, fields_of, judge, limited, undone
from pk_api.contract.reading.context import Reading
from pk_api.fhir.problems import Problem

Change = Callable[[str, str, Json, Editing], tuple[Json, ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A change of one item: what is asked for, persons found, and what comes of it beside others' changes."""

    part: str
    id: str
    fields: Json
    verdict: Verdict = field(default_factory=Verdict)

    def told(self, differences: Sequence[Difference], *, with_yours: bool) -> Iterator[Json]:
        """Yield differences of the item as the answer tells them."""
        for each in differences:
            told = {"part": self.part, "id": self.id, "field": each.field, "base": each.base}
            yield {**told, "theirs": each.theirs, **({"yours": each.yours} if with_yours else {})}


@dataclass(frozen=True, slots=True)
class Merge:
    """What to write, what of others' changes it goes in beside; or the conflicts, and nothing to write."""

    resources: Sequence[Json] = ()
    merged: Sequence[Json] = ()
    conflicts: Sequence[Json] = ()


def merge(asked: Sequence[Asked], then: Reading | None, editing: Editing) -> Merge:
    """Return what comes of changes that were made on a contract as it was; None: it was not there.

    Problem not-found for an item that neither has, or of a rule that stands in the way now.
    """
    judged = [_judged(each, then or _nothing(editing.reading), editing) for each in asked]
    conflicts = [t for each in judged for t in each.told(each.verdict.conflicts, with_yours=True)]
    if conflicts:
        return Merge(conflicts=conflicts)
    resources, undoings = _applied(judged, editing)
    if undoings:
        return Merge(conflicts=undoings)
    merged = [t for each in judged for t in each.told(each.verdict.theirs, with_yours=False)]
    return Merge(resources, merged)


def _nothing(reading: Reading) -> Reading:
    return replace(reading, members={}, seen={})


def _judged(asked: Asked, then: Reading, editing: Editing) -> Asked:
    """Return the change with what comes of it; where no item was, all that differs is a conflict."""
    known = editing.reading
    base, theirs = (find_item(asked.part, asked.id, each) for each in (then, known))
    if theirs is None:
        if base is None:
            raise Problem("not-found", f"There is no such item among the contract's {asked.part}.")
        return replace(asked, verdict=Verdict(conflicts=(Difference("", base, None, asked.fields),)))
    if base is not None:  # the item as it was, in a contract that holds all that there is and was
        directory = {**then.directory, **known.directory}
        known = replace(known, members={**known.members, **then.members}, directory=directory, seen={})
    resources = _of_item(drafted_resources, asked, asked.fields, replace(editing, reading=known))
    yours = find_item(asked.part, asked.id, _with(resources, known))
    return replace(asked, verdict=judge(fields_of(base), fields_of(theirs), fields_of(yours)))


def _applied(judged: Sequence[Asked], editing: Editing) -> tuple[list[Json], list[Json]]:
    """Return the resources after all changes, in their order, and what of others' changes would be undone."""
    start = working = editing.reading
    undoings: list[Json] = []
    for each in judged:
        fields = limited(each.fields, each.verdict.yours)
        if fields:
            resources = _of_item(changed_resources, each, fields, replace(editing, reading=working))
            working = _with(resources, working)
            merged = fields_of(find_item(each.part, each.id, working))
            undoings += each.told(undone(each.verdict, merged), with_yours=True)
    changed = [each for name, each in working.members.items() if start.members.get(name) != each]
    return changed, undoings


def _of_item(change: Change, asked: Asked, fields: Json, editing: Editing) -> Sequence[Json]:
    """Return what changes; a Problem names the field by part, item and name."""
    try:
        return change(asked.part, asked.id, fields, editing)
    except Problem as problem:
        place = f"/{asked.part}/{asked.id}"
        errors = [{**each, "pointer": place + each["pointer"]} for each in problem.facts.get("errors", ())]
        told = errors or [{"pointer": place, "detail": problem.detail}]
        raise Problem(problem.kind, problem.detail, facts={**problem.facts, "errors": told}) from problem


def _with(resources: Sequence[Json], reading: Reading) -> Reading:
    """Return the reading with these resources as they are now; a new one has no id yet."""
    new = len(reading.members)
    names = (f"{each['resourceType']}/{each.get('id', f'new-{new + n}')}" for n, each in enumerate(resources))
    return replace(reading, members={**reading.members, **dict(zip(names, resources, strict=True))}, seen={})
