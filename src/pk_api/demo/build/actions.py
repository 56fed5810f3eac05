"""What is agreed to happen: actions, referrals, times and messages, and the offer of a contract.

Shapes: https://hl7.org/fhir/R4/task.html, servicerequest.html, appointment.html, communication.html.
Days are counted from today.
"""

from dataclasses import dataclass

from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.communication import Communication
from fhir.resources.R4B.servicerequest import ServiceRequest
from fhir.resources.R4B.task import Task

from pk_api.demo import people
from pk_api.demo.build.case import Case
from pk_api.demo.elements import Json, concept, ext, goal_links, parts, phone, ref, words
from pk_api.demo.steps import make
from pk_api.fhir import systems


@dataclass(frozen=True, slots=True)
class Assessed:
    """The assessment of egenvård: by whom of staff, when, who helps, when it is followed up and made anew."""

    by: str
    on: int
    helper: str | None = None
    follow_up: int | None = None
    reassess: int | None = None

    def extension(self, case: Case) -> Json:
        """Return the extension of the Task."""
        days = {"on": self.on, "followUp": self.follow_up, "reassess": self.reassess}
        helper = [ext("helper", valueReference={"display": self.helper})] if self.helper else []
        told = [ext(name, valueDate=case.days.day(day)) for name, day in days.items() if day is not None]
        parts = [ext("assessor", valueReference=ref(case.who(self.by))), *told, *helper]
        return {"url": systems.EXT_EGENVARD, "extension": parts}


@dataclass(frozen=True, slots=True)
class Outside:
    """An actor outside care: whom to reach there, and who of staff was told its yes, and when.

    Its name stands here if it has no place in the directory.
    """

    contact: str
    phone: str
    told_to: str
    on: int
    name: str | None = None

    def extension(self, case: Case) -> Json:
        """Return the extension of the Task."""
        answer = [
            ext("code", valueCode="accepted"),
            ext("to", valueReference=ref(case.who(self.told_to))),
            ext("on", valueDate=case.days.day(self.on)),
            ext("by", valueString=self.contact),
        ]
        return parts(
            systems.EXT_OTHER_ACTOR,
            ext("contact", valueString=self.contact),
            ext("telecom", valueContactPoint=phone(self.phone)),
            parts("answer", *answer),
        )


@dataclass(frozen=True, slots=True)
class Action:
    """An agreed action: who does what, by when, and whom to turn to (the name of a contact).

    On the patient's own side the patient is the owner unless somebody else is named.
    """

    name: str
    text: str
    side: str
    asked_by: str
    written: int
    owner: str = "patient"
    kind: str | None = None
    due: int | None = None
    when: str | None = None
    state: str = "accepted"
    plan: str = "contract"
    goals: tuple[str, ...] = ()
    turn_to: str | None = None
    note: str | None = None
    assessed: Assessed | None = None
    outside: Outside | None = None

    def resource(self, case: Case) -> Task:
        """Return the Task, based on the contract or on a plan under it."""
        kind = self.kind or ("own-action" if self.side == "patient" else "care-action")
        return make(
            Task,
            id=case.id(self.name),
            extension=[
                ext(systems.EXT_SIDE, valueCode=self.side),
                *self._extensions(case),
                *goal_links(case.path(f"Goal/{name}") for name in self.goals),
            ],
            basedOn=[ref(case.path(f"CarePlan/{self.plan}"))],
            status=self.state,
            intent="plan",
            code=concept(systems.TASK_KIND, kind),
            description=self.text,
            **{"for": ref(case.patient)},
            authoredOn=case.days.at(self.written, "10:00"),
            requester=ref(case.who(self.asked_by)),
            owner=self._owner(case),
            note=[{"text": self.note}] if self.note else [],
            restriction=None if self.due is None else {"period": {"end": case.days.day(self.due)}},
        )

    def _owner(self, case: Case) -> Json:
        if self.outside and self.outside.name:
            return {"type": "Organization", "display": self.outside.name}
        return ref(case.who(self.owner))

    def _extensions(self, case: Case) -> list[Json]:
        found = []
        if self.when:
            found.append(ext(systems.EXT_WHEN_TEXT, valueString=self.when))
        if self.turn_to:
            contact = ref(case.path(f"CareTeam/{self.turn_to}"))
            found.append(ext(systems.EXT_TURN_TO, valueReference=contact))
        if self.assessed:
            found.append(self.assessed.extension(case))
        if self.outside:
            found.append(self.outside.extension(case))
        return found


