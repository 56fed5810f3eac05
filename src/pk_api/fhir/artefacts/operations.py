"""OperationDefinitions of the product's own operations; those of R4 are carried as they are.

Source: https://hl7.org/fhir/R4/operationdefinition.html. Which operations the service performs, and where,
stands in the table of operations; each one there whose definition is the product's has its row here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pk_api.fhir.artefacts.building import Json, artefact, canonical


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A parameter: `use` is in or out; one without a type has parts."""

    name: str
    use: str
    least: int
    most: str
    documentation: str
    type: str | None = None
    parts: tuple["ParameterRow", ...] = ()

    def resource(self) -> Json:
        """Return the element of the OperationDefinition."""
        told: Json = {"name": self.name, "use": self.use, "min": self.least, "max": self.most}
        told["documentation"] = self.documentation
        told |= {"type": self.type} if self.type else {}
        return told | ({"part": [part.resource() for part in self.parts]} if self.parts else {})


@dataclass(frozen=True, slots=True)
class OperationRow:
    """An operation: its code without `$`, the types that it is for, and what goes in and comes out."""

    id: str
    name: str
    code: str
    title: str
    description: str
    types: tuple[str, ...]
    on_type: bool
    on_instance: bool
    parameters: tuple[ParameterRow, ...]


DIFF: Final = canonical("OperationDefinition", "pk-diff")
_CHANGE: Final = (
    ParameterRow("type", "out", 1, "1", "add, insert, delete or replace, as FHIRPath Patch has them", "code"),
    ParameterRow("path", "out", 1, "1", "The FHIRPath of the element, or of what it is added to", "string"),
    ParameterRow("name", "out", 0, "1", "The name of an element that is added", "string"),
    ParameterRow("index", "out", 0, "1", "Where an item is inserted in its list", "integer"),
    ParameterRow("previousValue", "out", 0, "1", "What stood there", "Element"),
    ParameterRow("value", "out", 0, "1", "What stands there", "Element"),
)
OPERATIONS: Final = (
    OperationRow(
        "pk-diff",
        "PkDiff",
        "diff",
        "Skillnaden mellan två versioner",
        "What changed between two versions of a resource, the last two when none are named.",
        ("Resource",),
        on_type=True,
        on_instance=True,
        parameters=(
            ParameterRow(
                "from", "in", 0, "1", "The earlier version, or a reference with a version", "string"
            ),
            ParameterRow("to", "in", 0, "1", "The later version, or a reference with a version", "string"),
            ParameterRow("includeMeta", "in", 0, "1", "Whether profiles, tags and labels count", "boolean"),
            ParameterRow("operation", "out", 0, "*", "One change", parts=_CHANGE),
        ),
    ),
)


def operation_definitions() -> Iterator[Json]:
    """Yield the OperationDefinitions."""
    for each in OPERATIONS:
        yield artefact(
            "OperationDefinition",
            each.id,
            each.name,
            title=each.title,
            description=each.description,
            lines=[f"{p.use} {p.name} {p.least}..{p.most}: {p.documentation}" for p in each.parameters],
            kind="operation",
            affectsState=False,
            code=each.code,
            resource=list(each.types),
            system=False,
            type=each.on_type,
            instance=each.on_instance,
            parameter=[parameter.resource() for parameter in each.parameters],
        )
