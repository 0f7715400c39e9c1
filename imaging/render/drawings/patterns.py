"""Textures and ornaments."""

import numpy as np
import pyvips

from imaging.render.drawings.canvas import grid, image, noise, over, ramp


def marble() -> pyvips.Image:
    """White stone with grey and golden veins."""
    width, height = 1_500, 1_000
    x, y = grid(width, height)
    warp = noise(width, height, cells=4, seed=31)
    veins = np.abs(np.sin((x + y * 0.6) * 7 + warp * 11)) ** 0.35
    fine = np.abs(np.sin((x * 0.7 - y) * 13 + noise(width, height, cells=7, seed=32) * 14)) ** 0.3
    stone = ramp(veins, (92, 96, 104), (206, 206, 206), (246, 244, 240))
    return image(over(stone, (196, 160, 96), (0.35 - fine) * 1.6), grain=1)


def wood() -> pyvips.Image:
    """The rings of a board."""
    width, height = 1_600, 900
    x, y = grid(width, height)
    bend = noise(width, height, cells=3, seed=51, octaves=3)
    rings = ((y - 0.4) * 9 + bend * 5 + np.hypot((x - 0.9) * 0.25, y - 0.5) * 16) % 1
    fibre = noise(width, height, cells=300, seed=52, octaves=2)
    board = ramp(rings**1.4, (208, 150, 92), (184, 118, 64), (118, 66, 32))
    return image(board - 26 * fibre[..., None] + 10)


def sea_of_clouds() -> pyvips.Image:
    """Clouds from above."""
    width, height = 1_600, 1_067
    soft = noise(width, height, cells=5, seed=61, octaves=7)
    lit = soft - np.roll(soft, (6, 9), (0, 1))
    clouds = ramp(soft, (60, 112, 176), (150, 186, 222), (244, 246, 250))
    return image(clouds + 420 * lit[..., None], grain=1)


def ripples() -> pyvips.Image:
    """Rain on a pond: rings that cross."""
    x, y = grid(1_400, 933)
    drops = ((0.3, 0.3), (1.1, 0.25), (0.75, 0.7), (1.3, 0.85), (0.2, 0.85))
    height = sum(np.sin(np.hypot(x - a, y - b) * 120) * np.exp(-np.hypot(x - a, y - b) * 3) for a, b in drops)
    return image(ramp((height + 1.4) / 2.8, (4, 40, 60), (20, 110, 130), (140, 210, 210), (240, 252, 250)))


def tartan() -> pyvips.Image:
    """A woven cloth."""
    x, y = grid(1_200, 1_200)
    stripes = (
        (0.0, (18, 52, 44)),
        (0.28, (150, 24, 36)),
        (0.46, (18, 30, 74)),
        (0.62, (18, 52, 44)),
        (0.9, (232, 196, 84)),
    )
    cloth = [np.zeros((*x.shape, 3)), np.zeros((*x.shape, 3))]
    for index, thread in enumerate((x, y)):
        place = np.abs((thread * 3) % 2 - 1)
        for start, colour in stripes:
            cloth[index] = over(cloth[index], colour, (place >= start).astype(float))
    twill = ((x * 300).astype(int) + (y * 300).astype(int)) % 4 < 2
    return image(np.where(twill[..., None], cloth[0], cloth[1]))


def stained_glass() -> pyvips.Image:
    """Panes of coloured glass in lead."""
    width, height = 1_200, 900
    x, y = grid(width, height)
    chance = np.random.default_rng(17)
    seeds = chance.random((70, 2)) * (width / height, 1)
    nearest, second, pane = np.full(x.shape, 9.0), np.full(x.shape, 9.0), np.zeros(x.shape, int)
    for index, (a, b) in enumerate(seeds):
        distance = np.hypot(x - a, y - b)
        closer = distance < nearest
        second = np.where(closer, nearest, np.minimum(second, distance))
        pane, nearest = np.where(closer, index, pane), np.minimum(nearest, distance)
    colours = ramp(
        chance.random(70), (180, 20, 40), (240, 150, 30), (250, 220, 110), (40, 140, 90), (24, 70, 160), (110, 40, 140)
    )
    glass = colours[pane] * (1.15 - nearest[..., None] * 3)
    return image(over(glass, (14, 14, 16), (0.006 - (second - nearest)) * 500))


def sunflower() -> pyvips.Image:
    """Seeds in golden-angle spirals, on nothing: the ground is transparent."""
    side = 1_000
    x, y = grid(side, side)
    picture = np.zeros((side, side, 4))
    for seed in range(520):
        radius, angle = 0.0205 * np.sqrt(seed), seed * 2.399963
        size = 0.006 + 0.00001 * seed
        left, top = 0.5 + radius * np.cos(angle), 0.5 + radius * np.sin(angle)
        rows = slice(max(0, int((top - size) * side) - 1), int((top + size) * side) + 2)
        columns = slice(max(0, int((left - size) * side) - 1), int((left + size) * side) + 2)
        share = np.clip((size - np.hypot(x[rows, columns] - left, y[rows, columns] - top)) * side, 0, 1)
        colour = ramp(np.array(seed / 520), (90, 44, 20), (220, 120, 20), (255, 214, 60))
        patch = picture[rows, columns]
        patch[..., :3] = over(patch[..., :3], colour, share)
        patch[..., 3] = np.maximum(patch[..., 3], share * 255)
    return image(picture)


def soap_bubble() -> pyvips.Image:
    """A bubble to look through."""
    x, y = grid(900, 900)
    radius = np.hypot(x - 0.5, y - 0.5) / 0.46
    film = (radius**3 * 3 + noise(900, 900, cells=4, seed=71) * 1.6) % 1
    colour = ramp(film, (255, 120, 200), (120, 200, 255), (140, 255, 190), (255, 240, 140), (255, 120, 200))
    shine = np.exp(-((x - 0.34) ** 2 + (y - 0.3) ** 2) * 260)
    alpha = np.clip(radius**4 * 0.75 + shine, 0, 1) * np.clip((1 - radius) * 200, 0, 1)
    return image(np.dstack([over(colour, (255, 255, 255), shine), alpha * 255]))
