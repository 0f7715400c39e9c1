"""Rendering over HTTP: what nobody has asked for before, two clients, everybody on the same processors in turns."""

import contextlib
import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import request, target
from benchmarks.contestants import (
    CLIENTS,
    IMAGING,
    IPX,
    PROGRAM,
    RAW,
    THUMBOR,
    Contestant,
    Looped,
    Measured,
    Program,
    Served,
)
from benchmarks.jobs import Job, Photos, diverse, size_of
from benchmarks.library import Library, visit
from benchmarks.peers import install, servers
from benchmarks.peers.install import Absent
from benchmarks.report import DIVERSE, ONE, RenderRow, rows_of
from imaging.render.choices import OutputFormat
from tests.server import RunningServer

ROUNDS = 2

# More images a second than anybody renders, by megapixels: how many jobs are prepared.
_FASTEST = ((1, 300), (5, 100), (15, 80), (50, 50), (1000, 12))


@dataclass(frozen=True)
class Contest:
    """Everybody who takes part, and why others do not."""

    contestants: tuple[Contestant, ...]
    versions: dict[str, str]
    absent: dict[str, str]

    def diverse(self, photos: Photos, format: OutputFormat, within_s: float) -> list[RenderRow]:
        """Return the rows for addresses that differ; the rounds add up."""
        jobs = diverse(photos, format)
        able = self._able(next(jobs), photos)
        count = int(within_s * next(most for megapixels, most in _FASTEST if photos.megapixels <= megapixels))
        found: dict[str, Measured] = {}
        for _ in range(ROUNDS):
            asked = list(itertools.islice(jobs, count))
            for contestant in able:
                print(f"  {photos.name} to {format.name}, {contestant.name} …", file=sys.stderr, flush=True)
                measured = contestant.run(asked, within_s)
                found[contestant.name] = found[contestant.name] + measured if contestant.name in found else measured
        return rows_of(DIVERSE, photos, format, found)

    def one(self, photos: Photos, format: OutputFormat, within_s: float) -> list[RenderRow]:
        """Return the rows for a single address, asked for again and again."""
        asked = [Job(photos.paths[0], photos.width // 4, format)] * int(within_s * 2_000)
        found = {}
        for contestant in self.contestants:
            print(f"  one address, {contestant.name} …", file=sys.stderr, flush=True)
            contestant.fetch(asked[0])
            found[contestant.name] = contestant.run(asked, within_s)
        return rows_of(ONE, photos, format, found)

    def _able(self, job: Job, photos: Photos) -> list[Contestant]:
        """Return who can do it, and does the same thing as everybody; warms up on the way."""
        wanted, able = (job.width, round(job.width * photos.height / photos.width)), []
        for contestant in self.contestants:
            try:
                width, height = size_of(contestant.fetch(job))
            except RuntimeError as failure:
                if contestant.name in (IMAGING, RAW):
                    raise
                answer = str(failure).strip().splitlines()[0]
                self.absent[f"{contestant.name}, {photos.name} to {job.format.name}"] = answer
                continue
            if width != wanted[0] or abs(height - wanted[1]) > 1:
                raise RuntimeError(f"{contestant.name} made {width} x {height} of {job}, not {wanted}")
            able.append(contestant)
        return able


@contextlib.contextmanager
def contest(server: RunningServer, folder: Path) -> Iterator[Contest]:
    """Gather everybody who can be had here; `folder` is where the photographs are."""
    versions, absent = {}, {}
    with contextlib.ExitStack() as stack:
        looped = stack.enter_context(contextlib.closing(Looped()))
        found: list[Contestant] = [_imaging(server), looped]
        try:
            command = install.vipsthumbnail()
            versions[PROGRAM] = install.version([command, "--version"])
            found.append(Program(command, folder.parent))
        except Absent as reason:
            absent[PROGRAM] = str(reason)
        for name, serve in ((IPX, servers.ipx), (THUMBOR, servers.thumbor)):
            try:
                found.append(stack.enter_context(serve(folder)))
                versions[name] = install.pinned(name)
            except Absent as reason:
                absent[name] = str(reason)
        yield Contest(tuple(found), versions, absent)


def _imaging(server: RunningServer) -> Served:
    library = visit(server)
    ids: dict[Path, str] = {}

    def requests(jobs: Sequence[Job]) -> list[bytes]:
        for job in jobs:
            if job.photo not in ids:
                ids[job.photo] = library.upload(job.photo)
        signed = _signed(library, ids, list(dict.fromkeys(jobs)))
        return [signed[job] for job in jobs]

    return Served(IMAGING, (server.port,) * CLIENTS, (server.process.pid,), requests)


def _signed(library: Library, ids: dict[Path, str], jobs: Sequence[Job]) -> dict[Job, bytes]:
    found: dict[Job, bytes] = {}
    for job in jobs:
        url = library.url(ids[job.photo], {"width": job.width, "format": job.format.name})
        found[job] = request("GET", target(url), {})
    return found
