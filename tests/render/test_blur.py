"""A blur is a Gaussian, whatever its sigma, at a price that stays small."""

import math
import subprocess
import sys
import time
from pathlib import Path

import numpy
import pytest
import pyvips

from imaging.render.facts import ImageFormat, Source
from imaging.render.pipeline import apply
from imaging.render.plan import plan
from imaging.render.steps.blur import blurred
from imaging.render.transform import OutputFormat, Transform
from tests import pictures

Pixels = numpy.ndarray

LARGE = """
import sys
from pathlib import Path
from imaging.render.facts import ImageFormat, Source
from imaging.render.plan import plan
from imaging.render.render import render
from imaging.render.transform import Fit, OutputFormat, Transform

source, target = map(Path, sys.argv[1:])
wish = Transform(width=8192, height=8192, fit=Fit.STRETCH, allow_upscale=True, blur=250)
render(source, plan(wish, Source(ImageFormat.JPEG, 2000, 1500), format=OutputFormat.JPEG), target)
print(next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def gaussian(pixels: Pixels, sigma: float) -> Pixels:
    """The convolution itself, with the outermost pixels for what lies outside."""
    reach = math.ceil(4 * sigma)
    bell = numpy.exp(-(numpy.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    wide = numpy.pad(pixels.astype(float), ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    for axis in (0, 1):
        wide = numpy.apply_along_axis(lambda line: numpy.convolve(line, bell / bell.sum(), "valid"), axis, wide)
    return wide


def hard_picture(width: int = 90, height: int = 70) -> Pixels:
    """What is hardest to blur: squares of black and white, noise, and a ramp in which every band would be seen."""
    y, x = numpy.mgrid[0:height, 0:width]
    noise = numpy.random.default_rng(5).integers(0, 256, (height, width))
    return numpy.stack([(x // 20 + y // 20) % 2 * 255, noise, x * 255 // width], axis=-1).astype(numpy.uint8)


def soften(pixels: Pixels, sigma: float) -> Pixels:
    height, width, bands = pixels.shape
    source = Source(ImageFormat.PNG, width, height, has_alpha=bands == 4)
    steps = plan(Transform(blur=sigma), source, format=OutputFormat.PNG)
    return apply(pyvips.Image.new_from_array(pixels, interpretation="srgb"), steps).numpy()


@pytest.mark.parametrize("sigma", [0.3, 0.5, 0.9, 1.4, 2, 4, 7.5, 12, 15.99, 16, 23.9, 30, 64, 120, 250])
def test_it_is_a_gaussian_within_a_few_of_255_levels(sigma: float) -> None:
    pixels = hard_picture()
    apart = numpy.abs(soften(pixels, sigma) - gaussian(pixels, sigma))
    assert apart.mean() <= 1
    assert apart.max() <= 5


@pytest.mark.parametrize("sigma", [0.3, 1.3, 3, 5.5, 11, 16, 77, 250])
def test_what_is_even_keeps_its_exact_colour(sigma: float) -> None:
    even = numpy.full((40, 50, 3), (1, 128, 254), numpy.uint8)
    assert (soften(even, sigma) == even).all()


@pytest.mark.parametrize("sigma", [0.4, 2, 9, 40, 250])
def test_what_is_invisible_lends_no_colour_to_its_neighbours(sigma: float) -> None:
    pixels = numpy.zeros((60, 60, 4), numpy.uint8)
    pixels[:, 30:] = (240, 120, 60, 255)
    result = soften(pixels, sigma)
    visible = result[result[..., 3] >= 32].astype(int)
    assert numpy.abs(visible[:, :3] - (240, 120, 60)).max() <= 4
    assert numpy.abs(result[..., 3:] - gaussian(pixels[..., 3:], sigma)).max() <= 5


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (33, 2)])
@pytest.mark.parametrize("sigma", [0.3, 10, 250])
def test_the_smallest_pictures_can_be_blurred(size: tuple[int, int], sigma: float) -> None:
    width, height = size
    assert soften(hard_picture(width, height), sigma).shape == (height, width, 3)


@pytest.mark.parametrize("sigma", [12, 15.9, 16, 200])
def test_a_picture_read_from_top_to_bottom_can_be_blurred(sigma: float, tmp_path: Path) -> None:
    path = tmp_path / "tall.png"
    pictures.scene(300, 4000).pngsave(str(path))
    streamed = blurred(pyvips.Image.new_from_file(str(path), access="sequential"), sigma)
    held = blurred(pyvips.Image.new_from_file(str(path)), sigma)
    assert (streamed.numpy() == held.numpy()).all()


def test_a_large_blur_costs_little_more_than_a_small_one() -> None:
    image = pictures.scene(1600, 1200).copy_memory()

    def seconds(sigma: float) -> float:
        began = time.process_time()
        blurred(image, sigma).copy_memory()
        return time.process_time() - began

    small, large = (min(seconds(sigma) for _ in range(3)) for sigma in (8, 250))
    assert large < 4 * small


@pytest.mark.full
def test_the_largest_blur_of_the_largest_picture_stays_within_200_mib(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(pictures.jpeg(2000, 1500))
    done = subprocess.run(
        [sys.executable, "-c", LARGE, str(source), str(target)], capture_output=True, text=True, check=True, timeout=120
    )
    assert int(done.stdout) < 200 * 1024
    assert target.stat().st_size > 100_000
