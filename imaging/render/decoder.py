"""A few guarded processes that touch pixels, so that no picture can hurt the server.

The server's own process never loads libvips through here: only paths and small frozen values cross.
"""

import asyncio
import concurrent.futures
import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pebble import ProcessExpired, ProcessPool

from imaging.errors import CorruptFile, ImagingError, Overloaded, TooComplex
from imaging.render import remote
from imaging.render.facts import Inspection, Limits, Rendered
from imaging.render.header import check_claim, claimed_pixels
from imaging.render.plan import Plan

_log = logging.getLogger(__name__)

DEADLINE_GROWTH = 10
FULL_DEADLINE_PIXELS = 400_000_000
TASKS_PER_PROCESS = 500
START_TIMEOUT_S = 60

# A decoder that is out of memory does not always get to say so: GLib traps, Rust and C++ abort, Linux kills.
_SPENT_SIGNALS = frozenset({signal.SIGKILL, signal.SIGXCPU, signal.SIGTRAP, signal.SIGABRT})


class DecoderPool:
    """Inspects and renders in child processes with a memory limit and a deadline each.

    A crash, a hang or a bomb costs one request. Cancelling the awaiting task stops the child's work before the
    cancellation goes on. `memory_bytes` is above what an idle child uses; `timeout_s` is the deadline of a small
    picture, growing tenfold towards 400 megapixels; at most `waiting` requests queue for a free process.
    """

    def __init__(
        self, processes: int, memory_bytes: int, timeout_s: float, limits: Limits, *, waiting: int | None = None
    ) -> None:
        self._processes = max(1, processes)
        self._memory_bytes = memory_bytes
        self._timeout_s = timeout_s
        self._limits = limits
        self._most = self._processes + (self._processes * 32 if waiting is None else waiting)
        self._pending = 0
        self._free = asyncio.Semaphore(self._processes)
        self._pool: ProcessPool | None = None
        self._running: set[concurrent.futures.Future[Any]] = set()
        self._closed = False

    async def start(self) -> None:
        """Start the processes and wait until the first can work."""
        pool = self._open_pool()
        ready = pool.schedule(remote.ready)
        await asyncio.wait_for(asyncio.wrap_future(ready), START_TIMEOUT_S)

    async def close(self) -> None:
        """Stop the processes, whatever they are doing; idempotent."""
        self._closed = True
        pool, self._pool = self._pool, None
        for future in tuple(self._running):
            future.cancel()
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]  # pebble types all but its ends
            await asyncio.to_thread(pool.join)

    async def inspect(self, path: Path) -> Inspection:
        """Read a picture once and tell all about it.

        Raises:
            FileRejected: one of its kinds says what is wrong with the file.
            Overloaded: too many are waiting.
        """
        claim = await asyncio.to_thread(check_claim, path, self._limits)
        deadline_s = self._deadline_s(claim.width * claim.height)
        result: Inspection = await self._run("imaging.render.inspect:inspect", deadline_s, path, self._limits)
        return result

    async def render(self, source_path: Path, plan: Plan, target: Path) -> Rendered:
        """Draw the planned rendition of a picture into the file `target`.

        Raises:
            FileRejected: the source cannot be decoded, or not within the limits.
            Overloaded: too many are waiting.
        """
        pixels = await asyncio.to_thread(claimed_pixels, source_path)
        deadline_s = self._deadline_s(pixels)
        result: Rendered = await self._run("imaging.render.render:render", deadline_s, source_path, plan, target)
        return result

    async def _run(self, deed: str, deadline_s: float, *args: object) -> Any:  # what the deed returns
        if self._pending >= self._most:
            raise Overloaded("Too many pictures are waiting to be decoded", retry_after_s=self._retry_after_s())
        self._pending += 1
        try:
            async with self._free:
                return await self._in_child(deed, deadline_s, *args)
        finally:
            self._pending -= 1

    async def _in_child(self, deed: str, deadline_s: float, *args: object) -> Any:  # what the deed returns
        future = self._submit(remote.run, (deed, deadline_s, *args), deadline_s)
        self._running.add(future)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            future.cancel()
            if self._closed and not _is_cancelled(asyncio.current_task()):
                raise _shutting_down() from None
            await _stopped(future)
            raise
        except ProcessExpired as death:
            raise _verdict(death) from death
        except TimeoutError as late:
            raise TooComplex(f"Decoding this file took more than the {deadline_s:.0f} s it may take") from late
        except concurrent.futures.process.BrokenProcessPool as broken:
            raise Overloaded("The decoder is being restarted", retry_after_s=1) from broken
        finally:
            self._running.discard(future)

    def _submit(
        self, function: Callable[..., Any], args: tuple[object, ...], deadline_s: float
    ) -> concurrent.futures.Future[Any]:
        pool = self._open_pool()
        # The worker is given the deadline; what it takes to notice and stop it comes on top.
        future: concurrent.futures.Future[Any] = pool.schedule(function, args=args, timeout=deadline_s)
        return future

    def _open_pool(self) -> ProcessPool:
        if self._closed:
            raise _shutting_down()
        if self._pool is not None and not self._pool.active:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble types all but its ends
            self._pool = None
        if self._pool is None:
            self._pool = self._new_pool()
        return self._pool

    def _new_pool(self) -> ProcessPool:
        threads = max(1, (os.cpu_count() or 1) // self._processes)
        pool = ProcessPool(
            max_workers=self._processes,
            max_tasks=TASKS_PER_PROCESS,
            initializer=remote.begin,
            initargs=(self._memory_bytes, threads, os.getpid()),
            # Forking a process that has threads (a server's, or libvips') can leave locks held for ever.
            context=multiprocessing.get_context("spawn"),
        )
        with _interrupts_blocked():
            assert pool.active
        return pool

    def _deadline_s(self, pixels: int) -> float:
        share = min(1.0, pixels / FULL_DEADLINE_PIXELS)
        return self._timeout_s * (1 + (DEADLINE_GROWTH - 1) * share)

    def _retry_after_s(self) -> int:
        return max(1, min(60, self._pending // self._processes))


def _verdict(death: ProcessExpired) -> ImagingError:
    _log.warning("a decoder process died with exit code %s", death.exitcode)
    if -death.exitcode in _SPENT_SIGNALS:
        return TooComplex("Decoding this file took more memory or time than one picture may")
    return CorruptFile("This file cannot be decoded: the decoder failed on it")


async def _stopped(future: concurrent.futures.Future[Any]) -> None:
    """Wait until the child has been stopped, so that it writes nothing after the caller has cleaned up."""
    waiting = asyncio.ensure_future(asyncio.to_thread(concurrent.futures.wait, [future], 5))
    while not waiting.done():
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            continue


def _is_cancelled(task: "asyncio.Task[Any] | None") -> bool:
    return task is not None and task.cancelling() > 0


def _shutting_down() -> Overloaded:
    return Overloaded("The server is shutting down", retry_after_s=5)


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Let processes and threads started inside be deaf to Ctrl-C from their first instruction on."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
