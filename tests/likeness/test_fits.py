"""Sizes, orientation and what stays in sight, beside sharp."""

from itertools import product
from pathlib import Path

import pytest

from imaging.render.choices import Fit, Gravity
from imaging.render.facts import ImageFormat, Source
from imaging.render.transform import Transform
from tests import pictures
from tests.likeness.peer import Case, differences
from tests.render.sources import Sample, samples, turned_jpeg

pytestmark = pytest.mark.full

SMALLER = ((31, 17), (33, 50), (60, 60), (19, 41))
LARGER = ((131, 117), (98, 200), (300, 20))
SHAPELY = (Fit.CONTAIN, Fit.PAD, Fit.INSIDE, Fit.OUTSIDE)
"""Fits for which `withoutEnlargement` means the same; see DIFFERENCES for the other two."""
COMPASS = [place for place in Gravity if place not in (Gravity.ATTENTION, Gravity.ENTROPY, Gravity.FOCAL_POINT)]


def read_by_sharp() -> list[Sample]:
    """Every kind of picture that sharp reads, too: it has no HEVC."""
    return [sample for sample in samples() if sample.source.format is not ImageFormat.HEIC]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_fits_every_box_as_in_sharp(orientation: int, tmp_path: Path) -> None:
    sample = turned_jpeg(orientation)
    cases = [
        Case(sample, Transform(width=width, height=height, fit=fit)) for fit, (width, height) in product(Fit, SMALLER)
    ]
    assert differences(cases, tmp_path) == []


def test_pictures_are_enlarged_as_in_sharp_when_that_is_allowed(tmp_path: Path) -> None:
    cases = [
        Case(turned_jpeg(orientation), Transform(width=width, height=height, fit=fit, allow_upscale=True))
        for orientation, fit, (width, height) in product((1, 6), set(Fit) - {Fit.PAD}, LARGER)
    ]
    assert differences(cases, tmp_path) == []


def test_pictures_are_not_enlarged_as_in_sharp_without_enlargement(tmp_path: Path) -> None:
    cases = [
        Case(turned_jpeg(orientation), Transform(width=width, height=height, fit=fit))
        for orientation, fit, (width, height) in product((1, 6), SHAPELY, LARGER)
    ]
    assert differences(cases, tmp_path) == []


@pytest.mark.parametrize("sides", [(21, None), (None, 17), (None, 100), (23, 23)])
def test_every_kind_of_picture_has_sharps_size_and_looks(sides: tuple[int | None, int | None], tmp_path: Path) -> None:
    wish = Transform(width=sides[0], height=sides[1], fit=Fit.INSIDE)
    still = [sample for sample in read_by_sharp() if not sample.source.animated]
    svg = {"alike": 4.0, "alpha": 30.0}
    # Sharp decodes 333 pixels for 21 at a quarter, we at an eighth: see `plan.LEFT_TO_RESIZE`.
    jpeg = {"alike": 2.0}
    allowed = {ImageFormat.SVG: svg, ImageFormat.JPEG: jpeg}
    cases = [Case(sample, wish, **allowed.get(sample.source.format, {})) for sample in still]
    assert differences(cases, tmp_path) == []


@pytest.mark.parametrize("fit", [Fit.COVER, Fit.CONTAIN])
def test_what_stays_in_sight_is_what_stays_in_sharp(fit: Fit, tmp_path: Path) -> None:
    sizes = ((30, 47), (47, 30))
    cases = [
        Case(detailed(), Transform(width=width, height=height, fit=fit, gravity=place))
        for place, (width, height) in product(COMPASS, sizes)
    ]
    assert differences(cases, tmp_path) == []


@pytest.mark.parametrize("sought", [Gravity.ATTENTION, Gravity.ENTROPY])
def test_the_same_place_is_sought_as_in_sharp(sought: Gravity, tmp_path: Path) -> None:
    cases = [
        Case(detailed(), Transform(width=width, height=height, gravity=sought), alike=1.5)
        for width, height in ((60, 100), (100, 60), (41, 97))
    ]
    assert differences(cases, tmp_path) == []


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_turn_is_sharps(orientation: int, tmp_path: Path) -> None:
    cases = [
        Case(turned_jpeg(orientation), Transform(width=width, rotate=rotate, flip=flip, flop=flop))
        for rotate, flip, flop, width in product((0, 90, 180, 270), (False, True), (False, True), (None, 37))
    ]
    assert differences(cases, tmp_path) == []


def detailed(width: int = 233, height: int = 149) -> Sample:
    """A picture with fine detail everywhere, and one striking spot, so that no displacement goes unseen."""
    scene = pictures.scene(width, height, seed=1) * 0.8
    fine = (pictures.pyvips.Image.zone(width, height) * 40).cast("char")
    spot = scene.new_from_image([255, 40, 40]).extract_area(0, 0, 24, 24)
    picture = (scene + fine).cast("uchar").copy(interpretation="srgb").insert(spot.cast("uchar"), width - 60, 20)
    return Sample("detailed png", picture.pngsave_buffer(), Source(ImageFormat.PNG, width, height))
