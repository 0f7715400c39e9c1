import pytest

from imaging.graphql.transport.accept import EVENTS, GRAPHQL, JSON, PARTS, negotiate, prefers_html, single, streamed

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


IN_PARTS = f'{PARTS};boundary="graphql";subscriptionSpec=1.0'


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, None),
        ("*/*", None),
        ("text/*, multipart/*", None),
        (EVENTS, EVENTS),
        (f"{EVENTS};q=0", None),
        (f"{JSON}, {EVENTS};q=0.1", EVENTS),
        (f"{IN_PARTS},{JSON}", PARTS),
        (f'{PARTS};subscriptionSpec="1.0"', PARTS),
        (PARTS, None),
        (f"{PARTS};deferSpec=20220824, {JSON}", None),
        (f"{EVENTS}, {IN_PARTS}", EVENTS),
        (f"{IN_PARTS}, {EVENTS}", PARTS),
        (f"{IN_PARTS};q=0.5, {EVENTS};q=0.6", EVENTS),
    ],
)
def test_a_subscription_takes_the_form_that_accept_names_first(accept: str | None, chosen: str | None) -> None:
    assert streamed(accept) == chosen


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("*/*", JSON),
        (f"{GRAPHQL}, {JSON}, {EVENTS}, {PARTS}", GRAPHQL),
        (f"{JSON}, {EVENTS}", JSON),
        (f"*/*, {EVENTS}", JSON),
        (f"{JSON};q=0.5, {EVENTS}", EVENTS),
        (f"{EVENTS}, {JSON}", EVENTS),
        (f"{EVENTS};q=0.9, {JSON}", JSON),
        (EVENTS, EVENTS),
        (f"{JSON};q=0, {EVENTS}", EVENTS),
        (f"{IN_PARTS}, {JSON}", JSON),
        (IN_PARTS, PARTS),
        ("text/*", None),
    ],
)
def test_one_answer_is_an_event_only_for_who_wants_that_most(accept: str | None, chosen: str | None) -> None:
    assert single(accept) == chosen
