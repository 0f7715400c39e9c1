import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.errors import InvalidTransform, TransformTooLong
from imaging.render.canonical import canonical, parse_canonical
from imaging.render.crop import Crop
from imaging.render.facts import ImageFormat, Source
from imaging.render.limits import ALWAYS_WRITTEN
from imaging.render.plan import OutputLimits, plan
from imaging.render.transform import Fit, Gravity, MetadataPolicy, OutputFormat, Transform
from tests.render.wishes import decorated, transforms

CONCRETE = st.sampled_from(sorted(ALWAYS_WRITTEN - {OutputFormat.AUTO}, key=str))
FALLBACK = st.sampled_from([OutputFormat.JPEG, OutputFormat.PNG, OutputFormat.GIF])
SOURCE = Source(ImageFormat.JPEG, 1200, 800, has_alpha=True)


def test_no_wish_is_spelt_o():
    assert canonical(Transform()) == "o"
    assert parse_canonical("o") == (Transform(), None)


def test_operations_stand_in_a_fixed_order():
    wish = Transform(quality=80, height=480, width=640, background="#FF8800", metadata=MetadataPolicy.KEEP, rotate=-90)
    assert canonical(wish) == "w_640-h_480-fit_cover-rot_270-bg_ff8800-q_80-m_keep"


def test_a_negotiated_address_names_its_fallback():
    assert canonical(Transform(width=640), OutputFormat.PNG) == "w_640-alt_png"
    assert parse_canonical("w_640-alt_png") == (Transform(width=640), OutputFormat.PNG)
    assert canonical(Transform(), OutputFormat.JPEG) == "alt_jpg"


def test_pixel_density_is_folded_into_lengths_and_quality():
    dense = Transform(width=320, height=100, dpr=2, format=OutputFormat.JPEG)
    assert canonical(dense) == "w_640-h_200-fit_cover-q_70"
    assert canonical(dataclasses.replace(dense, format=OutputFormat.AUTO)) == "w_640-h_200-fit_cover-qd_10"
    assert canonical(dataclasses.replace(dense, quality=90)) == "w_640-h_200-fit_cover-q_90"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Transform(width=10, height=10), Transform(width=10, height=10, fit=Fit.COVER, gravity=Gravity.CENTER)),
        (Transform(width=10), Transform(width=10, fit=Fit.STRETCH, gravity=Gravity.NORTH)),
        (Transform(flip=True, flop=True), Transform(rotate=180)),
        (Transform(rotate=270, flip=True), Transform(rotate=90, flop=True)),
        (Transform(rotate=360), Transform()),
        (Transform(background="#ABCDEFFF"), Transform(background="#abcdef")),
        (Transform(allow_upscale=True), Transform()),
        (Transform(quality=80, format=OutputFormat.JPEG), Transform(format=OutputFormat.JPEG)),
        (Transform(quality=100, format=OutputFormat.PNG), Transform(format=OutputFormat.PNG)),
        (Transform(width=8, height=8, focal_point=(0.5, 0.5)), Transform(width=8, height=8)),
        (Transform(width=640), Transform(width=320, dpr=2, quality=None, format=OutputFormat.PNG)),
    ],
)
def test_the_same_wish_has_one_text(one, other):
    format = other.format
    assert canonical(dataclasses.replace(one, format=format)) == canonical(other)


@given(transforms() | decorated(), CONCRETE)
def test_reading_a_text_back_gives_the_same_wish_and_the_same_plan(wish, format):
    wish = dataclasses.replace(wish, format=format)
    text = canonical(wish)
    again, alt = parse_canonical(text, format)
    assert alt is None
    assert again.folded() == wish.folded()
    assert canonical(again) == text
    roomy = OutputLimits(max_side=100_000, max_webp_side=100_000, max_avif_pixels=10**10)
    plans = [plan(each, SOURCE, format=format, limits=roomy) for each in (again, wish)]
    assert plans[0] == plans[1]


@given(transforms() | decorated(), FALLBACK, CONCRETE)
def test_a_negotiated_text_reads_the_same_under_every_extension(wish, alt, format):
    text = canonical(wish, alt)
    assert parse_canonical(text, format)[1] is alt
    assert canonical(parse_canonical(text, format)[0], alt) == text


