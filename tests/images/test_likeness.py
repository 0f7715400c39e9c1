"""The arithmetic of perceptual hashes: how far apart they are, and that none that is near is missed."""

import random

from hypothesis import given
from hypothesis import strategies as st

from imaging.images.likeness import BANDS, MOST_BITS_APART, band_of, bits_apart, nearest_bands, tells_apart


@given(st.integers(0, 2**64 - 1), st.integers(0, MOST_BITS_APART), st.randoms(use_true_random=False))
def test_a_hash_that_is_near_has_a_band_among_the_nearest_of_ours(
    value: int, apart: int, chance: random.Random
) -> None:
    ours = f"{value:016x}"
    theirs = f"{value ^ sum(1 << bit for bit in chance.sample(range(64), apart)):016x}"
    assert bits_apart(ours, theirs) == bits_apart(theirs, ours) == apart
    assert any(band_of(theirs, band) in set(nearest_bands(band_of(ours, band))) for band in BANDS)


def test_each_band_has_seventeen_values_that_are_nearest() -> None:
    values = list(nearest_bands("00ff"))
    assert (values[0], len(set(values))) == ("00ff", 17)
    assert all(len(value) == 4 and bits_apart("00ff", value) <= 1 for value in values)


def test_the_bands_together_are_the_hash() -> None:
    assert "".join(band_of("0123456789abcdef", band) for band in BANDS) == "0123456789abcdef"


def test_hashes_of_flat_pictures_and_gradients_tell_nothing_apart() -> None:
    flat, gradient, photograph = "8000000000000000", "8080808000808080", "9d2bc4c62e705bb9"
    assert [tells_apart(hash) for hash in (flat, gradient, photograph)] == [False, False, True]
