"""Change all colours alike: grayscale, brightness, contrast, saturation and hue, as CSS means them."""

import math

import pyvips

from imaging.render.plan import OPAQUE, Plan
from imaging.render.transform import Transform

Matrix = tuple[tuple[float, ...], ...]

# Source: Filter Effects Module Level 1, 9.5 and 9.6: how bright red, green and blue look. The sums for grayscale have
# one decimal more than those for saturate() and hue-rotate().
_GRAY = (0.2126, 0.7152, 0.0722)
_LUMA = (0.213, 0.715, 0.072)
_SINE = ((-0.213, -0.715, 0.928), (0.143, 0.140, -0.283), (-0.787, 0.715, 0.072))

# libvips cuts off what is behind the point.
_ROUNDING = 0.5


def adjust(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Change the colours as the wish says; transparency stays as it is.

    All five are one matrix, rounded and cut to what can be shown once, at the end. CSS cuts after each filter, so that
    what became brighter than white in the first is lost to the second: here a contrast below 1 brings it back.
    """
    matrix, offset = mix(plan.wish)
    if image.hasalpha():
        matrix = (*((*row, 0.0) for row in matrix), (0.0, 0.0, 0.0, 1.0))
        offset = (*offset, 0.0)
    scale = [row[band] for band, row in enumerate(matrix)]
    shift = [OPAQUE * value + _ROUNDING for value in offset]
    if all(value == 0 for band, row in enumerate(matrix) for other, value in enumerate(row) if band != other):
        return image.linear(scale, shift, uchar=True)
    mixed = image.recomb(pyvips.Image.new_from_array([list(row) for row in matrix])) + shift
    return mixed.cast("uchar").copy(interpretation=image.interpretation)


def mix(wish: Transform) -> tuple[Matrix, tuple[float, ...]]:
    """Return the 3×3 matrix and the offset, for colours from 0 to 1, that all of the wish's adjustments come to.

    Source: https://www.w3.org/TR/filter-effects-1/, brightness(), contrast(), and the matrices of 9.5 and 9.6.
    """
    matrix = (_GRAY,) * 3 if wish.grayscale else _towards(_LUMA, 1)
    factor = wish.brightness * wish.contrast
    matrix = tuple(tuple(factor * value for value in row) for row in matrix)
    gray = 0.5 - 0.5 * wish.contrast
    offset: tuple[float, ...] = (gray, gray, gray)
    for turned in (_towards(_LUMA, wish.saturation), _hue(wish.hue)):
        matrix = _times(turned, matrix)
        offset = tuple(sum(a * b for a, b in zip(row, offset, strict=True)) for row in turned)
    return matrix, offset


def _towards(gray: tuple[float, ...], amount: float) -> Matrix:
    """Return what lies between gray, at 0, and the colours as they are, at 1, and beyond."""
    return tuple(
        tuple(part * (1 - amount) + (amount if row == column else 0) for column, part in enumerate(gray))
        for row in range(3)
    )


def _hue(degrees: int) -> Matrix:
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return tuple(
        tuple(value + sine * across for value, across in zip(row, sines, strict=True))
        for row, sines in zip(_towards(_LUMA, cosine), _SINE, strict=True)
    )


def _times(left: Matrix, right: Matrix) -> Matrix:
    columns = tuple(zip(*right, strict=True))
    return tuple(tuple(sum(a * b for a, b in zip(row, column, strict=True)) for column in columns) for row in left)
