"""The worker: keeps the search index in step, and does the jobs that committed changes promised."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from imaging.journal import jobs, outbox
from imaging.ports import Wakeups
from imaging.search.indexer import Indexer
from imaging.worker.crew import Crew, Handler

POLL_S = 1.0
LONGEST_PAUSE_S = 30.0
GRACE_S = 0.7

_Round = Callable[[], Coroutine[Any, Any, None]]
_log = logging.getLogger(__name__)


class Worker:
    """Drains the outbox and does the jobs; `handlers` maps a kind of job to what does it.

    Without an indexer the outbox is left to the server, which alone writes the search index.
    """

    def __init__(self, indexer: Indexer | None, handlers: Mapping[str, Handler], wakeups: Wakeups) -> None:
        self._indexer = indexer
        self._crew = Crew(handlers)
        self._wakeups = wakeups

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; then end within a second, giving back what is not done."""
        async with asyncio.TaskGroup() as group:
            if self._indexer is not None:
                group.create_task(self._repeat(stop, outbox.TOPIC, partial(_index, self._indexer)))
            group.create_task(self._do_jobs(stop))

    async def _do_jobs(self, stop: asyncio.Event) -> None:
        try:
            await self._repeat(stop, jobs.TOPIC, lambda: self._crew.take_due(stop))
            await self._crew.leave(GRACE_S)
        finally:
            await self._crew.leave(0)

    async def _repeat(self, stop: asyncio.Event, topic: str, work: _Round) -> None:
        """Do rounds of work, each when woken or after a pause, which grows while rounds fail."""
        stopping = asyncio.create_task(stop.wait())
        pause_s = POLL_S
        try:
            while not stop.is_set():
                woken = asyncio.create_task(self._wakeups.wait(topic, timeout_s=pause_s))
                # Let it begin to listen first: what is announced during the round must not be missed.
                await asyncio.sleep(0)
                succeeded = await _finished(work, stopping, topic)
                pause_s = POLL_S if succeeded else min(2 * pause_s, LONGEST_PAUSE_S)
                await asyncio.wait({woken, stopping}, return_when=asyncio.FIRST_COMPLETED)
                await _end(woken)
        finally:
            stopping.cancel()


async def _index(indexer: Indexer) -> None:
    await indexer.prepare()
    await indexer.catch_up()


async def _finished(work: _Round, stopping: asyncio.Task[Any], topic: str) -> bool:
    """Do one round, given a moment to end when told to stop; return False when it failed, which is logged."""
    round_ = asyncio.create_task(work())
    try:
        await asyncio.wait({round_, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({round_}, timeout=GRACE_S if stopping.done() else None)
        if not round_.done():
            await _end(round_)
            return True
        round_.result()
    except Exception:
        _log.exception("work on %s failed and will be tried again", topic)
        return False
    finally:
        round_.cancel()
    return True


async def _end(task: asyncio.Task[Any]) -> None:
    """Stop a side task and wait for its end; its failure is worth a line, not more."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled() and (error := task.exception()):
        _log.warning("a side task of the worker failed: %r", error)
