"""Send damaged pictures through a running server: `python -m tests.mutations --seconds 60 --seed 7`.

Every file is uploaded over GraphQL and, when it is taken in, drawn two or three times in random ways. The server may
refuse whatever it likes, in words; it must not fail, hang, or keep anything.
"""

import argparse
import asyncio
import collections
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests import pictures
from tests.mutants import mutant
from tests.mutation_client import Failed, Visitor
from tests.server import RunningServer, running_server
from tests.vitals import Vitals

DECODER_TIMEOUT_S = 5
LARGEST_ORIGINAL = 400_000
BAR = 30
MOST_TOLD = 30


@dataclass
class Report:
    """What became of the files: how many were taken in, refused and drawn by code, and every `problem`.

    `refused` are those that were taken in and could not be drawn, which is no failure.
    """

    files: int = 0
    seconds: float = 0
    uploads: collections.Counter[str] = field(default_factory=collections.Counter)
    renditions: collections.Counter[str] = field(default_factory=collections.Counter)
    refused: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    vitals: str = ""

    def __str__(self) -> str:
        lines = [f"{self.files} files in {self.seconds:.0f} s, {self.files / max(self.seconds, 0.001):.1f} a second"]
        for name, counter in (("uploads", self.uploads), ("renditions", self.renditions)):
            total = max(1, counter.total())
            lines.append(f"{name}: " + ", ".join(f"{code} {n} ({n / total:.1%})" for code, n in counter.most_common()))
        if len(self.problems) > MOST_TOLD:
            lines.append(f"{len(self.problems)} problems, of which the first {MOST_TOLD} follow")
        if self.refused:
            lines.append(f"taken in, but not drawn: {'; '.join(self.refused[:MOST_TOLD])}")
        return "\n".join([*lines, self.vitals, *(f"PROBLEM: {problem}" for problem in self.problems[:MOST_TOLD])])


def originals(folder: Path | None) -> list[bytes]:
    """Return small pictures of every kind, and those of a folder that are not too large."""
    drawn = [
        pictures.jpeg(), pictures.jpeg(progressive=True), pictures.exif_jpeg(orientation=6, gps=(1.5, 2.5)),
        pictures.png(), pictures.png(interlaced=True), pictures.png_alpha(), pictures.png_16bit(),
        pictures.webp(), pictures.webp(lossless=True), pictures.webp_alpha(), pictures.webp_animated(),
        pictures.avif(), pictures.gif(), pictures.gif_animated(), pictures.svg(),
        pictures.tiff(), pictures.tiff(compression="lzw"), pictures.tiff(compression="jpeg"), pictures.tiff_pages(),
    ]  # fmt: skip
    kept = sorted(folder.iterdir()) if folder else []
    small = [path.read_bytes() for path in kept if path.is_file() and path.stat().st_size <= LARGEST_ORIGINAL]
    return drawn + small


def mutate(
    *,
    files: int | None,
    seconds: float | None,
    seed: int,
    folder: Path | None,
    clients: int = 4,
    keep: Path | None = None,
) -> Report:
    """Start a server and send it damaged files until there were as many, or as long as told."""
    settings = {"log_level": "warning", "decoder_timeout_s": str(DECODER_TIMEOUT_S)}
    with tempfile.TemporaryDirectory() as name, running_server(Path(name), **settings) as server:
        return asyncio.run(_Run(server, originals(folder), seed, files, seconds, keep).run(clients))


class _Run:
    def __init__(
        self,
        server: RunningServer,
        originals: list[bytes],
        seed: int,
        files: int | None,
        seconds: float | None,
        keep: Path | None,
    ) -> None:
        self._server = server
        self._originals = originals
        self._seed = seed
        self._files = files
        self._seconds = seconds
        self._keep = keep
        self._report = Report()
        self._vitals = Vitals(server)
        self._begun = time.monotonic()
        self._next = 0

    async def run(self, clients: int) -> Report:
        limits = httpx.Limits(max_connections=clients)
        headers = self._server.headers() | {"GraphQL-Require-Preflight": "1"}
        async with httpx.AsyncClient(base_url=self._server.url, headers=headers, limits=limits, timeout=90) as client:
            visitor = Visitor(client)
            await asyncio.gather(*(self._work(visitor) for _ in range(clients)))
            print(file=sys.stderr)
            self._report.problems += await self._vitals.afterwards(visitor)
        self._report.seconds = time.monotonic() - self._begun
        self._report.vitals = str(self._vitals)
        return self._report

    def _is_over(self) -> bool:
        spent_s = time.monotonic() - self._begun
        too_many = self._files is not None and self._next >= self._files
        return too_many or (self._seconds is not None and spent_s >= self._seconds)

    async def _work(self, visitor: Visitor) -> None:
        while not self._is_over():
            number, self._next = self._next, self._next + 1
            await self._one(visitor, number)
            self._report.files += 1
            self._vitals.sample(self._report.files)
            self._show()

    async def _one(self, visitor: Visitor, number: int) -> None:
        chance = random.Random(f"{self._seed}/{number}")
        body = mutant(self._originals, chance)
        try:
            code, image = await visitor.upload(body, f"mutant-{number}")
            self._report.uploads[code] += 1
            for _ in range(chance.randint(2, 3) if image else 0):
                drawn = await visitor.draw(image, chance)
                self._report.renditions[drawn] += 1
                if drawn.startswith("422"):
                    self._report.refused.append(f"file {number}: {drawn}")
        except Failed as failure:
            self._report.problems.append(f"file {number} of seed {self._seed}: {failure}")
            if self._keep:
                self._keep.mkdir(parents=True, exist_ok=True)
                (self._keep / f"{self._seed}-{number}").write_bytes(body)

    def _show(self) -> None:
        spent_s = time.monotonic() - self._begun
        shares = [
            done / whole for done, whole in ((self._report.files, self._files), (spent_s, self._seconds)) if whole
        ]
        share = min(1.0, max(shares, default=0.0))
        bar = ("█" * int(share * BAR)).ljust(BAR, "·")
        if sys.stderr.isatty():
            told = f"\r{bar} {share:4.0%}  {self._report.files} files, {len(self._report.problems)} problems"
            print(told, end="", file=sys.stderr, flush=True)


def main() -> None:
    """Read the command line, run, tell, and fail if anything did."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    shared = pictures.SHARED if pictures.SHARED.is_dir() else None
    parser.add_argument("--seconds", type=float, help="stop after so long (60 when --files is not given either)")
    parser.add_argument("--files", type=int, help="stop after so many files")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same files (default %(default)s)")
    parser.add_argument("--pictures", type=Path, default=shared, help="a folder of more pictures (default %(default)s)")
    parser.add_argument("--clients", type=int, default=4, help="files sent at once (default %(default)s)")
    parser.add_argument("--keep", type=Path, help="a folder for the files that made something fail")
    asked = parser.parse_args()
    seconds = 60 if asked.seconds is None and asked.files is None else asked.seconds
    report = mutate(
        files=asked.files,
        seconds=seconds,
        seed=asked.seed,
        folder=asked.pictures,
        clients=asked.clients,
        keep=asked.keep,
    )
    print(report)
    sys.exit(1 if report.problems else 0)


if __name__ == "__main__":
    main()
