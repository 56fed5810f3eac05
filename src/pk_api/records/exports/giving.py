"""A file of an export as its caller may have it now: each line is decided anew when it is fetched.

What was shut since the export was written is left out, and an identity that was protected since is told no
more.
"""

import asyncio
import zlib
from collections.abc import Sequence
from typing import Any, Final

import orjson

from pk_api.access.visible import Visible
from pk_api.records.keys import keys_of
from pk_api.store import reading
from pk_api.store.rows import Key, Stored

_AT_ONCE: Final = 1000


async def still_open(db: Any, body: bytes, visible: Visible, *, now: int) -> tuple[bytes, list[str]]:
    """Return the lines of a compressed file that are open to its caller, and the keys of their patients."""
    lines, names = await asyncio.to_thread(_named, body)
    places = {(key.type, key.id): key for key in await keys_of(db, sorted(set(names)))}
    seen: dict[Key, Stored] = {}
    found = sorted(places.values())
    for start in range(0, len(found), _AT_ONCE):
        seen |= await reading.several(db, found[start : start + _AT_ONCE], visible, now=now)
    told = [(places[name], line) for name, line in zip(names, lines, strict=True) if places.get(name) in seen]
    told = [(key, line) for key, line in told if not (seen[key].is_masked and seen[key].deleted)]
    given = [seen[key].body.encode() if seen[key].is_masked else line for key, line in told]
    return b"".join(line + b"\n" for line in given), sorted({key.patient for key, _ in told})


def _named(body: bytes) -> tuple[Sequence[bytes], list[tuple[str, str]]]:
    lines = [line for line in zlib.decompress(body).split(b"\n") if line]
    resources = map(orjson.loads, lines)
    return lines, [(str(each["resourceType"]), str(each["id"])) for each in resources]
