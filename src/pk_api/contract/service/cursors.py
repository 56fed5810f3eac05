"""Cursors of lists: where a page ended, opaque to callers. They give no right: each page is decided anew."""

import base64
from collections.abc import Sequence
from typing import Any

import orjson

from pk_api.contract.editing.context import refused

_MOST = 2**62


def sealed(after: Sequence[Any] | None) -> str | None:
    """Return the cursor of the page after a row; None at the end."""
    return None if after is None else base64.urlsafe_b64encode(orjson.dumps(list(after))).decode().rstrip("=")


def opened(cursor: str | None, *shape: type) -> tuple[Any, ...] | None:
    """Return the row after which a page begins, None for the first. Problem `invalid` for another text."""
    if not cursor:
        return None
    try:
        after = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        after = None
    if not isinstance(after, list) or [type(each) for each in after] != list(shape) or _is_beyond(after):
        raise refused("/cursor", "The cursor is not one that this list gave.", kind="invalid")
    return tuple(after)


def _is_beyond(after: Sequence[Any]) -> bool:
    return any(isinstance(each, int) and abs(each) > _MOST for each in after)
