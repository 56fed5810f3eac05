"""What the tables of operations are made of: an operation, and its parameters.

Source: https://hl7.org/fhir/R4/operationdefinition.html.
"""

from dataclasses import dataclass

from pk_api.fhir.artefacts.building import Json


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
    changes: bool = False


def on_instance(
    resource_type: str,
    code: str,
    name: str,
    title: str,
    description: str,
    *parameters: ParameterRow,
    changes: bool = False,
) -> OperationRow:
    """Return an operation on one resource of a type."""
    return OperationRow(
        f"pk-{code}",
        name,
        code,
        title,
        description,
        (resource_type,),
        on_type=False,
        on_instance=True,
        parameters=parameters,
        changes=changes,
    )
