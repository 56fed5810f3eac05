"""Links to further pages: state that only this service reads, so that no link carries an identity number."""

from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken

from pk_api.fhir.problems import Problem

Params = tuple[tuple[str, str], ...]


class Cursors:
    """Seals and opens page state. It gives no right: every page is decided anew."""

    def __init__(self, secret: bytes) -> None:
        self._fernet = Fernet(secret)

    def seal(self, kind: str, params: Params, after: tuple[Any, ...] | None) -> str:
        """Return the state of a page after a row (None: the first one)."""
        return self._fernet.encrypt(orjson.dumps([kind, params, after])).decode()

    def open(self, kind: str, token: str) -> tuple[Params, tuple[Any, ...] | None]:
        """Return the parameters and the row to go on after. Problem `invalid` for a token of another list."""
        try:
            found, params, after = orjson.loads(self._fernet.decrypt(token.encode()))
        except (InvalidToken, ValueError, UnicodeError) as error:
            raise Problem("invalid", "_cursor is not one that this service gave.") from error
        if found != kind:
            raise Problem("invalid", "_cursor belongs to another search.")
        return tuple((k, v) for k, v in params), None if after is None else tuple(after)
