"""A notation for profiles and extensions: rows that become the differential of a StructureDefinition.

Source: https://hl7.org/fhir/R4/structuredefinition.html, https://hl7.org/fhir/R4/elementdefinition.html. An
element is named by its id without the type (`participant.member`, `category:contract`); rows stand in the
order of the base definition.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from pk_api.fhir.artefacts.building import CORE, Json, artefact
from pk_api.fhir.resource_types import TYPES

FHIR_VERSION: Final = "4.0.1"
_SLICE: Final = re.compile(r":[^.]+")
BY_URL: Final = (("value", "url"),)


def row(element_id: str, cardinality: str = "", **facets: Any) -> Json:
    """Return one element of a differential.

    Facets: `short`; `must` (supported); `of` (types, or targets of a Reference); `profile` of its data type;
    `by` (pairs of discriminator type and path that slice it) with `slices` (the rules, open when not said);
    `binding` (strength, value set); any fixed[x] or pattern[x] as FHIR writes it.
    """
    least, _, most = cardinality.partition("..")
    made: Json = {"id": element_id, "path": _SLICE.sub("", element_id)}
    last = element_id.rpartition(".")[2]
    if ":" in last:
        made["sliceName"] = last.partition(":")[2]
    if "by" in facets:
        made["slicing"] = _slicing(facets.pop("by"), facets.pop("slices", "open"))
    if "short" in facets:
        made["short"] = facets.pop("short")
    made |= ({"min": int(least)} if least else {}) | ({"max": most} if most else {})
    types = _types(facets.pop("of", ()), facets.pop("profile", None))
    binding = facets.pop("binding", None)
    must = {"mustSupport": True} if facets.pop("must", False) else {}
    made |= ({"type": types} if types else {}) | facets | must
    return made | ({"binding": {"strength": binding[0], "valueSet": binding[1]}} if binding else {})


def _slicing(by: Sequence[tuple[str, str]], rules: str) -> Json:
    found = [{"type": kind, "path": path} for kind, path in by]
    return {"discriminator": found, "ordered": False, "rules": rules}


def _types(names: Sequence[str], profile: str | None) -> list[Json]:
    """Return the types; names of resources are the targets of a Reference, a pair is (type, profile)."""
    if profile is not None:
        kind, _, url = profile.partition(" ")
        return [{"code": kind, "profile": [url]}]
    targets = [f"{CORE}{name}" for name in names if name in TYPES]
    plain: list[Json] = [{"code": name} for name in names if name not in TYPES]
    return plain + ([{"code": "Reference", "targetProfile": targets}] if targets else [])


def extended(*slices: tuple[str, str, str, str], within: str = "") -> list[Json]:
    """Return rows that slice `extension` by url: (name, canonical, cardinality, short) of each."""
    at = f"{within}.extension" if within else "extension"
    return [
        row(at, by=BY_URL),
        *(
            row(f"{at}:{name}", cardinality, short=short, must=True, profile=f"Extension {url}")
            for name, url, cardinality, short in slices
        ),
    ]


def concept(system: str, *codes: str) -> Json:
    """Return the pattern of a CodeableConcept that holds these codes."""
    return {"patternCodeableConcept": {"coding": [{"system": system, "code": code} for code in codes]}}


def profile(
    profile_id: str, name: str, kind: str, *, title: str, description: str, rows: Sequence[Json], **more: Any
) -> Json:
    """Return a profile of a resource or data type; `base` when it is not the type itself."""
    base = more.pop("base", f"{CORE}{kind}")
    head = {"id": kind, "path": kind, "short": title, "definition": description}
    return artefact(
        "StructureDefinition",
        profile_id,
        name,
        title=title,
        description=description,
        lines=[
            f"{each['id']} {_told(each)}".strip() for each in rows if "sliceName" in each or "min" in each
        ],
        **more,
        fhirVersion=FHIR_VERSION,
        kind="resource" if kind in TYPES else "complex-type",
        abstract=False,
        type=kind,
        baseDefinition=base,
        derivation="constraint",
        differential={"element": [head, *(_placed(kind, each) for each in rows)]},
    )


def _told(each: Json) -> str:
    """Return an element's cardinality and what it is, for people."""
    least, most = each.get("min", ""), each.get("max", "")
    return f"{least}..{most} {each.get('short', '')}" if "min" in each or "max" in each else ""


def _placed(kind: str, each: Json) -> Json:
    return {**each, "id": f"{kind}.{each['id']}", "path": f"{kind}.{each['path']}"}


def extension(
    url: str,
    name: str,
    *,
    title: str,
    description: str,
    contexts: Sequence[str],
    value: Json | None = None,
    parts: Sequence[Json] = (),
    most: str = "1",
    **more: Any,
) -> Json:
    """Return the definition of an extension with one value, or parts; contexts by address are extensions."""
    rows = [
        *(parts or [row("extension", "0..0")]),
        row("url", fixedUri=url),
        row("value[x]", "0..0") if value is None else {**value, "min": 1},
    ]
    root: Json = {"id": "Extension", "path": "Extension", "short": title, "definition": description}
    root |= {"min": 0, "max": most}
    return artefact(
        "StructureDefinition",
        url.rpartition("/")[2],
        name,
        url=url,
        title=title,
        description=description,
        lines=[f"on {context}" for context in contexts],
        **more,
        fhirVersion=FHIR_VERSION,
        kind="complex-type",
        abstract=False,
        context=[
            {"type": "extension" if context.startswith("http") else "element", "expression": context}
            for context in contexts
        ],
        type="Extension",
        baseDefinition=f"{CORE}Extension",
        derivation="constraint",
        differential={"element": [root, *(_placed("Extension", each) for each in rows)]},
    )
