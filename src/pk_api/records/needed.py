"""Of a child who is a relative no more is kept than that it is there: nothing that tells which child.

Source: Regulation (EU) 2016/679 (GDPR), article 5.1 c: data minimisation.
"""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.systems import EXT_CONTRACT, FLAG
from pk_api.records.drafts import Drafts, placed

CHILD: Final = "child-as-relative"
_NEEDED: Final = frozenset(
    {"resourceType", "id", "meta", "extension", "status", "category", "code", "subject", "period", "author"}
)


def check_needed(drafts: Drafts) -> None:
    """Raise Problem business-rule when a Flag of a child as relative holds more than that."""
    for n, draft in enumerate(drafts.drafts):
        if draft.key.type != "Flag" or draft.resource is None or not _is_of_child(draft.resource):
            continue
        if more := sorted(_more(draft.resource)):
            detail = f"Of a child who is a relative this is not kept: {', '.join(more)}."
            issues = [Issue("business-rule", detail, f"Flag.{name}") for name in more]
            raise placed(Problem("business-rule", detail, issues=issues), n)


def _is_of_child(flag: Mapping[str, Any]) -> bool:
    coding = flag.get("code", {}).get("coding", ())
    return any(one.get("system") == FLAG and one.get("code") == CHILD for one in coding)


def _more(flag: Mapping[str, Any]) -> set[str]:
    more = set(flag) - _NEEDED
    if any(one.get("url") != EXT_CONTRACT for one in flag.get("extension", ())):
        more.add("extension")
    displays = {one.get("display") for one in flag["code"].get("coding", ())}
    if flag["code"].get("text") not in {None, *displays}:
        more.add("code.text")
    return more
