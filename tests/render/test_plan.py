import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.errors import OutputTooLarge
from imaging.render.facts import ImageFormat, Source
from imaging.render.geometry import Box, Size, Turn
from imaging.render.plan import OutputLimits, output_size, plan
from imaging.render.transform import Fit, Gravity, OutputFormat, Transform
from tests.render.wishes import transforms

WIDE = Source(ImageFormat.JPEG, 1200, 800)
SMALL = Source(ImageFormat.JPEG, 100, 50)
MOVING = Source(ImageFormat.GIF, 100, 50, pages=10, animated=True)


def size_of(wish: Transform, source: Source = WIDE) -> tuple[int, int]:
    size = output_size(wish, source)
    return size.width, size.height


@pytest.mark.parametrize(
    ("fit", "size"),
    [
        (Fit.COVER, (300, 300)),
        (Fit.CONTAIN, (300, 300)),
        (Fit.PAD, (300, 300)),
        (Fit.INSIDE, (300, 200)),
        (Fit.OUTSIDE, (450, 300)),
        (Fit.STRETCH, (300, 300)),
    ],
)
def test_each_fit_meets_its_box(fit, size):
    assert size_of(Transform(width=300, height=300, fit=fit)) == size


@pytest.mark.parametrize(
    ("fit", "never_enlarged", "enlarged"),
    [
        (Fit.COVER, (50, 50), (200, 200)),
        (Fit.CONTAIN, (200, 200), (200, 200)),
        (Fit.PAD, (200, 200), (200, 200)),
        (Fit.INSIDE, (100, 50), (200, 100)),
        (Fit.OUTSIDE, (100, 50), (400, 200)),
        (Fit.STRETCH, (50, 50), (200, 200)),
    ],
)
def test_a_small_source_is_enlarged_only_when_allowed(fit, never_enlarged, enlarged):
    wish = Transform(width=200, height=200, fit=fit)
    assert size_of(wish, SMALL) == never_enlarged
    assert size_of(Transform(width=200, height=200, fit=fit, allow_upscale=True), SMALL) == enlarged


def test_contain_may_enlarge_the_picture_and_pad_never_does():
    box = {"width": 200, "height": 200, "allow_upscale": True}
    contained = plan(Transform(**box, fit=Fit.CONTAIN), SMALL, format=OutputFormat.PNG)
    padded = plan(Transform(**box, fit=Fit.PAD), SMALL, format=OutputFormat.PNG)
    assert (contained.resized, contained.place) == (Size(200, 100), Box(0, 50, 200, 100))
    assert (padded.resized, padded.place) == (Size(100, 50), Box(50, 75, 100, 50))


def test_one_side_lets_the_other_follow_the_ratio():
    assert size_of(Transform(width=301)) == (301, 201)
    assert size_of(Transform(height=301)) == (452, 301)
    assert size_of(Transform(width=10_000)) == (1200, 800)
    assert size_of(Transform(width=5), Source(ImageFormat.PNG, 1000, 1)) == (5, 1)


def test_a_source_without_a_wish_is_at_most_the_longest_side():
    huge = Source(ImageFormat.PNG, 20_000, 5_000)
    assert size_of(Transform(), huge) == (8192, 2048)
    assert size_of(Transform(format=OutputFormat.WEBP), huge) == (8192, 2048)


def test_an_avif_is_limited_by_its_pixels_because_encoding_takes_memory():
    huge = Source(ImageFormat.PNG, 20_000, 15_000)
    size = output_size(Transform(format=OutputFormat.AVIF), huge)
    assert 23_900_000 < size.pixels <= 24_000_000
    assert size_of(Transform(format=OutputFormat.JPEG), huge) == (8192, 6144)
    assert plan(Transform(width=5_000), huge, format=OutputFormat.AVIF).height == 3_750
    with pytest.raises(OutputTooLarge):
        plan(Transform(width=6_000), huge, format=OutputFormat.AVIF)


def test_a_quarter_turn_swaps_the_sides_before_fitting():
    assert size_of(Transform(rotate=90)) == (800, 1200)
    assert size_of(Transform(rotate=-90, width=400)) == (400, 600)
    turned = plan(
        Transform(width=400, rotate=90), Source(ImageFormat.JPEG, 800, 1200, orientation=6), format=OutputFormat.JPEG
    )
    assert turned.turn == Turn(quarters=2)
    assert turned.resized == Size(400, 267)


def test_the_longest_side_depends_on_the_format():
    wish = Transform(width=10_000, allow_upscale=True)
    assert plan(wish, WIDE, format=OutputFormat.WEBP).width == 10_000
    for format in (OutputFormat.JPEG, OutputFormat.AVIF, OutputFormat.PNG, OutputFormat.GIF):
        with pytest.raises(OutputTooLarge) as refused:
            plan(wish, WIDE, format=format)
        assert refused.value.field == ["width"]
    with pytest.raises(OutputTooLarge):
        output_size(wish, WIDE)


@pytest.mark.parametrize(
    ("gravity", "left", "top"),
    [
        (None, 50, 0),
        (Gravity.WEST, 0, 0),
        (Gravity.NORTH_EAST, 100, 0),
        (Gravity.SOUTH, 50, 0),
    ],
)
def test_compass_gravity_decides_what_stays(gravity, left, top):
    cropped = plan(Transform(width=200, height=200, gravity=gravity), WIDE, format=OutputFormat.JPEG)
    assert cropped.crop == Box(left, top, 200, 200)


