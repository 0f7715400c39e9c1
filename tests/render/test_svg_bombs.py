"""Small drawings that would take minutes or gigabytes: they are stopped, and the next picture is served."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from imaging.errors import CorruptFile, TooComplex
from imaging.render.decoder import DecoderPool
from imaging.render.facts import Inspection, Limits
from tests import pictures

pytestmark = [pytest.mark.full, pytest.mark.asyncio(loop_scope="module")]

TIMEOUT_S = 2.0
SIDE = 2_000
SHEET = f'width="{SIDE}" height="{SIDE}"'
VAST = 'id="f" x="-1e9" y="-1e9" width="1e12" height="1e12"'
LIAR = base64.b64encode(pictures.png_claiming(30_000, 30_000)).decode()
FILTERED = f'<rect {SHEET} filter="url(#f)"/>'


def _filter(primitives: str, drawn: str = FILTERED) -> str:
    return f'<filter id="f">{primitives}</filter>{drawn}'


def _patterns() -> str:
    sheets = "".join(
        f'<pattern id="p{n}" width="0.01" height="0.01"><rect {SHEET} fill="url(#p{n + 1})"/></pattern>'
        for n in range(20)
    )
    return f'{sheets}<rect {SHEET} fill="url(#p0)"/>'


BOMBS = {
    "a hundred blurs": _filter('<feGaussianBlur stdDeviation="50"/>' * 100),
    "one blur on each of many": _filter('<feGaussianBlur stdDeviation="9"/>', FILTERED * 200),
    "turbulence": _filter('<feTurbulence baseFrequency="0.05" numOctaves="2000"/>'),
    "dilation": _filter('<feMorphology radius="2000" operator="dilate"/>'),
    "convolution": _filter(f'<feConvolveMatrix order="40" kernelMatrix="{"1 " * 1_600}"/>'),
    "a region without end": _filter("<feOffset/>").replace('id="f"', VAST),
    "groups in groups": _filter("<feOffset/>", '<g filter="url(#f)">' * 150 + FILTERED + "</g>" * 150),
    "masks in masks": f'<mask id="m"><rect {SHEET}/></mask>' + '<g mask="url(#m)">' * 90 + FILTERED + "</g>" * 90,
    "patterns in patterns": _patterns(),
    "a marker at each corner": '<marker id="m"><circle r="90"/></marker><path marker-mid="url(#m)" d="M0 0'
    + "L5 5 9 9" * 90_000 + '"/>',
    "dashes": '<path d="M0 0L900000 900000" stroke="red" stroke-dasharray="0.0001 0.0001"/>',
    "a very long text": f'<text y="90">{"wordy " * 500_000}</text>',
    "very large letters": '<text font-size="9e8" y="90">wordy</text>',
    "a symbol used often": '<g id="a">' + '<circle r="900"/>' * 100 + "</g>" + '<use href="#a"/>' * 1_900,
    "sheets upon sheets": f'<rect {SHEET} opacity="0.5"/>' * 100_000,
    "classes in classes": "<style>" + "".join(f".a .b .c{n} {{fill:red}}" for n in range(20_000)) + "</style>"
    + '<g class="a b">' + '<path class="c1"/>' * 100_000 + "</g>",
    "a picture that lies inside": f'<image {SHEET} href="data:image/png;base64,{LIAR}"/>',
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[DecoderPool]:
    pool = DecoderPool(1, 512 * 1024**2, TIMEOUT_S, Limits())
    await pool.start()
    yield pool
    await pool.close()


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_stopped_in_time_and_hurts_nobody_else(name: str, pool: DecoderPool, tmp_path: Path) -> None:
    bomb, picture = tmp_path / "bomb", tmp_path / "picture"
    bomb.write_bytes(pictures.svg(SIDE, SIDE, body=BOMBS[name]))
    picture.write_bytes(pictures.jpeg())
    begun = time.perf_counter()
    [outcome] = await asyncio.gather(pool.inspect(bomb), return_exceptions=True)
    assert isinstance(outcome, TooComplex | CorruptFile | Inspection)
    assert time.perf_counter() - begun < TIMEOUT_S + 3
    assert (await pool.inspect(picture)).source.width == 64
