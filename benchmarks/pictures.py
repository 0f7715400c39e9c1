"""Photograph-like pictures, the same every time: light, a horizon, and grain at every scale."""

from pathlib import Path

import pyvips

SEED = 7


def photograph(width: int, height: int, seed: int = SEED) -> pyvips.Image:
    """Return a picture whose spectrum falls like a photograph's, so that codecs work as hard as on one."""
    image = pyvips.Image.xyz(width, height).bandmean() * 0.02
    for octave in range(6):
        cell = max(2, 256 >> octave)
        layer = pyvips.Image.perlin(width, height, cell_size=cell, seed=seed * 31 + octave)
        image = image + layer * (90 >> octave)
    grain = pyvips.Image.gaussnoise(width, height, sigma=4, mean=0, seed=seed)
    grey = image + 110 + grain
    tints = [grey * 1.05 + 8, grey * 0.95, grey * 0.8 + 20]
    return tints[0].bandjoin(tints[1:]).cast("uchar").copy(interpretation="srgb")


def mosaic(width: int, height: int, seed: int = SEED) -> pyvips.Image:
    """Return a very large picture: one photograph and its mirror images, many times over, which is quick to draw."""
    tile = photograph(-(-width // 4), -(-height // 4), seed).copy_memory()
    row = tile.join(tile.fliphor(), "horizontal")
    four = row.join(row.flipver(), "vertical").copy_memory()
    return four.replicate(2, 2).crop(0, 0, width, height)


def jpegs(folder: Path, count: int, width: int, height: int) -> list[Path]:
    """Write `count` different photographs and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"photo-{width}-{number}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        photograph(width, height, SEED + number).jpegsave(str(path), Q=88)
    return paths
