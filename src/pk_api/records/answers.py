"""What a writer who may not change all of a resource has touched in it: own answers, own words. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pk_api.fhir import membership, ownership
from pk_api.fhir.references import literal
from pk_api.fhir.told import told_meta

Json = Mapping[str, Any]
IsOwn = Callable[[Json], bool]
"""Says of a Reference whether it is to the writer."""


def is_active_contract(resource: Json) -> bool:
    """Say whether the resource is a contract in force."""
    return membership.is_contract(resource) and membership.contract_state(resource) == "active"


def answers_only(before: Json, after: Json, elements: frozenset[str], is_own: IsOwn) -> bool:
    """Say whether only these top-level elements differ, and in them only what is the writer's to say.

    `extension:URL` names an extension. A narrative may go, as it tells of the state before.
    """
    urls = {e.partition(":")[2] for e in elements if e.startswith("extension:")}
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if name.removeprefix("_") in elements:
            if not _ANSWERED.get(name, _anything)(old, new, is_own):
                return False
        elif name == "extension":
            if _of_others(old or [], urls, is_own) != _of_others(new or [], urls, is_own):
                return False
        elif name == "meta":
            if told_meta(old) != told_meta(new):
                return False
        elif old != new and not (name == "text" and new is None):
            return False
    return True


def _anything(_old: Any, _new: Any, _is_own: IsOwn) -> bool:
    return True


def _grown(old: Any, new: Any, is_own: IsOwn) -> bool:
    """What was noted stays; whoever adds something signs for nobody else."""
    kept = len(old or [])
    added = (new or [])[kept:]
    signed = all(is_own(each["authorReference"]) for each in added if "authorReference" in each)
    return (new or [])[:kept] == (old or []) and signed


def _own_status(old: Any, new: Any, is_own: IsOwn) -> bool:
    """Of those invited, each answers for oneself."""
    return len(old or []) == len(new or []) and all(
        was == is_ or (is_own(was.get("actor", {})) and was | {"status": ""} == is_ | {"status": ""})
        for was, is_ in zip(old or [], new or [], strict=True)
    )


_ANSWERED: Mapping[str, Callable[[Any, Any, IsOwn], bool]] = {
    "note": _grown,
    "output": _grown,
    "participant": _own_status,
}


def _of_others(extensions: list[Any], urls: set[str], is_own: IsOwn) -> list[Any]:
    return [e for e in extensions if e.get("url") not in urls or not _is_by(e, is_own)]


def _is_by(answer: Json, is_own: IsOwn) -> bool:
    parts = {part.get("url"): part for part in answer.get("extension", ())}
    return is_own(parts.get("individual", {}).get("valueReference", {}))


def others_words(before: Json, after: Json, voices: frozenset[str], is_own: IsOwn) -> Iterator[str]:
    """Yield the paths at which `after` newly names somebody else as the one who says it.

    Of a Patient, only the own one passes; without a literal reference, only a relative who is described.
    """
    standing = [speaker for _, speaker in ownership.speakers(before)]
    for path, speaker in ownership.speakers(after):
        if speaker not in standing and not _may_speak(speaker, voices, is_own):
            yield path


def _may_speak(speaker: Json, voices: frozenset[str], is_own: IsOwn) -> bool:
    if "reference" in speaker:
        local = literal(speaker["reference"])
        return is_own(speaker) or (local is not None and local.type in voices - {"Patient"})
    return speaker.get("type") in voices - {"Patient"} and "identifier" not in speaker


def labels(resource: Mapping[str, Any]) -> set[tuple[Any, Any]]:
    """Return the security labels of a resource, as system and code."""
    return {(one.get("system"), one.get("code")) for one in resource.get("meta", {}).get("security", ())}
