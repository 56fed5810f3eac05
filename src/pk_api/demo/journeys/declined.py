"""Journey (f): a patient who was offered a contract and declined; there is no contract."""

from typing import Final

from pk_api.demo.build.actions import DeclinedOffer
from pk_api.demo.build.case import Journey, Part
from pk_api.demo.build.persons import Subject
from pk_api.demo.people import DECLINING_PATIENT

DECLINED: Final = Journey(
    "declined",
    (
        Part(
            "system-primary",
            "Vårdcentralen har erbjudit ett patientkontrakt och fått nej",
            (
                Subject(DECLINING_PATIENT, phone="070-1740650"),
                DeclinedOffer(
                    "offer",
                    "Jag har bara en kontakt i vården och planerar själv. Fråga mig gärna igen om ett år.",
                    by="primary-coordinator",
                    offered=-30,
                    answered=-21,
                ),
            ),
        ),
    ),
)
