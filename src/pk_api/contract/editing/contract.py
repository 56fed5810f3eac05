"""A new contract: its CarePlan and the team of its plan.

Source: https://hl7.org/fhir/R4/careplan.html. The regional guideline names the four indications.
"""

from datetime import datetime

from pk_api.contract.dates import instant, local_day
from pk_api.contract.editing.plans import contract_category
from pk_api.contract.editing.team import new_team, participant
from pk_api.contract.elements import Json
from pk_api.contract.texts import text
from pk_api.fhir import systems


def new_contract(
    values: Json, *, patient: Json, opener: Json, author: Json, team: str, now: datetime
) -> tuple[Json, Json]:
    """Return the CarePlan and the CareTeam of a contract.

    `opener` refers to the care provider that opens it, the first in the team, `author` to its unit whose the
    contract is: what is shared with others is a unit's. `team` is the `urn:uuid:…` by which the plan refers
    to its team until that has an id; `offer` among the values is the Task by which it was offered.
    """
    today = local_day(now).isoformat()
    indications = values.get("indications") or []
    extension = [{"url": systems.EXT_INDICATION, "valueCode": each} for each in indications]
    plan = {
        "resourceType": "CarePlan",
        **({"extension": extension} if extension else {}),
        "status": values.get("status") or "active",
        "intent": "plan",
        "category": contract_category(),
        "title": values.get("title") or text("title", "sv"),
        "subject": patient,
        "period": {"start": today},
        "created": instant(now),
        "author": author,
        "careTeam": [{"reference": team}],
        **({"supportingInfo": [{"reference": values["offer"]}]} if values.get("offer") else {}),
    }
    members = [participant(opener, start=today), participant(patient, start=today)]
    return plan, {**new_team(patient, members, start=today), "managingOrganization": [author]}
