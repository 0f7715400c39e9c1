"""Files to upload in the tour: a photograph-sized JPEG, an animation and a drawing, unlike any of the demo's."""

import math
from pathlib import Path

import pyvips

from imaging.render.drawings.canvas import moving

PHOTOGRAPH_WIDTH, PHOTOGRAPH_HEIGHT = 6_000, 4_000

_LIGHTHOUSE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 400">
<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#2b2d5b"/><stop offset=".55" stop-color="#c8553d"/>
<stop offset=".7" stop-color="#f6ae6d"/></linearGradient>
<linearGradient id="beam"><stop stop-color="#fff3b0" stop-opacity=".9"/>
<stop offset="1" stop-color="#fff3b0" stop-opacity="0"/>
</linearGradient></defs>
<rect width="600" height="400" fill="url(#sky)"/><rect y="290" width="600" height="110" fill="#1f2a44"/>
<path d="M0 300Q150 292 300 300T600 298" stroke="#f6ae6d" stroke-opacity=".5" fill="none"/>
<path d="M420 104 600 40V150z" fill="url(#beam)"/>
<path d="M340 330Q400 270 470 292T600 320V400H300z" fill="#14161f"/>
<path d="M398 290 406 122H434L442 290z" fill="#f4f1ea"/>
<path d="M403 190H437L438.500 222H401.500zM400 254H440L441.500 284H398.500z" fill="#b8322a"/>
<path d="M402 116H438V124H402z" fill="#20222b"/><rect x="409" y="94" width="22" height="22" fill="#fff3b0"/>
<path d="M405 94 420 78 435 94z" fill="#b8322a"/></svg>"""

_BADGE = """<svg xmlns="http://www.w3.org/2000/svg" width="320" height="320" viewBox="0 0 320 320">
<circle cx="160" cy="160" r="150" fill="#1d3557"/>
<circle cx="160" cy="160" r="126" fill="none" stroke="#a8dadc" stroke-width="8"/>
<path d="M90 210 140 130 175 180 200 150 235 210z" fill="#f1faee"/>
<circle cx="210" cy="110" r="20" fill="#ffb703"/></svg>
"""

_ORBIT = """<svg xmlns="http://www.w3.org/2000/svg" width="240" height="240" viewBox="-120 -120 240 240">
<rect x="-120" y="-120" width="240" height="240" fill="#0b132b"/><circle r="34" fill="#ffd166"/>
<circle r="90" fill="none" stroke="#3a506b" stroke-width="2"/>
<circle cx="{x:.2f}" cy="{y:.2f}" r="14" fill="#6fffe9"/></svg>"""


def lighthouse(path: Path) -> None:
    """Write a 24-megapixel JPEG with a camera's EXIF: a lighthouse at dusk."""
    drawn = pyvips.Image.thumbnail_buffer(_LIGHTHOUSE.encode(), PHOTOGRAPH_WIDTH, height=PHOTOGRAPH_HEIGHT)
    grain = pyvips.Image.gaussnoise(PHOTOGRAPH_WIDTH, PHOTOGRAPH_HEIGHT, sigma=5, mean=0, seed=1)
    picture = (drawn.extract_band(0, n=3) + grain).cast("uchar").copy(interpretation="srgb")
    written = {
        "exif-ifd0-Make": "imaging",
        "exif-ifd0-Model": "Easel 3",
        "exif-ifd0-Copyright": "Drawn by imaging",
        "exif-ifd2-DateTimeOriginal": "2026:06:21 21:42:00",
        "exif-ifd2-FNumber": "56/10",
        "exif-ifd2-ExposureTime": "1/60",
        "exif-ifd3-GPSLatitudeRef": "N",
        "exif-ifd3-GPSLatitude": "54/1 10/1 57/1",
        "exif-ifd3-GPSLongitudeRef": "E",
        "exif-ifd3-GPSLongitude": "7/1 52/1 56/1",
    }
    for name, value in written.items():
        picture.set_type(pyvips.GValue.gstr_type, name, value)
    picture.jpegsave(str(path), Q=85)


def orbit(path: Path) -> None:
    """Write an animated GIF: something that goes round and round."""
    angles = [step * 2 * math.pi / 24 for step in range(24)]
    drawn = [_ORBIT.format(x=90 * math.cos(angle), y=90 * math.sin(angle)) for angle in angles]
    frames = [pyvips.Image.svgload_buffer(frame.encode()).flatten() for frame in drawn]
    moving(frames, delay_ms=50).gifsave(str(path))


def badge(path: Path) -> None:
    """Write an SVG: a badge with mountains."""
    path.write_text(_BADGE)
