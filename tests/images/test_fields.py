"""What people write is cleaned where that is harmless, and refused by name where it is not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.errors import InvalidInput
from imaging.images.fields import clean_custom, clean_filename, clean_focal_point, clean_tags, clean_text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("duck.jpg", "duck.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\duck.jpg", "duck.jpg"),
        ("a/b\\c.png", "c.png"),
        ("  line\r\nbreak\x00.gif ", "linebreak.gif"),
        ("cafe\u0301.jpg", "caf\u00e9.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("", "image"),
        ("..", "image"),
        ("/", "image"),
        ("\ud800.jpg", ".jpg"),
        (".jpg", ".jpg"),
    ],
)
def test_a_file_name_is_reduced_to_what_can_be_shown(given: str, kept: str) -> None:
    assert clean_filename(given) == kept


@given(st.text())
def test_any_file_name_becomes_one_that_every_system_can_hold(name: str) -> None:
    cleaned = clean_filename(name)
    assert 0 < len(cleaned.encode()) <= 255
    assert not set(cleaned) & {"/", "\\", "\n", "\x00"}


def test_a_long_file_name_keeps_its_ending() -> None:
    assert clean_filename("ü" * 400 + ".jpeg") == "ü" * 125 + ".jpeg"


def test_tags_are_trimmed_and_each_is_kept_once_as_it_was_first_typed() -> None:
    assert clean_tags([" New  York ", "new york", "Straße", "STRASSE", "cat"]) == ["New York", "Straße", "cat"]


def test_nothing_given_is_nothing() -> None:
    assert (clean_tags(None), clean_custom(None)) == ([], {})
    assert (clean_text("title", None), clean_focal_point(None)) == (None, None)


def test_an_empty_alt_text_says_that_a_picture_is_decoration() -> None:
    assert clean_text("alt_text", "") == ""


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("clean", "value", "field"),
    [
        (lambda value: clean_text("title", value), "x" * 501, ["title"]),
        (lambda value: clean_text("alt_text", value), "x" * 2001, ["alt_text"]),
        (lambda value: clean_text("description", value), "x" * 20_001, ["description"]),
        (lambda value: clean_text("title", value), "half \ud83d", ["title"]),
        (lambda value: clean_text("title", value), "nul \x00", ["title"]),
        (lambda value: clean_text("title", value), 7, ["title"]),
        (clean_tags, ["ok", "x" * 65], ["tags", "1"]),
        (clean_tags, ["  "], ["tags", "0"]),
        (clean_tags, [str(number) for number in range(51)], ["tags"]),
        (clean_tags, "cat", ["tags"]),
        (clean_tags, [1], ["tags", "0"]),
        (clean_custom, ["list"], ["custom"]),
        (clean_custom, {"a": "x" * 17_000}, ["custom"]),
        (clean_custom, {"a": float("nan")}, ["custom"]),
        (clean_custom, {"a": 2**63}, ["custom"]),
        (clean_custom, {"\ud800": 1}, ["custom"]),
        (clean_custom, nested(5_000), ["custom"]),
        (clean_focal_point, (1.1, 0), ["focal_point", "x"]),
        (clean_focal_point, (0.5, float("nan")), ["focal_point", "y"]),
        (clean_focal_point, (0.5, True), ["focal_point", "y"]),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(clean: Any, value: Any, field: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean(value)
    assert refused.value.field == field
