import pytest

from imaging.graphql.transport.accept import GRAPHQL, JSON, negotiate, prefers_html

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON}", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", GRAPHQL),
        (f"{JSON}, */*", JSON),
        (f"{GRAPHQL}, */*", GRAPHQL),
        (f"{GRAPHQL}; q=0.5, {JSON}", JSON),
        (f"{GRAPHQL};charset=utf-8;q=1, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0, */*;q=0.1", JSON),
        (f"{JSON};q=0, application/*", GRAPHQL),
        ("APPLICATION/JSON", JSON),
        (f"{GRAPHQL}, {JSON}, text/event-stream", GRAPHQL),
        ("text/event-stream", None),
        ("text/html", None),
        (f"{JSON};q=0", None),
        (f"{JSON};q=nonsense", None),
        (f"{JSON};q=nan", None),
        ("*/*;q=0", None),
        (",,;q=1,", None),
    ],
)
def test_the_answer_takes_the_form_that_accept_prefers(accept: str | None, chosen: str | None) -> None:
    assert negotiate(accept) == chosen


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (BROWSER, True),
        ("text/html", True),
        (f"text/html;q=0.5, {JSON}", False),
        (f"{JSON}, text/html;q=0.9", False),
        ("*/*", False),
        ("text/*", False),
        (None, False),
        ("text/html;q=0, */*", False),
    ],
)
def test_only_who_names_html_first_gets_the_page(accept: str | None, page: bool) -> None:
    assert prefers_html(accept) is page
