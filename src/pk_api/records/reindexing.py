"""Make the index of all that is stored anew, while the service goes on."""

from pk_api.fhir.search.index_values import index_of
from pk_api.fhir.values import parse
from pk_api.records import facts
from pk_api.records.affiliation import Known
from pk_api.store import locked, reindexing
from pk_api.store.database import Database
from pk_api.store.rows import Key
from pk_api.store.tables import SHARED

_AT_ONCE = 200


async def reindex(db: Database, *, base_url: str) -> int:
    """Index every present resource anew and return how many there were.

    A lot at a time, each in a transaction that holds its patients, so that writers wait for one lot only.
    """
    count, last = 0, None
    while keys := await reindexing.keys_after(db, last, limit=_AT_ONCE):
        count += await _lot(db, keys, base_url)
        last = keys[-1]
    return count


async def _lot(db: Database, keys: list[Key], base_url: str) -> int:
    async with db.transaction() as tx:
        await locked.lock(tx, {key.patient for key in keys} - {SHARED})
        await locked.present(tx, [key for key in keys if key.patient == SHARED], locked=True)
        found = await reindexing.bodies(tx, keys)
        owners, others = await reindexing.owners(tx, keys), await reindexing.naming_others(tx, keys)
        resources = {key: parse(body) for key, body in found.items()}
        known = Known(tx, base_url, facts.mentioned, wholes=facts.blocked)
        await known.learn({key.reference: resource for key, resource in resources.items()})
        indexes = {
            key: reindexing.Reindexed(
                index_of(resource, base_url=base_url),
                facts.labels_of(resource, names_others=key in others),
                facts.facts_of(resource, known, said_by=owners[key], base_url=base_url),
            )
            for key, resource in resources.items()
        }
        if indexes:
            await reindexing.replace(tx, indexes)
    return len(indexes)
