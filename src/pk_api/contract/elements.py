"""Small readers of FHIR elements: codes, texts, references and extensions.

Shapes: https://hl7.org/fhir/R4/datatypes.html, https://hl7.org/fhir/R4/references.html.
"""

from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]


def code_in(concepts: Iterable[Json], system: str) -> str | None:
    """Return the first code of the system in a list of CodeableConcept."""
    for concept in concepts:
        for coding in concept.get("coding", ()):
            if coding.get("system") == system:
                code: str | None = coding.get("code")
                return code
    return None


def codes_in(concepts: Iterable[Json], system: str) -> list[str]:
    """Return every code of the system in a list of CodeableConcept, in order."""
    return [
        coding["code"]
        for concept in concepts
        for coding in concept.get("coding", ())
        if coding.get("system") == system and "code" in coding
    ]


def text_of(concept: Json | None) -> str | None:
    """Return what a CodeableConcept says to people: its text, else a display, else a code."""
    if not concept:
        return None
    if text := concept.get("text"):
        return str(text)
    for coding in concept.get("coding", ()):
        if text := coding.get("display") or coding.get("code"):
            return str(text)
    return None


def extensions(element: Json, url: str) -> Iterator[Json]:
    """Yield the extensions of one canonical, in order."""
    for extension in element.get("extension", ()):
        if extension.get("url") == url:
            yield extension


def extension_value(element: Json, url: str, key: str) -> Any:
    """Return the value (`valueCode`, `valueString`, …) of the first extension of one canonical."""
    for extension in extensions(element, url):
        if key in extension:
            return extension[key]
    return None


def target_of(reference: Json | None) -> str | None:
    """Return `Type/id` of a literal reference, without a version."""
    if not reference or "reference" not in reference:
        return None
    return str(reference["reference"]).partition("/_history/")[0]


def id_of(target: str) -> str:
    """Return the id in `Type/id`."""
    return target.rpartition("/")[2]


def targets_in(references: Iterable[Json], resource_type: str) -> list[str]:
    """Return the ids of the literal references to one type, in order."""
    found = (target_of(reference) for reference in references)
    prefix = resource_type + "/"
    return [id_of(target) for target in found if target and target.startswith(prefix)]


def referenced_by_extension(element: Json, url: str, resource_type: str) -> list[str]:
    """Return the ids of one type that extensions of one canonical refer to, in order."""
    values = (
        extension["valueReference"] for extension in extensions(element, url) if "valueReference" in extension
    )
    return targets_in(values, resource_type)


def identifier_in(element: Json, system: str) -> str | None:
    """Return the first identifier value of the system."""
    for identifier in element.get("identifier", ()):
        if identifier.get("system") == system:
            value: str | None = identifier.get("value")
            return value
    return None


def version_of(resource: Json) -> int | None:
    """Return the version that the server gave; none before it is stored."""
    version = resource.get("meta", {}).get("versionId")
    return int(version) if version is not None else None


def reference_to(resource: Json) -> str:
    """Return `Type/id` of a resource."""
    return f"{resource['resourceType']}/{resource['id']}"


def name_of(names: list[Json] | None) -> str | None:
    """Return a person's name for people: the official one, else the first."""
    if not names:
        return None
    name = next((each for each in names if each.get("use") == "official"), names[0])
    if text := name.get("text"):
        return str(text)
    parts = [*name.get("given", ()), name.get("family")]
    return " ".join(str(part) for part in parts if part) or None
