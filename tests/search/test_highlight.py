import html
import re

from hypothesis import given
from hypothesis import strategies as st

from imaging.search.highlight import SHOWN_CHARACTERS, highlight
from imaging.search.match import Matcher
from imaging.search.words import composed, terms


def marked(text: str, query: str) -> str | None:
    return highlight(text, Matcher(terms(query)))


def test_every_match_is_marked() -> None:
    assert marked("A boat and a Boat.", "boat") == "A <mark>boat</mark> and a <mark>Boat</mark>."


def test_nothing_matching_gives_none() -> None:
    assert marked("A boat", "lake") is None


def test_everything_else_is_escaped() -> None:
    assert marked('<img onerror="x"> boat', "boat") == "&lt;img onerror=&quot;x&quot;&gt; <mark>boat</mark>"
    assert marked("<boat>", "boat") == "&lt;<mark>boat</mark>&gt;"


def test_typos_accents_and_beginnings_are_marked() -> None:
    assert marked("Le château", "chatau") == "Le <mark>château</mark>"
    assert marked("Mountains", "mou") == "<mark>Mountains</mark>"


def test_a_part_of_a_joined_word_is_marked_alone() -> None:
    assert marked("SunsetBeach.jpg", "beach") == "Sunset<mark>Beach</mark>.jpg"


def test_pairs_that_touch_are_one_mark() -> None:
    assert marked("東京タワーの夜景", "京タワ") == "東<mark>京タワ</mark>ーの夜景"


def test_long_texts_are_cut_around_the_first_match() -> None:
    shown = marked("word " * 100 + "boat " + "word " * 100, "boat")
    assert shown is not None
    assert shown.startswith("…word")
    assert shown.endswith("word…")
    assert "<mark>boat</mark>" in shown
    assert len(shown) < SHOWN_CHARACTERS + 20


def test_a_match_at_the_end_of_a_long_text_is_shown() -> None:
    shown = marked("word " * 100 + "boat", "boat")
    assert shown is not None
    assert shown.endswith("<mark>boat</mark>")


def test_a_match_longer_than_the_window_is_shown_whole() -> None:
    text = "a" * 1000
    assert marked(text, text) == f"<mark>{text}</mark>"


@given(text=st.text(max_size=600), query=st.text(max_size=20))
def test_without_marks_it_is_a_piece_of_the_escaped_text(text: str, query: str) -> None:
    shown = marked(text, query)
    if shown is None:
        return
    plain = html.unescape(re.sub("</?mark>", "", shown))
    whole = composed(text)
    assert any(part in whole for part in (plain, plain[1:], plain[:-1], plain[1:-1]))
    assert shown.count("<mark>") == shown.count("</mark>") >= 1
    assert not re.search("<(?!/?mark>)", shown)
