"""Sums up what camera and author wrote, whichever of EXIF, IPTC and XMP holds it."""

import datetime
import re
from typing import Any

from imaging.render.exif import Exif, Value
from imaging.render.facts import Metadata
from imaging.render.iptc import Iptc
from imaging.render.xmp import Xmp

MAKE, MODEL, DESCRIPTION, ARTIST, COPYRIGHT = 0x010F, 0x0110, 0x010E, 0x013B, 0x8298
EXPOSURE, F_NUMBER, ISO, FOCAL_LENGTH, LENS = 0x829A, 0x829D, 0x8827, 0x920A, 0xA434
TAKEN, DIGITIZED, TAKEN_OFFSET, DIGITIZED_OFFSET = 0x9003, 0x9004, 0x9011, 0x9012
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE, ALTITUDE_REF, ALTITUDE = 1, 2, 3, 4, 5, 6
MOST_KEYWORDS = 200

_CLOCK = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)$|Z$")


def summarise(exif: Exif, iptc: Iptc, xmp: Xmp) -> Metadata:
    """Return the summary; the camera's own words first, for captions those of the people who edited."""
    main, camera = exif.main, exif.camera
    return Metadata(
        camera_make=_text(main.get(MAKE)) or xmp.make or None,
        camera_model=_text(main.get(MODEL)) or xmp.model or None,
        lens=_text(camera.get(LENS)) or xmp.lens or None,
        exposure_s=_number(camera.get(EXPOSURE), 1e-9, 1e6),
        aperture_f=_number(camera.get(F_NUMBER), 1e-3, 1e4),
        iso=_whole(camera.get(ISO), 1, 10**9),
        focal_length_mm=_number(camera.get(FOCAL_LENGTH), 1e-3, 1e6),
        taken_at=_taken(camera) or _moment(xmp.taken, ""),
        latitude=_degrees(exif.gps, LATITUDE, LATITUDE_REF, "S", 90),
        longitude=_degrees(exif.gps, LONGITUDE, LONGITUDE_REF, "W", 180),
        altitude_m=_altitude(exif.gps),
        copyright=_text(main.get(COPYRIGHT)) or _text(iptc.get("CopyrightNotice")) or xmp.copyright or None,
        creator=_text(main.get(ARTIST)) or _text(iptc.get("By-line")) or xmp.creator or None,
        caption=xmp.caption or _text(iptc.get("Caption")) or _text(main.get(DESCRIPTION)) or None,
        keywords=_keywords(iptc, xmp),
    )


def _text(value: Any) -> str:  # whatever the file held under a name that should be text
    return value if isinstance(value, str) else ""


def _number(value: Value | None, least: float, most: float) -> float | None:
    if isinstance(value, tuple):
        value = value[0]
    if not isinstance(value, int | float) or not least <= value <= most:
        return None
    return float(f"{value:.10g}")


def _whole(value: Value | None, least: int, most: int) -> int | None:
    number = _number(value, least, most)
    return None if number is None else round(number)


def _taken(camera: dict[int, Value]) -> str | None:
    for tag, offset_tag in ((TAKEN, TAKEN_OFFSET), (DIGITIZED, DIGITIZED_OFFSET)):
        moment = _moment(_text(camera.get(tag)), _text(camera.get(offset_tag)))
        if moment:
            return moment
    return None


def _moment(clock: str, offset: str) -> str | None:
    """Return a time in UTC; a clock that tells no offset is taken to show UTC."""
    match = _CLOCK.match(clock)
    if not match:
        return None
    try:
        local = datetime.datetime(*(int(part or 0) for part in match.groups()), tzinfo=_zone(offset or clock))  # type: ignore[misc,arg-type]  # six numbers, which mypy cannot count
        return local.astimezone(datetime.UTC).isoformat()
    except (ValueError, OverflowError):
        return None


def _zone(text: str) -> datetime.timezone:
    match = _OFFSET.search(text)
    if not match or not match[1]:
        return datetime.UTC
    length = datetime.timedelta(hours=int(match[2]), minutes=int(match[3]))
    return datetime.timezone(-length if match[1] == "-" else length)


def _degrees(gps: dict[int, Value], tag: int, side_tag: int, negative: str, most: int) -> float | None:
    parts = gps.get(tag)
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    degrees, minutes, seconds = parts
    decimal = degrees + minutes / 60 + seconds / 3600
    if not 0 <= decimal <= most:
        return None
    is_negative = _text(gps.get(side_tag)).upper().startswith(negative)
    return round(-decimal if is_negative else decimal, 7)


def _altitude(gps: dict[int, Value]) -> float | None:
    metres = _number(gps.get(ALTITUDE), 0, 1e6)
    if metres is None:
        return None
    # 1 and 3 are below the sea, as a byte; some writers put it in a byte string.
    below = gps.get(ALTITUDE_REF) in (1, 3, b"\x01", b"\x03")
    return -metres if below else metres


def _keywords(iptc: Iptc, xmp: Xmp) -> tuple[str, ...]:
    words = iptc.get("Keywords", [])
    listed = words if isinstance(words, list) else []
    return tuple(dict.fromkeys([*xmp.keywords, *listed]))[:MOST_KEYWORDS]
