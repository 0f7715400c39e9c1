"""Drawings that move."""

import numpy as np
import pyvips

from imaging.render.drawings.canvas import grid, image, moving, ramp


def pulsing_rings() -> pyvips.Image:
    """Rings that run outwards."""
    x, y = grid(240, 240)
    radius = np.hypot(x - 0.5, y - 0.5)
    frames = [
        image(
            ramp((np.sin((radius * 5 - step / 16) * 2 * np.pi) + 1) / 2, (20, 20, 60), (240, 90, 120), (255, 230, 170))
        )
        for step in range(16)
    ]
    return moving(frames, delay_ms=60)


def game_of_life() -> pyvips.Image:
    """Conway's cells, born and dying."""
    alive = np.random.default_rng(12).random((60, 80)) < 0.3
    frames = []
    for _ in range(40):
        cells = ramp(alive.astype(np.float64), (16, 24, 32), (90, 220, 140))
        frames.append(image(cells.repeat(5, axis=0).repeat(5, axis=1)))
        shifts = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b]
        neighbours = np.sum([np.roll(alive, shift, (0, 1)) for shift in shifts], axis=0)
        alive = (neighbours == 3) | (alive & (neighbours == 2))
    return moving(frames, delay_ms=90)


def turning_spiral() -> pyvips.Image:
    """A spiral that turns for ever."""
    x, y = grid(240, 240)
    radius, angle = np.hypot(x - 0.5, y - 0.5), np.arctan2(y - 0.5, x - 0.5)
    frames = [
        image(
            ramp(
                (np.sin(3 * angle + np.log(radius + 0.01) * 9 + step * 2 * np.pi / 18) + 1) / 2,
                (12, 60, 90),
                (250, 244, 226),
            )
        )
        for step in range(18)
    ]
    return moving(frames, delay_ms=50)
