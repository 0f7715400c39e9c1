"""Opens HEIC, which libvips cannot: through pi-heif, which only decodes."""

from pathlib import Path

import pi_heif
import pyvips

from imaging.errors import CorruptFile, TruncatedFile
from imaging.render.exif import upright
from imaging.render.facts import Limits
from imaging.render.header import check_size

# Whatever pi-heif does not understand it raises as one of these.
_FAILURES = (ValueError, EOFError, SyntaxError, RuntimeError, OSError, IndexError)
_BLOCKS = {"icc_profile": "icc-profile-data", "exif": "exif-data", "xmp": "xmp-data"}


def open_heif(path: Path, limits: Limits | None = None) -> pyvips.Image:
    """Decode the primary picture of a HEIC file, upright, of eight bits a channel, with its profile and metadata.

    The decoder turns it as the container says; the EXIF orientation, which repeats that, is neutralised.

    Raises:
        FileRejected: it is damaged, incomplete or too large.
    """
    try:
        heif = pi_heif.open_heif(path, convert_hdr_to_8bit=True)
        primary = heif[heif.primary_index]
        width, height = primary.size
        check_size(width, height, limits or Limits())
        # A copy: what pi-heif hands out is freed with its picture, whoever still looks at it.
        pixels = bytes(primary.data)
    except _FAILURES as failure:
        raise _rejection(failure) from None
    if primary.premultiplied_alpha:
        raise CorruptFile("This HEIC file stores its transparency in a way we do not read")
    width, height = primary.size
    image = pyvips.Image.new_from_memory(pixels, width, height, len(primary.mode), "uchar")
    image = image.copy(interpretation="b-w" if len(primary.mode) < 3 else "srgb")
    for name, field in _BLOCKS.items():
        block = primary.info.get(name)
        if block:
            image.set_type(pyvips.GValue.blob_type, field, upright(block) if name == "exif" else bytes(block))
    return image


def _rejection(failure: Exception) -> CorruptFile | TruncatedFile:
    if isinstance(failure, EOFError) or "end of file" in str(failure).lower():
        return TruncatedFile("This file ends before its picture does")
    return CorruptFile("This HEIC file cannot be decoded")
