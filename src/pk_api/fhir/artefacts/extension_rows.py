"""What the tables of extensions are made of: an extension, and its parts.

Source: https://hl7.org/fhir/R4/defining-extensions.html.
"""

from dataclasses import dataclass

from pk_api.fhir.artefacts.building import Json, canonical
from pk_api.fhir.artefacts.structures import BY_URL, extension, row


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of an extension: its types or targets with the value set of its codes, or parts of its own."""

    name: str
    cardinality: str
    of: tuple[str, ...] = ()
    codes: str | None = None
    parts: tuple["PartRow", ...] = ()

    def rows(self, within: str = "") -> list[Json]:
        """Return the elements, and those of its parts."""
        at = f"{within}extension:{self.name}"
        return [
            row(at, self.cardinality),
            *([row(f"{at}.extension", by=BY_URL)] if self.parts else []),
            *(each for one in self.parts for each in one.rows(f"{at}.")),
            row(f"{at}.url", fixedUri=self.name),
            *([_value(f"{at}.", "1..1", self.of, self.codes)] if self.of else []),
        ]


@dataclass(frozen=True, slots=True)
class ExtensionRow:
    """An extension: where it may stand, and its types or targets with the value set's id, or its parts."""

    url: str
    name: str
    title: str
    description: str
    contexts: tuple[str, ...]
    of: tuple[str, ...] = ()
    codes: str | None = None
    parts: tuple[PartRow, ...] = ()
    most: str = "1"

    def resource(self) -> Json:
        """Return the StructureDefinition."""
        parts = [each for one in self.parts for each in one.rows()]
        return extension(
            self.url,
            self.name,
            title=self.title,
            description=self.description,
            contexts=self.contexts,
            value=_value("", "", self.of, self.codes) if self.of else None,
            parts=[row("extension", by=BY_URL), *parts] if parts else (),
            most=self.most,
        )


def _value(at: str, cardinality: str, of: tuple[str, ...], codes: str | None) -> Json:
    url = codes and (codes if codes.startswith("http") else canonical("ValueSet", codes))
    return row(f"{at}value[x]", cardinality, of=of, **({"binding": ("required", url)} if url else {}))
