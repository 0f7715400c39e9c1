"""Goldens: small pictures of what every operation made when somebody last looked at them.

`python -m tests.render.goldens` makes them again; look at what has changed before you keep it.
"""

import functools
import io
import tempfile
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy
import pyvips
from PIL import Image

from imaging.render.facts import ImageFormat, Source
from imaging.render.plan import Plan, plan
from imaging.render.render import render
from imaging.render.transform import Crop, Fit, Gravity, OutputFormat, Transform, Trim, Watermark
from imaging.render.watermark import Overlay

FOLDER = Path(__file__).parent / "goldens"
WIDTH, HEIGHT = 240, 160
MARK = uuid.UUID(int=1)

# In CIEDE2000, where 1 is about the least that anybody sees side by side. What an operation does is always above,
# and the libvips that is pinned stays far below: there is room for another one's rounding.
MEAN_TOLERANCE = 0.5
WORST_TOLERANCE = 4.0


@dataclass(frozen=True)
class Golden:
    """A wish about a drawn picture. `is_plain` where it must look as though nothing had been asked for."""

    name: str
    wish: Transform
    format: OutputFormat = OutputFormat.PNG
    subject: str = "scene"
    is_plain: bool = False

    def __repr__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.png"

    @property
    def kept(self) -> Image.Image:
        """The golden itself."""
        return Image.open(io.BytesIO(self.path.read_bytes()))

    @property
    def plain(self) -> "Golden":
        """The same subject, only made smaller."""
        return Golden("plain", Transform(width=96), subject=self.subject)

    def made(self, folder: Path) -> bytes:
        """Render it; the file is the rendition."""
        content, source = subjects()[self.subject]
        stored, target = folder / "subject", folder / "rendition"
        stored.write_bytes(content)
        render(stored, self._planned(source, folder), target)
        return target.read_bytes()

    def _planned(self, source: Source, folder: Path) -> Plan:
        planned = plan(self.wish, source, format=self.format)
        if not self.wish.watermark or not self.wish.watermark.image_id:
            return planned
        content, facts = subjects()["badge"]
        mark = folder / "mark"
        mark.write_bytes(content)
        return replace(planned, overlay=Overlay(mark, facts))


@dataclass(frozen=True)
class Distance:
    """How far two pictures look apart, in CIEDE2000: on average, and what only one pixel in a hundred exceeds."""

    mean: float
    worst: float
    is_seen: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_seen", self.mean > MEAN_TOLERANCE or self.worst > WORST_TOLERANCE)


def distance(one: Image.Image, other: Image.Image) -> Distance:
    """Compare two pictures of one size on white and on black, so that transparency counts, too."""
    grounds = [_apart(_on(one, ground), _on(other, ground)) for ground in ("white", "black")]
    apart = numpy.maximum(*grounds)
    return Distance(float(apart.mean()), float(numpy.percentile(apart, 99)))


def opened(content: bytes) -> Image.Image:
    """Open the rendition with another library than the one that wrote it: of an animation, the second frame."""
    image = Image.open(io.BytesIO(content))
    if getattr(image, "n_frames", 1) > 1:
        image.seek(1)
    return image


@functools.cache
def subjects() -> dict[str, tuple[bytes, Source]]:
    """The drawn pictures that the operations are tried on, with their facts."""
    scene, soft = _scene(), _soft()
    framed = numpy.full((HEIGHT + 60, WIDTH + 80, 3), (246, 244, 240), numpy.uint8)
    framed[20 : 20 + HEIGHT, 50 : 50 + WIDTH] = scene
    frames = [scene, scene[:, ::-1, ::-1], 255 - scene]
    png, gif, tiff = ImageFormat.PNG, ImageFormat.GIF, ImageFormat.TIFF
    return {
        "scene": (_image(scene).pngsave_buffer(), Source(png, WIDTH, HEIGHT)),
        "soft": (_image(soft).pngsave_buffer(), Source(png, WIDTH, HEIGHT, has_alpha=True)),
        "framed": (_image(framed).pngsave_buffer(), Source(png, WIDTH + 80, HEIGHT + 60)),
        "moving": (_roll(frames).gifsave_buffer(dither=0), Source(gif, WIDTH, HEIGHT, pages=3, animated=True)),
        "pages": (_roll(frames).tiffsave_buffer(compression="lzw"), Source(tiff, WIDTH, HEIGHT, pages=3)),
        "badge": (_image(_badge()).pngsave_buffer(), Source(png, 60, 40, has_alpha=True)),
    }


