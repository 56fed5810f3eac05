"""Invariants of Bundle and Parameters. Source of keys and texts: `definitions/invariants.json`."""

from typing import Final

from pk_api.fhir.validate.rules.terms import Test, Value, are_distinct, has, has_choice

_ASKING: Final = frozenset({"batch", "transaction", "history"})
_ANSWERING: Final = frozenset({"batch-response", "transaction-response", "history"})


def _kind(v: Value) -> str:
    return str(v.get("type"))


def _entries(v: Value) -> list[Value]:
    return v.get("entry", [])  # type: ignore[no-any-return]  # a Value is any


def _full_urls(v: Value) -> bool:
    return _kind(v) == "history" or are_distinct(
        (entry["fullUrl"], entry.get("resource", {}).get("meta", {}).get("versionId"))
        for entry in _entries(v)
        if "fullUrl" in entry
    )


def _first_is(kind: str, name: str) -> Test:
    def holds(v: Value) -> bool:
        first = (_entries(v) or [{}])[0]
        return _kind(v) != kind or first.get("resource", {}).get("resourceType") == name

    return holds


def _identified(v: Value) -> bool:
    return _kind(v) != "document" or (
        has(v.get("identifier", {}), "system") and has(v.get("identifier", {}), "value")
    )


def _parameter(v: Value) -> bool:
    return has(v, "part") + has_choice(v, "value") + has(v, "resource") == 1


MESSAGES: Final[dict[str, Test]] = {
    "Bundle:bdl-1": lambda v: not has(v, "total") or _kind(v) in ("searchset", "history"),
    "Bundle:bdl-2": lambda v: _kind(v) == "searchset" or not any(has(e, "search") for e in _entries(v)),
    "Bundle:bdl-3": lambda v: all(has(e, "request") == (_kind(v) in _ASKING) for e in _entries(v)),
    "Bundle:bdl-4": lambda v: all(has(e, "response") == (_kind(v) in _ANSWERING) for e in _entries(v)),
    "Bundle:bdl-7": _full_urls,
    "Bundle:bdl-9": _identified,
    "Bundle:bdl-10": lambda v: _kind(v) != "document" or "timestamp" in v,
    "Bundle:bdl-11": _first_is("document", "Composition"),
    "Bundle:bdl-12": _first_is("message", "MessageHeader"),
    "Bundle.entry:bdl-5": lambda v: has(v, "resource", "request", "response"),
    "Bundle.entry:bdl-8": lambda v: "/_history/" not in v.get("fullUrl", ""),
    "Parameters.parameter:inv-1": _parameter,
}
