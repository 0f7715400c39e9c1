"""Brings pixels to sRGB, and tells when a colour profile is sRGB by another name, so that they are there already."""

import struct

import pyvips

PROFILE = "icc-profile-data"

_RGB = frozenset({"srgb", "rgb16"})
_COLOURS, _MOST_BANDS = 3, 4

# Source: IEC 61966-2-1, adapted to the D50 of ICC.1:2010: the primaries as XYZ, and the curve's parameters.
_PRIMARIES = {
    b"rXYZ": (0.4361, 0.2225, 0.0139),
    b"gXYZ": (0.3851, 0.7169, 0.0971),
    b"bXYZ": (0.1431, 0.0606, 0.7141),
}
_CURVES = (b"rTRC", b"gTRC", b"bTRC")
_PARAMETERS = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_CLOSE = 0.002
_PROBES = 16

# The black of ink becomes black; relative colorimetry would leave it the dark grey that ink on paper is.
INTENT = "perceptual"


def is_srgb(image: pyvips.Image) -> bool:
    """Return whether the image's embedded profile means sRGB, within what eight bits can show."""
    if image.interpretation != "srgb":
        return False
    profile = image.get(PROFILE)
    try:
        tags = _tags(profile)
        return profile[16:20] == b"RGB " and b"A2B0" not in tags and _is_matched(tags)
    except (struct.error, KeyError):
        return False


def without_profile(image: pyvips.Image) -> pyvips.Image:
    """Return the image without its profile, if it has one."""
    plain = image.copy()
    if image.get_typeof(PROFILE):
        plain.remove(PROFILE)
    return plain


def has_true_rgb_profile(image: pyvips.Image) -> bool:
    """Return whether the image's pixels are the red, green and blue of its profile, and it can be used."""
    if not image.get_typeof(PROFILE) or image.interpretation not in _RGB:
        return False
    profile = image.get(PROFILE)
    # Source: ICC.1:2022, 7.2.2 and 7.2.6. Writers of PNG refuse a profile that tells another length than it has.
    if profile[16:20] != b"RGB " or int.from_bytes(profile[:4], "big") != len(profile):
        return False
    try:
        # Nothing is converted yet. Where libvips cannot use a profile, it puts one of its own in its place.
        return bool(image.icc_import(embedded=True).get(PROFILE) == profile)
    except pyvips.Error:
        return False


def in_srgb(image: pyvips.Image) -> pyvips.Image:
    """Convert to sRGB of 8 bits, with alpha where there is some, through the embedded profile if it leads anywhere."""
    has_profile = image.get_typeof(PROFILE) and not is_srgb(image)
    if not has_profile and image.interpretation != "cmyk":
        return eight_bit(without_profile(image))
    try:
        return eight_bit(without_profile(image.icc_transform("srgb", embedded=True, depth=8, intent=INTENT)))
    except pyvips.Error:
        return eight_bit(without_profile(image))


def eight_bit(image: pyvips.Image) -> pyvips.Image:
    """Convert to red, green and blue of 8 bits, with alpha where there is some, whatever a profile says."""
    if image.interpretation == "multiband":
        image = _as_colours(image)
    if image.interpretation != "srgb":
        image = image.colourspace("srgb")
    if image.format != "uchar":
        image = image.cast("uchar")
    return image.extract_band(0, n=_MOST_BANDS) if image.bands > _MOST_BANDS else image.copy()


def _as_colours(image: pyvips.Image) -> pyvips.Image:
    """Call channels that the file does not name by what so many usually are."""
    is_deep = image.format == "ushort"
    if image.bands < _COLOURS:
        return image.copy(interpretation="grey16" if is_deep else "b-w")
    return image.copy(interpretation="rgb16" if is_deep else "srgb")


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    rows = (struct.unpack_from(">4sII", profile, 132 + 12 * row) for row in range(min(count, 100)))
    return {name: profile[offset : offset + size] for name, offset, size in rows}


def _is_matched(tags: dict[bytes, bytes]) -> bool:
    primaries = all(_are_close(_fixed(tags[name], 3), wanted) for name, wanted in _PRIMARIES.items())
    return primaries and all(_is_srgb_curve(tags[name]) for name in _CURVES)


def _is_srgb_curve(curve: bytes) -> bool:
    if curve[:4] == b"para":
        (kind,) = struct.unpack_from(">H", curve, 8)
        return kind == 3 and _are_close(_fixed(curve, 5, start=12), _PARAMETERS)
    (count,) = struct.unpack_from(">I", curve, 8)
    if curve[:4] != b"curv" or count < _PROBES:
        return False
    table = struct.unpack_from(f">{count}H", curve, 12)
    places = [(count - 1) * probe // _PROBES for probe in range(_PROBES + 1)]
    return _are_close([table[place] / 65_535 for place in places], [_linear(place / (count - 1)) for place in places])


def _linear(value: float) -> float:
    gamma, scale, shift, slope, knee = _PARAMETERS
    return float((scale * value + shift) ** gamma) if value >= knee else slope * value


def _fixed(tag: bytes, count: int, start: int = 8) -> list[float]:
    return [number / 65_536 for number in struct.unpack_from(f">{count}i", tag, start)]


def _are_close(found: list[float], wanted: list[float] | tuple[float, ...]) -> bool:
    return all(abs(one - other) <= _CLOSE for one, other in zip(found, wanted, strict=True))
