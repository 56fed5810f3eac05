"""What is made of pip-audit's report: a weakness fails, a report without advisories is told as none."""

from tests.architecture.advisories import verdict

CLEAN = {"name": "idna", "version": "3.10", "vulns": []}
WEAK = {"name": "x", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
UNKNOWN = {"name": "y", "skip_reason": "Dependency not found"}


def test_a_known_weakness_fails_and_is_named() -> None:
    status, text = verdict([CLEAN, WEAK, UNKNOWN])

    assert status == 1
    assert "x 1.0: PYSEC-1" in text
    assert "1 for 2 packages; 1 not judged" in text


def test_no_advisories_are_told_as_skipped_and_not_as_clean() -> None:
    assert verdict([UNKNOWN, UNKNOWN]) == (0, "advisories: skipped, the package index here gives none")
    assert verdict([]) == verdict([UNKNOWN])


def test_what_was_judged_and_is_fine_passes() -> None:
    assert verdict([CLEAN]) == (0, "advisories: 0 for 1 packages; 0 not judged")
