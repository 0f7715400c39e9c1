"""How each format is written: what is in the file, seen by another library than the one that wrote it."""

import io
from pathlib import Path

import numpy
import pytest
import pyvips
from PIL import Image

from imaging.errors import FormatUnavailable, OutputTooLarge
from imaging.render.choices import MetadataPolicy, OutputColorSpace
from imaging.render.codecs import writable
from imaging.render.decoder import DecoderPool
from imaging.render.demand import rendering_bytes, rendering_pixels
from imaging.render.facts import ImageFormat, Source
from imaging.render.headers.parts import Claim
from imaging.render.limits import ALWAYS_WRITTEN
from imaging.render.plan import MEDIA_TYPES, OutputLimits, Plan, output_size, plan
from imaging.render.render import render
from imaging.render.transform import OutputFormat, Transform
from tests import pictures

SOURCE = Source(ImageFormat.JPEG, 320, 240)
PNG = Source(ImageFormat.PNG, 120, 90)
FADING = Source(ImageFormat.PNG, 120, 90, has_alpha=True)
COPYRIGHT, MODEL, GPS = 0x8298, 0x0110, 0x8825
BASELINE, PROGRESSIVE = b"\xff\xc0", b"\xff\xc2"

MANNERS = [
    (OutputFormat.JPEG, Transform(progressive=True)),
    (OutputFormat.PNG, Transform(quality=70)),
    (OutputFormat.WEBP, Transform(lossless=True)),
    (OutputFormat.AVIF, Transform(lossless=True)),
]


def written(folder: Path, content: bytes, wish: Plan) -> bytes:
    stored, target = folder / "source", folder / "rendition"
    stored.write_bytes(content)
    render(stored, wish, target)
    return target.read_bytes()


def pixels(content: bytes, mode: str = "RGB") -> numpy.ndarray:
    with Image.open(io.BytesIO(content)) as picture:
        return numpy.asarray(picture.convert(mode)).astype(int)


def grainy(source: Source) -> bytes:
    """A PNG with the grain of a photograph."""
    scene = pictures.scene(source.width, source.height)
    picture = (scene + pyvips.Image.gaussnoise(source.width, source.height, sigma=12, seed=1)).cast("uchar")
    picture = picture.copy(interpretation="srgb")
    fading = pyvips.Image.new_from_buffer(pictures.png_alpha(source.width, source.height), "")[3]
    return (picture.bandjoin(fading) if source.has_alpha else picture).pngsave_buffer()


def jpeg_of(folder: Path, **wish: object) -> bytes:
    return written(folder, pictures.jpeg(320, 240), plan(Transform(**wish), SOURCE, format=OutputFormat.JPEG))


def test_a_jpeg_is_baseline_unless_it_shall_be_progressive(tmp_path):
    plain, progressive = jpeg_of(tmp_path), jpeg_of(tmp_path, progressive=True)
    assert BASELINE in plain
    assert PROGRESSIVE not in plain
    assert PROGRESSIVE in progressive
    assert numpy.array_equal(pixels(plain), pixels(progressive))


@pytest.mark.parametrize(("wish", "quality"), [({}, 80), ({"dpr": 2}, 70), ({"quality": 91, "dpr": 2}, 91)])
def test_a_jpeg_has_the_quality_that_is_told(tmp_path, wish, quality):
    told = plan(Transform(**wish), SOURCE, format=OutputFormat.JPEG).quality
    wanted = pictures.scene(8, 8).jpegsave_buffer(Q=quality)
    with Image.open(io.BytesIO(jpeg_of(tmp_path, **wish))) as found, Image.open(io.BytesIO(wanted)) as like:
        assert told == quality
        assert found.quantization == like.quantization


