"""Sharpen the picture."""

import pyvips

from imaging.render.plan import Plan
from imaging.render.steps.blur import blurred

# Below this alpha, of 255, the colour of a pixel is no more than the rounding of its neighbours.
_FAINT = 16


def sharpen(image: pyvips.Image, plan: Plan) -> pyvips.Image:
    """Sharpen how light it is by the wish's sigma, in pixels of the output; colours and transparency stay.

    libvips counts the sigma and curbs what would glow. What is transparent takes part as the colour that is seen next
    to it, so that no edge is sharpened against a colour that nobody sees.
    """
    sigma = plan.wish.sharpen
    if sigma is None:
        return image
    if not image.hasalpha():
        return image.sharpen(sigma=sigma)
    return _seen(image, sigma)[:3].copy(interpretation="srgb").sharpen(sigma=sigma).bandjoin(image[3])


def _seen(image: pyvips.Image, sigma: float) -> pyvips.Image:
    """Return the picture with the colours of what can be seen grown into what cannot."""
    return (image[3] < _FAINT).ifthenelse(blurred(image, max(1, sigma)), image)
