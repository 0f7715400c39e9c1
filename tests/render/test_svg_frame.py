"""Drawings fill the pixels that they are given."""

import pytest

from imaging.render.facts import ImageFormat, Source
from imaging.render.transform import Transform
from tests import pictures
from tests.render.conftest import Shown

FULL = '<rect x="-9" y="-9" width="9999" height="9999" fill="#204060"/>'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" {}>' + FULL + "</svg>"


def corners(shown) -> set[int]:
    image = shown.convert("RGBA")
    right, bottom = image.width - 1, image.height - 1
    return {image.getpixel(place)[3] for place in ((0, 0), (right, 0), (0, bottom), (right, bottom))}


@pytest.mark.parametrize("width", [23, 37, 60, 119, 200])
@pytest.mark.parametrize(
    "frame",
    [
        'width="120" height="81"',
        'viewBox="0 0 120 81"',
        'width="120px" height="81px" viewBox="-5,-5 240 162"',
        'width="100%" height="100%" viewBox="0 0 120 81"',
        'width="120.4" height="81.2" viewBox="0 0 1204 812"',
    ],
)
def test_an_opaque_drawing_is_opaque_to_its_edges_at_any_size(show: Shown, frame: str, width: int) -> None:
    source = Source(ImageFormat.SVG, 120, 81, has_alpha=True)
    shown = show(SVG.format(frame).encode(), source, Transform(width=width, allow_upscale=True))
    assert shown.width == width
    assert corners(shown) == {255}


@pytest.mark.parametrize(
    "frame",
    [
        'width="120" height="80" viewBox="0 0 50 50"',
        'width="120" height="80" viewBox="0 0 50 50" preserveAspectRatio="xMidYMid meet"',
        'width="90pt" height="60pt" viewBox="0 0 50 50"',
    ],
)
def test_a_drawing_of_another_shape_than_its_frame_keeps_its_shape(show: Shown, frame: str) -> None:
    drawing = SVG.replace(FULL, '<circle cx="25" cy="25" r="25" fill="#204060"/>').format(frame).encode()
    shown = show(drawing, Source(ImageFormat.SVG, 120, 80, has_alpha=True), Transform(width=60)).convert("RGBA")
    assert shown.size == (60, 40)
    assert shown.getchannel("A").getbbox() == (10, 0, 50, 40)


def test_a_drawing_that_says_how_it_meets_its_frame_is_believed(show: Shown) -> None:
    drawing = SVG.format('width="120" height="80" viewBox="0 0 50 50" preserveAspectRatio="xMinYMin slice"').encode()
    shown = show(drawing, Source(ImageFormat.SVG, 120, 80, has_alpha=True), Transform(width=60))
    assert corners(shown) == {255}


def test_a_drawing_with_a_declaration_and_a_comment_before_it_is_filled(show: Shown) -> None:
    drawing = b'<?xml version="1.0"?>\n<!-- <svg> -->\n' + pictures.svg(120, 81)
    shown = show(drawing, Source(ImageFormat.SVG, 120, 81, has_alpha=True), Transform(width=23))
    assert corners(shown) == {255}
