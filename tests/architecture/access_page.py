"""docs/access-rules.md, made of the rules and of the tests' matrix; run as a module, it writes the page."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from pk_api.access.assertions import ASSERTIONS, Assertion
from pk_api.access.rules import GRANTS, NARROWINGS, REFUSALS, Rule
from tests.architecture.project import ROOT
from tests.rules.matrix import CHANGE, READ, SITUATIONS, cells
from tests.rules.matrix_persons import PARTIES, READS, WRITES

PAGE = ROOT / "docs/access-rules.md"

_HEAD = """# Who may see and do what

This page is made of the rules themselves (`src/pk_api/access/`) and of the table that the tests go through
cell by cell (`tests/rules/matrix.py`, `matrix_persons.py`); `make generated` writes it. Why it is so:
[decision 0020](decisions/0020-law-as-facts.md).

Any refusal refuses. Without a ground nothing is open, and the answer is the same as if there were nothing.
The grounds that hold are united; what narrows them is intersected: scopes of the token, blocks, hidden
items, age. Where no paragraph is named, the chapter stands: have your lawyer read it there.
"""


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = list(heads)
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _matrix(rows: Mapping[str, str]) -> Iterator[str]:
    names = [f"{n}" for n in range(1, len(SITUATIONS) + 1)]
    marks = ((who, *("yes" if cell else "–" for cell in cells(row))) for who, row in rows.items())
    return _table(("who", *names), marks)


def _assertion(kind: str, rule: Assertion) -> tuple[str, ...]:
    whose = {"any": "any unit", "provider": "the writer's care provider", "unit": "the writer's unit"}
    most = f"{rule.most.days} days" if rule.most and rule.most.days > 1 else "24 hours" if rule.most else ""
    needs = ", ".join(sorted(rule.needs))
    return f"`{kind}`", ", ".join(sorted(rule.by)), whose[rule.whose], needs, most, rule.source


def page() -> str:
    """Return the page."""
    numbered = ((str(n), s.name, s.source) for n, s in enumerate(SITUATIONS, 1))
    parts = [
        [_HEAD],
        ["## What refuses", "", *_table(("rule", "where it stands"), _rules(REFUSALS)), ""],
        ["## What opens", "", *_table(("ground", "where it stands"), _rules(GRANTS)), ""],
        ["## What narrows", "", *_table(("rule", "where it stands"), _rules(NARROWINGS)), ""],
        ["Blocks, labels and ages narrow within the grounds: each clause says what bars it.", ""],
        ["## Who may say what about access", ""],
        [*_table(_SAID, (_assertion(*one) for one in ASSERTIONS.items())), ""],
        [
            "## The matrix",
            "",
            "A note of the ward's in the region. Situations, each about the reader's own unit:",
            "",
        ],
        [*_table(("", "situation", "where it stands"), numbered), ""],
        ["### Who reads it", "", "By read, search, count and history alike.", "", *_matrix(READ), ""],
        ["### Who changes it", "", "Those who are not named may not.", "", *_matrix(CHANGE), ""],
        ["## Patients, and those who act for them", "", _PERSONS],
        ["### What they read", "", *_listed(READS), "", *_parties("reads", len(READS)), ""],
        ["### What they write", "", *_listed(WRITES), "", *_parties("writes", len(WRITES)), ""],
    ]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


_PERSONS = """Each row is a patient of its own, whom a ward treats, with somebody beside: who asks, or a
spouse where the patient or an app does. `rule` is what opens, or what refuses.
"""


def _listed(names: Iterable[str]) -> Iterator[str]:
    return (f"{n}. {name}" for n, name in enumerate(names, 1))


def _parties(what: Literal["reads", "writes"], columns: int) -> Iterator[str]:
    heads = ("who", "where it stands", "rule", *(str(n) for n in range(1, columns + 1)))
    rows = (
        (one.name, one.source, f"`{one.rules}`", *("yes" if cell else "–" for cell in getattr(one, what)))
        for one in PARTIES
    )
    return _table(heads, rows)


_SAID = ("kind of Consent", "said by", "about", "takes", "lasts at most", "where it stands")


def _rules(rules: Iterable[Rule[Any]]) -> Iterator[tuple[str, str]]:
    return ((f"`{rule.name}`", rule.source) for rule in rules)


def written() -> str:
    """Return the page as it is written."""
    return PAGE.read_text()


if __name__ == "__main__":
    PAGE.write_text(page())