def test_the_middle_is_the_same_by_any_name():
    odd = replace(WIDE, width=201)
    named = [
        Transform(width=100, height=WIDE.height, gravity=middle) for middle in (None, Gravity.NORTH, Gravity.SOUTH)
    ]
    pointed = Transform(width=100, height=WIDE.height, focal_point=(0.5, 0.5))
    lefts = {plan(wish, odd, format=OutputFormat.JPEG).crop.left for wish in (*named, pointed)}
    assert lefts == {51}, "half a pixel is rounded up"


def test_a_focal_point_follows_the_picture_when_it_is_turned():
    wish = Transform(width=200, height=200, focal_point=(1, 0.5))
    assert plan(wish, WIDE, format=OutputFormat.JPEG).crop == Box(100, 0, 200, 200)
    turned = Transform(width=200, height=200, focal_point=(1, 0.5), rotate=90)
    assert plan(turned, WIDE, format=OutputFormat.JPEG).crop == Box(0, 100, 200, 200)
    mirrored = Transform(width=200, height=200, focal_point=(1, 0.5), flop=True)
    assert plan(mirrored, WIDE, format=OutputFormat.JPEG).crop == Box(0, 0, 200, 200)


def test_quality_is_lower_on_denser_screens_unless_asked_for():
    quality = {
        format: [plan(Transform(dpr=dpr), WIDE, format=format).quality for dpr in (1, 2, 3)]
        for format in (OutputFormat.JPEG, OutputFormat.WEBP, OutputFormat.AVIF, OutputFormat.PNG)
    }
    assert quality == {
        OutputFormat.JPEG: [80, 70, 60],
        OutputFormat.WEBP: [79, 69, 59],
        OutputFormat.AVIF: [63, 53, 43],
        OutputFormat.PNG: [None, None, None],
    }
    assert plan(Transform(dpr=2, quality=91), WIDE, format=OutputFormat.JPEG).quality == 91


def test_frames_are_kept_where_the_format_moves_and_the_budget_allows():
    assert plan(Transform(), MOVING, format=OutputFormat.WEBP).pages == 10
    assert plan(Transform(), MOVING, format=OutputFormat.GIF).pages == 10
    assert plan(Transform(), MOVING, format=OutputFormat.AVIF).pages == 1
    tight = OutputLimits(animation_pixels=100 * 50 * 10 - 1)
    assert plan(Transform(), MOVING, format=OutputFormat.WEBP, limits=tight).pages == 1
    pages = Source(ImageFormat.TIFF, 100, 50, pages=10)
    assert plan(Transform(), pages, format=OutputFormat.WEBP).pages == 1


def test_how_the_source_is_read_is_known_beforehand():
    large = Source(ImageFormat.JPEG, 8000, 6000)
    shrunk = plan(Transform(width=400), large, format=OutputFormat.JPEG)
    assert (shrunk.shrink_on_load, shrunk.random_access) == (8, False)
    assert plan(Transform(flop=True), large, format=OutputFormat.JPEG).random_access is False
    assert plan(Transform(flip=True), large, format=OutputFormat.JPEG).random_access is True
    assert plan(Transform(width=400, height=400), large, format=OutputFormat.JPEG).random_access is True
    assert plan(Transform(width=4000), large, format=OutputFormat.JPEG).shrink_on_load == 1


@pytest.mark.parametrize(
    ("wide", "asked", "divided"), [(2040, 512, 2), (4000, 1024, 2), (2040, 540, 1), (4000, 512, 4)]
)
def test_a_jpeg_is_decoded_at_about_twice_its_final_size_at_least(wide: int, asked: int, divided: int):
    photograph = Source(ImageFormat.JPEG, wide, wide * 3 // 4)
    assert plan(Transform(width=asked), photograph, format=OutputFormat.JPEG).shrink_on_load == divided


def test_transparency_ends_on_white_in_a_jpeg_and_stays_elsewhere():
    clear = Source(ImageFormat.PNG, 100, 100, has_alpha=True)
    assert plan(Transform(), clear, format=OutputFormat.JPEG).background == (255, 255, 255, 255)
    assert plan(Transform(), clear, format=OutputFormat.WEBP).background is None
    half = Transform(background="#00000080")
    assert plan(half, clear, format=OutputFormat.PNG).background == (0, 0, 0, 128)
    assert plan(half, clear, format=OutputFormat.JPEG).background == (127, 127, 127, 255)


@given(transforms(), st.sampled_from([1, 3, 6]))
def test_a_plan_travels_to_another_process_unchanged(wish, orientation):
    source = Source(ImageFormat.JPEG, 120, 80, orientation=orientation)
    roomy = OutputLimits(max_side=100_000, max_webp_side=100_000)
    planned = plan(wish, source, format=OutputFormat.PNG, limits=roomy)
    assert pickle.loads(pickle.dumps(planned)) == planned


def test_a_format_must_be_negotiated_before_planning():
    with pytest.raises(ValueError, match="negotiated"):
        plan(Transform(), WIDE, format=OutputFormat.AUTO)
