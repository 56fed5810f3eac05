"""What must hold of a measurement under an action, however written: rules of `fhir.measurements`."""

from datetime import datetime, timedelta
from typing import Final

from pk_api.fhir import measurements
from pk_api.fhir.problems import Issue, Problem
from pk_api.fhir.rules import lacking
from pk_api.records.drafts import Draft, Drafts, placed

_ACTIONS: Final = frozenset({"Task", "ServiceRequest"})


def check_measurements(drafts: Drafts, *, now: datetime) -> None:
    """Raise Problem business-rule, naming all that is lacking, or that the action is another patient's."""
    for n, draft in enumerate(drafts.drafts):
        if draft.resource is None or not measurements.is_measurement(draft.resource):
            continue
        told = [(rule.lacks, rule.path) for rule in lacking(measurements.RULES, draft.resource)]
        told += [] if _is_of_same_patient(draft) else [_OTHERS]
        tomorrow = (now + timedelta(days=1)).date().isoformat()  # the day of the earliest time zone
        told += [_AHEAD] if str(draft.resource.get("effectiveDateTime", ""))[:10] > tomorrow else []
        if told:
            issues = [Issue("business-rule", text, path) for text, path in told]
            raise placed(Problem("business-rule", told[0][0], issues=issues), n)


_AHEAD: Final = ("A measurement has been made: its time is not ahead.", "Observation.effective")
_OTHERS: Final = ("A measurement is made under an action of its own patient's.", "Observation.extension")


def _is_of_same_patient(draft: Draft) -> bool:
    """Say whether no action that is named is about somebody else."""
    named = [key for key, _ in draft.references if key.type in _ACTIONS]
    return all(key.patient == draft.key.patient for key in named)
