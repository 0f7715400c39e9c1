"""Pictures that the program draws itself, so that an empty library has something to show."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

Field = NDArray[np.float32]
FRAMES = 12
CREDIT = "Drawn by imaging"

PALETTES = {
    "dawn": ("#2b1d4f", "#8a3f7d", "#f0785a", "#ffd28a", "#3a2a4d", "#14101f"),
    "sea": ("#04263b", "#0a5c7a", "#2aa7b5", "#c9f2e7", "#0d4a63", "#021722"),
    "forest": ("#e8f3d6", "#a9cf9a", "#5d9c59", "#2f6b3c", "#1c4429", "#0b2415"),
    "desert": ("#fbe7c6", "#f2b880", "#d9824a", "#a8502f", "#6b2d1f", "#331410"),
}
TIMES = {"dawn": "at dawn", "sea": "by the sea", "forest": "in the forest", "desert": "in the desert"}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture that can be drawn: its file name tells the format, the rest is what people say about it."""

    filename: str
    title: str
    alt_text: str
    tags: tuple[str, ...]
    motif: str
    palette: str
    width: int
    height: int
    seed: int

    def draw(self, path: Path) -> None:
        """Draw it into the file."""
        suffix = Path(self.filename).suffix
        if suffix == ".svg":
            path.write_text(_svg(self), encoding="utf-8")
            return
        picture = _animation(self) if suffix == ".gif" else _still(self, 0.0)
        picture.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Copyright", CREDIT)
        path.write_bytes(picture.write_to_buffer(suffix))


def drawings() -> tuple[Drawing, ...]:
    """Return two dozen drawings, each motif in each palette."""
    suffixes = (".jpg", ".jpg", ".webp", ".png", ".jpg", ".avif", ".gif", ".jpg", ".svg", ".jpg", ".tif")
    sizes = ((1600, 1067), (1200, 1500), (1920, 1080), (1280, 1280))
    made = []
    for seed, (motif, palette) in enumerate((motif, palette) for palette in PALETTES for motif in MOTIFS):
        suffix = suffixes[seed % len(suffixes)]
        width, height = (320, 240) if suffix == ".gif" else sizes[seed % len(sizes)]
        title = f"{motif.capitalize()} {TIMES[palette]}"
        name = title.lower().replace(" ", "-") + suffix
        said = f"An abstract picture of {motif} in the colours of {palette}."
        made.append(Drawing(name, title, said, (motif, palette, "demo"), motif, palette, width, height, seed))
    return tuple(made)


def _still(drawing: Drawing, phase: float) -> pyvips.Image:
    ys, xs = np.mgrid[0 : drawing.height, 0 : drawing.width].astype(np.float32) / np.float32(drawing.width)
    field = MOTIFS[drawing.motif](xs, ys / ys.max(), np.random.default_rng(drawing.seed), phase)
    stops = np.linspace(0, 1, len(PALETTES[drawing.palette]))
    colours = np.array([_rgb(colour) for colour in PALETTES[drawing.palette]], np.float32)
    bands = [np.interp(field, stops, colours[:, band]) for band in range(3)]
    pixels = np.ascontiguousarray(np.stack(bands, axis=-1).round().astype(np.uint8))
    picture = pyvips.Image.new_from_memory(pixels.tobytes(), drawing.width, drawing.height, 3, "uchar")
    return picture.copy(interpretation="srgb")


def _animation(drawing: Drawing) -> pyvips.Image:
    frames = [_still(drawing, 2 * np.pi * frame / FRAMES) for frame in range(FRAMES)]
    film = pyvips.Image.arrayjoin(frames, across=1).copy()
    film.set_type(pyvips.GValue.gint_type, "page-height", drawing.height)
    film.set_type(pyvips.GValue.array_int_type, "delay", [80] * FRAMES)
    return film


def _svg(drawing: Drawing) -> str:
    chance, colours = np.random.default_rng(drawing.seed), PALETTES[drawing.palette]
    shapes = [
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" fill="{colours[number % len(colours)]}" opacity="0.7"/>'
        for number, (x, y, radius) in enumerate(
            chance.uniform((0, 0, 20), (drawing.width, drawing.height, 220), (40, 3))
        )
    ]
    size = f'width="{drawing.width}" height="{drawing.height}"'
    ground = f'<rect {size} fill="{colours[0]}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{ground}{"".join(shapes)}</svg>'


def _hills(xs: Field, ys: Field, chance: np.random.Generator, phase: float) -> Field:
    field = ys * 0.55
    field = np.where(np.hypot(xs - chance.uniform(0.2, 0.8), (ys - 0.35) * 0.7) < 0.08, 0.62, field)
    for layer in range(5):
        ridge = 0.45 + 0.11 * layer
        for octave in range(1, 6):
            ridge = ridge + 0.09 / octave**1.6 * np.sin(xs * 5.1 * octave + chance.uniform(0, 6.3) + phase)
        field = np.where(ys > ridge, 0.6 + 0.1 * layer, field)
    return _bounded(field)


def _dunes(xs: Field, ys: Field, chance: np.random.Generator, phase: float) -> Field:
    bend = 0.3 * np.sin(xs * 4 + chance.uniform(0, 6.3)) + 0.1 * np.sin(xs * 11 + phase)
    return _bounded(0.5 + 0.3 * np.sin((ys + bend) * 22) * (0.3 + ys) + 0.35 * (ys - 0.5))


def _ripples(xs: Field, ys: Field, chance: np.random.Generator, phase: float) -> Field:
    centres = chance.uniform(0, 1, (4, 2))
    return _bounded(0.5 + sum(np.sin(np.hypot(xs - x, ys - y) * 55 - phase) for x, y in centres) / 7)


def _cells(xs: Field, ys: Field, chance: np.random.Generator, phase: float) -> Field:
    nearest = np.full(xs.shape, 9.0, np.float32)
    for x, y, turn in chance.uniform((0, 0, 0), (1, 1, 6.3), (40, 3)):
        nearest = np.minimum(nearest, np.hypot(xs - x - 0.02 * np.sin(phase + turn), ys - y))
    return _bounded(nearest / nearest.max())


def _marble(xs: Field, ys: Field, chance: np.random.Generator, phase: float) -> Field:
    swirl = np.zeros_like(xs)
    for octave in range(1, 7):
        one, two = chance.uniform(0, 6.3, 2)
        swirl = swirl + np.sin(xs * 3 * octave + one + swirl) * np.cos(ys * 3 * octave + two + phase) / octave
    return _bounded(0.5 + 0.5 * np.sin(xs * 9 + swirl * 3))


def _fractals(xs: Field, ys: Field, chance: np.random.Generator, phase: float) -> Field:
    angle = chance.uniform(0, 6.3) + phase
    seed = 0.7885 * np.exp(1j * angle).astype(np.complex64)
    point = ((xs - 0.5) * 2.6 + 1j * (ys - 0.5) * 2).astype(np.complex64)
    steps = np.zeros(xs.shape, np.float32)
    for _ in range(48):
        inside = np.abs(point) < 4
        point = np.where(inside, point * point + seed, point)
        steps += inside
    return _bounded((steps / 48) ** 0.6)


def _bounded(field: Any) -> Field:  # Any: numpy's arithmetic widens its types
    return np.clip(field, 0, 1).astype(np.float32)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


MOTIFS: dict[str, Callable[[Field, Field, np.random.Generator, float], Field]] = {
    "hills": _hills,
    "dunes": _dunes,
    "ripples": _ripples,
    "cells": _cells,
    "marble": _marble,
    "fractals": _fractals,
}
