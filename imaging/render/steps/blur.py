"""Blur the picture."""

import math

import pyvips

from imaging.render.plan import Plan

# libvips convolves bytes with whole numbers of 7 bits. With a largest weight of at most 64, and a power of two for
# their sum, it takes ours as they are; any other sum darkens or brightens the picture, as its own Gaussian does.
_LARGEST_WEIGHT = 64
_REACH = 3.0

# What is blurred by more than twice this is first made smaller, until this is what is left to blur: seen through
# such a blur, the difference is at most a few of 255 levels, and time and memory stay those of a small blur.
_WELL_BLURRED = 8.0


def blur(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Blur by the wish's sigma, in pixels of the output; what lies outside is as the nearest edge."""
    return image if plan.wish.blur is None else blurred(image, plan.wish.blur)


def blurred(image: pyvips.Image, sigma: float) -> pyvips.Image:
    """Return the 8-bit picture under a Gaussian blur; transparent pixels lend it nothing of their colour."""
    if not image.hasalpha():
        return _blurred(image, sigma)
    premultiplied = (image.premultiply() + 0.5).cast("uchar")
    soft = (_blurred(premultiplied, sigma).unpremultiply() + 0.5).cast("uchar")
    return soft.copy(interpretation=image.interpretation)


def _blurred(image: pyvips.Image, sigma: float) -> pyvips.Image:
    factor = int(sigma // _WELL_BLURRED)
    if factor < 2:
        return image.convsep(_mask(sigma), precision="integer")
    margin = factor * math.ceil(_REACH * sigma / factor)
    width, height = (factor * math.ceil((side + 2 * margin) / factor) for side in (image.width, image.height))
    small = image.embed(margin, margin, width, height, extend="copy").shrink(factor, factor)
    # Held, because the enlarging reads rows again that a stream has passed.
    soft = small.convsep(_mask(sigma / factor), precision="integer").copy_memory()
    return soft.resize(factor, kernel="linear").crop(margin, margin, image.width, image.height)


def _mask(sigma: float) -> pyvips.Image:
    """Return one row of a Gaussian bell, in whole numbers."""
    reach = math.ceil(_REACH * sigma)
    bell = [math.exp(-((x / sigma) ** 2) / 2) for x in range(-reach, reach + 1)]
    total = 2 ** math.floor(math.log2(_LARGEST_WEIGHT * sum(bell)))
    weights = [math.floor(total * weight / sum(bell) + 0.5) for weight in bell]
    weights[reach] += total - sum(weights)
    return pyvips.Image.new_from_array([weights], scale=total)
