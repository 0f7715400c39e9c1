"""A file is called what its server calls it, or what its URL ends with."""

import pytest
from yarl import URL

from imaging.adapters.told_filenames import told_filename

AT = URL("https://example.com/some/sunset%20%C3%A4.jpg?x=1", encoded=True)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("", "sunset ä.jpg"),
        ("inline", "sunset ä.jpg"),
        ("attachment; filename=a.jpg", "a.jpg"),
        ('attachment; filename="a b.jpg"', "a b.jpg"),
        ("attachment; filename=\"a.jpg\"; filename*=UTF-8''%C3%A4.jpg", "ä.jpg"),
        ("attachment; filename*=utf-8'en'%E2%82%AC.png", "€.png"),
        ("attachment; filename*=iso-8859-1''%E4.jpg", "ä.jpg"),
        ("attachment; filename*=no-such-set''x.jpg; filename=y.jpg", "y.jpg"),
        ('attachment; filename="../../x.jpg"', "../../x.jpg"),
        (";;;=;\"'", "sunset ä.jpg"),
        ("attachment; filename*0=a; filename*1=b.jpg", "ab.jpg"),
        ("attachment; filename=" + "a" * 10_000, "a" * 1_979),
    ],
)
def test_the_name_is_what_the_server_says_else_what_the_url_says(header: str, name: str) -> None:
    assert told_filename({"Content-Disposition": header}, AT) == name


def test_there_may_be_no_name() -> None:
    assert told_filename({}, URL("https://example.com/")) == ""
