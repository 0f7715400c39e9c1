"""Which format a browser gets when the address leaves it open. No pyvips here."""

import re

from imaging.render.choices import Fit, OutputFormat
from imaging.render.facts import Source
from imaging.render.transform import Transform

MEDIA_TYPES = {
    OutputFormat.AVIF: "image/avif",
    OutputFormat.WEBP: "image/webp",
    OutputFormat.JPEG: "image/jpeg",
    OutputFormat.PNG: "image/png",
    OutputFormat.GIF: "image/gif",
    OutputFormat.JPEG_XL: "image/jxl",
}

OFFERS = (OutputFormat.AVIF, OutputFormat.WEBP)
"""What a browser may get instead of the fallback, the better first."""

QVALUE = r"0(?:\.[0-9]*)?|1(?:\.0*)?|\.[0-9]+"
"""How a weight is written, as a regular expression; JavaScript reads it alike."""

_BLANKS = " \t"
_OPAQUE = 255


def moves(wish: Transform, source: Source) -> bool:
    """Return whether the wish is for all frames of a source that moves."""
    return source.animated and wish.animated and wish.page is None


def shows_through(wish: Transform, source: Source) -> bool:
    """Return whether the result can be seen through somewhere, in a format that can say so."""
    if wish.corner_radius:
        return True
    alpha = _OPAQUE if wish.background is None else int(wish.background[7:] or "ff", 16)
    lies_bare = source.has_alpha or wish.padding > 0 or wish.fit in (Fit.CONTAIN, Fit.PAD)
    return (alpha < _OPAQUE and lies_bare) or (source.has_alpha and wish.background is None)


def choose_fallback(wish: Transform, source: Source) -> OutputFormat:
    """Return the format that every browser reads: GIF when it moves, PNG when it is see-through, else JPEG."""
    if moves(wish, source):
        return OutputFormat.GIF
    return OutputFormat.PNG if wish.lossless or shows_through(wish, source) else OutputFormat.JPEG


def ranked(
    accept: str, wish: Transform, source: Source, fallback: OutputFormat, formats: frozenset[OutputFormat]
) -> tuple[OutputFormat, ...]:
    """Return the formats that an `Accept` header takes, best first; where q are equal, AVIF, WebP, the fallback.

    The fallback is always there, and last. AVIF and WebP must be named: a wildcard says nothing about them, old
    browsers send it too. AVIF is only for stills, and not for what is to be lossless: there WebP is smaller.
    `formats` are those that can be written.
    """
    weights = _weights(accept)
    offers = [offer for offer in OFFERS if offer in formats]
    if OutputFormat.AVIF in offers and (moves(wish, source) or wish.lossless):
        offers.remove(OutputFormat.AVIF)
    floor = _fallback_weight(weights, MEDIA_TYPES[fallback])
    liked = {offer: weights.get(MEDIA_TYPES[offer], 0.0) for offer in offers}
    better = [offer for offer in offers if liked[offer] > 0 and liked[offer] >= floor]
    return (*sorted(better, key=lambda offer: -liked[offer]), fallback)


def _fallback_weight(weights: dict[str, float], media_type: str) -> float:
    for pattern in (media_type, "image/*", "*/*"):
        if pattern in weights:
            return weights[pattern]
    return 0.0


def _weights(accept: str) -> dict[str, float]:
    """Read media types and their q, as RFC 9110 section 12.5.1 has them; what cannot be read is left out."""
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        media_type, *parameters = (piece.strip(_BLANKS) for piece in part.split(";"))
        weight = _weight(parameters)
        if media_type and weight is not None:
            weights[media_type] = weight
    return weights


def _weight(parameters: list[str]) -> float | None:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip(_BLANKS) == "q":
            written = value.strip(_BLANKS)
            return float(written) if re.fullmatch(QVALUE, written) else None
    return 1.0