def _scene() -> numpy.ndarray:
    """A sky with a sun, a hill, a house, and stripes as fine as pixels are."""
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    picture = numpy.stack([90 + 0.7 * y, 150 + 0.5 * y, 235 - 0.2 * x], axis=-1)
    picture[(x - 60) ** 2 + (y - 40) ** 2 < 24**2] = (255, 214, 60)
    hill = y > 105 + 18 * numpy.sin(x / 38)
    picture[hill] = numpy.stack([40 + 0.25 * x, 150 - 0.3 * y, 50 + 0.1 * x], axis=-1)[hill]
    picture[60:125, 165:215] = (188, 52, 44)
    picture[92:125, 182:198] = (250, 248, 240)
    picture[66:84, 170:210][:, ::2] = (30, 34, 60)
    picture[130:150, 20:90] = numpy.repeat(((x + y) % 4 < 2)[130:150, 20:90, None] * 200.0 + 20, 3, axis=-1)
    return numpy.clip(picture, 0, 255).astype(numpy.uint8)


def _soft() -> numpy.ndarray:
    """The same, through a round window with a soft edge; what is hidden is black."""
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    alpha = numpy.clip((76 - numpy.hypot((x - 120) / 1.4, y - 80)) / 20, 0, 1) * 255
    hidden = numpy.where(alpha[..., None] > 0, _scene(), 0)
    return numpy.concatenate([hidden, alpha[..., None]], axis=-1).astype(numpy.uint8)


def _badge() -> numpy.ndarray:
    y, x = numpy.mgrid[0:40, 0:60].astype(float)
    ring = numpy.abs(numpy.hypot((x - 29.5) / 1.5, y - 19.5) - 14) < 4
    badge = numpy.zeros((40, 60, 4), numpy.uint8)
    badge[ring] = (255, 0, 160, 255)
    return badge


def _image(pixels: numpy.ndarray) -> pyvips.Image:
    return pyvips.Image.new_from_array(numpy.ascontiguousarray(pixels), interpretation="srgb")


def _roll(frames: Iterable[numpy.ndarray]) -> pyvips.Image:
    roll = pyvips.Image.arrayjoin([_image(frame) for frame in frames], across=1).copy()
    roll.set_type(pyvips.GValue.gint_type, "page-height", HEIGHT)
    roll.set_type(pyvips.GValue.array_int_type, "delay", [100] * 3)
    return roll


def _on(image: Image.Image, ground: str) -> pyvips.Image:
    seen = Image.new("RGBA", image.size, ground)
    seen.alpha_composite(image.convert("RGBA"))
    return _image(numpy.asarray(seen.convert("RGB")))


def _apart(one: pyvips.Image, other: pyvips.Image) -> numpy.ndarray:
    return one.dE00(other).numpy()


def _box(fit: Fit | None = None, **more: object) -> Transform:
    return Transform(width=72, height=72, fit=fit, **more)


def _wide(**more: object) -> Transform:
    return Transform(width=96, **more)


_GEOMETRY = (
    Golden("fit-cover", _box(Fit.COVER)),
    Golden("fit-contain", _box(Fit.CONTAIN, background="#204060")),
    Golden("fit-pad", Transform(width=72, height=72, fit=Fit.PAD, gravity=Gravity.NORTH)),
    Golden("fit-inside", Transform(width=60, height=72, fit=Fit.INSIDE)),
    Golden("fit-outside", Transform(width=40, height=50, fit=Fit.OUTSIDE)),
    Golden("fit-stretch", _box(Fit.STRETCH)),
    Golden("gravity-west", _box(gravity=Gravity.WEST)),
    Golden("gravity-attention", _box(gravity=Gravity.ATTENTION)),
    Golden("gravity-entropy", _box(gravity=Gravity.ENTROPY)),
    Golden("focal-point", _box(focal_point=(0.45, 0.25))),
    Golden("aspect-ratio", Transform(width=96, aspect_ratio=2.4)),
    Golden("dpr", Transform(width=32, height=32, dpr=2.5, padding=2)),
    Golden("upscale", Transform(width=96, height=96, crop=Crop(160, 60, 32, 32), allow_upscale=True)),
    Golden("linear-light", _wide(linear_light=True)),
    Golden("crop-pixels", Transform(width=72, crop=Crop(150, 50, 80, 80))),
    Golden("crop-ratio", Transform(width=72, crop=Crop.of_ratios(0.0, 0.5, 0.5, 0.5))),
    Golden("trim", _wide(trim=Trim()), subject="framed"),
    Golden("rotate", Transform(height=96, rotate=90)),
    Golden("flip", _wide(flip=True)),
    Golden("flop", _wide(flop=True)),
)

