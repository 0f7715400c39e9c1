"""How much memory and time a picture is expected to take while it is decoded: arithmetic on what its header claims.

The estimates err towards too much; what a process may really take is limited elsewhere. No pyvips here.
"""

from imaging.render.estimate import encoder_bytes
from imaging.render.facts import ImageFormat
from imaging.render.headers.parts import Claim
from imaging.render.plan import Plan

MIB = 1024 * 1024

# Buffers of strips, measured over pictures of up to 100 megapixels: some for any picture, some by its size.
_BASE_BYTES = 32 * MIB
_STRIPS = 0.6

# Formats of which nothing can be had until the whole page is decoded, in bytes per pixel, measured.
_WHOLE = {
    ImageFormat.WEBP: 4.0,
    ImageFormat.GIF: 5.0,
    ImageFormat.AVIF: 15.0,
    ImageFormat.HEIC: 12.0,
    ImageFormat.TIFF: 4.0,
}
# What moves is held whole beside what is made of it; what stands still takes what its encoder does, or its rows.
_MOVING_BYTES = 8
_PIXEL_BYTES = 4


def inspecting_bytes(format: ImageFormat, claim: Claim) -> int:
    """Return what reading all pixels of a picture is expected to take."""
    return _BASE_BYTES + claim.held_bytes + int(claim.pixels * (_STRIPS + _WHOLE.get(format, 0.0)))


def rendering_bytes(claim: Claim, plan: Plan) -> int:
    """Return what making a rendition is expected to take."""
    held = plan.resized.pixels * _PIXEL_BYTES if plan.random_access else 0
    frames = plan.pages * plan.width * plan.height * (_MOVING_BYTES if plan.pages > 1 else _PIXEL_BYTES)
    return inspecting_bytes(plan.source.format, claim) + held + int(max(frames, encoder_bytes(plan)))


def rendering_pixels(claim: Claim, plan: Plan) -> int:
    """Return how many pixels are read and written: the time that a rendition takes grows with both."""
    return plan.pages * (claim.pixels + plan.width * plan.height)


def laying_bytes(format: ImageFormat, claim: Claim, plan: Plan) -> int:
    """Return what laying the watermark's image over the picture is expected to take: it is never larger than that."""
    return inspecting_bytes(format, claim) + plan.width * plan.height * _PIXEL_BYTES
