"""One deed for everybody who asks for the same thing at the same time."""

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from imaging.errors import Overloaded

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs one deed per key at a time; who comes while it runs shares its outcome.

    The deed belongs to nobody who waits: somebody who leaves does not stop it.
    """

    def __init__(self) -> None:
        self._flying: dict[str, asyncio.Task[T]] = {}

    async def run(self, key: str, deed: Callable[[], Coroutine[Any, Any, T]]) -> T:  # Any: what a coroutine is sent
        """Return what the deed returns, or raise what it raises.

        Raises:
            Overloaded: the flight was closed meanwhile.
        """
        task = self._flying.get(key) or self._start(key, deed)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if task.cancelled() and not (current and current.cancelling()):
                raise Overloaded("The server is shutting down.", retry_after_s=5) from None
            raise

    async def close(self) -> None:
        """Stop every deed and wait until it has cleaned up."""
        tasks = list(self._flying.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, key: str, deed: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        # A clean context: a task started inside a transaction would keep its connection.
        task = asyncio.get_running_loop().create_task(deed(), context=contextvars.Context())
        self._flying[key] = task
        task.add_done_callback(lambda done: self._land(key, done))
        return task

    def _land(self, key: str, task: asyncio.Task[T]) -> None:
        del self._flying[key]
        if not task.cancelled():
            # Looked at here, so that a failure nobody waits for any more is not reported as forgotten.
            task.exception()
