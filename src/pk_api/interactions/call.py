"""A request and an answer, free of HTTP. Source: https://hl7.org/fhir/R4/http.html."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pk_api.access.actor import Actor

R4: Final = "4.0"
R5: Final = "5.0"


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked for: the interaction's parts as the address, the headers and the body name them.

    `if_match` and `if_none_match` are the headers as they came; `resource` is the parsed body;
    `patch` and `media_type` are the body of a patch as it came; `compartment` is the id of the Patient within
    whose compartment is searched; `operation` is the name behind `$`; `is_post` says that the call came by
    POST; `most_deleted` is how many resources one conditional delete may take; `base` is the address of the
    FHIR service without a slash at the end; `sent_version` is the version of FHIR that the body is in,
    `version_wanted` that of the answer.
    """

    actor: Actor
    type: str | None = None
    id: str | None = None
    version: str | None = None
    params: tuple[tuple[str, str], ...] = ()
    resource: dict[str, Any] | None = None
    patch: bytes = field(default=b"", repr=False)
    media_type: str = ""
    if_match: str | None = None
    if_none_match: str | None = None
    if_none_exist: str | None = None
    if_modified_since: str | None = None
    compartment: str | None = None
    operation: str | None = None
    is_post: bool = False
    most_deleted: int = 1
    prefer: frozenset[str] = frozenset()
    base: str = ""
    request_id: str = ""
    sent_version: str = R4
    version_wanted: str = R4

    @property
    def is_lenient(self) -> bool:
        """Whether unknown search parameters are to be ignored and reported."""
        return "handling=lenient" in self.prefer


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, body, and the facts that become headers."""

    status: int
    body: bytes = b""
    version: int | None = None
    updated: datetime | None = None
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fhir_version: str = R4
