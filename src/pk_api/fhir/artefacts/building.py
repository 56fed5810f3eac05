"""What every conformance resource of the product has in common.

Titles are Swedish, descriptions English. Source: https://hl7.org/fhir/R4/metadatatypes.html,
https://hl7.org/fhir/R4/structuredefinition.html (the other types have the same head).
"""

from collections.abc import Iterable
from html import escape
from typing import Any, Final

from pk_api.fhir.systems import BASE

Json = dict[str, Any]

VERSION: Final = "0.1.0"
"""Version of all artefacts, and of the package that holds them."""
DATE: Final = "2026-11-22"
PUBLISHER: Final = "pk_api"
CORE: Final = "http://hl7.org/fhir/StructureDefinition/"
SWEDEN: Final = {
    "coding": [{"system": "urn:iso:std:iso:3166", "code": "SE", "display": "Sweden"}],
    "text": "Sverige",
}


def canonical(kind: str, artefact_id: str) -> str:
    """Return the canonical of one of the product's artefacts."""
    return f"{BASE}/{kind}/{artefact_id}"


def artefact(
    kind: str,
    artefact_id: str,
    name: str,
    /,
    *,
    title: str,
    description: str,
    lines: Iterable[str] = (),
    **more: Any,
) -> Json:
    """Return a conformance resource: its head, a narrative of these lines, and what else it has."""
    language = {"language": more.pop("language")} if "language" in more else {}
    head = {
        "resourceType": kind,
        "id": artefact_id,
        **language,
        "text": narrative(title, description, lines, **language),
        "url": more.pop("url", canonical(kind, artefact_id)),
        **({"identifier": more.pop("identifier")} if "identifier" in more else {}),
        "version": more.pop("version", VERSION),
        "name": name,
        "title": title,
        "status": "active",
        "experimental": False,
        "date": more.pop("date", DATE),
        "publisher": more.pop("publisher", PUBLISHER),
        "description": description,
        "jurisdiction": [SWEDEN],
    }
    return head | more


def narrative(title: str, description: str, lines: Iterable[str] = (), *, language: str = "") -> Json:
    """Return a generated narrative: title, description and a list."""
    tagged = f' lang="{language}" xml:lang="{language}"' if language else ""
    items = "".join(f"<li>{escape(line, quote=False)}</li>" for line in lines)
    told = f"<p><b>{escape(title, quote=False)}</b></p><p>{escape(description, quote=False)}</p>"
    listed = f"<ul>{items}</ul>" if items else ""
    return {
        "status": "generated",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml"{tagged}>{told}{listed}</div>',
    }
