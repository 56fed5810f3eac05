"""What a patient sends and is sent about the own consents, blocks, apps and stand-ins."""

from typing import Annotated, Final, Literal

from pydantic import Field

from pk_api.contract.model.base import Answer, Day, PersonNamed, Request, ShortText, Span
from pk_api.contract.model.items import Period

_ID = "aaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbb"


class UnitNamed(PersonNamed):
    """A unit or care provider: by reference, or by HSA-id."""

    reference: Annotated[str, Field(pattern=r"^Organization/[A-Za-z0-9\-.]{1,64}$")] | None = None


class ConsentGiven(Request):
    """A unit that may read what other care providers have documented."""

    unit: UnitNamed
    until: Day | None = None


class BlockMade(Request):
    """A unit or care provider whose documentation others may not read.

    `inner` bars other units of the same care provider too, `outer` other care providers; `information` limits
    it to what was documented in a period.
    """

    unit: UnitNamed
    kind: Literal["inner", "outer"]
    information: Span | None = None
    until: Day | None = None


class AppAllowed(Request):
    """An app, by the `client_id` of its tokens, that may read the record and write in the patient's place."""

    client: ShortText
    until: Day | None = None


class InvitationMade(Request):
    """A relative of the patient's who is to log in: the RelatedPerson's reference."""

    relative: Annotated[str, Field(pattern=r"^RelatedPerson/[A-Za-z0-9\-.]{1,64}$")]


class InvitationAccepted(Request):
    """The code of an invitation."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]{20,100}$")]


class Invitation(Answer):
    """A one-time code for the relative; it is told once and is good until then."""

    code: str
    relative: str
    until: str


class InvitationItem(Answer):
    """An invitation that may be used yet: for which relative, until when."""

    id: str
    relative: str
    until: str


class Accepted(Answer):
    """Whose relative the caller now is."""

    patient: str
    relative: str


class StandIn(Answer):
    """A patient for whom the caller may act, and on which grounds; the name where it is open."""

    patient: str
    name: str | None
    grounds: list[str]


class Me(Answer):
    """Who the caller is here."""

    kind: str
    name: str | None
    patient: str | None = Field(description="the Patient that the caller is or acts for")
    grounds: list[str] = Field(description="rules that open something to the caller")
    refused_by: str | None = Field(description="the rule that refuses, when nothing is open")
    may_act_for: list[StandIn]


class About(Answer):
    """A unit or relative by reference, an app by name."""

    reference: str | None
    name: str | None
    role: str | None


class RuledItem(Answer):
    """A consent, a block, or somebody's permission."""

    id: str
    version: int
    reference: str
    kind: str
    about: list[About]
    information: Period | None
    since: str | None
    until: str | None
    state: Literal["active", "ended"]


ME: Final = {
    "kind": "patient",
    "name": "Erik Testlund",
    "patient": None,
    "grounds": [],
    "refusedBy": "unknown-patient",
    "mayActFor": [{"patient": "Patient/child-patient", "name": "Alma Testlund", "grounds": ["guardian"]}],
}
RULED_ITEM: Final = {
    "id": _ID,
    "version": 1,
    "reference": f"Consent/{_ID}",
    "kind": "block-inner",
    "about": [{"reference": "Organization/psychiatry", "name": "Psykiatrin", "role": "Enhet som det gäller"}],
    "information": None,
    "since": "2026-03-02",
    "until": None,
    "state": "active",
}
RULED_ITEMS: Final = {"items": [RULED_ITEM], "next": None}
_PERSON: Final = f"RelatedPerson/{_ID}"
INVITATION_MADE: Final = {"relative": _PERSON}
INVITATION: Final = {
    "code": "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "relative": _PERSON,
    "until": "2026-03-09T09:15:00+01:00",
}
INVITATIONS: Final = {
    "items": [{"id": "lfichagdhehbkcjfiaipdibh", "relative": _PERSON, "until": "2026-03-09T09:15:00+01:00"}],
    "next": None,
}
INVITATION_ACCEPTED: Final = {"code": "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
ACCEPTED: Final = {"patient": "Patient/child-patient", "relative": _PERSON}
CONSENT_GIVEN: Final = {"unit": {"hsaId": "SE2329990028-1001"}, "until": "2026-12-31"}
BLOCK_MADE: Final = {"unit": {"hsaId": "SE2329990010-1005"}, "kind": "inner"}
APP_ALLOWED: Final = {"client": "min-vardapp"}
