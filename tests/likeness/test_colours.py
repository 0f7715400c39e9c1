"""Colours of every kind of source, beside sharp."""

from itertools import product
from pathlib import Path

import pytest
import pyvips

from imaging.render.choices import OutputColorSpace, OutputFormat
from imaging.render.facts import ImageFormat, Source
from imaging.render.transform import Fit, Transform
from tests import pictures
from tests.likeness.peer import Case, differences
from tests.likeness.test_fits import detailed
from tests.likeness.translation import Asked
from tests.render.sources import Sample

pytestmark = pytest.mark.full

SIZE = (90, 70)
DEEP_AND_WIDE = "P3 png of 16 bits"


def sources() -> list[Sample]:
    """Pictures whose numbers are not sRGB's, or not of eight bits."""
    scene = pictures.scene(*SIZE)
    deep = (scene.cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16")
    fading = pyvips.Image.new_from_buffer(pictures.png_alpha(*SIZE), "")
    p3 = {"input_profile": "srgb"}
    ink = scene.icc_transform("cmyk", intent="relative", black_point_compensation=True, **p3)
    return [
        _sample("P3 jpeg", scene.icc_transform("p3", **p3).jpegsave_buffer(Q=95), ImageFormat.JPEG),
        _sample("P3 png", scene.icc_transform("p3", **p3).pngsave_buffer(), ImageFormat.PNG),
        _sample(
            "P3 webp with alpha", fading.icc_transform("p3", **p3).webpsave_buffer(lossless=True), ImageFormat.WEBP
        ),
        _sample(DEEP_AND_WIDE, deep.icc_transform("p3", depth=16, **p3).pngsave_buffer(), ImageFormat.PNG),
        _sample("png of 16 bits", deep.pngsave_buffer(), ImageFormat.PNG),
        _sample("CMYK jpeg", ink.jpegsave_buffer(Q=95), ImageFormat.JPEG),
        _sample("CMYK jpeg without profile", ink.jpegsave_buffer(Q=95, keep="none"), ImageFormat.JPEG),
        _sample("CMYK tiff", ink.tiffsave_buffer(), ImageFormat.TIFF),
        _sample("png with alpha", fading.pngsave_buffer(), ImageFormat.PNG),
        _sample("grey jpeg", scene.colourspace("b-w").jpegsave_buffer(Q=95), ImageFormat.JPEG),
    ]


def _sample(name: str, content: bytes, format: ImageFormat) -> Sample:
    return Sample(name, content, Source(format, *SIZE, has_alpha="alpha" in name))


@pytest.mark.parametrize("sample", [sample for sample in sources() if sample.name != DEEP_AND_WIDE], ids=str)
def test_colours_come_out_as_in_sharp(sample: Sample, tmp_path: Path) -> None:
    wishes = [Transform(), Transform(width=41), Transform(width=30, height=45, fit=Fit.CONTAIN)]
    assert differences([Case(sample, wish) for wish in wishes], tmp_path) == []


def test_a_deep_picture_of_wide_gamut_comes_out_as_in_sharp_when_told_to_end_in_srgb(tmp_path: Path) -> None:
    sample = next(one for one in sources() if one.name == DEEP_AND_WIDE)
    said = Asked({}, [["resize", {"width": 41}], ["withIccProfile", "srgb", {"attach": False}]])
    assert differences([Case(sample, Transform(width=41), said)], tmp_path) == []


@pytest.mark.parametrize("sample", [one for one in sources() if one.name in ("P3 jpeg", "P3 png")], ids=str)
def test_a_kept_profile_keeps_the_numbers_that_sharp_keeps(sample: Sample, tmp_path: Path) -> None:
    wishes = [Transform(width=width, color_space=OutputColorSpace.KEEP) for width in (None, 41)]
    assert differences([Case(sample, wish) for wish in wishes], tmp_path) == []


def test_linear_light_is_sharps_pipeline_in_scrgb(tmp_path: Path) -> None:
    sizes = ((60, None), (30, 30))
    cases = [Case(detailed(), Transform(width=width, height=height, linear_light=True)) for width, height in sizes]
    assert differences(cases, tmp_path) == []


def test_linear_light_is_seen(tmp_path: Path) -> None:
    usual = Asked({}, [["resize", {"width": 40}]])
    assert differences([Case(detailed(), Transform(width=40, linear_light=True), usual)], tmp_path) != []


@pytest.mark.parametrize("format", [OutputFormat.JPEG, OutputFormat.WEBP, OutputFormat.AVIF])
def test_what_is_written_in_each_format_looks_like_sharps(format: OutputFormat, tmp_path: Path) -> None:
    shown = [sample for sample in sources() if sample.name in ("P3 jpeg", "png of 16 bits", "CMYK tiff")]
    cases = [Case(sample, Transform(width=60), alike=2.5, format=format) for sample in (*shown, detailed())]
    assert differences(cases, tmp_path) == []


def test_a_jpeg_lies_on_white_where_sharps_lies_on_black(tmp_path: Path) -> None:
    sample = next(one for one in sources() if one.name == "png with alpha")
    on = {color: Asked({}, [["flatten", {"background": color}]]) for color in ("#ffffff", "#000000")}
    cases = [Case(sample, Transform(), said, alike=2.5, format=OutputFormat.JPEG) for said in on.values()]
    found = differences(cases, tmp_path)
    assert [difference.count("ΔE00") for difference in found] == [1]


@pytest.mark.parametrize(("width", "height"), list(product((33, 90), (21, 70))))
def test_invisible_colours_bleed_no_more_than_in_sharp(width: int, height: int, tmp_path: Path) -> None:
    red = pyvips.Image.black(*SIZE).linear(1, [255, 0, 0, 0], uchar=True)
    blue = pyvips.Image.black(45, 70).linear(1, [0, 0, 255, 255], uchar=True)
    content = red.insert(blue, 45, 0).copy(interpretation="srgb").pngsave_buffer()
    sample = Sample("half clear", content, Source(ImageFormat.PNG, *SIZE, has_alpha=True))
    assert differences([Case(sample, Transform(width=width, height=height, fit=Fit.STRETCH))], tmp_path) == []
