"""Libvips used directly: what a program of three lines would do, with the settings of our encoders."""

from pathlib import Path
from typing import Any

import pyvips

from benchmarks.jobs import QUALITY, Job
from imaging.render.choices import OutputFormat

# A test holds these to what imaging.render.codecs does.
SETTINGS: dict[OutputFormat, tuple[str, dict[str, Any]]] = {
    OutputFormat.JPEG: ("jpegsave", {"Q": QUALITY[OutputFormat.JPEG]}),
    OutputFormat.WEBP: ("webpsave", {"Q": QUALITY[OutputFormat.WEBP], "effort": 2}),
    OutputFormat.AVIF: (
        "heifsave",
        {"Q": QUALITY[OutputFormat.AVIF], "compression": "av1", "effort": 0, "bitdepth": 8},
    ),
    OutputFormat.PNG: ("pngsave", {"compression": 3, "filter": 0x40}),
}


def to_file(job: Job, target: Path) -> None:
    """Shrink a file into another file."""
    saver, settings = SETTINGS[job.format]
    image = pyvips.Image.thumbnail(str(job.photo), job.width)
    pyvips.Operation.call(saver, image, str(target), keep=0, **settings)


def to_bytes(job: Job) -> bytes:
    """Shrink a file into memory."""
    return encoded(pyvips.Image.thumbnail(str(job.photo), job.width), job.format)


def encoded(image: pyvips.Image, format: OutputFormat) -> bytes:
    """Write an image into memory."""
    saver, settings = SETTINGS[format]
    body: bytes = pyvips.Operation.call(f"{saver}_buffer", image, keep=0, **settings)
    return body


def suffix(format: OutputFormat) -> tuple[str, str]:
    """Return the ending of a file, and the settings in brackets, as the program of libvips 8.14 wants them."""
    settings = {name: value for name, value in SETTINGS[format][1].items() if name != "bitdepth"}
    told = [f"{name}={'avg' if name == 'filter' else value}" for name, value in settings.items()]
    # It knows an AVIF by its coding, not by the name.
    ending = ".heif" if format is OutputFormat.AVIF else f".{format.value}"
    return ending, f"[{','.join([*told, 'strip'])}]"
