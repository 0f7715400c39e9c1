"""The inside of a decoder process: what runs there, and how its failures are named."""

import importlib
from typing import Any

import pyvips

from imaging.render.codecs import allow_savers
from imaging.render.fonts import ignore_other_fonts
from imaging.render.inspect import inspect_image
from imaging.render.lettering import load_font
from imaging.render.loaders import READ_BY_LIBVIPS, allow_loaders
from imaging.render.rejection import rejection, too_hungry

DEEDS = ("imaging.render.inspect:inspect", "imaging.render.render:render")


def warm() -> None:
    """Open the loaders we trust, and pay for first uses before the first request does."""
    allow_loaders(*READ_BY_LIBVIPS)
    allow_savers()
    ignore_other_fonts()
    load_font()
    # A cache of operations would keep pixels of one picture alive while the next is decoded.
    pyvips.cache_set_max(0)
    for deed in DEEDS:
        _function(deed)
    inspect_image(pyvips.Image.jpegload_buffer(pyvips.Image.black(32, 32, bands=3).jpegsave_buffer()))


def call(deed: str, *args: object) -> Any:  # what the deed returns
    """Do `module:function` with the arguments.

    Raises:
        FileRejected: also for what the libraries raise, so that it means something outside.
    """
    try:
        return _function(deed)(*args)
    except MemoryError:
        raise too_hungry() from None
    except pyvips.Error as failure:
        raise rejection(str(failure)) from None


def _function(deed: str) -> Any:  # a function of any signature
    module, name = deed.split(":")
    return getattr(importlib.import_module(module), name)
