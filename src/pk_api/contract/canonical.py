"""The canonical form of what an acceptance covers, and its hash: what a party can compute anew from FHIR.

The form, in the manner of RFC 8785: one JSON object `{"agreement": n, "contract": "CarePlan/…", "items":
[…]}` in UTF-8, keys in order of their code units, nothing between tokens, decimals with the digits that they
came with. Each item is `{"body", "reference", "version"}` of one version, in order of the references; the
body is the resource without `meta.versionId` and `meta.lastUpdated`, and without a `meta` that holds nothing
else.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from pk_api.contract.elements import Json
from pk_api.fhir.told import as_told
from pk_api.fhir.values import dump


def manifest(contract: str, number: int, items: Iterable[tuple[str, int, Json]]) -> bytes:
    """Return the canonical form: `contract` is `CarePlan/id`; items are reference, version and resource."""
    told = [
        {"body": as_told(resource), "reference": reference, "version": version}
        for reference, version, resource in sorted(items, key=lambda each: each[0])
    ]
    return dump(_in_order({"agreement": number, "contract": contract, "items": told}))


def hash_of(canonical: bytes) -> str:
    """Return `sha256:` and the hash in hexadecimal."""
    return f"sha256:{hashlib.sha256(canonical).hexdigest()}"


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value, key=_code_units)}
    if isinstance(value, list):
        return [_in_order(each) for each in value]
    return value


def _code_units(text: str) -> bytes:
    """Return what sorts as RFC 8785 wants names sorted: by UTF-16 code units."""
    return text.encode("utf-16-be")
