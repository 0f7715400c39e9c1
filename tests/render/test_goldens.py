"""Every operation makes the picture that somebody has looked at, judged by the eye's distance, not by bytes."""

import io
from collections.abc import Callable
from dataclasses import fields
from itertools import combinations
from pathlib import Path

import numpy
import pytest
from PIL import Image, ImageChops, ImageEnhance

from imaging.render.transform import Transform
from tests.render.goldens import FOLDER, GOLDENS, Golden, distance, opened

# Said elsewhere: metadata and colour profiles are not seen in pixels, and the rest is what others are folded into.
_UNSEEN = {"metadata", "color_space", "quality_drop"}


def plain(golden: Golden, folder: Path) -> Image.Image:
    """What the subject looks like when nothing is asked for but the width that most goldens have."""
    return opened(golden.plain.made(folder))


@pytest.mark.parametrize("golden", GOLDENS, ids=repr)
def test_it_looks_as_it_did(golden: Golden, tmp_path: Path) -> None:
    made = opened(golden.made(tmp_path))
    got = tmp_path / f"{golden.name}.png"
    made.convert("RGBA").save(got)
    assert made.size == golden.kept.size, f"see {got}"
    apart = distance(made, golden.kept)
    assert not apart.is_seen, f"{apart.mean:.2f} on average, {apart.worst:.1f} in the worst percent; see {got}"


@pytest.mark.parametrize("golden", [golden for golden in GOLDENS if not golden.is_plain], ids=repr)
def test_it_does_something(golden: Golden, tmp_path: Path) -> None:
    untouched = plain(golden, tmp_path)
    assert untouched.size != golden.kept.size or distance(untouched, golden.kept).is_seen


@pytest.mark.parametrize("golden", [golden for golden in GOLDENS if golden.is_plain], ids=repr)
def test_it_loses_nothing(golden: Golden, tmp_path: Path) -> None:
    assert distance(plain(golden, tmp_path), opened(golden.made(tmp_path))).mean < 0.01


def test_no_two_look_alike() -> None:
    kept = {golden.name: golden.kept.convert("RGBA") for golden in GOLDENS if not golden.is_plain}
    pairs = [(one, other) for one, other in combinations(kept, 2) if kept[one].size == kept[other].size]
    # The eye's distance takes time: far apart in numbers is far apart.
    near = [(one, other) for one, other in pairs if _numbers_apart(kept[one], kept[other]) < 8]
    assert [(one, other) for one, other in near if not distance(kept[one], kept[other]).is_seen] == []
    assert len(near) > 10


def _numbers_apart(one: Image.Image, other: Image.Image) -> float:
    return float(numpy.abs(numpy.asarray(one, dtype=float) - numpy.asarray(other)).mean())


def test_every_wish_has_a_golden() -> None:
    wished = {
        field.name
        for field in fields(Transform)
        for golden in GOLDENS
        if getattr(golden.wish, field.name) != field.default
    }
    assert {field.name for field in fields(Transform)} - wished <= _UNSEEN | {"format"}


def test_goldens_are_small_and_none_is_left_over() -> None:
    files = set(FOLDER.iterdir())
    assert files == {golden.path for golden in GOLDENS}
    assert max(file.stat().st_size for file in files) < 16_000
    assert max(max(golden.kept.size) for golden in GOLDENS) <= 96


def test_progressive_and_lossless_are_what_they_are_called(tmp_path: Path) -> None:
    coded = {golden.name: golden.made(tmp_path) for golden in GOLDENS if golden.name.startswith(("jpeg", "webp"))}
    assert "progressive" in Image.open(io.BytesIO(coded["jpeg-progressive"])).info
    assert "progressive" not in Image.open(io.BytesIO(coded["jpeg"])).info
    assert coded["webp-lossless"][12:16] in (b"VP8L", b"VP8X")


def _faded(image: Image.Image) -> Image.Image:
    pixels = numpy.array(image.convert("RGBA"))
    pixels[..., 3] = pixels[..., 3] * 0.97
    return Image.fromarray(pixels)


def _fringed(image: Image.Image) -> Image.Image:
    """Darken two columns of pixels, as a seam or a fringe would."""
    pixels = numpy.array(image.convert("RGB"))
    pixels[:, 40:42] = pixels[:, 40:42] * 0.8
    return Image.fromarray(pixels)


FAULTS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "a little brighter": lambda image: ImageEnhance.Brightness(image.convert("RGB")).enhance(1.03),
    "a little greyer": lambda image: ImageEnhance.Color(image.convert("RGB")).enhance(0.93),
    "a pixel to the right": lambda image: ImageChops.offset(image, 1, 0),
    "red for blue": lambda image: Image.merge("RGB", image.convert("RGB").split()[::-1]),
    "a little see-through": _faded,
    "with a seam": _fringed,
    "half a pixel softer": lambda image: image.resize((192, 128)).resize(image.size),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_distance_notices(fault: str) -> None:
    golden = next(golden for golden in GOLDENS if golden.name == "linear-light")
    assert distance(golden.kept, FAULTS[fault](golden.kept)).is_seen


def test_the_distance_overlooks_what_nobody_sees() -> None:
    golden = next(golden for golden in GOLDENS if golden.name == "linear-light")
    pixels = numpy.asarray(golden.kept.convert("RGB")).astype(int)
    noise = numpy.random.default_rng(1).integers(-1, 2, pixels.shape)
    noisy = Image.fromarray(numpy.clip(pixels + noise, 0, 255).astype(numpy.uint8))
    assert not distance(golden.kept, noisy).is_seen
