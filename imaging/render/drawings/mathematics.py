"""Pictures that are nothing but formulas."""

import numpy as np
import numpy.typing as npt
import pyvips

from imaging.render.drawings.canvas import Floats, grid, image, ramp

Complexes = npt.NDArray[np.complex128]


def seahorse_valley() -> pyvips.Image:
    """The valley between the head and the body of the Mandelbrot set."""
    x, y = grid(1_200, 800)
    plane = (-0.7463 + (x - 0.75) * 0.012) + 1j * (0.1102 + (y - 0.5) * 0.012)
    steps = _escape(np.zeros_like(plane), plane, 260)
    colours = ((0, 7, 60), (30, 110, 200), (236, 250, 255), (255, 176, 20), (110, 24, 10), (0, 7, 60))
    return image(np.where((steps < 0)[..., None], 0, ramp((steps / 48) % 1, *colours)))


def newton() -> pyvips.Image:
    """Where Newton's method ends up, from each point of the plane: three roots, three colours."""
    x, y = grid(1_000, 1_000)
    z = (x - 0.5) * 3 + 1j * (y - 0.5) * 3 + 1e-9
    roots = np.exp(2j * np.pi * np.arange(3) / 3)
    speed = np.zeros(z.shape)
    for _ in range(28):
        z = z - (z**3 - 1) / (3 * z**2 + 1e-12)
        speed += np.abs(z[..., None] - roots).min(axis=-1) > 0.02
    root = np.abs(z[..., None] - roots).argmin(axis=-1)
    colours = np.array([(230, 84, 74), (66, 150, 200), (250, 200, 90)], float)
    return image(colours[root] * (1 - np.clip(speed / 18, 0, 0.85))[..., None])


def truchet() -> pyvips.Image:
    """Quarter circles at random, that join into endless ribbons."""
    cells = 16
    x, y = grid(1_200, 1_200)
    chance = np.random.default_rng(5)
    flipped = chance.random((cells, cells)) < 0.5
    column, row = (x * cells).astype(int), (y * cells).astype(int)
    u, v = (x * cells) % 1, (y * cells) % 1
    u = np.where(flipped[row, column], 1 - u, u)
    band = np.minimum(np.abs(np.hypot(u, v) - 0.5), np.abs(np.hypot(1 - u, 1 - v) - 0.5))
    return image(
        ramp(np.clip((0.17 - band) * 14 + 0.5, 0, 1), (250, 236, 214), (228, 88, 60)) - 60 * (band < 0.03)[..., None]
    )


def _escape(z: Complexes, c: Complexes, limit: int) -> Floats:
    """Count, smoothly, the steps of z² + c until a point escapes; -1 for those that do not."""
    steps = np.full(z.shape, -1.0)
    places = np.arange(z.size)
    z, c = z.ravel(), c.ravel()
    for step in range(limit):
        z = z * z + c
        size = np.abs(z)
        gone = size > 16
        steps.ravel()[places[gone]] = step + 1 - np.log2(np.log(size[gone]))
        z, c, places = z[~gone], c[~gone], places[~gone]
    return np.where(steps < 0, np.where(steps == -1, -1, 0), steps)
