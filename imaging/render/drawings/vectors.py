"""Drawings without pixels."""

import math


def bauhaus() -> bytes:
    """Circles, bars and a triangle on cream."""
    return _svg(
        800,
        600,
        '<rect width="800" height="600" fill="#f3e9d8"/><circle cx="250" cy="250" r="170" fill="#d8412f"/>'
        '<rect x="330" y="120" width="340" height="70" fill="#1d3557"/>'
        '<path d="M420 520 640 520 530 240z" fill="#f2b134"/>'
        '<circle cx="250" cy="250" r="90" fill="none" stroke="#1c1c1c" stroke-width="14"/>'
        '<g stroke="#1c1c1c" stroke-width="10"><path d="M60 540H360M60 500H300M60 460H240"/></g>'
        '<path d="M560 330a120 120 0 0 1 120 120h-120z" fill="#4a9b8e"/>',
    )


def sailing_boat() -> bytes:
    """A boat with a red sail on a calm sea."""
    waves = "".join(
        f'<path d="M{-60 + 30 * (row % 2)} {430 + 34 * row}'
        + "q30 -16 60 0t60 0" * 8
        + f'" fill="none" stroke="#ffffff" stroke-opacity="{0.5 - row * 0.08:.2f}" stroke-width="5"/>'
        for row in range(5)
    )
    return _svg(
        900,
        600,
        '<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#8ecae6"/>'
        '<stop offset="1" stop-color="#fdf0d5"/>'
        '</linearGradient></defs><rect width="900" height="600" fill="url(#sky)"/>'
        '<circle cx="700" cy="150" r="60" fill="#ffb703"/><rect y="410" width="900" height="190" fill="#219ebc"/>'
        '<path d="M430 110V370H260Q330 240 430 110z" fill="#d62828"/>'
        '<path d="M446 150Q560 260 590 370H446z" fill="#f77f00"/>'
        '<path d="M220 388H640L580 452H280z" fill="#5b3a29"/>'
        '<rect x="430" y="90" width="12" height="300" fill="#3d2619"/>' + waves,
    )


def cubes() -> bytes:
    """Blocks stacked so that up and down change places."""
    side, parts = 60, []
    rise, half = side / 2, side * math.sqrt(3) / 2
    for row in range(10):
        for column in range(9):
            x, y = column * 2 * half + (row % 2) * half, row * 1.5 * side
            hue = 190 + 12 * row
            faces = (
                (f"M{x:.1f} {y:.1f}l{half:.1f} {rise}l{-half:.1f} {rise}l{-half:.1f} {-rise}z", 72),
                (f"M{x - half:.1f} {y + rise}l{half:.1f} {rise}v{side}l{-half:.1f} {-rise}z", 52),
                (f"M{x:.1f} {y + side}l{half:.1f} {-rise}v{side}l{-half:.1f} {rise}z", 34),
            )
            parts += [f'<path d="{path}" fill="hsl({hue},55%,{light}%)"/>' for path, light in faces]
    return _svg(840, 780, "".join(parts))


def _svg(width: int, height: int, body: str) -> bytes:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    return f"{head}{body}</svg>\n".encode()