@dataclass(frozen=True, slots=True)
class ActorWished:
    """A wish that an actor is connected, in words: who wishes, and whom of care they ask."""

    name: str
    text: str
    by: str
    asked: str
    on: int

    def resource(self, case: Case) -> Task:
        """Return the Task, without an answer yet."""
        return make(
            Task,
            id=case.id(self.name),
            extension=[ext(systems.EXT_SIDE, valueCode="care")],
            basedOn=[ref(case.contract)],
            status="requested",
            intent="proposal",
            code=concept(systems.TASK_KIND, "connect-actor"),
            description=self.text,
            **{"for": ref(case.patient)},
            authoredOn=case.days.at(self.on, "10:00"),
            requester=ref(case.who(self.by)),
            owner=ref(case.who(people.STAFF[self.asked].unit)),
            restriction={"recipient": [ref(case.who(self.asked))]},
        )


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral from a member of staff to a unit."""

    name: str
    text: str
    by: str
    to: str
    on: int

    def resource(self, case: Case) -> ServiceRequest:
        """Return the ServiceRequest."""
        return make(
            ServiceRequest,
            id=case.id(self.name),
            basedOn=[ref(case.contract)],
            status="active",
            intent="order",
            code=words(self.text),
            subject=ref(case.patient),
            authoredOn=case.days.at(self.on, "14:00"),
            requester=ref(case.who(self.by)),
            performer=[ref(case.who(self.to))],
        )


@dataclass(frozen=True, slots=True)
class Time:
    """A time with staff (`who`), at a unit's place; `may` says what the patient may do with it."""

    name: str
    text: str
    day: int
    clock: str
    minutes: int
    who: tuple[str, ...]
    place: str | None
    form: str = "visit"
    how: str = "chosen-together"
    state: str = "booked"
    may: tuple[str, ...] = ("cancel", "rebook")
    support: tuple[str, ...] = ()
    instruction: str | None = None
    answer: str = "accepted"
    booked: int = -5

    def resource(self, case: Case) -> Appointment:
        """Return the Appointment."""
        return make(
            Appointment,
            id=case.id(self.name),
            extension=[
                ext(systems.EXT_AGREED_TIME, valueCode=self.how),
                *(ext(url, valueBoolean=name in self.may) for name, url in _PERMISSIONS),
                *(ext(systems.EXT_SUPPORT, valueString=text) for text in self.support),
            ],
            status=self.state,
            appointmentType=concept(systems.FORM, self.form),
            description=self.text,
            supportingInformation=[ref(case.contract)],
            start=case.days.at(self.day, self.clock),
            end=case.days.at(self.day, self.clock, minutes=self.minutes),
            minutesDuration=self.minutes,
            created=case.days.at(self.booked, "09:00"),
            patientInstruction=self.instruction,
            participant=self._participants(case),
        )

    def _participants(self, case: Case) -> list[Json]:
        staff = [ref(case.who(name), people.STAFF[name].name) for name in self.who]
        place = [ref(f"Location/{self.place}")] if self.place else []
        return [
            {"actor": ref(case.patient), "status": self.answer},
            *({"actor": actor, "status": "accepted"} for actor in (*staff, *place)),
        ]


_PERMISSIONS = (
    ("cancel", systems.EXT_MAY_CANCEL),
    ("rebook", systems.EXT_MAY_REBOOK),
    ("message", systems.EXT_MAY_MESSAGE),
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message about the contract."""

    name: str
    text: str
    sender: str
    recipient: str
    sent: int
    clock: str

    def resource(self, case: Case) -> Communication:
        """Return the Communication."""
        return make(
            Communication,
            id=case.id(self.name),
            status="completed",
            subject=ref(case.patient),
            about=[ref(case.contract)],
            sent=case.days.at(self.sent, self.clock),
            sender=ref(case.who(self.sender)),
            recipient=[ref(case.who(self.recipient))],
            payload=[{"contentString": self.text}],
        )


@dataclass(frozen=True, slots=True)
class DeclinedOffer:
    """An offer of a contract that the patient said no to, with the patient's reason."""

    name: str
    reason: str
    by: str
    offered: int
    answered: int

    def resource(self, case: Case) -> Task:
        """Return the Task that was the offer."""
        return make(
            Task,
            id=case.id(self.name),
            extension=[ext(systems.EXT_SIDE, valueCode="patient")],
            status="rejected",
            statusReason=words(self.reason),
            intent="proposal",
            code=concept(systems.TASK_KIND, "offer-contract", "Erbjudande om patientkontrakt"),
            description="Erbjudande om patientkontrakt",
            **{"for": ref(case.patient)},
            reasonCode=concept(systems.INDICATION, "long-term", "Längre insatser"),
            authoredOn=case.days.at(self.offered, "09:40"),
            lastModified=case.days.at(self.answered, "16:05"),
            requester=ref(case.who(self.by)),
            owner=ref(case.patient),
        )
