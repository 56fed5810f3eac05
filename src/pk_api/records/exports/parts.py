"""The files of an export while they are written: lines by kind and type, closed when they are long enough."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import orjson

from pk_api.records.exports.values import ExportRules
from pk_api.store.exports import File

_HELD = 4
"""Parts that may be held in memory, counted by their full size."""


@dataclass(slots=True)
class _Part:
    lines: list[bytes] = field(default_factory=list)
    patients: set[str] = field(default_factory=set)
    size: int = 0


class Parts:
    """Takes lines, gives files."""

    def __init__(self, rules: ExportRules) -> None:
        self._rules = rules
        self._open: dict[tuple[str, str], _Part] = {}
        self._given = 0

    def add(self, kind: str, resource_type: str, line: bytes, patients: Iterable[str] = ()) -> None:
        """Take a line."""
        part = self._open.setdefault((kind, resource_type), _Part())
        part.lines.append(line)
        part.patients.update(patients)
        part.size += len(line) + 1

    def ready(self, *, all_: bool = False) -> Iterator[tuple[File, int]]:
        """Give the files that are long enough, the longest ones when too much is held, and their sizes."""
        by_size = sorted(self._open, key=lambda place: self._open[place].size, reverse=True)
        held = sum(part.size for part in self._open.values())
        for place in by_size:
            part = self._open[place]
            is_full = part.size >= self._rules.part_size or len(part.lines) >= self._rules.part_lines
            if all_ or is_full or held > _HELD * self._rules.part_size:
                held -= part.size
                del self._open[place]
                yield self._file(*place, part), part.size

    def _file(self, kind: str, resource_type: str, part: _Part) -> File:
        self._given += 1
        patients = orjson.dumps(sorted(part.patients)).decode()
        body = zlib.compress(b"\n".join(part.lines) + b"\n", 6)
        return File(self._given, kind, resource_type, len(part.lines), patients, body)
