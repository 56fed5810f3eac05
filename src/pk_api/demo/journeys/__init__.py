"""Seven journeys with a patientkontrakt, as the steps that load them. All persons and places are made up."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from pk_api.demo.build.case import Journey
from pk_api.demo.directory import directory
from pk_api.demo.journeys.cancer import CANCER
from pk_api.demo.journeys.child import CHILD
from pk_api.demo.journeys.declined import DECLINED
from pk_api.demo.journeys.operation import OPERATION
from pk_api.demo.journeys.psychiatry import PSYCHIATRY
from pk_api.demo.journeys.stroke import STROKE
from pk_api.demo.journeys.teenager import TEENAGER
from pk_api.demo.pathways import pathway_step
from pk_api.demo.steps import Step

JOURNEYS: Final[Mapping[str, Journey]] = MappingProxyType(
    {journey.name: journey for journey in (STROKE, CANCER, CHILD, PSYCHIATRY, OPERATION, DECLINED, TEENAGER)}
)


def all_steps(today: date) -> tuple[Step, ...]:
    """Return the directory and then every journey, with dates around `today` (a Swedish calendar day)."""
    return (
        *directory(),
        pathway_step(),
        *(step for journey in JOURNEYS.values() for step in journey.steps(today)),
    )