@given(transforms())
def test_a_text_is_safe_in_keys_and_in_srcset(wish):
    text = canonical(wish, OutputFormat.JPEG)
    assert re.fullmatch(r"[a-z0-9_-]{1,200}", text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "w_",
        "w_0",
        "w_010",
        "w_+10",
        "w_٣",
        "w_1e3",
        "w_99999",
        "w_10-w_10",
        "h_10-w_10",
        "h_10-w_10-fit_cover",
        "w_10-h_10",
        "fit_cover",
        "w_10-fit_cover",
        "w_10-h_10-fit_COVER",
        "w_10-h_10-fit_cover-g_center",
        "w_10-h_10-fit_cover-g_focal_1_99999",
        "w_10-h_10-fit_cover-g_focal_5000_5000",
        "up_1",
        "w_10-up_2",
        "rot_45",
        "rot_0",
        "rot_360",
        "flip_1-flop_1",
        "bg_FFFFFF",
        "bg_fff",
        "bg_ffffffff",
        "q_0",
        "q_101",
        "qd_25",
        "q_50-qd_10",
        "m_copyright",
        "alt_avif",
        "alt_jpg-w_10",
        "o-w_10",
        "blurr_3",
        "blur_3.0",
        "blur_n3",
        "br_1",
        "crop_1_2_3",
        "hue_360",
        "wms_0.5",
        "wmt_MZXW6YTB-wms_0.25",
        "w_10-",
        "-w_10",
        "w_10\n",
    ],
)
def test_what_is_not_canonical_is_refused(text):
    with pytest.raises(InvalidTransform):
        parse_canonical(text)


def test_a_default_quality_is_refused_where_the_extension_tells_it():
    assert parse_canonical("q_80")[0].quality == 80
    with pytest.raises(InvalidTransform):
        parse_canonical("q_80", OutputFormat.JPEG)


def test_a_text_longer_than_an_address_may_hold_is_refused():
    with pytest.raises(TransformTooLong):
        parse_canonical("w_1" * 67)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("width", {"width": 0}),
        ("height", {"height": 70_000}),
        ("width", {"width": 40_000, "dpr": 2}),
        ("dpr", {"dpr": 0.5}),
        ("dpr", {"dpr": float("nan")}),
        ("quality", {"quality": 0}),
        ("rotate", {"rotate": 45}),
        ("background", {"background": "red"}),
        ("background", {"background": "#fff"}),
        ("focalPoint.y", {"focal_point": (0.5, 1.5)}),
    ],
)
def test_nonsense_is_refused_by_name(field, values):
    with pytest.raises(InvalidTransform) as refused:
        Transform(**values)
    assert refused.value.field == field.split(".")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"page": 0}, "page is 0; it must be from 1 to 1000000"),
        ({"brightness": 11.0}, "brightness is 11; it must be from 0 to 10"),
        ({"aspect_ratio": float("inf")}, "aspectRatio is inf; it must be from 0.01 to 100"),
        ({"aspect_ratio": 100.0, "height": 8_000}, "aspectRatio makes the width 800000; it must be at most 65535"),
        (
            {"aspect_ratio": 0.01, "width": 400, "dpr": 4},
            "aspectRatio makes the height 160000; it must be at most 65535",
        ),
        ({"tint": "#ff000080"}, "tint is '#ff000080'; it must be opaque, such as #ff8000"),
    ],
)
def test_a_refusal_says_what_was_found_and_what_is_allowed(values, words):
    with pytest.raises(InvalidTransform) as refused:
        Transform(**values)
    assert refused.value.message == words


def test_a_crop_in_pixels_is_refused_in_whole_numbers():
    with pytest.raises(InvalidTransform, match=r"crop\.width is 10000000; it must be from 1 to 1000000"):
        Crop(0, 0, 10_000_000, 1)


def test_a_crop_of_everything_is_no_crop():
    everything = Crop.of_ratios(0, 0, 1, 1)
    assert canonical(Transform(crop=everything)) == "o"
    middle = {"width": 10, "height": 10, "focal_point": (0.5, 0.5)}
    assert canonical(Transform(crop=everything, **middle)) == canonical(Transform(**middle))


def test_an_images_own_focal_point_fills_only_what_is_left_open():
    assert Transform().focused((0.1, 0.2)).focal_point == (0.1, 0.2)
    assert Transform(gravity=Gravity.NORTH).focused((0.1, 0.2)).focal_point is None
    assert Transform(focal_point=(0.3, 0.3)).focused((0.1, 0.2)).focal_point == (0.3, 0.3)
    assert canonical(Transform(gravity=Gravity.FOCAL_POINT).focused(None)) == "o"
