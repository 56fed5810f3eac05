"""What the door does by itself because of a set, in the same commit: a row for each kind of consequence."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pk_api.access.actor import Actor
from pk_api.records.answering import noted_answers
from pk_api.records.choosing import decided_options
from pk_api.records.drafts import Follows
from pk_api.records.handovers import with_handovers
from pk_api.records.joining import joined_teams
from pk_api.records.milestones import with_milestones
from pk_api.records.values import Write


async def with_consequences(
    db: Any, writes: Sequence[Write], actor: Actor, follows: Follows, *, base_url: str, now: datetime
) -> tuple[Sequence[Write], list[Write]]:
    """Return the set as it is to be written, and the door's own changes of what it does not write."""
    asked, own = await with_milestones(db, writes, follows, base_url=base_url, now=now)
    own += await noted_answers(db, asked, actor, base_url)
    own += await decided_options(db, asked, base_url=base_url, now=now)
    asked, moved = await with_handovers(db, asked, base_url=base_url, now=now)
    own += moved
    joined = await joined_teams(db, [*asked, *own], actor, base_url=base_url, now=now)
    return asked, [*own, *joined]
