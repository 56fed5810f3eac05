"""The chain of hashes: what a sealed row's hash is made of.

Source: HSLF-FS 2016:40 4 kap. 9 § (the log cannot be changed unseen).
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

_FORM: Final = "2:"
"""Says how the hash is made; hashes of version 0.1.0 begin with nothing."""
_FIRST_COLUMNS: Final = {
    "audit": (
        *("number", "patient_key", "recorded", "id", "interaction", "outcome", "rule", "actor_kind"),
        *("client", "actor", "provider", "unit", "purpose", "entities", "detail", "request_id"),
    ),
    "outbox": (
        *("number", "patient_key", "contract_id", "revision", "type", "id", "version", "method"),
        *("recorded", "actor_kind", "actor_name", "actor_unit", "entry"),
    ),
}
"""The columns of version 0.1.0, in their order."""


def row_hash(before: str, row: Mapping[str, Any]) -> str:
    """Return the hash of a row with its `number`, chained to the hash before it ('' before the first).

    Absent values are left out, so that a column that comes later changes no hash.
    """
    told = orjson.dumps({k: v for k, v in row.items() if v is not None}, option=orjson.OPT_SORT_KEYS)
    return _FORM + hashlib.sha256(before.encode() + b"\n" + told).hexdigest()


def is_chained(chain: str, found: str, before: str, row: Mapping[str, Any]) -> bool:
    """Say whether a hash that was found is that of the row after the hash before it."""
    if found.startswith(_FORM):
        try:
            return found == row_hash(before, row)
        except TypeError:  # a value of a kind that was never stored
            return False
    told = "\x1f".join("" if row[name] is None else str(row[name]) for name in _FIRST_COLUMNS[chain])
    return found == hashlib.sha256(f"{before}\x1e{told}".encode()).hexdigest()
