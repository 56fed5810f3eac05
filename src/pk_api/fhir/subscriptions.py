"""What a Subscription may say that is kept before the service delivers anything.

It stays `requested`, which R4 has for what the server has not set up yet: no more is said than is done.
Source: https://hl7.org/fhir/R4/subscription.html, valueset-subscription-status.html.
"""

from collections.abc import Mapping
from typing import Any, Final

from pk_api.fhir.identity import names_person
from pk_api.fhir.problems import Problem

KEPT: Final = ("requested", "off")
"""The states that a client may set; `active` and `error` are the server's to set."""


def require_kept(resource: Mapping[str, Any]) -> None:
    """Raise Problem business-rule when a Subscription claims to be active, or names a person."""
    if resource["resourceType"] != "Subscription":
        return
    if resource["status"] not in KEPT:
        text = "A client sets a Subscription to requested or off; the service alone makes it active."
        raise Problem("business-rule", text, expression="Subscription.status")
    if names_person(resource["criteria"]):
        text = "Criteria hold no identity number: name the Patient by reference."
        raise Problem("business-rule", text, expression="Subscription.criteria")
