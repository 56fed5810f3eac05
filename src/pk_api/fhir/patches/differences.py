"""What leads from one version of a resource to another, as a FHIRPath Patch.

Each operation also tells the previous value of what it replaces or takes away. Items of a list are the same
when they have the same element id, else when they are equal; decimals differ when their digits do.
Source: https://hl7.org/fhir/R4/fhirpatch.html.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Final

from pk_api.fhir.patches.places import Json, Pair, element_of, pairs
from pk_api.fhir.structures import structure
from pk_api.fhir.told import told_meta
from pk_api.fhir.values import dump

_VALUES: Final = structure("Parameters.parameter").elements["value"].alternatives.values()
_OPEN: Final = frozenset(alternative.type for alternative in _VALUES)
_SHOWN_AS: Final[Mapping[str, str]] = {"SimpleQuantity": "Quantity", "xhtml": "string"}


def differences(old: Mapping[str, Any], new: Mapping[str, Any], *, with_meta: bool = False) -> Json:
    """Return Parameters whose operations, done in their order, make `new` of `old`.

    Of `meta` the version and its time are never told, the rest only `with_meta`.
    """
    kind = str(old["resourceType"])
    before, after = (_compared(one, with_meta=with_meta) for one in (old, new))
    operations = list(_object(kind, before, after, kind))
    parameters: Json = {"resourceType": "Parameters"}
    return parameters | ({"parameter": operations} if operations else {})


def _compared(resource: Mapping[str, Any], *, with_meta: bool) -> Json:
    out = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    meta = told_meta(resource.get("meta"))
    return out | ({"meta": meta} if with_meta and meta else {})


def _same(one: Any, other: Any) -> bool:
    """Whether two values are written alike but for the order of properties."""
    return _key(one) == _key(other)


def _key(value: Any) -> bytes:
    return dump(_sorted(value))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list | tuple) else value


def _names(kind: str, old: Json, new: Json) -> dict[str, tuple[str | None, str | None]]:
    """Return, by element, its property in either object: those of a choice may differ."""
    out: dict[str, tuple[str | None, str | None]] = {}
    for side, node in enumerate((old, new)):
        for key in node:
            name = key.removeprefix("_")
            element = element_of(kind, name)
            if element is None:
                raise LookupError(f"{kind} has no element {name}")
            was, is_ = out.get(element.name, (None, None))
            out[element.name] = (name, is_) if side == 0 else (was, name)
    return out


def _type(kind: str, name: str) -> str:
    element = element_of(kind, name)
    if element is None:
        raise LookupError(f"{kind} has no element {name}")
    return element.alternatives[name].type


def _previous(kind: str, pair: Pair) -> Json:
    """Tell what was there, without ids of elements: what is there now may have the same ones."""
    return _value(
        "previousValue", kind, pair if kind == "Resource" else (_nameless(pair[0]), _nameless(pair[1]))
    )


def _nameless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _nameless(each) for name, each in value.items() if name != "id"} or None
    return [_nameless(each) for each in value] if isinstance(value, list) else value


def _object(kind: str, old: Json, new: Json, path: str) -> Iterator[Json]:
    """Yield what changes an object; what goes, goes last, so that it is never empty meanwhile."""
    gone: list[Json] = []
    for element, (was, is_) in _names(kind, old, new).items():
        place = f"{path}.{element}"
        if is_ is None and was is not None:
            gone += _deleted(kind, was, old, place)
        elif was is None and is_ is not None:
            yield from _added(kind, is_, new, path, element)
        elif was is not None and is_ is not None:
            yield from _changed(kind, (was, is_), old, new, place)
    yield from gone


def _is_list(kind: str, name: str) -> bool:
    element = element_of(kind, name)
    return element is not None and element.is_array


def _pair(node: Json, name: str) -> Pair:
    return node.get(name), node.get(f"_{name}")


def _deleted(kind: str, name: str, old: Json, place: str) -> list[Json]:
    kind_of = _type(kind, name)
    if not _is_list(kind, name):
        return [_operation("delete", place, _previous(kind_of, _pair(old, name)))]
    items = pairs(old, name)
    return [
        _operation("delete", f"{place}[{n}]", _previous(kind_of, items[n]))
        for n in reversed(range(len(items)))
    ]


def _added(kind: str, name: str, new: Json, path: str, element: str) -> Iterator[Json]:
    items = pairs(new, name) if _is_list(kind, name) else [_pair(new, name)]
    for item in items:
        named = {"name": "name", "valueString": element}
        yield _operation("add", path, named, _value("value", _type(kind, name), item))


def _changed(kind: str, names: tuple[str, str], old: Json, new: Json, place: str) -> Iterator[Json]:
    if _is_list(kind, names[1]):
        yield from _list(_type(kind, names[1]), pairs(old, names[0]), pairs(new, names[1]), place)
        return
    before, after = _pair(old, names[0]), _pair(new, names[1])
    if names[0] == names[1]:
        yield from _item(_type(kind, names[1]), before, after, place)
    else:
        yield _replaced(place, (_type(kind, names[0]), before), (_type(kind, names[1]), after))


def _item(kind: str, old: Pair, new: Pair, place: str) -> Iterator[Json]:
    if _same(old, new):
        return
    if kind[0].islower() or kind == "Resource":
        yield _replaced(place, (kind, old), (kind, new))
    else:
        yield from _object(kind, old[0], new[0], place)


def _list(kind: str, old: Sequence[Pair], new: Sequence[Pair], place: str) -> Iterator[Json]:
    """Yield what changes a list from its beginning to its end: an index is one of the list as it is then."""
    matcher = SequenceMatcher(None, [_mark(i) for i in old], [_mark(i) for i in new], autojunk=False)
    for _, low, high, start, end in matcher.get_opcodes():
        both = min(high - low, end - start)
        for n in range(both):
            yield from _item(kind, old[low + n], new[start + n], f"{place}[{start + n}]")
        for n in range(low + both, high):
            taken = _previous(kind, old[n])
            yield _operation("delete", f"{place}[{start + both}]", taken)
        for n in range(start + both, end):
            index = {"name": "index", "valueInteger": n}
            yield _operation("insert", place, index, _value("value", kind, new[n]))


def _mark(item: Pair) -> bytes:
    """Return that by which an item is known: its id, else all of it."""
    value = item[0]
    if isinstance(value, dict) and "id" in value:
        return b"id " + _key(value["id"])
    return _key(item)


def _operation(kind: str, path: str, *parts: Json) -> Json:
    told = [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}]
    return {"name": "operation", "part": [*told, *parts]}


def _replaced(place: str, old: tuple[str, Pair], new: tuple[str, Pair]) -> Json:
    return _operation("replace", place, _previous(*old), _value("value", *new))


def _value(name: str, kind: str, pair: Pair) -> Json:
    """Return the part that holds a value: by its type, as a resource, or in parts of a type without name."""
    part: Json = {"name": name}
    shown = _SHOWN_AS.get(kind, kind)
    if kind == "Resource":
        return part | {"resource": pair[0]}
    if shown not in _OPEN:
        return part | {"part": list(_parts(kind, pair[0]))}
    tail = shown[0].upper() + shown[1:]
    given = {f"value{tail}": pair[0], f"_value{tail}": pair[1]}
    return part | {key: value for key, value in given.items() if value is not None}


def _parts(kind: str, node: Json) -> Iterator[Json]:
    for name in dict.fromkeys(key.removeprefix("_") for key in node):
        element = element_of(kind, name)
        if element is None:
            raise LookupError(f"{kind} has no element {name}")
        items = pairs(node, name) if element.is_array else [_pair(node, name)]
        for item in items:
            yield _value(element.name, element.alternatives[name].type, item)
