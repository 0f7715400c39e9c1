"""Work that must not stop half-way when whoever asked for it goes away."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def to_the_end(work: Awaitable[T]) -> T:
    """Do the work whole, however often the caller is cancelled meanwhile; the cancellation is raised afterwards.

    When the work fails and the caller was cancelled too, the cancellation wins.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # marks a failure as seen, or the loop complains when the task is collected
        raise cancelled
    return task.result()
