"""HEIC as it comes from pi-heif."""

import pi_heif
import pytest

from imaging.render.heif import open_heif
from tests import pictures


@pytest.mark.parametrize("path", pictures.heic(), ids=lambda path: path.name)
def test_pixels_outlive_the_decoder_that_made_them(path):
    heif = pi_heif.open_heif(path)
    expected = bytes(heif.data)
    opened = open_heif(path)
    # Whatever was freed is used again and again.
    taken = [bytearray(b"\xaa") * len(expected) for _ in range(50)]
    assert opened.write_to_memory() == expected
    assert len(taken) == 50
