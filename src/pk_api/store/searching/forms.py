"""The form of a search: what the text of its statement depends on, apart from the values that it is given."""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pk_api.access.untold import asks_untold, sorts_untold
from pk_api.fhir.search.conditions import Chain, Condition, Has
from pk_api.fhir.search.filters import Filter
from pk_api.fhir.search.index_forms import is_local
from pk_api.fhir.search.index_values import lookup_codes
from pk_api.fhir.search.parameters import SORT_DATE
from pk_api.fhir.search.query import Query
from pk_api.store import within

Sorting = tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Test:
    """The form of one condition on a resource.

    `kind` says how it is tested; `many` how many values there are; `ops` the comparison and the kind of unit
    of each range. `types` and `inner` are the linked types and what is demanded of them. `start` says where
    what meets it can be listed: in `lookup` by value or prefix, in `reference`, or nowhere. `is_untold`: of a
    protected identity it would tell what is masked. `base` is the type of what a `has` is demanded of.
    """

    kind: str
    code: str
    negated: bool = False
    many: int = 0
    ops: tuple[tuple[str, str], ...] = ()
    types: tuple[str, ...] = ()
    inner: "tuple[Test, ...]" = ()
    is_canonical: bool = False
    start: str = ""
    is_untold: bool = False
    base: str = ""


_BY_CHANGE: Sorting = (("_lastUpdated", "_lastUpdated", False),)


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a search.

    `patients` is the number of patients within whom it is, 0 for a search that is not. `start` is the place
    of the test whose matches are listed first. What has neither is listed ground by ground. `is_alone`:
    nothing is found if something under another key than the patient's refers to the Patient.
    """

    shape: within.Shape
    types: tuple[str, ...]
    tests: tuple[Test, ...]
    start: int | None
    patients: int
    compartment: bool
    sort: Sorting
    after: bool = False
    is_alone: bool = False

    @property
    def is_by_ground(self) -> bool:
        """Whether each ground of what is visible is listed by itself."""
        return (
            not self.patients and self.start is None and not self.compartment and len(self.shape.clauses) > 1
        )


def form_of(query: Query, shape: within.Shape, *, patients: int, is_alone: bool = False) -> Form:
    """Return the form of a query's first page. `patients`: the number within whom it is, 0 for no limit.

    Where nothing else is asked for, what is within no patient comes in the order of its changes.
    """
    tests = tuple(_test(query.type, one) for one in query.conditions)
    start = None if patients else next((n for n, test in enumerate(tests) if test.start), None)
    compartment = query.compartment is not None
    form = Form(shape, query.types, tests, start, patients, compartment, _sorting(query))
    form = replace(form, is_alone=is_alone)
    return replace(form, sort=_BY_CHANGE) if form.is_by_ground and not form.sort else form


def values_of(query: Query) -> dict[str, Any]:
    """Return the parameters of the statement that the query's conditions give."""
    out: dict[str, Any] = {f"type{n}": name for n, name in enumerate(query.types)}
    for n, condition in enumerate(query.conditions):
        _add_values(out, f"f{n}", condition)
    if query.compartment is not None:
        out["compartment"] = query.compartment.patient
    return out


def _test(resource_type: str, condition: Condition) -> Test:
    if isinstance(condition, Filter):
        return replace(
            _filter_test(resource_type, condition), is_untold=asks_untold(resource_type, condition)
        )
    code, canonical = condition.parameter.code, condition.parameter.is_canonical
    if isinstance(condition, Chain):
        inner = tuple(_test(target, one) for target, one in condition.branches)
        types = tuple(target for target, _ in condition.branches)
        start = "links" if not canonical and all(one.start for one in inner) else ""
        return Test("chain", code, types=types, inner=inner, is_canonical=canonical, start=start)
    one = _test(condition.type, condition.condition)
    start = "links" if not canonical and one.start else ""
    test = Test("has", code, types=(condition.type,), inner=(one,), is_canonical=canonical, start=start)
    return replace(test, base=resource_type)


