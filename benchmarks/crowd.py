"""Memory of the whole server while eight pictures of a hundred megapixels are asked for at once."""

import tempfile
from pathlib import Path

from benchmarks.table import Row, at_most
from tests.crowd import REQUESTS, crowd, draw
from tests.server import RunningServer, running_server

MIB = 1024 * 1024
DECODERS = 2


def measure() -> list[Row]:
    """Return the peak of server and decoders together for each kind of file; a refusal with 503 counts as answered."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = draw(folder)
        with running_server(folder, decoder_processes=str(DECODERS), log_level="warning") as server:
            return [_row(server, kind, file) for kind, file in files.items()]


def _row(server: RunningServer, kind: str, file: Path) -> Row:
    seen = crowd(server, kind, file)
    assert set(seen.statuses) <= {200, 503}, seen
    made = seen.statuses.count(200)
    measure = (
        f"memory of server and {DECODERS} decoders, {REQUESTS} × {kind} of 100 megapixels at once "
        f"({made} made, {REQUESTS - made} refused, {seen.seconds:.1f} s)"
    )
    return at_most(measure, seen.peak_bytes / MIB, "MiB", 1024)
