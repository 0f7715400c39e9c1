"""Brings pixels to sRGB, and tells when a colour profile is sRGB by another name, so that they are there already."""

import struct

import pyvips

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


def is_srgb(image: pyvips.Image) -> bool:
    """Return whether the image's embedded profile means sRGB, within what eight bits can show."""
    if image.interpretation != "srgb":
        return False
    profile = image.get("icc-profile-data")
    try:
        tags = _tags(profile)
        return profile[16:20] == b"RGB " and b"A2B0" not in tags and _is_matched(tags)
    except (struct.error, KeyError):
        return False


def in_srgb(image: pyvips.Image) -> pyvips.Image | None:
    """Return the opaque RGB image converted from its profile; None for what must be converted while it is read.

    Transparency and other colour models need that: libvips has mixed their pixels by the time it gives them out.
    """
    if image.bands != 3 or image.interpretation != "srgb" or image.get("icc-profile-data")[16:20] != b"RGB ":
        return None
    # A profile that turns out broken counts as none, and no profile means sRGB.
    return image.icc_transform("srgb", embedded=True, input_profile="srgb")


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
