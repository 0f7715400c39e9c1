"""Representative renders: what people ask for, of files as they bring them; for measuring what each one takes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyvips

from benchmarks.pictures import photograph
from imaging.render.choices import Fit, Gravity, OutputFormat
from imaging.render.facts import ImageFormat, Source
from imaging.render.plan import Plan, plan
from imaging.render.transform import Crop, Transform, Trim, Watermark

SMALL, USUAL, LARGE = (800, 600), (2040, 1360), (6000, 4000)
FRAMES = 12


@dataclass(frozen=True)
class Stored:
    """A kind of file, and how large."""

    kind: str
    width: int
    height: int

    @property
    def source(self) -> Source:
        """The facts about it."""
        format = _MAKERS[self.kind][0]
        moving = self.kind.startswith("moving")
        see_through = self.kind in ("alpha PNG", "SVG")
        size = (self.height, self.width) if self.kind == "turned JPEG" else (self.width, self.height)
        orientation = 6 if self.kind == "turned JPEG" else 1
        return Source(format, *size, orientation, pages=FRAMES if moving else 1, animated=moving, has_alpha=see_through)

    def written(self, folder: Path) -> Path:
        """Return it as a file, made when it is asked for first."""
        path = folder / f"{self.kind}-{self.width}-{self.height}"
        if not path.exists():
            _MAKERS[self.kind][1](photograph(self.width, self.height), path)
        return path


@dataclass(frozen=True)
class Render:
    """A wish about a stored file, in one format."""

    stored: Stored
    wish: Transform
    format: OutputFormat = OutputFormat.JPEG

    @property
    def plan(self) -> Plan:
        """The plan of it."""
        return plan(self.wish, self.stored.source, format=self.format)

    @property
    def name(self) -> str:
        """What it is, for a table."""
        kind, planned = self.stored, self.plan
        wish = ", ".join(step for step in _noteworthy(self.wish))
        size = f"{planned.width}×{planned.height} {planned.format.name}"
        return f"{kind.kind} {kind.width}×{kind.height} → {size}{wish and f', {wish}'}"


def renders() -> list[Render]:
    """Return some thirty of them."""
    jpeg, large = Stored("JPEG", *USUAL), Stored("JPEG", *LARGE)
    web, avif, png = OutputFormat.WEBP, OutputFormat.AVIF, OutputFormat.PNG
    small = Transform(width=640)
    return [
        Render(Stored("JPEG", *SMALL), Transform(width=320)),
        *(Render(jpeg, small, format) for format in (OutputFormat.JPEG, web, avif, png)),
        *(Render(large, Transform(width=1600), format) for format in (OutputFormat.JPEG, web, avif, png)),
        Render(large, Transform()),
        Render(Stored("JPEG", 10_000, 10_000), Transform(width=512)),
        Render(Stored("progressive JPEG", *LARGE), Transform(width=1600)),
        Render(Stored("turned JPEG", *LARGE), Transform(width=1200), web),
        Render(large, Transform(width=800, height=800, fit=Fit.COVER)),
        Render(large, Transform(width=800, height=800, fit=Fit.COVER, gravity=Gravity.ATTENTION)),
        Render(large, Transform(width=1600, linear_light=True)),
        Render(large, Transform(crop=Crop(1000, 1000, 2000, 2000), width=1000)),
        Render(jpeg, Transform(width=1600, blur=20.0)),
        Render(jpeg, Transform(width=1600, sharpen=1.0, contrast=1.2, tint="#ff8800")),
        Render(jpeg, Transform(width=1600, watermark=Watermark(text="© somebody"), corner_radius=40), png),
        Render(jpeg, Transform(width=1600, trim=Trim())),
        *(Render(Stored("PNG", *USUAL), small, format) for format in (OutputFormat.JPEG, web)),
        Render(Stored("PNG", *LARGE), Transform(width=1600), png),
        Render(Stored("alpha PNG", *USUAL), Transform(width=1600), web),
        *(Render(Stored("WebP", *size), small, web) for size in (USUAL, LARGE)),
        *(Render(Stored("AVIF", *size), small, avif) for size in (USUAL, LARGE)),
        Render(Stored("TIFF", *LARGE), small),
        Render(Stored("SVG", *USUAL), Transform(width=1600), png),
        Render(Stored("moving GIF", 480, 360), Transform(width=320), OutputFormat.GIF),
        Render(Stored("moving GIF", 480, 360), Transform(width=320), web),
        Render(Stored("moving WebP", 480, 360), Transform(width=320), web),
        Render(jpeg, Transform(width=1600, lossless=True), web),
        Render(jpeg, Transform(width=1600, quality=70), png),
        Render(jpeg, Transform(width=640), OutputFormat.GIF),
    ]


def _noteworthy(wish: Transform) -> list[str]:
    said = {
        "cropped to the middle": wish.fit is Fit.COVER and wish.gravity is None,
        "cropped to what catches the eye": wish.gravity is Gravity.ATTENTION,
        "in linear light": wish.linear_light,
        "cut out": wish.crop is not None,
        "blurred": wish.blur is not None,
        "sharpened, coloured": wish.sharpen is not None,
        "marked, rounded": wish.watermark is not None,
        "trimmed": wish.trim is not None,
        "lossless": wish.lossless,
        "with a palette": wish.quality is not None,
    }
    return [words for words, is_so in said.items() if is_so]


def _moving(picture: pyvips.Image) -> pyvips.Image:
    frames = [picture.wrap(x=20 * number, y=0) for number in range(FRAMES)]
    strip = pyvips.Image.arrayjoin(frames, across=1).copy_memory()
    strip.set_type(pyvips.GValue.gint_type, "page-height", picture.height)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [80] * FRAMES)
    return strip


def _fading(picture: pyvips.Image) -> pyvips.Image:
    """Return a mask that goes from clear to opaque, as people's masks are smooth."""
    return (pyvips.Image.xyz(picture.width, picture.height)[0] * (255 / picture.width)).cast("uchar")


