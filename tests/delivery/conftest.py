"""A stage with a painter for the tests of delivery."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.delivery.stage import Painter, Stage, open_stage


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
async def stage(tmp_path: Path, painter: Painter) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, painter) as opened:
        yield opened
