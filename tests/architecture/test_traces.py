"""The guard of the tests themselves: a test during which an identity number is logged or printed fails."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import pytest_runtest_makereport
from tests.support.traces import names_anybody

TOLVAN = "1912" + "12121212"  # in two, so that pytest shows it nowhere


def _reported(text: str, *, when: str = "teardown") -> Any:
    report = SimpleNamespace(passed=True, outcome="passed", longrepr=None, sections=[("Captured log", text)])
    hook = pytest_runtest_makereport(None, SimpleNamespace(when=when))  # type: ignore[arg-type]  # all that it looks at
    next(hook)
    with pytest.raises(StopIteration) as done:
        hook.send(report)
    return done.value.value


@pytest.mark.parametrize(
    "text", [f"found {TOLVAN}", f'{{"n": "{TOLVAN[:8]}-{TOLVAN[8:]}"}}', f"x={TOLVAN}\n"]
)
def test_a_test_that_logs_an_identity_number_fails(text: str) -> None:
    assert _reported(text).outcome == "failed"


@pytest.mark.parametrize(
    "text", ["", "191212121213", "request_id=a191212121212b", "2026-03-02T12:00:00", "19121212"]
)
def test_other_numbers_are_none(text: str) -> None:
    assert not names_anybody(text)
    assert _reported(text).outcome == "passed"
