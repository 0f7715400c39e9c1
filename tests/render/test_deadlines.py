"""A codec or filter at work cannot be asked to stop: its process is, at the deadline or when nobody waits any more."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from imaging.errors import TooComplex
from imaging.render.decoder import DecoderPool
from imaging.render.facts import ImageFormat, Limits, Source
from imaging.render.limits import OutputLimits
from imaging.render.plan import plan
from imaging.render.transform import OutputFormat, Transform
from tests import pictures

pytestmark = pytest.mark.full

SIDE = 4_800
WHOLE = Source(ImageFormat.JPEG, SIDE, SIDE)
AVIF = Transform(width=SIDE, lossless=True), OutputFormat.AVIF
BLUR = Transform(width=SIDE, blur=60.0, sharpen=10.0), OutputFormat.PNG
LINEAR = Transform(width=SIDE - 1, linear_light=True, sharpen=10.0), OutputFormat.PNG
LIMITS = OutputLimits(max_avif_pixels=SIDE * SIDE)


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("deadlines") / "photograph.jpg"
    path.write_bytes(pictures.scene(600, 600).replicate(8, 8).jpegsave_buffer(Q=80))
    return path


@pytest.fixture(scope="module")
def interlaced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("deadlines") / "interlaced.png"
    path.write_bytes(pictures.scene(900, 900).replicate(8, 8).pngsave_buffer(compression=1, interlace=True))
    return path


@pytest.fixture
async def hurried() -> AsyncIterator[DecoderPool]:
    """A pool that gives a picture of these sizes less than a second."""
    pool = DecoderPool(1, 1024**3, 0.4, Limits())
    await pool.start()
    yield pool
    await pool.close()


@pytest.fixture
async def patient() -> AsyncIterator[DecoderPool]:
    pool = DecoderPool(1, 1024**3, 60, Limits())
    await pool.start()
    yield pool
    await pool.close()


async def test_an_interlaced_png_is_stopped_at_its_deadline(
    hurried: DecoderPool, interlaced: Path, tmp_path: Path
) -> None:
    [before] = _decoders()
    with pytest.raises(TooComplex, match="took more than"):
        await hurried.inspect(interlaced)
    await _check_stopped(before, hurried, tmp_path)


@pytest.mark.parametrize("wish", [AVIF, BLUR, LINEAR], ids=["avif", "blur", "linear light"])
async def test_a_slow_render_is_stopped_at_its_deadline(
    wish: tuple[Transform, OutputFormat], hurried: DecoderPool, photograph: Path, tmp_path: Path
) -> None:
    [before] = _decoders()
    target = tmp_path / "target"
    with pytest.raises(TooComplex, match="took more than"):
        await hurried.render(photograph, plan(wish[0], WHOLE, format=wish[1], limits=LIMITS), target)
    await _check_stopped(before, hurried, tmp_path)


@pytest.mark.parametrize("wish", [AVIF, BLUR, LINEAR], ids=["avif", "blur", "linear light"])
async def test_a_render_that_nobody_waits_for_is_stopped(
    wish: tuple[Transform, OutputFormat], patient: DecoderPool, photograph: Path, tmp_path: Path
) -> None:
    [before] = _decoders()
    task = asyncio.create_task(
        patient.render(photograph, plan(wish[0], WHOLE, format=wish[1], limits=LIMITS), tmp_path / "target")
    )
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _check_stopped(before, patient, tmp_path)


async def _check_stopped(process: psutil.Process, pool: DecoderPool, folder: Path) -> None:
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    picture = folder / "next"
    picture.write_bytes(pictures.jpeg())
    # A fresh process may take longer to start than a hurried pool allows a picture: it starts before it is timed.
    assert (await pool.inspect(picture)).source.width == 64
    assert process not in _decoders()


def _decoders() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]
