"""Agreements: what clients send and are sent."""

from typing import Any, Final, Literal

from pydantic import Field

from pk_api.contract.model.base import Answer, Id, Request, ShortText, Text
from pk_api.contract.model.items import OrganisationShown, PersonShown, Unit
from pk_api.contract.model.made_up import PATIENT_ID

Means = Literal["portal", "app", "journal-system", "paper", "oral"]
State = Literal["proposed", "agreed", "superseded", "declined", "replaced"]
Json = dict[str, Any]


class Proposed(Request):
    """An agreement to be proposed over the contract as it stands; the proposer accepts it by that."""

    text: Text | None = None
    means: Means | None = None


class Accepted(Request):
    """A yes for one's own party; care may note what the patient said (`oral`) or signed (`paper`).

    `exceptItems` are the ids of items that the party does not agree to; one that waits for the party's own
    answer is declined by it, the others that wait are accepted.
    """

    except_items: list[Id] | None = Field(default=None, max_length=200)
    means: Means | None = None
    party: Literal["own", "patient"] | None = None


class Declined(Request):
    """A no for one's own party, and why."""

    reason: ShortText
    means: Means | None = None
    party: Literal["own", "patient"] | None = None


class PartyShown(Answer):
    """A party, and what it answered: who, when, by which means, on whose behalf."""

    reference: str = Field(description="the Task by which the party is asked")
    side: Literal["patient", "care", "municipality", "relative", "other"]
    party: str | None
    name: str | None
    unit: Unit | None
    organisation: OrganisationShown | None
    answer: Literal["pending", "accepted", "declined"]
    on: str | None
    by: PersonShown | None
    on_behalf_of: PersonShown | None
    means: str | None
    reason: str | None
    except_items: list[str]


class AgreementHead(Answer):
    """A proposal and its parties; `hash` is that of the acceptance which the reader sees."""

    number: int
    state: State
    revision: int = Field(description="the revision of the contract that it is about")
    proposed_on: str | None
    proposed_by: PersonShown | None
    agreed_on: str | None
    hash: str | None
    parties: list[PartyShown]
    parties_not_shown: int
    not_legal: str


class ChangeShown(Answer):
    """An agreed element that has changed: which, what it was, what it is."""

    part: str
    id: str
    what: str
    before: Any
    after: Any


class AddedShown(Answer):
    """An item that came after, on which nobody has agreed."""

    part: str
    id: str
    text: str | None


class AgreedItem(Answer):
    """An item that was proposed; an action is agreed only when its owner has accepted it."""

    id: str
    reference: str
    version: int
    part: str
    agreed: bool
    waiting_for: Literal["owner"] | None


class Agreement(AgreementHead):
    """A proposal with its items, and what has changed since it was proposed."""

    items: list[AgreedItem]
    changed_since: list[ChangeShown]
    added_since: list[AddedShown]


class AgreementList(Answer):
    """The proposals of a contract, the latest first."""

    items: list[AgreementHead]


class AgreementShown(Answer):
    """What holds: the agreement, one that is proposed beside it, and what has changed since it was agreed."""

    state: Literal["none", "proposed", "agreed", "changed-since-agreed"]
    latest: AgreementHead | None
    proposed: AgreementHead | None
    changed_since: list[ChangeShown]
    added_since: list[AddedShown]


class Pinned(Answer):
    """A version that an acceptance covers."""

    id: str
    reference: str
    version: int


class SignatureShown(Answer):
    """A signature; `valid` says whether the service's own is of this content; of others it is null."""

    when: str | None
    by: str | None
    format: str | None
    valid: bool | None


class AcceptanceShown(Answer):
    """An acceptance and its hash, computed anew over what the caller sees; null when that is not all."""

    reference: str
    task: str | None
    recorded: str | None
    hash: str | None
    recomputed: str | None
    matches: bool | None
    items: list[Pinned]
    not_shown: int
    not_all_was_shown: bool
    signatures: list[SignatureShown]


class Verified(Answer):
    """Whether an agreement holds: hashes computed anew, and what has changed since."""

    number: int
    state: State
    acceptances: list[AcceptanceShown]
    holds: bool
    changed_since: list[ChangeShown]


_ID: Final = f"{PATIENT_ID}-o2q3s4u5w6y7a"
_HASH: Final = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_TASK: Final = "Task/agreement-1-2-3f0f4f0e6f0e4f3e9a537f1f"
_PATIENT: Final[Json] = {
    "reference": f"Patient/{PATIENT_ID}",
    "name": "Tolvan Tolvansson",
    "role": "Patienten",
    "unit": None,
    "organisation": None,
}
_CHANGE: Final[Json] = {
    "part": "actions",
    "id": _ID,
    "what": "due",
    "before": "2026-03-15",
    "after": "2026-03-20",
}
PROPOSED: Final[Json] = {}
ACCEPTED: Final[Json] = {"exceptItems": [_ID]}
DECLINED: Final[Json] = {"reason": "Jag vill vänta med träningen."}
HEAD: Final[Json] = {
    "number": 1,
    "state": "agreed",
    "revision": 40,
    "proposedOn": "2026-03-10T10:00:00+01:00",
    "proposedBy": None,
    "agreedOn": "2026-03-12T14:05:00+01:00",
    "hash": _HASH,
    "parties": [
        {
            "reference": _TASK,
            "side": "patient",
            "party": _PATIENT["reference"],
            "name": _PATIENT["name"],
            "unit": None,
            "organisation": None,
            "answer": "accepted",
            "on": "2026-03-12T14:05:00+01:00",
            "by": _PATIENT,
            "onBehalfOf": None,
            "means": "portal",
            "reason": None,
            "exceptItems": [],
        }
    ],
    "partiesNotShown": 0,
    "notLegal": "Ett patientkontrakt är en överenskommelse, inte ett juridiskt kontrakt.",
}
AGREEMENT: Final[Json] = {
    **HEAD,
    "items": [
        {
            "id": _ID,
            "reference": f"Task/{_ID}",
            "version": 4,
            "part": "actions",
            "agreed": True,
            "waitingFor": None,
        }
    ],
    "changedSince": [_CHANGE],
    "addedSince": [],
}
AGREEMENTS: Final[Json] = {"items": [HEAD]}
VERIFIED: Final[Json] = {
    "number": 1,
    "state": "agreed",
    "acceptances": [
        {
            "reference": f"Provenance/{_ID}",
            "task": _TASK,
            "recorded": "2026-03-12T14:05:00.123456+01:00",
            "hash": _HASH,
            "recomputed": _HASH,
            "matches": True,
            "items": [{"id": _ID, "reference": f"Task/{_ID}", "version": 4}],
            "notShown": 0,
            "notAllWasShown": False,
            "signatures": [
                {
                    "when": "2026-03-12T14:05:00.123456+01:00",
                    "by": "pk_api",
                    "format": "application/jose",
                    "valid": True,
                }
            ],
        }
    ],
    "holds": False,
    "changedSince": [_CHANGE],
}
NONE: Final[Json] = {
    "state": "none",
    "latest": None,
    "proposed": None,
    "changedSince": [],
    "addedSince": [],
}
