"""docs/validation.md: two parts, each written by the test that knows it; the other stays."""

from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "docs" / "validation.md"
ANSWERS: Final = "## What the service answers"


def write_verdicts(text: str) -> None:
    """Write how our verdicts compare with HL7's."""
    _, _, answers = PAGE.read_text(encoding="utf-8").partition(ANSWERS)
    PAGE.write_text(f"{text}\n{ANSWERS}{answers}", encoding="utf-8")


def write_answers(text: str) -> None:
    """Write what HL7's validator says of all that the service answers."""
    verdicts, _, _ = PAGE.read_text(encoding="utf-8").partition(ANSWERS)
    PAGE.write_text(f"{verdicts.rstrip()}\n\n{ANSWERS}\n\n{text}", encoding="utf-8")
