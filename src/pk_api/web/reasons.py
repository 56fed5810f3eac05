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
_FORM: Final = re.compile(
    r"""([a-z\-]{1,40})(?:\s*;\s*text(?:="([^"]{1,600})"|\*=UTF-8''([A-Za-z0-9%!#$&+\-.^_`|~]{1,600})))?""",
    re.ASCII,
)


def with_reason(actor: Actor, told: str | None) -> Actor:
    """Return the actor with the reason that the header tells; an empty one tells none.

    Problem invalid, or forbidden for others than care.
    """
    if not told:
        return actor
    found = _FORM.fullmatch(told.strip())
    text = _text(found) if found else None
    if found is None or found[1] not in CODES or (text is not None and not text.isprintable()):
        form = f"one of {', '.join(REASONS)}, and words as ; text=\"…\" or ; text*=UTF-8''…"
        raise Problem("invalid", f"Revision-Reason is {form}.")
    if actor.kind not in CARE:
        raise Problem("forbidden", "Care says why it revises a contract.")
    return replace(actor, reason=Reason(found[1], text))


def _text(found: re.Match[str]) -> str | None:
    if found[3] is None:
        return found[2]
    try:
        return unquote(found[3], errors="strict")
    except UnicodeDecodeError as error:
        raise Problem("invalid", "Revision-Reason: text* is UTF-8, percent-encoded.") from error
