"""One guarded process: it does one deed at a time, and is replaced when it dies or has grown."""

import asyncio
import concurrent.futures
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from pebble import ProcessExpired, ProcessPool

from imaging.errors import Overloaded
from imaging.render import remote

TASKS_PER_PROCESS = 500
SPARE_BYTES = 64 * 1024 * 1024


class Died(Exception):
    """The process ended in the middle of its work; `exitcode` is negative for a signal, None if it never began."""

    def __init__(self, exitcode: int | None) -> None:
        super().__init__(f"the process ended with exit code {exitcode}")
        self.exitcode = exitcode


class GuardedProcess:
    """A decoder process that is started again when it is stopped, dies, has done its share or keeps too much memory.

    It is a pool of one: with a process for each pool it is certain which deed died with it, and stopping one never
    hits another. `memory_bytes` is what it may use above what an idle process does; `spare_bytes` is what it may
    keep of that when a deed is done; `share` is how many deeds one process does.
    """

    def __init__(
        self, memory_bytes: int, threads: int, *, spare_bytes: int = SPARE_BYTES, share: int = TASKS_PER_PROCESS
    ) -> None:
        self._memory_bytes = memory_bytes
        self._spare_bytes = spare_bytes
        self._share = share
        self._threads = threads
        self._pool: ProcessPool | None = None
        self._deeds_done = 0
        self._running: concurrent.futures.Future[Any] | None = None
        self._ending: set[asyncio.Future[None]] = set()
        self._closed = False

    def launch(self) -> None:
        """Start the process without waiting for it."""
        self._open_pool()

    def start(self) -> "asyncio.Future[int]":
        """Start the process; the future is done when it can work."""
        return asyncio.wrap_future(self._open_pool().schedule(remote.ready))

    async def close(self) -> None:
        """Stop the process, whatever it is doing; idempotent."""
        self._closed = True
        if self._running is not None:
            self._running.cancel()
        self._end_pool()
        await asyncio.gather(*self._ending)

    async def run(self, deed: str, deadline_s: float, *args: object) -> Any:  # what the deed returns
        """Do `module:function` with the arguments, to be called when nothing else runs.

        Cancelling stops the work before the cancellation goes on.

        Raises:
            Died: the process ended before the deed did.
            TimeoutError: it was stopped at its deadline.
            Overloaded: everything is being closed.
        """
        future = self._submit(deed, deadline_s, *args)
        self._running = future
        try:
            outcome: remote.Outcome = await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            future.cancel()
            if self._closed and not _is_cancelled(asyncio.current_task()):
                raise shutting_down() from None
            await _stopped(future)
            raise
        except ProcessExpired as death:
            raise Died(death.exitcode) from death
        except BrokenProcessPool as broken:
            raise Died(None) from broken
        finally:
            self._running = None
        self._deeds_done += 1
        if outcome.has_grown or self._deeds_done >= self._share:
            self._replace()
        return outcome.result()

    def _submit(self, deed: str, deadline_s: float, *args: object) -> concurrent.futures.Future[Any]:
        try:
            # The process is given the deadline; what it takes to notice and stop it comes on top.
            future: concurrent.futures.Future[Any] = self._open_pool().schedule(
                remote.run, args=(deed, deadline_s, *args), timeout=deadline_s
            )
        except RuntimeError as broken:
            raise Died(None) from broken
        return future

    def _open_pool(self) -> ProcessPool:
        if self._closed:
            raise shutting_down()
        if self._pool is not None and not self._pool.active:
            self._end_pool()
        if self._pool is None:
            self._pool = self._new_pool()
        return self._pool

    def _new_pool(self) -> ProcessPool:
        pool = ProcessPool(
            max_workers=1,
            initializer=remote.begin,
            initargs=(self._memory_bytes, self._spare_bytes, self._threads, os.getpid()),
            # Forking a process that has threads (a server's, or libvips') can leave locks held for ever.
            context=multiprocessing.get_context("spawn"),
        )
        with _interrupts_blocked():
            assert pool.active
        return pool

    def _replace(self) -> None:
        """Stop the idle process in the background while the next one starts."""
        if not self._closed:
            self._end_pool()
            self._open_pool()

    def _end_pool(self) -> None:
        pool, self._pool = self._pool, None
        self._deeds_done = 0
        if pool is None:
            return
        pool.stop()  # type: ignore[no-untyped-call]  # pebble types all but its ends
        ending = asyncio.get_running_loop().run_in_executor(None, pool.join)
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


def shutting_down() -> Overloaded:
    """Make the error for who asks while everything is being closed."""
    return Overloaded("The server is shutting down", retry_after_s=5)


async def _stopped(future: concurrent.futures.Future[Any]) -> None:
    """Wait until the process has been stopped, so that it writes nothing after the caller has cleaned up."""
    waiting = asyncio.ensure_future(asyncio.to_thread(concurrent.futures.wait, [future], 5))
    while not waiting.done():
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            continue


def _is_cancelled(task: "asyncio.Task[Any] | None") -> bool:
    return task is not None and task.cancelling() > 0


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Let processes and threads started inside be deaf to Ctrl-C from their first instruction on."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
