"""Every operation that sharp has, too, beside sharp."""

from itertools import product
from pathlib import Path

import pytest

from imaging.render.choices import Fit, OutputFormat
from imaging.render.facts import ImageFormat, Source
from imaging.render.transform import Crop, Transform, Trim
from tests import pictures
from tests.likeness.peer import Case, differences
from tests.likeness.test_fits import detailed
from tests.likeness.translation import Asked
from tests.render.sources import Sample, moving_gif, samples, turned_jpeg

pytestmark = pytest.mark.full


def named(name: str) -> Sample:
    return next(sample for sample in samples() if sample.name == name)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_crop_counts_in_the_upright_picture_as_in_sharp(orientation: int, tmp_path: Path) -> None:
    sample = turned_jpeg(orientation)
    cases = [Case(sample, Transform(crop=Crop(7, 9, 41, 33), width=width)) for width in (None, 19)]
    cases += [Case(sample, Transform(crop=Crop(7, 9, 41, 33), width=30, height=30, fit=fit)) for fit in Fit]
    assert differences(cases, tmp_path) == []


@pytest.mark.parametrize("trim", [Trim(), Trim(40), Trim(10, "#f8f4ee"), Trim(0)])
def test_edges_are_trimmed_as_in_sharp(trim: Trim, tmp_path: Path) -> None:
    paper = [framed("opaque", [248, 244, 238]), framed("clear", [0, 0, 0, 0])]
    cases = [Case(sample, Transform(trim=trim, width=width)) for sample, width in product(paper, (None, 31))]
    kept = [case for case in cases if trim.color is None or case.sample.name != "clear"]
    assert differences(kept, tmp_path) == []


def framed(name: str, paper: list[int]) -> Sample:
    """A picture on paper, with wide edges of unequal width."""
    picture = pictures.scene(80, 60, seed=1).bandjoin(255) if len(paper) == 4 else pictures.scene(80, 60, seed=1)
    content = picture.embed(13, 29, 140, 120, extend="background", background=paper).pngsave_buffer()
    return Sample(name, content, Source(ImageFormat.PNG, 140, 120, has_alpha=len(paper) == 4))


def test_padding_is_sharps_extend(tmp_path: Path) -> None:
    wishes = [Transform(padding=7, width=width, background=color) for width, color in ((60, None), (None, "#12ab34"))]
    cases = [Case(detailed(), wish) for wish in wishes]
    clear = {"top": 7, "bottom": 7, "left": 7, "right": 7, "background": {"r": 0, "g": 0, "b": 0, "alpha": 0}}
    said = Asked({}, [["resize", {"width": 30}], ["extend", clear]])
    cases.append(Case(named("alpha png"), Transform(padding=7, width=30), said))
    assert differences(cases, tmp_path) == []


@pytest.mark.parametrize("color", ["#ffffff", "#12ab34"])
def test_a_background_is_what_sharp_flattens_on(color: str, tmp_path: Path) -> None:
    cases = [
        Case(named(name), Transform(background=color, width=width))
        for name, width in product(("alpha png", "alpha webp", "grey alpha png"), (None, 29))
        if color == "#ffffff" or not name.startswith("grey")
    ]
    assert differences(cases, tmp_path) == []


@pytest.mark.parametrize(
    "wish",
    [
        {"grayscale": True},
        {"brightness": 1.3},
        {"contrast": 0.6},
        {"contrast": 1.5},
        {"saturation": 0.4},
        {"saturation": 1.7},
        {"tint": "#ff8000"},
        {"tint": "#2040a0"},
        {"blur": 0.5},
        {"blur": 3.0},
        {"blur": 12.0},
        {"sharpen": 0.6},
        {"sharpen": 2.0},
    ],
    ids=str,
)
def test_looks_change_as_in_sharp(wish: dict[str, object], tmp_path: Path) -> None:
    cases = [
        Case(sample, Transform(width=width, **wish))
        for sample, width in product((detailed(), turned_jpeg(6), named("alpha png")), (None, 45))
    ]
    assert differences(cases, tmp_path) == []


@pytest.mark.parametrize("page", [1, 2, 3])
def test_the_page_is_the_one_that_sharp_counts_from_nought(page: int, tmp_path: Path) -> None:
    paged = (named("tiff of pages"), moving_gif(), named("moving webp"))
    cases = [Case(sample, Transform(page=page, width=width)) for sample, width in product(paged, (None, 23))]
    assert differences(cases, tmp_path) == []


@pytest.mark.parametrize("format", [OutputFormat.WEBP, OutputFormat.GIF])
def test_an_animation_keeps_its_frames_as_in_sharp(format: OutputFormat, tmp_path: Path) -> None:
    wishes = [Transform(width=23), Transform(width=17, height=21), Transform(crop=Crop(3, 4, 20, 19), lossless=False)]
    cases = [
        Case(sample, wish, alike=2.5, format=format)
        for sample, wish in product((moving_gif(), named("moving webp")), wishes)
    ]
    assert differences(cases, tmp_path) == []


@pytest.mark.parametrize("ratio", [1.0, 1.7778, 0.5])
def test_an_aspect_ratio_is_the_other_side_worked_out_for_sharp(ratio: float, tmp_path: Path) -> None:
    cases = [Case(detailed(), Transform(width=60, aspect_ratio=ratio, fit=fit)) for fit in (Fit.COVER, Fit.CONTAIN)]
    assert differences(cases, tmp_path) == []
