"""A few guarded processes that touch pixels, so that no picture can hurt the server.

The server's own process never loads libvips through here: only paths and small frozen values cross.
"""

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from imaging.errors import CorruptFile, ImagingError, Overloaded, TooComplex
from imaging.render.budget import MemoryBudget
from imaging.render.choices import OutputFormat
from imaging.render.demand import inspecting_bytes, laying_bytes, rendering_bytes, rendering_pixels
from imaging.render.facts import ImageFormat, Inspection, Limits, Rendered
from imaging.render.header import check_claim, format_of, stored_claim
from imaging.render.headers.parts import Claim
from imaging.render.plan import Plan
from imaging.render.process import SPARE_BYTES, TASKS_PER_PROCESS, Died, GuardedProcess

_log = logging.getLogger(__name__)

DEADLINE_GROWTH = 10
FULL_DEADLINE_PIXELS = 400_000_000
DEFAULT_BUDGET_BYTES = 1024**3
START_TIMEOUT_S = 60
SHORTEST_RETRY_S = 1.0
MOST_CLAIMS = 10_000

# A decoder that is out of memory does not always get to say so: GLib traps, Rust and C++ abort, Linux kills.
_SPENT_SIGNALS = frozenset({signal.SIGKILL, signal.SIGXCPU, signal.SIGTRAP, signal.SIGABRT})


