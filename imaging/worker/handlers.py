"""Which use case does the jobs of which kind, and how many of them at once in one process."""

from collections.abc import Mapping

from imaging.delivery.purge import Purge
from imaging.images.spool import Spool
from imaging.journal import jobs
from imaging.ports import Cdn, Fetcher, ObjectStore, Wakeups
from imaging.services import Services
from imaging.uploads.fetch import Fetching
from imaging.uploads.take_in import TakingIn
from imaging.worker.crew import Handler

IMPORTS_AT_ONCE = 8
INGESTS_AT_ONCE = 4
UPKEEP_AT_ONCE = 2
BATCHES_AT_ONCE = 2


def index_handlers(services: Services) -> Mapping[str, Handler]:
    """Return what does the jobs that want the search index, which only the server has."""
    return {jobs.UPKEEP_SEARCH: Handler(services.upkeep.run_due, services.upkeep.given_up)}


def every_handler(
    services: Services, store: ObjectStore, cdn: Cdn, fetcher: Fetcher, spool: Spool, wakeups: Wakeups
) -> Mapping[str, Handler]:
    """Return what does the jobs of each kind that any worker can do; imports are spooled to `spool`."""
    fetching = Fetching(fetcher, spool, services.ingest, wakeups)
    purge = Purge(store, cdn)
    taking_in = TakingIn(store, services.ingest, services.replacement, wakeups)
    batches = services.batches.running
    return {
        jobs.REMOVE_OBJECTS: Handler(store.delete_prefix),
        jobs.REMOVE_OBJECT: Handler(store.delete),
        jobs.PURGE_CDN: Handler(purge.purge),
        jobs.IMPORT_URL: Handler(fetching.fetch, fetching.give_up, IMPORTS_AT_ONCE),
        jobs.INGEST_UPLOAD: Handler(taking_in.ingest, taking_in.give_up, INGESTS_AT_ONCE),
        jobs.BATCH: Handler(batches.run, batches.give_up, BATCHES_AT_ONCE),
        jobs.UPKEEP: Handler(services.upkeep.run_due, services.upkeep.given_up, UPKEEP_AT_ONCE),
    }
