"""What hides something from a patient or a guardian, and who takes a label away again.

Sources: OSL 2009:400 25 kap. 6 § and 12 kap. 3 § (a child's voice); PDL 2008:355 5 kap. 5 §.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.labels import FROM_GUARDIAN, FROM_PATIENT
from pk_api.access.rules import CARE
from pk_api.fhir.problems import Problem
from pk_api.fhir.systems import EXT_HIDDEN, SECURITY, SECURITY_LABEL
from pk_api.records.answers import labels
from pk_api.records.drafts import Draft, Drafts, placed
from pk_api.records.state import State
from pk_api.store.locked import Present

LABEL_OFFICER: Final = "label-officer"
"""The system role of those who may take any label off what is their own care provider's."""

_HIDING: Final = frozenset({(SECURITY, FROM_PATIENT), (SECURITY, FROM_GUARDIAN)})
_REASON: Final = 3
"""Letters of a reason, at least."""


def check_hidden(drafts: Drafts, state: State, actor: Actor, *, now: datetime) -> None:
    """Raise Problem forbidden when others than care hide something, business-rule without its reasons."""
    for n, draft in enumerate(drafts.drafts):
        if draft.resource is None or not _HIDING & labels(draft.resource):
            continue
        try:
            before = state.present.get(draft.key)
            _check(draft.resource, actor, (before.labels or "") if before else "", now)
        except Problem as problem:
            raise placed(problem, n) from problem


def _check(resource: Mapping[str, Any], actor: Actor, before: str, now: datetime) -> None:
    path = f"{resource['resourceType']}.meta"
    new = [code for _, code in _HIDING & labels(resource) if f"|{code}|" not in before]
    if new and actor.kind not in CARE:
        detail = "Not permitted: care alone hides something from a patient or a guardian."
        raise Problem("forbidden", detail, expression=f"{path}.security")
    if missing := list(_missing(resource, now if new else None)):
        detail = f"What is hidden says why (extension pk-hidden of its meta): it lacks {', '.join(missing)}."
        raise Problem("business-rule", detail, expression=f"{path}.extension")


def _missing(resource: Mapping[str, Any], now: datetime | None) -> Iterator[str]:
    """Yield what is not said; `now` where the review must lie ahead."""
    found = [one for one in resource["meta"].get("extension", ()) if one.get("url") == EXT_HIDDEN]
    parts = {p.get("url"): p for one in found for p in one.get("extension", ())}
    if len(str(parts.get("reason", {}).get("valueString", "")).strip()) < _REASON:
        yield "the reason"
    if not parts.get("author", {}).get("valueReference"):
        yield "the author"
    review = str(parts.get("review", {}).get("valueDate", ""))
    if len(review) != len("2026-01-01") or (now is not None and review < now.date().isoformat()):
        yield "a review date that lies ahead"


def may_unlabel(draft: Draft, gone: set[tuple[Any, Any]], actor: Actor, before: Present) -> bool:
    """Say whether the writer asks for labels to be taken away, and has the right to.

    A label officer of the care provider whose it is has it; its own unit too, but of a protected identity.
    """
    if not draft.write.unlabels or actor.kind not in CARE or actor.provider != before.owner:
        return False
    if actor.kind == "staff" and LABEL_OFFICER in actor.roles:
        return True
    is_identity = any(system == SECURITY_LABEL for system, _ in gone)
    return actor.unit is not None and actor.unit == before.unit and not is_identity
