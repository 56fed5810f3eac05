"""Load the journeys through the public API, each step by the actor that it belongs to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from pk_api.client import Client, Gone, NotFound
from pk_api.demo.elements import SWEDEN
from pk_api.demo.journeys import all_steps
from pk_api.demo.steps import Step


@dataclass(frozen=True, slots=True)
class Summary:
    """How many steps were loaded with how many resources, and how many stood there already."""

    steps: int = 0
    resources: int = 0
    skipped: int = 0

    def with_step(self, step: Step) -> "Summary":
        """Return the summary after one more step has been loaded."""
        return Summary(self.steps + 1, self.resources + len(step.references), self.skipped)

    def with_skipped(self) -> "Summary":
        """Return the summary after a step that stood there already."""
        return Summary(self.steps, self.resources, self.skipped + 1)


async def load(client_for: Callable[[str], Client], steps: Iterable[Step] | None = None) -> Summary:
    """Load every step that is not there yet, in order; what a user changed since then stays as it is.

    `client_for` gives a client for the name of a demo actor. Any refusal is raised as the client's ApiError.
    """
    summary = Summary()
    for step in all_steps(datetime.now(SWEDEN).date()) if steps is None else steps:
        async with client_for(step.actor) as client:
            if await _is_loaded(client, step):
                summary = summary.with_skipped()
                continue
            await client.transaction(step.bundle)
            summary = summary.with_step(step)
    return summary


async def _is_loaded(client: Client, step: Step) -> bool:
    """Say whether the step's last resource was ever stored; a step is stored whole or not at all."""
    resource_type, _, resource_id = step.references[-1].partition("/")
    try:
        await client.raw.read(resource_type, resource_id)
    except NotFound:
        return False
    except Gone:
        return True
    return True
