"""The header `Revision-Reason: <code>; text="…"`: why care revises what it writes, in both APIs.

The code is one of `pk-revision-reason`; words that are not ASCII stand as `text*=UTF-8''…` (RFC 8187).
"""

import re
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from pk_api.access.actor import Actor, Reason
from pk_api.access.rules import CARE
from pk_api.contract.reading.reasons import CODES
from pk_api.fhir.problems import Problem

REASONS: Final = tuple(sorted(CODES))
_WORDS: Final = r"""text="[ !#-~]{1,200}"|text\*=UTF-8''([A-Za-z0-9!#$&+\-.^_`|~]|%[0-9A-Fa-f]{2}){1,600}"""
FORM_OF_REASON: Final = f"({'|'.join(REASONS)})(; ?({_WORDS}))?"
"""What the header looks like."""

_FORM: Final = re.compile(FORM_OF_REASON, re.ASCII)


def with_reason(actor: Actor, told: str | None) -> Actor:
    """Return the actor with the reason that the header tells; an empty one tells none.

    Problem invalid, or forbidden for others than care.
    """
    if not told:
        return actor
    found = _FORM.fullmatch(told)
    if found is None:
        form = f"one of {', '.join(REASONS)}, and words as ; text=\"…\" or ; text*=UTF-8''…"
        raise Problem("invalid", f"Revision-Reason is {form}.")
    if actor.kind not in CARE:
        raise Problem("forbidden", "Care says why it revises a contract.")
    return replace(actor, reason=Reason(found[1], _words(found[3])))


def _words(told: str | None) -> str | None:
    """Return the words; what is no printable text in them is left out."""
    if told is None:
        return None
    plain = told.removeprefix('text="').removesuffix('"')
    coded = told.removeprefix("text*=UTF-8''")
    text = plain if coded == told else unquote(coded, errors="ignore")
    return "".join(each for each in text if each.isprintable()).strip() or None
