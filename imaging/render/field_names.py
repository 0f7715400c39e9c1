"""Names of the metadata fields that an opened picture carries."""

import pyvips
from pyvips import ffi, glib_lib, vips_lib


def field_names(image: pyvips.Image) -> list[str]:
    """Return the names; pyvips' own list fails on a PNG whose comments are named in Latin 1, as PNG wants them.

    A letter that is not UTF-8 comes out as a replacement: such a field can be told from ours, and no more.
    """
    names = vips_lib.vips_image_get_fields(image.pointer)
    found: list[str] = []
    while (name := names[len(found)]) != ffi.NULL:
        found.append(ffi.string(name).decode(errors="replace"))
        glib_lib.g_free(name)
    glib_lib.g_free(names)
    return found