Each = TypeVar("Each")


def padded(values: tuple[Each, ...]) -> tuple[Each, ...]:
    """Return them with the last one repeated until there are 1, 2, 4, 8 …: few forms serve all lists."""
    wanted = 1 << (len(values) - 1).bit_length() if values else 0
    return values + values[-1:] * (wanted - len(values))


def _few_forms(filter_: Filter) -> Filter:
    return replace(filter_, values=padded(filter_.values), ranges=padded(filter_.ranges))


def _filter_test(resource_type: str, given: Filter) -> Test:
    filter_ = _few_forms(given)
    code, many = filter_.parameter.code, len(filter_.values)
    if filter_.is_missing is None and filter_.ranges:
        ops = tuple((r.op, _unit_kind(r.unit)) for r in filter_.ranges)
        if code == "_lastUpdated":
            return Test("updated", code, ops=ops)
        start = _start(resource_type, filter_) if filter_.values and not filter_.is_paired else ""
        return Test("pair" if filter_.is_paired else "span", code, many=many, ops=ops, start=start)
    if code == "_id":
        return Test("id", code, many=many)
    if filter_.is_part:
        return Test("part", code, many=many)
    needles = len(filter_.needles())
    start = _start(resource_type, filter_)
    return Test("needle", filter_.code, filter_.is_negated, many=needles, start=start)


def _start(resource_type: str, filter_: Filter) -> str:
    """Say where resources that meet a filter are listed."""
    if filter_.is_negated or filter_.is_missing is not None or not filter_.values:
        return ""
    parameter, modifier = filter_.parameter, filter_.modifier
    if parameter.type == "reference" and modifier != "identifier" and not parameter.is_canonical:
        return "reference" if all(is_local(value) for value in filter_.values) else ""
    if parameter.code not in lookup_codes(resource_type) or modifier not in (None, "identifier"):
        return ""
    if any(value.endswith("|") for value in filter_.values):
        return ""
    if filter_.ranges and any(one.op != "eq" for one in filter_.ranges):
        return ""
    return "prefix" if filter_.is_prefix else "value"


def _unit_kind(unit: str) -> str:
    return "" if not unit else "code" if unit.startswith("|") else "whole"


def _add_values(out: dict[str, Any], name: str, condition: Condition) -> None:
    if isinstance(condition, Chain):
        for n, (_, one) in enumerate(condition.branches):
            _add_values(out, f"{name}_{n}", one)
    elif isinstance(condition, Has):
        _add_values(out, f"{name}_0", condition.condition)
    else:
        out |= _filter_values(name, condition)


def _filter_values(name: str, given: Filter) -> dict[str, Any]:
    filter_ = _few_forms(given)
    texts = filter_.values if filter_.parameter.code == "_id" else filter_.needles()
    texts = filter_.parts() if filter_.is_part else texts
    out: dict[str, Any] = {f"{name}v{i}": text for i, text in enumerate(texts)}
    for i, text in enumerate(filter_.values):
        target_type, _, rest = text.partition("/")
        out |= {f"{name}s{i}": text, f"{name}s{i}t": target_type, f"{name}s{i}i": rest.partition("/")[0]}
    for i, r in enumerate(filter_.ranges):
        out |= {f"{name}low{i}": r.low, f"{name}high{i}": r.high, f"{name}unit{i}": r.unit}
    return out


def _sorting(query: Query) -> Sorting:
    out = []
    for key in query.sort:
        code, kind = key.parameter.code, key.parameter.type
        if code in ("_id", "_lastUpdated"):
            out.append((code, code, key.is_descending))
        elif code == SORT_DATE.get(query.type):
            out.append(("date", code, key.is_descending))
        elif sorts_untold(query.type, key.parameter):
            out.append(("untold", code, key.is_descending))
        elif kind in ("date", "number", "quantity"):
            out.append(("span", code, key.is_descending))
        else:
            out.append(("text", code, key.is_descending))
    return tuple(out)
