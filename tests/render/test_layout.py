"""Where the fitted picture goes: ratios, paddings, focal points, and sizes nobody asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.errors import OutputTooLarge
from imaging.render.facts import ImageFormat, Source
from imaging.render.geometry import Box, Size
from imaging.render.plan import OutputLimits, output_size, plan, repaged, replanned
from imaging.render.transform import Crop, Fit, OutputFormat, Transform, Trim
from tests.render.wishes import parts, transforms

WIDE = Source(ImageFormat.PNG, 1200, 800)
VAST = Source(ImageFormat.PNG, 20_000, 5_000)


def size_of(wish: Transform, source: Source = WIDE) -> tuple[int, int]:
    size = output_size(wish, source)
    return size.width, size.height


@pytest.mark.parametrize(
    ("fit", "size", "picture"),
    [
        (None, (800, 800), (1200, 800)),
        (Fit.COVER, (800, 800), (1200, 800)),
        (Fit.CONTAIN, (1200, 1200), (1200, 800)),
        (Fit.PAD, (1200, 1200), (1200, 800)),
        (Fit.INSIDE, (800, 533), (800, 533)),
        (Fit.OUTSIDE, (1200, 800), (1200, 800)),
        (Fit.STRETCH, (800, 800), (800, 800)),
    ],
)
def test_a_ratio_without_sides_is_met_by_each_fit_in_its_way(fit, size, picture):
    planned = plan(Transform(aspect_ratio=1.0, fit=fit), WIDE, format=OutputFormat.PNG)
    assert (planned.width, planned.height) == size
    assert planned.resized == Size(*picture)


@pytest.mark.parametrize("fit", [None, Fit.COVER, Fit.CONTAIN, Fit.PAD, Fit.STRETCH])
def test_a_ratio_and_a_side_make_a_box(fit):
    assert size_of(Transform(aspect_ratio=16 / 9, width=640, fit=fit)) == (640, 360)
    assert size_of(Transform(aspect_ratio=0.5, height=400, fit=fit)) == (200, 400)
    assert size_of(Transform(aspect_ratio=16 / 9, width=320, dpr=2, fit=fit)) == (640, 360)


def test_a_ratio_is_one_of_the_picture_as_it_is_seen_in_the_end():
    assert size_of(Transform(aspect_ratio=2.0, rotate=90)) == (800, 400)
    assert size_of(Transform(aspect_ratio=2.0, crop=Crop(0, 0, 300, 600))) == (300, 150)


@pytest.mark.parametrize("fit", Fit)
@pytest.mark.parametrize("ratio", [0.01, 0.5, 1.0, 4.0, 100.0])
@pytest.mark.parametrize("padding", [0, 100])
def test_a_size_nobody_asked_for_is_one_that_can_be_written(fit, ratio, padding):
    for wish in (Transform(aspect_ratio=ratio, fit=fit, padding=padding), Transform(padding=padding)):
        assert max(size_of(wish, VAST)) <= 8_192


def test_a_ratio_is_cut_from_all_of_a_vast_picture():
    assert size_of(Transform(aspect_ratio=1.0), VAST) == (5_000, 5_000)
    assert size_of(Transform(aspect_ratio=1.0, fit=Fit.PAD), VAST) == (8_192, 8_192)


def test_a_size_that_was_asked_for_is_refused_when_its_padding_makes_it_too_large():
    assert size_of(Transform(width=8_000, padding=96), VAST) == (8_192, 2_192)
    with pytest.raises(OutputTooLarge):
        size_of(Transform(width=8_000, padding=97), VAST)


@given(transforms(longest=160), parts(), st.integers(1, 2_000), st.integers(1, 2_000), st.integers(1, 8))
def test_everything_lies_inside_of_what_it_is_cut_from_or_laid_on(wish, part, width, height, orientation):
    part = part if wish.width is None else part | {"aspect_ratio": None}
    wish = Transform(**{name: getattr(wish, name) for name in wish.__slots__} | part)
    source = Source(ImageFormat.JPEG, width, height, orientation=orientation)
    roomy = OutputLimits(max_side=10**9, max_webp_side=10**9, max_avif_pixels=10**18)
    planned = plan(wish, source, format=OutputFormat.PNG, limits=roomy)
    turned = planned.turn.size(planned.resized)
    if planned.region:
        assert is_inside(planned.region, Size(width, height))
        assert planned.stored_region
        assert is_inside(planned.stored_region, planned.stored_size)
    if planned.crop:
        assert is_inside(planned.crop, turned)
        turned = planned.crop.size
    if planned.canvas:
        assert planned.place
        assert is_inside(planned.place, planned.canvas)
        assert planned.place.size == turned
        turned = planned.canvas
    assert (planned.width, planned.height) == (turned.width, turned.height)
    assert planned.corner_radius * 2 <= min(planned.width, planned.height)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_region_lies_in_the_stored_picture_where_the_camera_left_it(orientation):
    seen = (800, 1200) if orientation > 4 else (1200, 800)
    source = Source(ImageFormat.JPEG, *seen, orientation=orientation)
    planned = plan(Transform(crop=Crop(10, 20, 100, 200)), source, format=OutputFormat.JPEG)
    left, right = 10, seen[0] - 110
    top, bottom = 20, seen[1] - 220
    # Source: CIPA DC-008 (Exif 2.32), tag 0x0112: which stored side is seen on top, and which on the left.
    places = {
        1: Box(left, top, 100, 200),
        2: Box(right, top, 100, 200),
        3: Box(right, bottom, 100, 200),
        4: Box(left, bottom, 100, 200),
        5: Box(top, left, 200, 100),
        6: Box(top, right, 200, 100),
        7: Box(bottom, right, 200, 100),
        8: Box(bottom, left, 200, 100),
    }
    assert planned.stored_size == Size(1200, 800)
    assert planned.stored_region == places[orientation]


def test_what_is_found_on_opening_changes_the_plan_and_not_the_wish():
    wish = Transform(trim=Trim(), width=600, height=600, focal_point=(0.9, 0.5))
    planned = plan(wish, WIDE, format=OutputFormat.PNG)
    found = replanned(planned, WIDE, Box(600, 0, 600, 300))
    assert planned.trims
    assert not found.trims
    assert found.wish == planned.wish
    assert (found.width, found.height) == (300, 300)
    assert found.crop == Box(300, 0, 300, 300)
    assert replanned(planned, WIDE, Box(0, 0, 1200, 800)).region is None


def test_a_page_of_another_size_is_planned_anew_and_still_trimmed():
    album = Source(ImageFormat.TIFF, 60, 40, pages=2)
    planned = plan(Transform(page=2, trim=Trim(), crop=Crop(50, 0, 50, 50)), album, format=OutputFormat.PNG)
    found = repaged(planned, Source(ImageFormat.TIFF, 300, 200, orientation=6, pages=2))
    assert found.trims
    assert found.region == Box(50, 0, 50, 50)
    assert found.stored_region == Box(0, 200, 50, 50)


def is_inside(box: Box, size: Size) -> bool:
    return box.left >= 0 <= box.top and box.left + box.width <= size.width and box.top + box.height <= size.height
