"""Decides which of libvips' readers this process may use: the ones named here, and no other."""

import pyvips

from imaging.render.facts import ImageFormat

_CLASSES = {
    ImageFormat.JPEG: "VipsForeignLoadJpeg",
    ImageFormat.PNG: "VipsForeignLoadPng",
    ImageFormat.WEBP: "VipsForeignLoadWebp",
    ImageFormat.AVIF: "VipsForeignLoadHeif",
    ImageFormat.GIF: "VipsForeignLoadNsgif",
    ImageFormat.TIFF: "VipsForeignLoadTiff",
    ImageFormat.SVG: "VipsForeignLoadSvg",
}

READ_BY_LIBVIPS = tuple(_CLASSES)
"""All that we let libvips read; HEIC is never read through it (see `heif`)."""


def allow_loaders(*formats: ImageFormat) -> None:
    """Let this process read these formats through libvips and nothing else; without any, nothing at all.

    To be called first thing in a process.
    """
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for format in formats:
        pyvips.operation_block_set(_CLASSES[format], False)
