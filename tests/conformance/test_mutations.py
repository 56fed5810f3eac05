"""Our verdict on changed resources is that of HL7's validator; every class of disagreement is named."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import pytest

from pk_api.fhir.problems import Problem
from pk_api.fhir.resource_types import TYPES
from pk_api.fhir.validate import check
from pk_api.fhir.values import parse
from tests.conformance.differences import DIFFERENCES, Difference, explained
from tests.conformance.judge import Said, faults, judged
from tests.conformance.mutations import KINDS, Mutant, mutants
from tests.conformance.page import write_verdicts
from tests.conformance.valid import official, ours

LONG = 6000
Verdict = tuple[Mutant, list[str], Sequence[Said]]


def our_faults(raw: bytes) -> list[str]:
    """Return what our server says against a resource: its reading of JSON, then its validation."""
    try:
        return [f"{issue.expression}: {issue.diagnostics}" for issue in check(parse(raw))]
    except Problem as problem:
        return [str(problem)]


def compared(changed: Sequence[Mutant]) -> list[Verdict]:
    """Return every mutant with what is said against it here and there."""
    raw = [json.dumps(mutant.resource).encode() for mutant in changed]
    theirs = judged(raw)
    return [(m, our_faults(r), faults(t)) for m, r, t in zip(changed, raw, theirs, strict=True)]


def disagreements(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if bool(verdict[1]) != bool(verdict[2])]


def unexplained(verdicts: Sequence[Verdict]) -> list[Any]:
    return [
        (mutant.what, here, [f"{said.path}: {said.text}" for said in there])
        for mutant, here, there in disagreements(verdicts)
        if explained(here, there) is None
    ]


def test_the_verdicts_on_a_few_hundred_mutants_agree() -> None:
    verdicts = compared(mutants(official(), 300, seed=2))

    assert unexplained(verdicts) == []
    assert len(disagreements(verdicts)) <= 9


@pytest.mark.slow
def test_the_verdicts_on_thousands_of_mutants_agree() -> None:
    examples = [*official(), *ours()]
    raw = [json.dumps(resource).encode() for resource in examples]
    valid = [one for one, said in zip(examples, judged(raw), strict=True) if not faults(said)]
    verdicts = compared(mutants(valid, LONG))

    assert not TYPES.keys() - {mutant.resource.get("resourceType") for mutant, _, _ in verdicts}
    write_verdicts(listed(verdicts))
    assert unexplained(verdicts) == []
    assert len(disagreements(verdicts)) <= LONG / 100


def listed(verdicts: Sequence[Verdict]) -> str:
    """Return the page of what was compared and where the verdicts differ."""
    found = disagreements(verdicts)
    by_class: dict[Difference | None, list[Verdict]] = defaultdict(list)
    for verdict in found:
        by_class[explained(verdict[1], verdict[2])].append(verdict)
    lines = [
        "# Validation, compared with HL7's",
        "",
        "Written by `make conformance`. Reference: HAPI's FhirInstanceValidator with the definitions of R4.",
        "",
        f"{len(verdicts)} resources with one thing changed, {len(found)} disagreements: "
        f"the same verdict on {100 * (1 - len(found) / len(verdicts)):.2f} %.",
        "",
        *_by_kind(verdicts),
        "",
        "| class | refused | times | why | example |",
        "|---|---|---|---|---|",
        *(_row(row, by_class[row]) for row in DIFFERENCES if by_class[row]),
    ]
    return "\n".join(lines) + "\n"


def _by_kind(verdicts: Sequence[Verdict]) -> list[str]:
    all_of = Counter(mutant.how for mutant, _, _ in verdicts)
    wrong = Counter(mutant.how for mutant, _, there in verdicts if there)
    differing = Counter(mutant.how for mutant, _, _ in disagreements(verdicts))
    rows = [f"| {how} | {all_of[how]} | {wrong[how]} | {differing[how]} |" for how in KINDS]
    return ["| change | resources | refused by the reference | disagreements |", "|---|---|---|---|", *rows]


def _row(row: Difference, verdicts: Sequence[Verdict]) -> str:
    return f"| {row.name} | {row.refused} | {len(verdicts)} | {row.why} | {verdicts[0][0].what} |"
