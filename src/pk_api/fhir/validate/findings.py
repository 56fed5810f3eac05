"""What checks share: findings, and the context of the resource under check."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Finding = tuple[str, str, str]
"""Path from the value under check (`.period.start`), FHIR issue code, what was expected."""
Findings = list[Finding] | None
"""None when there is nothing to say, so that what is valid costs nothing."""

MOST_FINDINGS: Final = 50
"""Where a check stops: the first faults help, thousands do not."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the parts of a resource need to know of it.

    `contained` has the types of its contained resources by id, `used` collects the ids that
    References name, `ids` those of elements; `is_transaction` allows references by search, `is_contained`
    those to the container (`#`).
    """

    is_transaction: bool = False
    is_contained: bool = False
    contained: Mapping[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)


Check = Callable[[Any, dict[str, Any], Context], Findings]
"""A check of a value inside its parent object."""
