"""What is said about access is said by those who may, of those whom it may be about, and with its reasons."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pk_api.access.actor import Actor
from pk_api.access.assertions import ASSERTIONS, Assertion
from pk_api.access.facts import Facts
from pk_api.access.rules import CARE, reader_of
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.search.index_values import period_span
from pk_api.fhir.systems import EXT_REASON
from pk_api.records.drafts import Draft, Drafts, placed
from pk_api.records.facts import consent_kinds
from pk_api.store.rows import Fact, to_micros

_REASON: Final = 3
"""Letters of a reason, at least."""


def check_assertions(drafts: Drafts, actor: Actor, facts: Facts, *, now: datetime) -> None:
    """Raise Problem forbidden when another should say it, business-rule when something is missing."""
    for n, draft in enumerate(drafts.drafts):
        if draft.key.type != "Consent" or draft.resource is None or draft.resource["status"] != "active":
            continue
        try:
            for kind in sorted(consent_kinds(draft.resource) & ASSERTIONS.keys()):
                _check(draft, draft.resource, ASSERTIONS[kind], actor, facts, now)
        except Problem as problem:
            raise placed(problem, n) from problem


def _check(
    draft: Draft, resource: Mapping[str, Any], rule: Assertion, actor: Actor, facts: Facts, now: datetime
) -> None:
    if actor.kind not in rule.by:
        raise _forbidden("this is not for the caller to say", "Consent", rule)
    if actor.kind in CARE and not all(_is_own(fact, rule, actor, facts) for fact in draft.facts):
        where = "Consent.provision.actor"
        raise _forbidden(f"it may be about units of the writer's own {rule.whose} only", where, rule)
    issues = list(_missing(resource, rule, now))
    if not draft.facts:
        issues.append(_issue(rule.lacks, "Consent.provision.actor"))
    if issues:
        raise Problem("business-rule", f"{issues[0].diagnostics} ({rule.source})", issues=issues)


def _is_own(fact: Fact, rule: Assertion, actor: Actor, facts: Facts) -> bool:
    if rule.whose == "any":
        return True
    own = reader_of(actor, facts).own
    return fact.provider == actor.provider and (rule.whose == "provider" or not own or fact.unit in own)


def _missing(resource: Mapping[str, Any], rule: Assertion, now: datetime) -> Iterator[Issue]:
    if "reason" in rule.needs and len(_reason(resource)) < _REASON:
        yield _issue("lacks its reason (extension pk-reason)", "Consent.extension")
    if "verified" in rule.needs and not _is_verified(resource):
        yield _issue("lacks whom it was clarified with, and when", "Consent.verification")
    period = (resource.get("provision") or {}).get("period")
    since, until = period_span(period)
    if "end" in rule.needs and until is None:
        yield _issue("lacks its end", "Consent.provision.period.end")
    elif rule.most is not None and until is not None:
        start = max(since or 0, to_micros(now.astimezone(UTC)))
        if until - start > to_micros(datetime(1970, 1, 1, tzinfo=UTC) + rule.most):
            yield _issue(f"lasts longer than {rule.most}", "Consent.provision.period.end")


def _reason(resource: Mapping[str, Any]) -> str:
    for one in resource.get("extension", ()):
        if one.get("url") == EXT_REASON:
            return str(one.get("valueString", "")).strip()
    return ""


def _is_verified(resource: Mapping[str, Any]) -> bool:
    return any(
        one.get("verified") and one.get("verifiedWith") and one.get("verificationDate")
        for one in resource.get("verification", ())
    )


def _issue(what: str, path: str) -> Issue:
    return Issue("business-rule", f"The Consent {what}.", path)


def _forbidden(why: str, path: str, rule: Assertion) -> Problem:
    detail = f"Not permitted: {why} ({rule.source})."
    return Problem("forbidden", detail, expression=path)