class DecoderPool:
    """Inspects and renders in child processes with a memory limit and a deadline each.

    A crash, a hang or a bomb costs one request. A process that dies may have been the victim of others: the deed is
    done once more, within the time that is left of its deadline, before the picture is blamed. Cancelling the
    awaiting task stops the child's work before the cancellation goes on.

    `memory_bytes` is above what an idle child uses; `budget_bytes` is what all pictures being decoded are expected
    to use together; `spare_bytes` is what an idle child may keep, and `share` how many deeds one child does;
    `timeout_s` is the deadline of a small picture, growing tenfold towards 400 megapixels; at most `waiting` requests
    queue for a free process.
    """

    def __init__(
        self,
        processes: int,
        memory_bytes: int,
        timeout_s: float,
        limits: Limits,
        *,
        budget_bytes: int = DEFAULT_BUDGET_BYTES,
        spare_bytes: int = SPARE_BYTES,
        share: int = TASKS_PER_PROCESS,
        waiting: int | None = None,
    ) -> None:
        count = max(1, processes)
        cores = os.cpu_count() or 1
        # Two at least: while an answer is stored and sent, the picture of another takes the core that is idle.
        threads = min(cores, max(2, cores // count))
        self._processes = tuple(
            GuardedProcess(memory_bytes, threads, spare_bytes=spare_bytes, share=share) for _ in range(count)
        )
        self._timeout_s = timeout_s
        self._limits = limits
        self._most = count + (count * 32 if waiting is None else waiting)
        self._pending = 0
        self._claims: dict[Path, Claim] = {}
        self._budget = MemoryBudget(budget_bytes)
        # The one that worked last comes first: the others stay as small as they started.
        self._free: asyncio.LifoQueue[GuardedProcess] = asyncio.LifoQueue()
        for process in reversed(self._processes):
            self._free.put_nowait(process)

    def launch(self) -> None:
        """Let the processes start while the caller does something else; `start` waits for them."""
        for process in self._processes:
            process.launch()

    async def start(self) -> None:
        """Start the processes, if they were not launched, and wait until the first can work."""
        ready = [process.start() for process in self._processes]
        done, others = await asyncio.wait(ready, timeout=START_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        for future in others:
            # Whatever becomes of them, who uses them hears of it; nobody listens here any more.
            future.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        if not done:
            raise TimeoutError("no decoder process became ready")
        for future in done:
            future.result()

    async def close(self) -> None:
        """Stop the processes, whatever they are doing; idempotent."""
        await asyncio.gather(*(process.close() for process in self._processes))

    async def writable(self) -> frozenset[OutputFormat]:
        """Return the formats that the library at hand writes, found by trying."""
        formats: frozenset[OutputFormat] = await self._run("imaging.render.codecs:writable", 0, 0)
        return formats

    async def inspect(self, path: Path) -> Inspection:
        """Read a picture once and tell all about it.

        Raises:
            FileRejected: one of its kinds says what is wrong with the file.
            Overloaded: too many are waiting.
        """
        format, claim = await asyncio.to_thread(_claimed, path, self._limits)
        need = inspecting_bytes(format, claim)
        result: Inspection = await self._run("imaging.render.inspect:inspect", claim.pixels, need, path, self._limits)
        return result

    async def render(self, source_path: Path, plan: Plan, target: Path) -> Rendered:
        """Draw the planned rendition of a picture into the file `target`.

        Raises:
            FileRejected: the source cannot be decoded, or not within the limits.
            Overloaded: too many are waiting.
        """
        claim = await self._claim(source_path)
        pixels, need = rendering_pixels(claim, plan), rendering_bytes(claim, plan)
        if plan.overlay is not None:
            laid = await self._claim(plan.overlay.path)
            pixels, need = pixels + laid.pixels, need + laying_bytes(plan.overlay.source.format, laid, plan)
        result: Rendered = await self._run("imaging.render.render:render", pixels, need, source_path, plan, target)
        return result

    async def _claim(self, path: Path) -> Claim:
        """Return what a stored picture claims: read once, for what is stored under a name never changes."""
        claim = self._claims.get(path)
        if claim is None:
            if len(self._claims) >= MOST_CLAIMS:
                self._claims.clear()
            claim = self._claims[path] = await asyncio.to_thread(stored_claim, path)
        return claim

    async def _run(self, deed: str, pixels: int, need_bytes: int, *args: object) -> Any:  # what the deed returns
        if self._pending >= self._most:
            raise Overloaded("Too many pictures are waiting to be decoded", retry_after_s=self._retry_after_s())
        self._pending += 1
        try:
            async with self._budget.hold(need_bytes), self._one_process() as process:
                return await _do(process, deed, self._deadline_s(pixels), *args)
        finally:
            self._pending -= 1

    @asynccontextmanager
    async def _one_process(self) -> AsyncIterator[GuardedProcess]:
        process = await self._free.get()
        try:
            yield process
        finally:
            self._free.put_nowait(process)

    def _deadline_s(self, pixels: int) -> float:
        share = min(1.0, pixels / FULL_DEADLINE_PIXELS)
        return self._timeout_s * (1 + (DEADLINE_GROWTH - 1) * share)

    def _retry_after_s(self) -> int:
        return max(1, min(60, self._pending // len(self._processes)))


def _claimed(path: Path, limits: Limits) -> tuple[ImageFormat, Claim]:
    return format_of(path), check_claim(path, limits)


async def _do(process: GuardedProcess, deed: str, deadline_s: float, *args: object) -> Any:  # what the deed returns
    """Do it, and once more in a fresh process if the first died of something that need not be the picture."""
    begun_s = time.monotonic()
    try:
        try:
            return await process.run(deed, deadline_s, *args)
        except Died as death:
            left_s = deadline_s - (time.monotonic() - begun_s)
            _log.warning("a decoder process died with exit code %s", death.exitcode)
            if death.exitcode == -signal.SIGXCPU or left_s < SHORTEST_RETRY_S:
                raise
        return await process.run(deed, left_s, *args)
    except Died as death:
        raise _verdict(death) from death
    except TimeoutError as late:
        raise TooComplex(f"Decoding this file took more than the {deadline_s:.0f} s it may take") from late


def _verdict(death: Died) -> ImagingError:
    if death.exitcode is None:
        return Overloaded("The decoder is being restarted", retry_after_s=1)
    if -death.exitcode in _SPENT_SIGNALS:
        return TooComplex("Decoding this file took more memory or time than one picture may")
    return CorruptFile("This file cannot be decoded: the decoder failed on it")