def _drawing(picture: pyvips.Image, path: Path) -> None:
    width, height = picture.width, picture.height
    circles = "".join(
        f'<circle cx="{width * (7 * number % 31) // 31}" cy="{height * (5 * number % 23) // 23}" r="{height // 12}" '
        f'fill="#{number * 40503 % 0xFFFFFF:06x}" fill-opacity="0.6"/>'
        for number in range(200)
    )
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">{circles}</svg>')


_MAKERS: dict[str, tuple[ImageFormat, Callable[[pyvips.Image, Path], None]]] = {
    "JPEG": (ImageFormat.JPEG, lambda picture, path: picture.jpegsave(str(path), Q=88)),
    "progressive JPEG": (ImageFormat.JPEG, lambda picture, path: picture.jpegsave(str(path), Q=88, interlace=True)),
    "turned JPEG": (ImageFormat.JPEG, lambda picture, path: picture.jpegsave(str(path), Q=88)),
    "PNG": (ImageFormat.PNG, lambda picture, path: picture.pngsave(str(path), compression=6, filter=0x10)),
    "alpha PNG": (
        ImageFormat.PNG,
        lambda picture, path: picture.bandjoin(_fading(picture)).pngsave(str(path), compression=6, filter=0x10),
    ),
    "WebP": (ImageFormat.WEBP, lambda picture, path: picture.webpsave(str(path), Q=80, effort=2)),
    "AVIF": (
        ImageFormat.AVIF,
        lambda picture, path: picture.heifsave(str(path), Q=60, compression="av1", effort=0, bitdepth=8),
    ),
    "TIFF": (
        ImageFormat.TIFF,
        lambda picture, path: picture.tiffsave(str(path), compression="lzw", predictor="horizontal"),
    ),
    "SVG": (ImageFormat.SVG, _drawing),
    "moving GIF": (ImageFormat.GIF, lambda picture, path: _moving(picture).gifsave(str(path), effort=4)),
    "moving WebP": (ImageFormat.WEBP, lambda picture, path: _moving(picture).webpsave(str(path), Q=80, effort=2)),
}
