"""What stands in for a picture until it has loaded: a ThumbHash, and a tiny PNG as data URI."""

import base64

import numpy as np
import numpy.typing as npt
import pyvips

from imaging.render.scan import Pixels

THUMBHASH_PX = 100
URI_PX = 16

Floats = npt.NDArray[np.float64]


def thumbhash(pixels: Pixels) -> str:
    """Return the ThumbHash of RGBA pixels, no side longer than 100, in base64.

    Source: Evan Wallace, https://evanw.github.io/thumbhash/ (MIT), rgbaToThumbHash.
    """
    height, width, _ = pixels.shape
    has_alpha, channels = _channels(pixels)
    limit = 5 if has_alpha else 7
    across, down = (max(1, round(limit * side / max(width, height))) for side in (width, height))
    light = _encode(channels[0], max(3, across), max(3, down))
    yellow, red = _encode(channels[1], 3, 3), _encode(channels[2], 3, 3)
    parts = [light, yellow, red]
    is_landscape = width > height
    header = (
        _round(63 * light[0])
        | _round(31.5 + 31.5 * yellow[0]) << 6
        | _round(31.5 + 31.5 * red[0]) << 12
        | _round(31 * light[2]) << 18
        | has_alpha << 23
        | (down if is_landscape else across) << 24
        | _round(63 * yellow[2]) << 27
        | _round(63 * red[2]) << 33
        | is_landscape << 39
    )
    packed = header.to_bytes(5, "little")
    if has_alpha:
        parts.append(_encode(channels[3], 5, 5))
        packed += bytes([_round(15 * parts[3][0]) | _round(15 * parts[3][2]) << 4])
    return base64.b64encode(packed + _nibbles([factor for part in parts for factor in part[1]])).decode()


def data_uri(image: pyvips.Image) -> str:
    """Return a PNG, no side longer than 16 px, as data URI; opaque pictures carry no alpha."""
    small = image.thumbnail_image(URI_PX, height=URI_PX, size="down").cast("uchar").copy_memory()
    if small[3].min() == 255:
        small = small[:3]
    png = small.pngsave_buffer(compression=9, keep="none")
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _channels(pixels: Pixels) -> tuple[bool, list[Floats]]:
    """Split into lightness, yellow-blue, red-green and alpha, transparent pixels taking the average colour."""
    unit = pixels.astype(np.float64) / 255
    colour, alpha = unit[..., :3], unit[..., 3]
    total = alpha.sum()
    average = (colour * alpha[..., None]).sum((0, 1)) / total if total else np.zeros(3)
    red, green, blue = np.moveaxis(average * (1 - alpha[..., None]) + colour * alpha[..., None], 2, 0)
    has_alpha = bool(total < alpha.size)
    return has_alpha, [(red + green + blue) / 3, (red + green) / 2 - blue, red - green, alpha]


def _encode(channel: Floats, across: int, down: int) -> tuple[float, list[float], float]:
    """Return the average, the other cosine factors in 0..1, and their scale."""
    height, width = channel.shape
    factors = _cosines(down, height) @ channel @ _cosines(across, width).T / (width * height)
    kept = [float(factors[y, x]) for y in range(down) for x in range(across) if x * down < across * (down - y)]
    average, rest = kept[0], kept[1:]
    scale = max(map(abs, rest), default=0.0)
    return average, [0.5 + 0.5 / scale * factor if scale else factor for factor in rest], scale


def _cosines(count: int, length: int) -> Floats:
    return np.cos(np.pi / length * np.outer(np.arange(count), np.arange(length) + 0.5))


def _nibbles(factors: list[float]) -> bytes:
    values = [_round(15 * factor) for factor in factors]
    if len(values) % 2:
        values.append(0)
    return bytes(low | high << 4 for low, high in zip(values[::2], values[1::2], strict=True))


def _round(value: float) -> int:
    return int(value + 0.5)
