"""What the contract API answers, with the tags that a later write or read needs.

`json` is the answer as sent; its shape is documented in the service's OpenAPI description.
"""

from dataclasses import dataclass
from typing import Any

import httpx

from pk_api.client.exact import parse_exact


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract as this caller may see it."""

    json: dict[str, Any]
    etag: str | None = None

    @property
    def id(self) -> str:
        """The FHIR id of the contract's CarePlan."""
        return str(self.json["id"])

    @property
    def revision(self) -> int:
        """The number that rises by one with every change: what `base_revision` takes."""
        return int(self.json["revision"])

    def items(self, part: str) -> tuple["Item", ...]:
        """Return the items of a part, such as `actions`."""
        return tuple(Item(item) for item in self.json.get(part) or ())


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a contract's part: a goal, an action, a contact and so on."""

    json: dict[str, Any]

    @property
    def id(self) -> str:
        """The FHIR id of the resource behind the item."""
        return str(self.json["id"])

    @property
    def version(self) -> int:
        """The version of that resource: what `if_match` takes."""
        return int(self.json["version"])

    @property
    def reference(self) -> str:
        """The resource behind the item, such as `Task/…`."""
        return str(self.json["reference"])


def contract_of(response: httpx.Response) -> Contract:
    """Return the contract in an answer."""
    return Contract(parse_exact(response.content), response.headers.get("etag"))


def item_of(response: httpx.Response) -> Item:
    """Return the item in an answer."""
    return Item(parse_exact(response.content))
