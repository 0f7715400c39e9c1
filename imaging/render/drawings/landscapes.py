"""Places that do not exist, drawn as a painter in a hurry would."""

import numpy as np
import pyvips

from imaging.render.drawings.canvas import Colour, Floats, grid, image, noise, over, ramp


def hills_at_dusk() -> pyvips.Image:
    """Ridge behind ridge under an orange sky."""
    sky = ((38, 32, 84), (146, 66, 120), (240, 128, 96), (255, 214, 140))
    return _ridges(1_350, 900, sky, (96, 52, 98), (16, 12, 32), seed=4, sun=(0.95, 0.5, (255, 236, 190)))


def mountains_at_dawn() -> pyvips.Image:
    """Blue mountains in the mist."""
    sky = ((118, 164, 204), (196, 216, 226), (250, 236, 214))
    return _ridges(1_350, 900, sky, (168, 192, 208), (28, 54, 72), seed=11, sun=(0.4, 0.35, (255, 250, 236)))


def red_canyon() -> pyvips.Image:
    """Layers of red rock, from far to near."""
    sky = ((88, 160, 214), (176, 214, 232), (250, 230, 206))
    return _ridges(900, 1_200, sky, (232, 168, 124), (110, 36, 24), seed=23, sun=(0.2, 0.12, (255, 255, 240)))


def moonrise() -> pyvips.Image:
    """A moon and its path on the sea."""
    width, height = 1_600, 1_067
    x, y = grid(width, height)
    picture = ramp(np.clip(y / 0.6, 0, 1), (6, 10, 34), (26, 40, 86), (92, 84, 128))
    distance = np.hypot(x - 0.9, y - 0.3)
    picture = over(picture, (255, 244, 214), 0.5 * np.exp(-distance * 9))
    picture = over(picture, (255, 250, 232), (0.075 - distance) * 400)
    depth = np.clip((y - 0.6) / 0.4, 0, 1)
    sea = ramp(depth, (70, 70, 116), (14, 24, 60), (4, 8, 26))
    waves = np.sin(900 / (depth + 0.12) ** 0.9 + 9 * noise(width, height, cells=14, seed=3))
    path = np.exp(-((x - 0.9) ** 2) / (0.004 + 0.03 * depth)) * (waves > 0.2)
    sea = over(sea + 6 * waves[..., None], (255, 240, 204), path * 0.9)
    return image(np.where((y > 0.6)[..., None], sea, picture), grain=1.2)


def aurora() -> pyvips.Image:
    """Green curtains of light above a black shore."""
    width, height = 1_600, 1_000
    _, y = grid(width, height)
    picture = ramp(y, (4, 8, 28), (10, 26, 52), (16, 44, 62)) + _stars(width, height, 900)[..., None]
    for seed, colour in ((5, (64, 240, 150)), (9, (60, 190, 220)), (14, (170, 90, 220))):
        line = 0.18 + 0.4 * noise(width, 1, cells=5, seed=seed, octaves=2)
        fall = np.exp(-np.clip(y - line, 0, None) * 7) * (y > line - 0.03)
        curtain = fall * noise(width, 1, cells=60, seed=seed + 1, octaves=2) ** 1.5
        picture = over(picture, colour, curtain * 0.95)
    shore = 0.84 + 0.08 * noise(width, 1, cells=9, seed=2)
    return image(over(picture, (2, 4, 10), (y - shore) * 200), grain=1.5)


def dunes() -> pyvips.Image:
    """Sand, combed by the wind."""
    width, height = 1_350, 900
    x, y = grid(width, height)
    picture = ramp(y / 0.4, (94, 170, 220), (206, 226, 226))
    for layer in range(6):
        crest = 0.34 + 0.12 * layer + 0.16 * (noise(width, 1, cells=3 + layer, seed=40 + layer, octaves=2) - 0.5)
        ripple = np.sin((x * 1.7 + y * (5 - layer * 0.4)) * 190 + 14 * noise(width, height, cells=5, seed=layer))
        shade = np.clip((y - crest) * 3.4, 0, 1)
        sand = ramp(shade, (250, 212, 150), (222, 160, 92), (150, 92, 56)) + 5 * ripple[..., None]
        picture = over(picture, sand, (y - crest) * 300)
    return image(picture, grain=2)


def star_trails() -> pyvips.Image:
    """An hour of stars turning about the pole, above a dark wood."""
    width, height = 1_200, 1_200
    x, y = grid(width, height)
    angle, radius = np.arctan2(y - 0.42, x - 0.55), np.hypot(x - 0.55, y - 0.42)
    rings = (radius * 420).astype(int)
    chance = np.random.default_rng(8)
    start, light = chance.uniform(-np.pi, np.pi, 600), chance.random(600) ** 3
    turned = (angle - start[rings]) % (2 * np.pi)
    arcs = (turned < 0.9) * light[rings] * np.clip(2.2 - turned * 1.5, 0, 1)
    picture = ramp(y, (8, 10, 34), (22, 28, 66), (60, 50, 84))
    picture = over(picture, ramp(light, (160, 190, 255), (255, 240, 220))[rings], arcs * 1.4)
    trees = 0.86 - 0.1 * np.abs(np.sin(x * 60 + 5 * noise(width, 1, cells=20, seed=6))) * noise(
        width, 1, cells=40, seed=7, octaves=3
    )
    return image(over(picture, (4, 6, 10), (y - trees) * 300), grain=1)


def _ridges(
    width: int,
    height: int,
    sky: tuple[Colour, ...],
    far: Colour,
    near: Colour,
    *,
    seed: int,
    sun: tuple[float, float, Colour],
) -> pyvips.Image:
    x, y = grid(width, height)
    sun_x, sun_y, light = sun
    distance = np.hypot(x - sun_x, y - sun_y)
    picture = over(ramp(np.clip(y / 0.75, 0, 1), *sky), light, np.exp(-distance * 6) * 0.6)
    picture = over(picture, light, (0.05 - distance) * 300)
    layers = 7
    for layer in range(layers):
        share = layer / (layers - 1)
        ridge = 0.46 + 0.5 * share - (0.26 - 0.12 * share) * noise(width, 1, cells=4 + layer, seed=seed + layer)
        colour = ramp(np.array(share), far, near)
        haze = over(np.broadcast_to(colour, picture.shape), light, np.clip(y - ridge, 0, 1) * (0.9 - share))
        picture = over(picture, haze, (y - ridge) * height / 2)
    return image(picture, grain=1.6)


def _stars(width: int, height: int, count: int) -> Floats:
    chance = np.random.default_rng(77)
    sky = np.zeros((height, width))
    sky[chance.integers(0, height, count), chance.integers(0, width, count)] = 255 * chance.random(count) ** 2
    return sky
