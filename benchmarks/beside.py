"""What lists take while many pictures are made in the background: 95 of 100 answers, beside those of a quiet server."""

import itertools
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.client import Load, load, request
from benchmarks.library import LIST, Library, visit
from benchmarks.pictures import SEED, photograph
from benchmarks.table import Row, at_most, less_is_better
from tests.server import running_server

SIZES = ((2040, 1360), (3000, 2000), (4000, 3000))
FORMATS = ("JPEG", "WEBP", "AVIF")
PHOTOS = 168
RENDERS = PHOTOS * len(FORMATS)
ROUNDS = 3
QUIET_S = 15
LOOK_S = 0.5
MOST_BATCH_S = 240
MOST_RATIO = 2

START = """mutation Warm($wishes: [TransformInput!]!) {
  startBatch(input: { select: { where: {} }, operation: { warm: $wishes } }) {
    batch { id } userErrors { message }
  }
}"""

LOOK = "query Look($id: ID!) { node(id: $id) { ... on Batch { state done failed } } }"


@dataclass(frozen=True)
class Round:
    """How a quiet time went, and the same while a batch ran, which took `batch_s`."""

    quiet: Load
    busy: Load
    batch_s: float

    @property
    def ratio(self) -> float:
        return self.busy.p95_ms / self.quiet.p95_ms


def measure() -> list[Row]:
    """Return the rows: quiet times and batches take turns, each batch making what nobody has asked for before."""
    with tempfile.TemporaryDirectory() as name, running_server(Path(name), log_level="warning") as server:
        library = visit(server)
        for path in _photographs(Path(name) / "photos"):
            library.upload(path)
        rounds = [_round(library, 640 + number) for number in range(ROUNDS)]
    middle = sorted(rounds, key=lambda round: round.ratio)[ROUNDS // 2]
    return [
        less_is_better(
            f"p95 of a list of 20 images while {RENDERS} renditions are made, against a quiet server",
            middle.busy.p95_ms,
            middle.quiet.p95_ms,
            "ms",
            MOST_RATIO,
        ),
        at_most("a batch of them, beside one client that lists without a pause", middle.batch_s, "s", MOST_BATCH_S),
    ]


def _round(library: Library, width: int) -> Round:
    question, headers = json.dumps({"query": LIST}).encode(), dict(library.client.headers)
    lists = request("POST", "/graphql", headers | {"Content-Type": "application/json"}, question)
    port = library.server.port
    quiet = load([port], itertools.repeat(lists), within_s=QUIET_S)
    began_s = time.perf_counter()
    batch = _start(library, width)
    busy = load([port], _until_done(library, batch, lists))
    return Round(quiet, busy, time.perf_counter() - began_s)


def _start(library: Library, width: int) -> str:
    wishes = [{"width": width, "format": format} for format in FORMATS]
    batch: str = library.ask(START, {"wishes": wishes})["startBatch"]["batch"]["id"]
    return batch


def _until_done(library: Library, batch: str, lists: bytes) -> Iterator[bytes]:
    """Give lists to ask for until the batch is done, which is looked at in a thread, twice a second."""
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            found: dict[str, Any] = library.ask(LOOK, {"id": batch})["node"]
            if found["state"] not in ("PLANNING", "RUNNING"):
                if found["failed"] or found["done"] < PHOTOS:
                    raise RuntimeError(found)
                done.set()
            time.sleep(LOOK_S)

    looking = threading.Thread(target=look)
    looking.start()
    while looking.is_alive():
        yield lists
    if not done.is_set():
        raise RuntimeError("the batch could not be followed to its end")


def _photographs(folder: Path) -> Iterator[Path]:
    """Write photographs, of several sizes; those of one size differ by their quality, which is quickly drawn."""
    folder.mkdir()
    drawn = [photograph(width, height, SEED + width).copy_memory() for width, height in SIZES]
    for number in range(PHOTOS):
        path = folder / f"{number}.jpg"
        picture = drawn[number % len(drawn)]
        picture.jpegsave(str(path), Q=40 + number // len(drawn))
        yield path