@pytest.mark.parametrize("format", [OutputFormat.JPEG, OutputFormat.WEBP, OutputFormat.AVIF])
def test_dense_screens_get_fewer_bytes_for_each_pixel(tmp_path, format):
    content = pictures.jpeg(320, 240)
    sizes = [
        len(written(tmp_path, content, plan(Transform(dpr=dpr, width=round(320 / dpr)), SOURCE, format=format)))
        for dpr in (1, 2, 4)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 3


@pytest.mark.parametrize("source", [PNG, FADING], ids=["opaque", "see-through"])
def test_a_png_with_a_quality_has_a_palette_and_is_smaller(tmp_path, source):
    content = grainy(source)
    full, few = (
        written(tmp_path, content, plan(Transform(quality=quality), source, format=OutputFormat.PNG))
        for quality in (100, 70)
    )
    with Image.open(io.BytesIO(full)) as true_colour, Image.open(io.BytesIO(few)) as palette:
        assert (true_colour.mode, palette.mode) == ("RGBA" if source.has_alpha else "RGB", "P")
    assert len(few) < len(full) / 1.5
    assert numpy.abs(pixels(full, "RGBA") - pixels(few, "RGBA")).mean() < 12


def test_a_lower_quality_means_fewer_colours(tmp_path):
    content = pictures.png(120, 90)
    colours = []
    for quality in (5, 90):
        few = written(tmp_path, content, plan(Transform(quality=quality), PNG, format=OutputFormat.PNG))
        colours.append(len(numpy.unique(pixels(few).reshape(-1, 3), axis=0)))
    assert colours[0] < colours[1] <= 256


@pytest.mark.parametrize("format", [OutputFormat.WEBP, OutputFormat.AVIF])
@pytest.mark.parametrize(("content", "source"), [(pictures.png(120, 90), PNG), (pictures.png_alpha(120, 90), FADING)])
def test_lossless_means_that_no_pixel_changes(tmp_path, format, content, source):
    lossless = written(tmp_path, content, plan(Transform(lossless=True), source, format=format))
    before, after = pixels(content, "RGBA"), pixels(lossless, "RGBA")
    assert numpy.array_equal(before[..., 3], after[..., 3])
    seen = before[..., 3] > 0
    assert numpy.array_equal(before[seen], after[seen])


@pytest.mark.parametrize("lossless", [False, True])
def test_a_moving_webp_keeps_its_times_and_how_often_it_plays(tmp_path, lossless):
    roll = pyvips.Image.arrayjoin([pictures.scene(40, 30, seed=seed) for seed in range(3)], across=1).copy()
    for name, kind, value in (
        ("page-height", pyvips.GValue.gint_type, 30),
        ("delay", pyvips.GValue.array_int_type, [70, 130, 1_000]),
        ("loop", pyvips.GValue.gint_type, 2),
    ):
        roll.set_type(kind, name, value)
    source = Source(ImageFormat.WEBP, 40, 30, pages=3, animated=True)
    wish = plan(Transform(width=20, lossless=lossless), source, format=OutputFormat.WEBP)
    found = written(tmp_path, roll.webpsave_buffer(lossless=True), wish)
    moving = pyvips.Image.new_from_buffer(found, "", n=-1)
    assert (moving.get("n-pages"), moving.get("page-height")) == (3, 15)
    assert (moving.get("delay"), moving.get("loop")) == ([70, 130, 1_000], 2)


@pytest.mark.parametrize(("format", "wish"), MANNERS, ids=str)
def test_metadata_follow_their_policy_however_a_format_is_written(tmp_path, format, wish):
    camera = pictures.exif_jpeg(64, 48, gps=(48.137, 11.575))
    source = Source(ImageFormat.JPEG, 64, 48)
    told = {}
    for policy in MetadataPolicy:
        asked = Transform(metadata=policy, quality=wish.quality, lossless=wish.lossless, progressive=wish.progressive)
        with Image.open(io.BytesIO(written(tmp_path, camera, plan(asked, source, format=format)))) as shown:
            told[policy] = dict(shown.getexif())
    assert told[MetadataPolicy.NONE] == {}
    assert told[MetadataPolicy.COPYRIGHT][COPYRIGHT].startswith("(c) 2024 Ada Lens")
    assert MODEL not in told[MetadataPolicy.COPYRIGHT]
    assert told[MetadataPolicy.KEEP][MODEL] == "Nikon D90"
    assert GPS not in told[MetadataPolicy.KEEP]


@pytest.mark.parametrize("format", [OutputFormat.JPEG, OutputFormat.PNG, OutputFormat.WEBP, OutputFormat.AVIF])
def test_a_profile_is_written_only_where_colours_are_kept(tmp_path, format):
    wide = pictures.scene(64, 48).icc_transform("p3", input_profile="srgb").jpegsave_buffer(Q=95)
    source = Source(ImageFormat.JPEG, 64, 48)
    profiles = []
    for space in (OutputColorSpace.KEEP, OutputColorSpace.SRGB):
        wish = plan(Transform(color_space=space), source, format=format)
        with Image.open(io.BytesIO(written(tmp_path, wide, wish))) as shown:
            profiles.append(shown.info.get("icc_profile"))
    assert profiles[0] == pyvips.Image.new_from_buffer(wide, "").get("icc-profile-data")
    assert not profiles[1]


@pytest.mark.parametrize("format", [OutputFormat.AUTO, OutputFormat.WEBP, OutputFormat.AVIF])
def test_a_lossless_picture_is_no_larger_than_a_decoder_has_memory_for(format):
    large = Source(ImageFormat.JPEG, 8_000, 6_000)
    with pytest.raises(OutputTooLarge):
        output_size(Transform(lossless=True, width=6_000, format=format), large)
    assert output_size(Transform(lossless=True, width=5_600, format=format), large).pixels < 24_000_000
    assert output_size(Transform(lossless=True, format=OutputFormat.PNG), large).pixels == 48_000_000


def test_encoding_an_avif_is_timed_where_auto_may_choose_it(tmp_path):
    stored, target = tmp_path / "source", tmp_path / "rendition"
    stored.write_bytes(pictures.jpeg(320, 240))
    small = OutputLimits(auto_avif_pixels=320 * 240 - 1)
    times = [
        render(stored, plan(Transform(), SOURCE, format=format, limits=limits), target).encode_ms
        for format, limits in (
            (OutputFormat.AVIF, None),
            (OutputFormat.AVIF, small),
            (OutputFormat.WEBP, None),
        )
    ]
    assert times[0] > 0
    assert times[1:] == [None, None]


def test_jpeg_xl_can_be_planned_where_the_library_writes_it():
    limits = OutputLimits(formats=ALWAYS_WRITTEN | {OutputFormat.JPEG_XL})
    lossy = plan(Transform(dpr=2), SOURCE, format=OutputFormat.JPEG_XL, limits=limits)
    lossless = plan(Transform(lossless=True), SOURCE, format=OutputFormat.JPEG_XL, limits=limits)
    assert (lossy.quality, lossless.quality) == (65, None)


def test_a_format_that_cannot_be_written_is_refused_with_those_that_can():
    with pytest.raises(FormatUnavailable, match="JPEG_XL cannot be written here; these can: AUTO, AVIF, GIF, JPEG"):
        plan(Transform(), SOURCE, format=OutputFormat.JPEG_XL)


async def test_a_decoder_tells_what_its_library_really_writes(decoder: DecoderPool, tmp_path):
    told = await decoder.writable()
    assert told == writable()
    assert told >= ALWAYS_WRITTEN
    stored = tmp_path / "source"
    stored.write_bytes(pictures.jpeg(320, 240))
    for format in sorted(MEDIA_TYPES, key=str):
        wish = plan(Transform(), SOURCE, format=format, limits=OutputLimits(formats=frozenset(OutputFormat)))
        target = tmp_path / f"rendition.{format.value}"
        if format in told:
            await decoder.render(stored, wish, target)
            assert target.stat().st_size > 0
        else:
            assert format is OutputFormat.JPEG_XL
            assert not pyvips.type_find("VipsOperation", "jxlsave")


def test_what_takes_more_memory_to_encode_is_expected_to():
    def needed(format: OutputFormat, **wish: object) -> int:
        return rendering_bytes(Claim(4_000, 3_000), plan(Transform(**wish), source, format=format))

    source = Source(ImageFormat.JPEG, 4_000, 3_000)
    assert needed(OutputFormat.WEBP, lossless=True) > 2 * needed(OutputFormat.WEBP)
    assert needed(OutputFormat.AVIF, lossless=True) > needed(OutputFormat.AVIF) > needed(OutputFormat.JPEG)
    assert needed(OutputFormat.JPEG, progressive=True) > needed(OutputFormat.JPEG)
    assert needed(OutputFormat.PNG, quality=70) > needed(OutputFormat.PNG)
    assert needed(OutputFormat.WEBP, corner_radius=9) > 2 * needed(OutputFormat.WEBP)


def test_time_is_given_for_every_frame_that_is_read_and_written():
    source = Source(ImageFormat.GIF, 100, 80, pages=30, animated=True)
    moving = plan(Transform(width=200, allow_upscale=True), source, format=OutputFormat.WEBP)
    assert rendering_pixels(Claim(100, 80), moving) == 30 * (100 * 80 + 200 * 160)
