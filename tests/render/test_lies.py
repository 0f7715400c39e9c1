"""Pictures whose header lies are refused in words, or are what is told of them; they take no more than may be taken."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from imaging.errors import FileRejected, TooManyPixels
from imaging.render.decoder import DecoderPool
from imaging.render.facts import Inspection, Limits
from imaging.render.plan import plan
from imaging.render.transform import OutputFormat, Transform
from tests import pictures
from tests.render import lies

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1024 * 1024
LIMITS = Limits(max_pixels=100_000_000, max_total_pixels=100_000_000)
SIZES = (*lies.LARGER, *lies.SMALLER)
HONEST = (lies.WIDTH, lies.HEIGHT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lies")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[DecoderPool]:
    pool = DecoderPool(1, 512 * MIB, 20, LIMITS)
    await pool.start()
    yield pool
    await pool.close()


@pytest.mark.parametrize("kind", lies.KINDS)
async def test_a_size_that_is_not_that_of_the_data_is_refused_or_filled(
    kind: str, pool: DecoderPool, folder: Path
) -> None:
    for width, height in SIZES:
        found = await _inspected(lies.KINDS[kind](width, height), pool, folder)
        if found is not None:
            # Whoever does not refuse must show a picture of the size it tells, also of what is not there.
            assert (found.source.width, found.source.height) in ((width, height), HONEST)
            await _check_shown(found, pool, folder)


@pytest.mark.parametrize("kind", ["jpeg", "progressive jpeg", "png", "interlaced png", "avif"])
async def test_data_for_less_than_is_told_is_refused(kind: str, pool: DecoderPool, folder: Path) -> None:
    for width, height in lies.LARGER[2:]:
        assert await _inspected(lies.KINDS[kind](width, height), pool, folder) is None


@pytest.mark.parametrize("kind", [kind for kind in lies.KINDS if kind != "webp canvas"])
async def test_a_size_beyond_the_limit_is_refused_whatever_the_data(kind: str, pool: DecoderPool, folder: Path) -> None:
    path = folder / "beyond"
    path.write_bytes(lies.KINDS[kind](16_000, 16_000))
    with pytest.raises(TooManyPixels):
        await pool.inspect(path)


@pytest.mark.parametrize(
    ("depth", "colour"), [(16, 2), (8, 6), (8, 0), (8, 3), (1, 0), (8, 4), (16, 6), (3, 2), (8, 7)]
)
async def test_a_png_of_another_depth_or_colour_than_its_data(
    depth: int, colour: int, pool: DecoderPool, folder: Path
) -> None:
    found = await _inspected(lies.png(depth=depth, colour=colour), pool, folder)
    assert found is None or (found.source.width, found.source.height) == HONEST


WIDTH, HEIGHT, COMPRESSION, MODEL, STRIPS = 256, 257, 259, 262, 273
SAMPLES, ROWS, COUNTS, PLANAR = 277, 278, 279, 284


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (WIDTH, 65_535), (WIDTH, 63), (WIDTH, 0), (HEIGHT, 65_535), (HEIGHT, 47), (HEIGHT, 0), (COMPRESSION, 5),
        (COMPRESSION, 7), (COMPRESSION, 34_712), (COMPRESSION, 65_000), (MODEL, 3), (MODEL, 6), (MODEL, 8),
        (SAMPLES, 1), (SAMPLES, 200), (SAMPLES, 65_535), (ROWS, 1), (ROWS, 65_535), (PLANAR, 2), (STRIPS, 2**31),
        (COUNTS, 2**31), (STRIPS, 0), (COUNTS, 0),
    ],
)  # fmt: skip
async def test_a_tiff_with_a_wrong_tag(tag: int, value: int, pool: DecoderPool, folder: Path) -> None:
    found = await _inspected(lies.tiff(tag, value), pool, folder)
    if found is not None:
        await _check_shown(found, pool, folder)


async def test_pages_that_are_not_there_are_not_counted(pool: DecoderPool, folder: Path) -> None:
    assert await _inspected(lies.tiff_in_a_circle(), pool, folder) is None
    found = await _inspected(pictures.tiff_pages(3)[:-1] + b"\0", pool, folder)
    assert found is None or found.source.pages <= 3


async def test_a_frame_that_lies_outside_of_the_screen(pool: DecoderPool, folder: Path) -> None:
    found = await _inspected(lies.gif_frame_outside(), pool, folder)
    assert found is None or found.source.width * found.source.height <= LIMITS.max_pixels


@pytest.mark.parametrize("honest", [path.read_bytes() for path in pictures.heic()], ids=len)
async def test_a_heic_whose_container_lies(honest: bytes, pool: DecoderPool, folder: Path) -> None:
    for width, height in SIZES:
        found = await _inspected(lies.in_container(honest, width, height), pool, folder)
        if found is not None:
            await _check_shown(found, pool, folder)


@pytest.mark.parametrize("value", [0, 9, 255, 65_535])
async def test_an_orientation_that_does_not_exist_means_upright(value: int, pool: DecoderPool, folder: Path) -> None:
    found = await _inspected(lies.orientation(value), pool, folder)
    assert found is not None
    assert (found.source.orientation, found.source.width, found.source.height) == (1, *HONEST)
    await _check_shown(found, pool, folder)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ('width="10" height="900000"', None),
        ('width="30000" height="30000" viewBox="0 0 3 3"', None),
        ('width="10" height="10" viewBox="0 0 1000000 1000000"', (10, 10)),
        ('width="10" height="10" viewBox="0 0 -5 -5"', (10, 10)),
        ('width="20" height="10" viewBox="0 0 1e-30 1e-30"', (20, 10)),
    ],
)
async def test_a_drawing_is_judged_by_its_size_and_not_by_its_units(
    claim: str, expected: tuple[int, int] | None, pool: DecoderPool, folder: Path
) -> None:
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" {claim}><rect width="3" height="3" fill="red"/></svg>'
    found = await _inspected(drawing.encode(), pool, folder)
    if found is None:
        assert expected != (10, 10)
    else:
        assert found.source.width * found.source.height <= LIMITS.max_pixels
        assert expected is None or (found.source.width, found.source.height) == expected
        await _check_shown(found, pool, folder)


async def _inspected(data: bytes, pool: DecoderPool, folder: Path) -> Inspection | None:
    path = folder / "liar"
    path.write_bytes(data)
    try:
        return await pool.inspect(path)
    except FileRejected:
        return None


async def _check_shown(found: Inspection, pool: DecoderPool, folder: Path) -> None:
    """Render what was taken in: it is of the size that planning told, or refused in words."""
    target = folder / "shown"
    wish = plan(Transform(width=32), found.source, format=OutputFormat.PNG)
    try:
        rendered = await pool.render(folder / "liar", wish, target)
    except FileRejected:
        return
    assert (rendered.width, rendered.height) == (wish.width, wish.height)
    with Image.open(io.BytesIO(target.read_bytes())) as shown:
        assert shown.size == (wish.width, wish.height)
