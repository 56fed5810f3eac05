"""docs/profiles.md's table of artefacts; `python -m tests.architecture.profiles_page` writes it there."""

import re

from pk_api.fhir.artefacts import own
from pk_api.fhir.artefacts.building import Json
from tests.architecture.project import ROOT

PAGE = ROOT / "docs/profiles.md"
_PLACE = re.compile(r"(?<=<!-- artefacts -->\n).*(?=<!-- /artefacts -->)", re.DOTALL)


def _kind(artefact: Json) -> str:
    if artefact["resourceType"] != "StructureDefinition":
        return str(artefact["resourceType"])
    if artefact["type"] == "Extension":
        return "Extension on " + ", ".join(
            each["expression"].rpartition("/")[2] for each in artefact["context"]
        )
    return f"Profile of {artefact['type']}"


def table() -> str:
    """Return the table, profiles first."""
    rows = [
        (_kind(each), each["id"], each.get("title", each["name"]), each["description"])
        for each in own.resources()
    ]
    order = ("Profile", "Extension", "CodeSystem", "ValueSet", "ConceptMap")
    rows.sort(
        key=lambda row: next((n for n, word in enumerate(order) if row[0].startswith(word)), len(order))
    )
    lines = ["| what | id | title | |", "|---|---|---|---|"]
    lines += [f"| {kind} | `{name}` | {title} | {text} |" for kind, name, title, text in rows]
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the page with the table in its place."""
    return _PLACE.sub(lambda _: table(), PAGE.read_text())


if __name__ == "__main__":
    PAGE.write_text(page())
