"""Ends that come from elsewhere: a time that is over, or somebody who says so."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from imaging.graphql.transport.frames import Closing


@contextlib.asynccontextmanager
async def unless(end: "asyncio.Future[Closing]") -> AsyncGenerator[None, None]:
    """Close as soon as somebody says why; a time-out of something inside stays what it is."""
    deadline = asyncio.timeout(None)

    def hurry(_end: "asyncio.Future[Closing]") -> None:
        deadline.reschedule(asyncio.get_running_loop().time())

    try:
        async with deadline:
            end.add_done_callback(hurry)
            try:
                yield
            finally:
                end.remove_done_callback(hurry)
    except TimeoutError:
        if deadline.expired():
            raise end.result() from None
        raise


@contextlib.asynccontextmanager
async def within(seconds: float | None, closing: Closing) -> AsyncGenerator[None, None]:
    """Close when the time is over; a time-out of something inside stays what it is."""
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            yield
    except TimeoutError:
        if deadline.expired():
            raise closing from None
        raise
