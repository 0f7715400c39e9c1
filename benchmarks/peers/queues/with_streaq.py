"""Naps in streaq: `python with_streaq.py work` does them, `ask` asks for what is typed."""

import asyncio
import logging
import sys

from nap import AT_ONCE, LEASE_S, QUEUE, REDIS_URL, nap, orders
from streaq import Worker

# As it is shipped, what is idle for a minute is somebody else's.
_LEASE = {} if LEASE_S is None else {"idle_timeout": LEASE_S}

worker = Worker(redis_url=REDIS_URL, queue_name=QUEUE, concurrency=AT_ONCE, **_LEASE)


@worker.task(name="nap")
async def take(name: str, seconds: float) -> None:
    await nap(name, seconds)


async def ask():
    async with worker:
        async for first, count, seconds in orders():
            for number in range(first, first + count):
                await take.enqueue(str(number), seconds)


logging.basicConfig(level=logging.WARNING)
if sys.argv[1] == "work":
    worker.run_sync()
else:
    asyncio.run(ask())
