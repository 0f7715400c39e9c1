"""What the drawings are made with: coordinates, colour ramps, soft noise, and ways to save."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyvips

Floats = npt.NDArray[np.float64]
Colour = tuple[int, int, int]


def grid(width: int, height: int) -> tuple[Floats, Floats]:
    """Return x and y of every pixel, x from 0 to the ratio of width to height, y from 0 (top) to 1."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64) / height
    return x, y


def ramp(values: Floats, *stops: Colour) -> Floats:
    """Return a colour for each value 0..1, running evenly through the stops."""
    places = np.linspace(0, 1, len(stops))
    channels = np.array(stops, np.float64)
    return np.stack([np.interp(values, places, channels[:, channel]) for channel in range(3)], axis=-1)


def noise(width: int, height: int, *, cells: int, seed: int, octaves: int = 5) -> Floats:
    """Return soft noise 0..1: `cells` blots across, each octave twice as fine and half as strong."""
    chance = np.random.default_rng(seed)
    total, weight, sum_of_weights = np.zeros((height, width)), 1.0, 0.0
    for octave in range(octaves):
        across = cells * 2**octave
        down = max(1, round(across * height / width))
        total += weight * _spread(chance.random((down + 2, across + 2)), width, height)
        sum_of_weights += weight
        weight /= 2
    total = total / sum_of_weights
    soft: Floats = (total - total.min()) / (total.max() - total.min())
    return soft


def over(below: Floats, colour: Floats | Colour, mask: Floats) -> Floats:
    """Lay a colour over a picture where the mask is 1, and by halves where it is between."""
    share = np.clip(mask, 0, 1)[..., None]
    return below * (1 - share) + np.asarray(colour, np.float64) * share


def image(pixels: Floats, *, grain: float = 0.0) -> pyvips.Image:
    """Make an image of RGB or RGBA values 0..255; a little grain hides the steps in skies."""
    if grain:
        pixels = pixels + np.random.default_rng(1).normal(0, grain, pixels.shape[:2])[..., None]
    data = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    height, width, bands = data.shape
    drawn = pyvips.Image.new_from_memory(data.tobytes(), width, height, bands, "uchar")
    return drawn.copy(interpretation="srgb")


def moving(frames: Sequence[pyvips.Image], *, delay_ms: int) -> pyvips.Image:
    """Join frames of one size into an animation that runs for ever."""
    roll = pyvips.Image.arrayjoin(list(frames), across=1).copy()
    roll.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    roll.set_type(pyvips.GValue.array_int_type, "delay", [delay_ms] * len(frames))
    roll.set_type(pyvips.GValue.gint_type, "loop", 0)
    return roll


def _spread(coarse: Floats, width: int, height: int) -> Floats:
    """Interpolate a coarse grid smoothly to the size of the picture."""
    rows, columns = np.linspace(0, coarse.shape[0] - 1.001, height), np.linspace(0, coarse.shape[1] - 1.001, width)
    top, left = rows.astype(int), columns.astype(int)
    down, right = _eased(rows - top)[:, None], _eased(columns - left)[None, :]
    upper = coarse[np.ix_(top, left)] * (1 - right) + coarse[np.ix_(top, left + 1)] * right
    lower = coarse[np.ix_(top + 1, left)] * (1 - right) + coarse[np.ix_(top + 1, left + 1)] * right
    mixed: Floats = upper * (1 - down) + lower * down
    return mixed


def _eased(share: Floats) -> Floats:
    eased: Floats = share * share * (3 - 2 * share)
    return eased