_LOOKS = (
    Golden("background", _wide(background="#e07020"), subject="soft"),
    Golden("background-half-clear", _wide(background="#e0702080"), subject="soft"),
    Golden("padding", Transform(width=80, padding=8, background="#e07020")),
    Golden("padding-half-clear", Transform(width=80, padding=8, background="#e0702080"), subject="soft"),
    Golden("corner-radius", _wide(corner_radius=20)),
    Golden("corner-radius-padded", Transform(width=80, padding=8, corner_radius=16, background="#e07020")),
    Golden("corner-radius-soft", _wide(crop=Crop(60, 30, 120, 80), corner_radius=30), subject="soft"),
    Golden("corner-radius-jpeg", _wide(corner_radius=32, background="#204060"), OutputFormat.JPEG),
    Golden("blur", _wide(blur=3)),
    Golden("blur-large", _wide(blur=24)),
    Golden("blur-soft", _wide(blur=3), subject="soft"),
    Golden("sharpen", _wide(sharpen=2)),
    Golden("sharpen-soft", _wide(sharpen=2), subject="soft"),
    Golden("brightness", _wide(brightness=1.4)),
    Golden("contrast", _wide(contrast=0.6)),
    Golden("saturation", _wide(saturation=1.8)),
    Golden("hue", _wide(hue=120)),
    Golden("grayscale", _wide(grayscale=True)),
    Golden("adjusted", _wide(brightness=1.2, contrast=1.3, saturation=0.5, hue=-40), subject="soft"),
    Golden("tint", _wide(tint="#a05a1e")),
)

_MARKS = (
    Golden("watermark-image", _wide(watermark=Watermark(image_id=MARK, scale=0.4, margin=4))),
    Golden("watermark-image-tiled", _wide(watermark=Watermark(image_id=MARK, scale=0.2, opacity=0.6, tile=True))),
    Golden("watermark-text", _wide(watermark=Watermark(text="© Ada", scale=0.8, color="#ffee00"))),
    Golden("watermark-soft", _wide(watermark=Watermark(text="Ωραία", scale=0.9)), subject="soft"),
)

_CODING = (
    Golden("page", _wide(page=3), subject="pages"),
    Golden("page-of-animation", _wide(page=2), subject="moving"),
    Golden("still", _wide(animated=False), OutputFormat.WEBP, "moving"),
    Golden("animation", _wide(grayscale=True, corner_radius=20), OutputFormat.GIF, "moving"),
    Golden("jpeg", _wide(), OutputFormat.JPEG),
    Golden("jpeg-progressive", _wide(quality=30, progressive=True), OutputFormat.JPEG),
    Golden("jpeg-of-soft", _wide(), OutputFormat.JPEG, "soft"),
    Golden("webp", _wide(), OutputFormat.WEBP),
    Golden("webp-lossless", _wide(lossless=True), OutputFormat.WEBP, "soft", is_plain=True),
    Golden("avif", _wide(), OutputFormat.AVIF),
    Golden("avif-lossless", _wide(lossless=True), OutputFormat.AVIF, is_plain=True),
    Golden("png", _wide(), subject="soft", is_plain=True),
    Golden("png-palette", _wide(quality=20)),
    Golden("gif", _wide(), OutputFormat.GIF, "soft"),
)

GOLDENS = (*_GEOMETRY, *_LOOKS, *_MARKS, *_CODING)


def main() -> None:
    """Make all of them again, say which look different now, and remove what no case is left for."""
    known = {golden.path for golden in GOLDENS}
    for path in set(FOLDER.glob("*.png")) - known:
        path.unlink()
        print(f"{path.stem}: gone")
    with tempfile.TemporaryDirectory() as folder:
        for golden in GOLDENS:
            image = opened(golden.made(Path(folder)))
            if golden.path.exists() and golden.kept.size == image.size and not distance(image, golden.kept).is_seen:
                continue
            image.convert("RGBA" if image.has_transparency_data else "RGB").save(golden.path, optimize=True)
            print(f"{golden.name}: {image.size[0]}×{image.size[1]}, {golden.path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
