"""Two dozen pictures that the program draws itself, so that an empty library has something to show."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyvips

from imaging.render.drawings import landscapes, mathematics, movement, patterns, vectors

CREDIT = "Drawn by imaging"
MAKER = "imaging"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture that can be drawn, and what people say about it; the end of its file name tells the format.

    `make` gives pixels, or a finished file. `camera` and `taken_at` (as EXIF writes it) are invented.
    """

    filename: str
    title: str
    alt_text: str
    tags: tuple[str, ...]
    make: Callable[[], pyvips.Image | bytes]
    camera: str
    taken_at: str

    def draw(self, path: Path) -> None:
        """Draw it into the file."""
        made = self.make()
        path.write_bytes(made if isinstance(made, bytes) else self._encoded(made))

    def _encoded(self, picture: pyvips.Image) -> bytes:
        picture = picture.copy()
        written = {
            "exif-ifd0-Copyright": CREDIT,
            "exif-ifd0-Make": MAKER,
            "exif-ifd0-Model": self.camera,
            "exif-ifd2-DateTimeOriginal": self.taken_at,
        }
        for name, value in written.items():
            picture.set_type(pyvips.GValue.gstr_type, name, value)
        encoded: bytes = picture.write_to_buffer(Path(self.filename).suffix)
        return encoded


def drawings() -> tuple[Drawing, ...]:
    """Return the drawings; the first to be shown come last."""
    return tuple(
        Drawing(
            filename=f"{make.__name__.replace('_', '-')}.{extension}",
            title=make.__name__.replace("_", " ").capitalize(),
            alt_text=" ".join((make.__doc__ or "").split()),
            tags=(*tags.split(), "demo"),
            make=make,
            camera=("Easel 1", "Easel 2", "Compass")[number % 3],
            taken_at=f"{2019 + number % 7}:{1 + number % 12:02}:{1 + number % 28:02} {6 + number % 14:02}:30:00",
        )
        for number, (make, extension, tags) in enumerate(_CATALOGUE)
    )


_CATALOGUE: tuple[tuple[Callable[[], pyvips.Image | bytes], str, str], ...] = (
    (patterns.tartan, "png", "pattern red"),
    (patterns.wood, "jpg", "pattern nature brown"),
    (patterns.marble, "jpg", "pattern stone"),
    (mathematics.truchet, "png", "mathematics pattern"),
    (mathematics.newton, "png", "mathematics fractal"),
    (mathematics.seahorse_valley, "jpg", "mathematics fractal blue"),
    (movement.game_of_life, "gif", "mathematics animation green"),
    (movement.turning_spiral, "gif", "animation"),
    (movement.pulsing_rings, "webp", "animation"),
    (vectors.cubes, "svg", "vector pattern blue"),
    (vectors.bauhaus, "svg", "vector"),
    (vectors.sailing_boat, "svg", "vector sea"),
    (patterns.stained_glass, "png", "pattern colourful"),
    (patterns.sunflower, "png", "nature transparent"),
    (patterns.soap_bubble, "webp", "transparent"),
    (patterns.ripples, "webp", "water blue"),
    (patterns.sea_of_clouds, "jpg", "sky nature"),
    (landscapes.star_trails, "jpg", "night sky landscape"),
    (landscapes.aurora, "avif", "night sky landscape green"),
    (landscapes.moonrise, "jpg", "night sea landscape"),
    (landscapes.red_canyon, "tif", "landscape desert red"),
    (landscapes.dunes, "jpg", "landscape desert"),
    (landscapes.mountains_at_dawn, "jpg", "landscape mountains blue"),
    (landscapes.hills_at_dusk, "jpg", "landscape mountains sunset"),
)
