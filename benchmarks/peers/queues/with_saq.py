"""Naps in saq: `python with_saq.py work` does them, `ask` asks for what is typed."""

import asyncio
import logging
import sys

from nap import AT_ONCE, LEASE_S, QUEUE, REDIS_URL, nap, orders
from saq import Queue, Worker

# As it is shipped a job has one attempt and ten seconds, no heartbeat, and stuck ones are looked for once a minute.
_PATIENT = {} if LEASE_S is None else {"timeout": 0, "heartbeat": int(LEASE_S), "retries": 20}
_TIMERS = {} if LEASE_S is None else {"sweep": 1}


async def take(context, *, name, seconds):
    """Nap; where a heartbeat is expected, the job itself has to give it."""
    beating = asyncio.create_task(_beat(context["job"]))
    try:
        await nap(name, seconds)
    finally:
        beating.cancel()


async def _beat(job):
    while LEASE_S is not None:
        await asyncio.sleep(LEASE_S / 3)
        await job.update()


async def main(deed):
    queue = Queue.from_url(REDIS_URL, name=QUEUE)
    await queue.connect()
    if deed == "work":
        await Worker(queue, [("nap", take)], concurrency=AT_ONCE, timers=_TIMERS).start()
        return
    async for first, count, seconds in orders():
        for number in range(first, first + count):
            await queue.enqueue("nap", name=str(number), seconds=seconds, **_PATIENT)
    await queue.disconnect()


logging.basicConfig(level=logging.WARNING)
asyncio.run(main(sys.argv[1]))
