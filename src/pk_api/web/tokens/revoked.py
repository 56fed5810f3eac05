"""The list of tokens that are no longer good, in a file that the operator keeps.

A line is a `jti`, or `client:` and a client_id whose every token is refused. It is read anew when it changes.
"""

from pathlib import Path
from typing import Final

import structlog

_PAUSE: Final = 5.0
LOG = structlog.get_logger("pk_api.tokens")


class RevokedFile:
    """What stands in the file, looked at every few seconds.

    A file that cannot be read at the start is an OSError; later it leaves what was, and is logged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looked = -1e12
        self._stamp: tuple[int, int] | None = None
        self._lines: frozenset[str] = frozenset()
        self._look()

    def holds(self, jti: str, client: str, now: float) -> bool:
        """Say whether a token has been revoked, or all of its client."""
        if now - self._looked >= _PAUSE:
            self._looked = now
            try:
                self._look()
            except OSError:
                LOG.warning("the list of revoked tokens cannot be read")
        return jti in self._lines or f"client:{client}" in self._lines

    def _look(self) -> None:
        told = self._path.stat()
        stamp = (told.st_mtime_ns, told.st_size)
        if stamp != self._stamp:
            text = self._path.read_text()
            self._lines = frozenset(line.strip() for line in text.splitlines() if line.strip())
            self._stamp = stamp
