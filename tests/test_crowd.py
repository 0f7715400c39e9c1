"""Eight pictures of a hundred megapixels at once: all are answered inside one gibibyte, and the server stays well."""

from pathlib import Path

import httpx
import pytest

from tests.crowd import REQUESTS, crowd, draw
from tests.server import running_server

GIBIBYTE = 1024**3


@pytest.mark.full
def test_eight_of_a_hundred_megapixels_at_once_stay_inside_a_gibibyte(tmp_path: Path) -> None:
    files = draw(tmp_path)
    with running_server(tmp_path, decoder_processes="2", log_level="warning") as server:
        for kind, file in files.items():
            seen = crowd(server, kind, file)
            assert seen.peak_bytes < GIBIBYTE, seen
            assert set(seen.statuses) <= {200, 503}, seen
            assert seen.statuses.count(200) >= 2, seen
            assert len(seen.statuses) == REQUESTS
            assert all(int(wait) >= 1 for wait in seen.retries_after), seen
        assert httpx.get(f"{server.url}/readyz", timeout=10).status_code == 200
        assert "Traceback" not in server.log.read_text()
        assert list((server.data_dir / "tmp").iterdir()) == []
