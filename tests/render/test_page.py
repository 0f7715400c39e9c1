"""One page or frame of many is shown by itself."""

import io
import struct

import numpy
import pytest
from PIL import Image, ImageOps, TiffImagePlugin

from imaging.errors import InvalidTransform, TooManyPixels
from imaging.render.facts import ImageFormat, Limits, Source
from imaging.render.inspect import inspect
from imaging.render.plan import plan
from imaging.render.render import render
from imaging.render.transform import Crop, Fit, OutputFormat, Transform, Trim
from tests import pictures
from tests.render.sources import moving_gif

ORIENTATION = 0x0112
SIZES = [(60, 40), (31, 77), (120, 5)]


def picture(width: int, height: int, seed: int = 0) -> Image.Image:
    return Image.open(io.BytesIO(pictures.png(width, height, seed=seed)))


def album(pages: list[Image.Image], orientations: list[int] | None = None) -> bytes:
    """A TIFF of these pages, each held in its own way."""
    target = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(target, True) as writer:
        for number, page in enumerate(pages):
            page.save(writer, "TIFF", tiffinfo={ORIENTATION: (orientations or [1] * len(pages))[number]})
            writer.newFrame()
    return target.getvalue()


def pages_of(sizes: list[tuple[int, int]]) -> list[Image.Image]:
    return [picture(*size, seed=number) for number, size in enumerate(sizes)]


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_page_is_shown_at_its_own_size(tmp_path, page):
    pages = pages_of(SIZES)
    (tmp_path / "stored").write_bytes(album(pages))
    source = inspect(tmp_path / "stored", Limits()).source

    planned = plan(Transform(page=page), source, format=OutputFormat.PNG)
    rendered = render(tmp_path / "stored", planned, tmp_path / "rendition")

    assert (source.width, source.height, source.pages) == (60, 40, 3)
    with Image.open(tmp_path / "rendition") as shown:
        assert shown.tobytes() == pages[page - 1].tobytes()
        assert (rendered.width, rendered.height) == shown.size


@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_page_is_upright_however_it_was_held(show, orientation):
    pages = pages_of([(60, 40), (60, 40), (60, 40)])
    held = [orientation, 9 - orientation, 1]
    seen = (40, 60) if orientation > 4 else (60, 40)
    source = Source(ImageFormat.TIFF, *seen, orientation=orientation, pages=3)
    for number, page in enumerate(pages):
        exif = Image.Exif()
        exif[ORIENTATION] = held[number]
        single = io.BytesIO()
        page.save(single, "PNG", exif=exif)
        expected = ImageOps.exif_transpose(Image.open(single))
        shown = show(album(pages, held), source, Transform(page=number + 1))
        assert shown.size == expected.size
        assert shown.tobytes() == expected.tobytes()


def test_a_page_is_cut_trimmed_and_fitted_by_its_own_measures(show):
    second = Image.new("RGB", (200, 100), (255, 255, 255))
    second.paste(picture(60, 30), (100, 20))
    content = album([picture(60, 40), second])
    source = Source(ImageFormat.TIFF, 60, 40, pages=2)
    expected = picture(60, 30)

    cut = show(content, source, Transform(page=2, crop=Crop(100, 20, 60, 30)))
    trimmed = show(content, source, Transform(page=2, trim=Trim(0), crop=Crop.of_ratios(0.25, 0, 0.75, 1)))
    fitted = show(content, source, Transform(page=2, width=80, height=80, fit=Fit.CONTAIN, padding=1))

    assert cut.tobytes() == expected.tobytes()
    assert trimmed.tobytes() == expected.tobytes()
    assert fitted.size == (82, 82)
    assert fitted.getpixel((40, 20)) == (255, 255, 255)
    assert numpy.asarray(fitted.crop((43, 31, 63, 39)), dtype=float).mean() < 250


def test_a_rectangle_that_this_page_does_not_have_is_refused(show):
    content = album(pages_of([(60, 40), (31, 77)]))
    source = Source(ImageFormat.TIFF, 60, 40, pages=2)
    wish = Transform(page=2, crop=Crop(10, 0, 30, 40))
    assert show(content, source, Transform(crop=wish.crop)).size == (30, 40)
    with pytest.raises(InvalidTransform, match="must end inside"):
        show(content, source, wish)


def test_a_see_through_page_behind_an_opaque_one_ends_on_white_in_a_jpeg(show):
    content = album([picture(60, 40), Image.new("RGBA", (20, 10), (0, 0, 0, 0))])
    source = Source(ImageFormat.TIFF, 60, 40, pages=2)
    assert min(show(content, source, Transform(page=2), OutputFormat.JPEG).getpixel((5, 5))) > 252
    assert show(content, source, Transform(page=2), OutputFormat.PNG).getpixel((5, 5))[3] == 0


def test_a_page_larger_than_pictures_may_be_is_refused(show):
    content = album(pages_of([(60, 40), (61, 41)]))
    for tag, side in ((256, 61), (257, 41)):
        honest, huge = (struct.pack("<HHII", tag, 4, 1, length) for length in (side, 60_000))
        assert content.count(honest) == 1
        content = content.replace(honest, huge)
    with pytest.raises(TooManyPixels):
        show(content, Source(ImageFormat.TIFF, 60, 40, pages=2), Transform(page=2))


@pytest.mark.parametrize("format", [OutputFormat.WEBP, OutputFormat.GIF, OutputFormat.PNG, OutputFormat.JPEG])
@pytest.mark.parametrize("page", [1, 3, 5])
def test_a_frame_of_an_animation_stands_still(show, format, page):
    sample = moving_gif(5)
    whole = Image.open(io.BytesIO(sample.content))
    whole.seek(page - 1)
    shown = show(sample.content, sample.source, Transform(page=page), format)
    found = numpy.asarray(shown.convert("RGB"), dtype=float)
    assert getattr(shown, "n_frames", 1) == 1
    assert numpy.abs(found - numpy.asarray(whole.convert("RGB"), dtype=float)).mean() < 8


def test_a_frame_is_shown_with_what_earlier_frames_have_left(show):
    path = pictures.shared_pictures("Pillow__iss634.webp", "Pillow__chi.gif", "Pillow__dispose_none_load_end.gif")
    distances = []
    for stored in path:
        with Image.open(stored) as whole:
            whole.seek(1)
            expected = numpy.asarray(whole.convert("RGBA"), dtype=float)
            format = ImageFormat[str(whole.format)]
            source = Source(format, *whole.size, pages=whole.n_frames, animated=True, has_alpha=True)
        shown = show(stored.read_bytes(), source, Transform(page=2)).convert("RGBA")
        found = numpy.asarray(shown, dtype=float)
        opaque = expected[..., 3] > 0
        distances.append(numpy.abs(found - expected)[opaque].mean())
    assert all(distance < 3 for distance in distances)


@pytest.mark.parametrize("format", [OutputFormat.WEBP, OutputFormat.GIF])
def test_an_animation_that_shall_not_move_shows_its_first_frame(show, format):
    sample = moving_gif(5)
    shown = show(sample.content, sample.source, Transform(animated=False), format)
    assert getattr(shown, "n_frames", 1) == 1
    assert (
        shown.convert("RGB").tobytes()
        == show(sample.content, sample.source, Transform(page=1), format).convert("RGB").tobytes()
    )


@pytest.mark.parametrize("pages", [1, 3])
def test_a_page_that_is_not_there_is_refused(pages):
    with pytest.raises(InvalidTransform, match="page is 4"):
        plan(Transform(page=4), Source(ImageFormat.TIFF, 60, 40, pages=pages), format=OutputFormat.PNG)
