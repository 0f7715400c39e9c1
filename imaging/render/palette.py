"""The colours a picture is made of."""

import numpy as np
import numpy.typing as npt

from imaging.render.scan import Pixels

COLOURS = 5
ROUNDS = 12
LEAST_SHARE = 0.01
# In Oklab a step of 0.02 is about the least that an eye notices.
CLOSEST = 0.04
# What cannot be seen shows the page behind it, which is white more often than not.
NOTHING = "#ffffff"

Floats = npt.NDArray[np.float64]

# Source: Björn Ottosson, A perceptual color space for image processing, 2020.
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LMS, _FROM_LAB = np.linalg.inv(_TO_LMS), np.linalg.inv(_TO_LAB)


def palette(pixels: Pixels) -> tuple[str, ...]:
    """Return at most five colours as `#rrggbb`, the one that covers most first; transparent pixels count less.

    Colours are grouped in Oklab, so that groups are as far apart as they look; the same pixels always give the
    same colours.
    """
    points, weights = _grouped(pixels.reshape(-1, 4))
    if not len(points):
        return (NOTHING,)
    centres = _seeds(points, weights)
    for _ in range(ROUNDS):
        centres, shares = _moved(points, weights, centres)
    return _distinct(centres, shares)


def _grouped(flat: Pixels) -> tuple[Floats, Floats]:
    """Return the mean colour and the weight of each cell of colours that agree in five bits a channel."""
    cells = (flat[:, :3] >> 3).astype(np.intp) @ np.array([1024, 32, 1])
    opacity = flat[:, 3] / 255.0
    weights = _sums(cells, opacity, 32_768)
    used = np.flatnonzero(weights)
    sums = np.stack([_sums(cells, flat[:, channel] * opacity, 32_768)[used] for channel in range(3)], axis=1)
    return _oklab(sums / weights[used][:, None]), weights[used]


def _seeds(points: Floats, weights: Floats) -> Floats:
    """Start from the heaviest colour, then from those that are heavy and far from what is there."""
    chosen = [points[int(np.argmax(weights))]]
    while len(chosen) < min(COLOURS, len(points)):
        distance = _distances(points, np.array(chosen)).min(axis=1)
        chosen.append(points[int(np.argmax(distance * np.sqrt(weights)))])
    return np.array(chosen)


def _moved(points: Floats, weights: Floats, centres: Floats) -> tuple[Floats, Floats]:
    nearest = _distances(points, centres).argmin(axis=1)
    shares = _sums(nearest, weights, len(centres))
    sums = np.stack([_sums(nearest, weights * points[:, axis], len(centres)) for axis in range(3)], axis=1)
    divisors = np.where(shares > 0, shares, 1)[:, None]
    return np.where(shares[:, None] > 0, sums / divisors, centres), shares


def _sums(groups: npt.NDArray[np.intp], weights: Floats, count: int) -> Floats:
    return np.bincount(groups, weights=weights, minlength=count).astype(np.float64)


def _distances(points: Floats, centres: Floats) -> Floats:
    squares: Floats = (points**2).sum(axis=1)[:, None] - 2 * points @ centres.T + (centres**2).sum(axis=1)
    return np.maximum(squares, 0)


def _distinct(centres: Floats, shares: Floats) -> tuple[str, ...]:
    kept: list[Floats] = []
    for index in np.argsort(-shares, kind="stable"):
        is_light = shares[index] < LEAST_SHARE * shares.sum()
        is_known = any(np.sqrt(((centres[index] - other) ** 2).sum()) < CLOSEST for other in kept)
        if not kept or not (is_light or is_known):
            kept.append(centres[index])
    return tuple(dict.fromkeys(_hex(centre) for centre in kept))


def _oklab(colours: Floats) -> Floats:
    unit = colours / 255
    linear = np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
    lab: Floats = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    return lab


def _hex(lab: Floats) -> str:
    linear = np.clip((lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T, 0, 1)
    unit = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (round(float(value) * 255) for value in unit)
    return f"#{red:02x}{green:02x}{blue:02x}"
