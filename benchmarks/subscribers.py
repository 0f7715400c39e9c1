"""A thousand websocket subscribers of one server: how soon the last of them is told, and what each costs in memory."""

import datetime
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.library import Library, visit
from benchmarks.pictures import jpegs
from benchmarks.table import Row, at_most
from tests.server import RunningServer, running_server

VIEWERS, EACH = 10, 100
EVENTS, PAUSE_S = 100, 0.5
WARM_UP = 25
MOST_P99_MS = 250
MOST_KIB_EACH = 40
PATIENCE_S = 60

DOCUMENT = """subscription Watch {
  imageEvents { kind cursor at imageId image { id version altText tags url(transform: { width: 320 }) } }
}"""

CHANGE = """mutation Change($id: ID!, $text: String!) {
  updateImages(input: { updates: [{ id: $id, altText: $text }] }) { userErrors { message } }
}"""


def measure() -> list[Row]:
    """Return the rows, for subscribers who are ten people and see the same pictures."""
    with tempfile.TemporaryDirectory() as name, running_server(Path(name), log_level="warning") as server:
        library = visit(server)
        [photo] = jpegs(Path(name) / "photos", 1, 800, 600)
        image = library.upload(photo)
        tokens = [server.token("viewer", "--subject", f"viewer {number}") for number in range(VIEWERS)]
        with _audience(server, tokens, 1) as few:
            _happen(library, image, range(WARM_UP))
            _told(few, WARM_UP)
        return _measured(library, image, tokens)


def _measured(library: Library, image: str, tokens: list[str]) -> list[Row]:
    process, count = psutil.Process(library.server.process.pid), VIEWERS * EACH
    before = process.memory_full_info().pss
    with _audience(library.server, tokens, EACH) as audience:
        idle = process.memory_full_info().pss
        spent_s = sum(process.cpu_times()[:2])
        _happen(library, image, range(EVENTS))
        spent_s = sum(process.cpu_times()[:2]) - spent_s
        busy = process.memory_full_info().pss
        delays_ms = sorted(_delays_ms(_told(audience, EVENTS), count))
    percentiles = statistics.quantiles(delays_ms, n=100, method="inclusive")
    return [
        at_most(f"event to the last of {count} subscribers, p50", percentiles[49], "ms", MOST_P99_MS),
        at_most(f"event to the last of {count} subscribers, p99", percentiles[98], "ms", MOST_P99_MS),
        at_most("memory of each, before any event", (idle - before) / 1024 / count, "KiB", MOST_KIB_EACH),
        at_most(f"memory of each, after {EVENTS} events", (busy - before) / 1024 / count, "KiB", MOST_KIB_EACH),
        at_most("processor time of the server for each event", spent_s * 1000 / EVENTS, "ms", MOST_P99_MS),
    ]


@contextmanager
def _audience(server: RunningServer, tokens: list[str], each: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "benchmarks.audience", str(server.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            wish = {"tokens": tokens, "each": each, "document": DOCUMENT}
            process.stdin.write(json.dumps(wish) + "\n")
            process.stdin.flush()
            assert process.stdout.readline() == "subscribed\n"
            # The last one's subscription is on its way still.
            time.sleep(1)
            yield process
        finally:
            process.kill()


def _happen(library: Library, image: str, numbers: range) -> None:
    """Let events happen at a steady pace."""
    for number in numbers:
        library.ask(CHANGE, {"id": image, "text": f"event {number}"})
        time.sleep(PAUSE_S)


def _told(audience: subprocess.Popen[str], events: int) -> Mapping[str, Any]:
    """Return what the audience heard, which ends it; Any: its JSON."""
    time.sleep(1)
    told, _ = audience.communicate(timeout=PATIENCE_S)
    heard: dict[str, Any] = json.loads(told)
    if len(heard) != events:
        raise RuntimeError(f"{events} events happened, {len(heard)} were told")
    return heard


def _delays_ms(heard: Mapping[str, Any], subscribers: int) -> Iterator[float]:
    """Yield for each event what passed from the event, written down in its transaction, to the last who was told."""
    for text, found in heard.items():
        if found["told"] != subscribers:
            raise RuntimeError(f"{text} was told to {found['told']} of {subscribers}")
        yield (found["last_s"] - datetime.datetime.fromisoformat(found["at"]).timestamp()) * 1000
