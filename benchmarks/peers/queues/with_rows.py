"""Naps as jobs of ours: `python with_rows.py work` does them, `ask` asks for what is typed.

Our worker, journal and wake-ups as `imaging worker` runs them, with PostgreSQL and Redis; only what is done is a nap.
"""

import asyncio
import logging
import sys

import uvloop
from nap import AT_ONCE, QUEUE, REDIS_URL, ROWS_URL, nap, orders
from pydantic import SecretStr

from imaging import database
from imaging.adapters.redis_client import open_redis
from imaging.adapters.redis_wakeups import RedisWakeups
from imaging.journal import jobs
from imaging.work_settings import RedisSettings
from imaging.worker.crew import Handler
from imaging.worker.loop import Worker


async def take(subject: str) -> None:
    """Nap; the subject says which one, and how long."""
    name, seconds = subject.split()
    await nap(name, float(seconds))


async def ask(wakeups: RedisWakeups) -> None:
    """Promise naps, each in a transaction of its own, as if they were asked for by as many people."""
    async for first, count, seconds in orders():
        for number in range(first, first + count):
            async with database.transaction():
                await jobs.promise(QUEUE, f"{number} {seconds}")
            wakeups.announce(jobs.TOPIC)


async def main(deed: str) -> None:
    await database.connect(ROWS_URL)
    async with open_redis(RedisSettings(url=SecretStr(REDIS_URL))) as (wakeups, _cache):
        await wakeups.connected()
        if deed == "work":
            await Worker(None, {QUEUE: Handler(take, at_once=AT_ONCE)}, wakeups).run(asyncio.Event())
        else:
            await ask(wakeups)
    await database.close()


logging.basicConfig(level=logging.WARNING)
uvloop.run(main(sys.argv[1]))
