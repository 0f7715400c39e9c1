"""Names in addresses."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.delivery.address import _NAME
from imaging.delivery.slug import slug


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("IMG_0042.JPG", "img-0042"),
        ("Straße in Łódź – Œuvre.jpeg", "strasse-in-lodz-oeuvre"),
        ("crème brûlée.v2.png", "creme-brulee-v2"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\duck.jpg", "duck"),
        ("写真.jpg", "image"),
        ("", "image"),
        (".gitignore", "gitignore"),
        ("no extension", "no-extension"),
        ("a" * 300 + ".png", "a" * 80),
        ("a" * 79 + "-b.png", "a" * 79),
        ("ﬁne ½.png", "fine-1-2"),
    ],
)
def test_a_name_is_what_is_left_in_plain_letters(filename: str, name: str) -> None:
    assert slug(filename) == name


@given(st.text())
def test_every_file_name_gives_a_name_that_an_address_may_hold(filename: str) -> None:
    assert re.fullmatch(_NAME, slug(filename) + ".jpg")
    assert len(slug(filename)) <= 80
