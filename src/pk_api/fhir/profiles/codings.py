"""Codes of systems that are known whole: none, or one that its system has not, is wrong wherever it stands.

Source: https://hl7.org/fhir/R4/datatypes.html#Coding.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pk_api.fhir.profiles.items import Finding, by_key

IsUnknown = Callable[[str, str], bool]
"""Says of (system, code) that the system is known whole and has no such code."""
Keys = tuple[str | int, ...]


def unknown_codes(resource: Mapping[str, Any], is_unknown: IsUnknown) -> Iterator[Finding]:
    """Yield a finding for each Coding of a valid resource that has no code of its system."""
    for keys in _found(resource, is_unknown):
        text = f"the code system {_at(resource, keys)['system']} has no such code"
        yield f"{_path(resource, keys)}.code", "error", "code-invalid", text


def _found(value: Any, is_unknown: IsUnknown) -> list[Keys]:
    """Return where the codes are; nothing is put together for what is right."""
    found: list[Keys] = []
    if type(value) is dict and "system" in value and _is_wrong(value, is_unknown):
        found.append(())
    for key, one in value.items() if type(value) is dict else enumerate(value):
        if type(one) is dict or type(one) is list:
            found += [(key, *keys) for keys in _found(one, is_unknown)]
    return found


def _is_wrong(value: Mapping[str, Any], is_unknown: IsUnknown) -> bool:
    """Say whether a Coding has no code of its system; other things with a `system` name no code system."""
    system = value["system"]
    return isinstance(system, str) and is_unknown(system, str(value.get("code", "")))


def _at(value: Any, keys: Keys) -> Any:
    for key in keys:
        value = value[key]
    return value


def _path(resource: Mapping[str, Any], keys: Keys) -> str:
    """Return the path as findings have it: a choice by its base name."""
    path, kind = "", str(resource["resourceType"])
    value: Any = resource
    for key in keys:
        value = value[key]
        if isinstance(key, int):
            path += f"[{key}]"
        else:
            element = by_key(kind)[key]
            path += f".{element.name}"
            kind = "Element" if key[0] == "_" else element.alternatives[key].type
        if kind == "Resource" and isinstance(value, dict):
            kind = str(value["resourceType"])
    return path
