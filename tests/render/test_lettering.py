"""Texts laid over pictures: in the bundled font, of the right size, sharp, and never taken for markup."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imaging.errors import InvalidTransform
from imaging.render import fonts
from imaging.render.canonical import canonical, parse_canonical
from imaging.render.decoder import DecoderPool
from imaging.render.facts import ImageFormat, Limits, Source
from imaging.render.plan import plan
from imaging.render.transform import Gravity, OutputFormat, Transform, Watermark
from tests import pictures
from tests.render.marks import GROUND, Easel, flat, touched
from tests.render.sources import moving_gif

BLACK = (0, 0, 0)
SCRIPTS = ["Ångström", "Ελλάδα", "Україна", "שלום", "مرحبا", "สวัสดี", "नमस्ते", "საქართველო", "Việt"]


def mark(text: str = "© Ada Lens", **values: Any) -> Watermark:
    return Watermark(text=text, **{"scale": 0.5} | values)


@pytest.fixture
def easel(tmp_path: Path) -> Easel:
    return Easel(tmp_path)


def seen(easel: Easel, text: str, **values: Any) -> bytes:
    return easel.pixels(flat(300, 100, BLACK), mark(text, **values)).tobytes()


@pytest.mark.parametrize("scale", [0.1, 0.37, 0.5, 1])
def test_it_is_as_wide_as_its_scale_says(easel: Easel, scale: float) -> None:
    left, _, width, _ = touched(easel.pixels(flat(1000, 600, BLACK), mark(scale=scale, position=Gravity.WEST)), BLACK)
    assert abs(width - 1000 * scale) <= 2
    assert left <= 1


@pytest.mark.parametrize(
    ("position", "side"),
    [
        (Gravity.NORTH_WEST, (0, 0)),
        (Gravity.SOUTH_EAST, (1, 1)),
        (Gravity.CENTER, (0.5, 0.5)),
        (Gravity.NORTH, (0.5, 0)),
    ],
)
def test_its_ink_lies_where_its_position_says(easel: Easel, position: Gravity, side: tuple[float, float]) -> None:
    pixels = easel.pixels(flat(400, 200, BLACK), mark(position=position, margin=10), None)
    left, top, width, height = touched(pixels, BLACK)
    assert abs(left - (10 + (380 - width) * side[0])) <= 2
    assert abs(top - (10 + (180 - height) * side[1])) <= 2


def test_it_is_white_unless_told_otherwise_and_its_colour_is_exact(easel: Easel) -> None:
    assert easel.pixels(flat(1000, 300, BLACK), mark()).max(axis=(0, 1)).tolist() == [255, 255, 255]
    pixels = easel.pixels(flat(1000, 300, BLACK), mark(color="#ff8000"))
    assert pixels.max(axis=(0, 1)).tolist() == [255, 128, 0]


def test_opacity_and_the_colours_alpha_multiply(easel: Easel) -> None:
    pixels = easel.pixels(flat(1000, 300, BLACK), mark(color="#ffffff80", opacity=0.5))
    assert pixels.max(axis=(0, 1)).tolist() == [64, 64, 64]


def test_different_texts_look_different_and_the_same_the_same(easel: Easel) -> None:
    assert seen(easel, "Ada") == seen(easel, "Ada")
    assert len({seen(easel, text) for text in ("Ada", "ada", "Adb", "Ad a", "A\nda")}) == 5


def test_lines_stand_below_one_another(easel: Easel) -> None:
    _, _, width, height = touched(easel.pixels(flat(400, 400, BLACK), mark("Ada")), BLACK)
    _, _, same, taller = touched(easel.pixels(flat(400, 400, BLACK), mark("Ada\nAda\nAda")), BLACK)
    assert abs(width - same) <= 2
    assert taller > 2.5 * height


def test_markup_is_text(easel: Easel) -> None:
    literal = ["<b>&", "&lt;b>&", "<b>&amp;", "<span size='1'>a</span>", "&amp;lt;", "</markup>"]
    assert len({seen(easel, text) for text in literal}) == len(literal)
    _, _, short, tall = touched(easel.pixels(flat(400, 400, BLACK), mark("a")), BLACK)
    _, _, long, low = touched(easel.pixels(flat(400, 400, BLACK), mark("<b>a</b>")), BLACK)
    assert long / low > 2 * short / tall


@pytest.mark.parametrize("text", SCRIPTS)
def test_every_script_of_the_font_is_shown(easel: Easel, text: str) -> None:
    left, top, width, height = touched(easel.pixels(flat(400, 300, BLACK), mark(text)), BLACK)
    assert abs(width - 200) <= 2
    assert left + width <= 400
    assert top + height <= 300


def test_hebrew_is_read_from_the_right(easel: Easel) -> None:
    # Alef, a wide letter, comes before vav, a thin stroke.
    pixels = easel.pixels(flat(400, 200, BLACK), mark("\u05d0\u05d5"))
    inked = (pixels[:, :, 0] > 128).any(axis=0)
    letters = np.split(np.flatnonzero(inked), np.flatnonzero(np.diff(np.flatnonzero(inked)) > 1) + 1)
    assert len(letters) == 2
    assert len(letters[0]) < len(letters[1])


@pytest.mark.parametrize("text", ["Wide and long\nAda", "שלום לכולם\nאב", "مرحبا بالعالم\nاب"])
@pytest.mark.parametrize("position", [Gravity.NORTH_WEST, Gravity.SOUTH_EAST, Gravity.CENTER])
def test_lines_are_even_on_the_side_where_the_text_lies(easel: Easel, text: str, position: Gravity) -> None:
    pixels = easel.pixels(flat(400, 200, BLACK), mark(text, position=position, scale=1))
    left, top, width, height = touched(pixels, BLACK)
    # The second line is short; below three quarters, nothing is left of the first.
    short = touched(pixels[top + 3 * height // 4 : top + height], BLACK)
    free = {Gravity.NORTH_WEST: 0, Gravity.SOUTH_EAST: 1, Gravity.CENTER: 0.5}[position]
    assert abs(short[0] - left - free * (width - short[2])) <= 12


def test_arabic_letters_join(easel: Easel) -> None:
    joined = easel.pixels(flat(400, 200, BLACK), mark("\u0628\u0628\u0628"))
    apart = easel.pixels(flat(400, 200, BLACK), mark("\u0628\u200c\u0628\u200c\u0628"))
    assert not np.array_equal(joined, apart)


@pytest.mark.parametrize(
    ("text", "named"), [("写真 © 2024", "写 (U+5199), 真 (U+771F)"), ("a😀b", "😀 (U+1F600)"), ("a\u202eb", "U+202E")]
)
def test_characters_that_the_font_lacks_are_named(text: str, named: str) -> None:
    with pytest.raises(InvalidTransform) as refused:
        mark(text)
    assert refused.value.message.endswith(f"it lacks {named}")
    assert refused.value.field == ["watermark", "text"]


@pytest.mark.parametrize("text", ["\u200b", "\u200d\u200e", "\xad \xa0", "\ufeff"])
def test_a_text_without_ink_is_refused(text: str) -> None:
    with pytest.raises(InvalidTransform, match="nothing to see"):
        mark(text)


def test_a_long_text_stays_inside_and_as_legible_as_there_is_room(easel: Easel) -> None:
    pixels = easel.pixels(flat(300, 100, BLACK), mark("Wherever " * 11, scale=0.01, margin=5), None)
    left, top, width, height = touched(pixels, BLACK)
    assert left >= 5
    assert left + width <= 295
    assert top + height <= 95
    short = easel.pixels(flat(300, 100, BLACK), mark("Ada", scale=0.01))
    assert touched(short, BLACK)[3] >= 5


@pytest.mark.parametrize("text", ["\u0e5b" * 100, "a" + "\na" * 49, "\n" * 98 + "W"])
def test_the_widest_and_the_tallest_text_can_be_set(easel: Easel, text: str) -> None:
    pixels = easel.pixels(flat(2000, 1500, BLACK), mark(text, scale=1))
    left, top, width, height = touched(pixels, BLACK)
    assert left + width <= 2000
    assert top + height <= 1500


def test_a_large_text_is_as_sharp_as_a_small_one(easel: Easel) -> None:
    pixels = easel.pixels(flat(4000, 1200, BLACK), mark("H", scale=0.2))
    _, top, _, height = touched(pixels, BLACK)
    row = pixels[top + height // 4, :, 0]
    assert (row == 255).sum() > 100
    # Four edges, each of two pixels at most.
    assert ((row > 0) & (row < 255)).sum() <= 8


def test_a_text_is_tiled_too(easel: Easel) -> None:
    pixels = easel.pixels(flat(400, 300), mark("Ada", scale=0.2, tile=True, margin=20), None)
    changed = (pixels != GROUND).any(axis=2)
    assert all(part.any() for half in np.vsplit(changed, 2) for part in np.hsplit(half, 4))


def test_a_text_is_on_every_frame(easel: Easel) -> None:
    plain = easel.bytes_of(moving_gif(3, 100, 60), mark("Ada", opacity=0.01), None, OutputFormat.WEBP)
    assert plain != easel.bytes_of(moving_gif(3, 100, 60), mark("Ada"), None, OutputFormat.WEBP)


def test_the_same_text_has_one_address_however_it_was_typed() -> None:
    composed, decomposed = mark("\u00c5ngstr\u00f6m"), mark("A\u030angstro\u0308m")
    assert canonical(Transform(watermark=composed)) == canonical(Transform(watermark=decomposed))
    read, _ = parse_canonical(canonical(Transform(watermark=decomposed)))
    assert read.watermark == composed.folded(1)


def test_an_address_with_a_text_that_cannot_be_shown_is_refused() -> None:
    with pytest.raises(InvalidTransform, match="lacks"):
        parse_canonical("wmt_4wi2g")


def test_the_font_knows_what_it_has() -> None:
    assert fonts.missing("".join(SCRIPTS) + "©®™€£¥«»„“”–—…½→ﬁ\u00a0\u200d") == ""
    assert fonts.missing("漢a字漢\nか한") == "漢字か한"
    assert 2_500 < len(fonts.characters()) < 3_000


async def test_a_decoder_knows_no_font_but_this_one(tmp_path: Path) -> None:
    faces = ("FiraGO", "serif", "monospace", "Comic Sans MS")
    pool = DecoderPool(1, 512 * 2**20, 30, Limits())
    try:
        drawn = {await drawing(pool, tmp_path, f'font-family="{face}"') for face in faces}
        assert len(drawn) == 1
        assert await drawing(pool, tmp_path, 'fill="none"') not in drawn
        (tmp_path / "picture").write_bytes(flat(200, 100).content)
        steps = plan(Transform(watermark=mark("Ada\nשלום")), flat(200, 100).source, format=OutputFormat.PNG)
        await pool.render(tmp_path / "picture", steps, tmp_path / "marked")
    finally:
        await pool.close()
    with Image.open(tmp_path / "marked") as shown:
        left, _, width, _ = touched(np.asarray(shown))
    assert (left + width, abs(width - 100) <= 2) == (200, True)


async def drawing(pool: DecoderPool, folder: Path, face: str) -> bytes:
    """A drawing with a word in it, as a decoder draws it."""
    word = f'<text x="5" y="40" font-size="30" {face}>Ada</text>'
    (folder / "drawing").write_bytes(pictures.svg(100, 50, body=word))
    source = Source(ImageFormat.SVG, 100, 50, has_alpha=True)
    await pool.render(folder / "drawing", plan(Transform(), source, format=OutputFormat.PNG), folder / "drawn")
    return (folder / "drawn").read_bytes()
