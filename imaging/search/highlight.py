"""What matched, shown: text with `<mark>` around words that answer the query, everything else HTML-escaped."""

import html

from imaging.search.match import Matcher
from imaging.search.words import composed, pieces

SHOWN_CHARACTERS = 240
LEAD_CHARACTERS = 40


def highlight(text: str, matcher: Matcher) -> str | None:
    """Return the text with its matches marked, or None when nothing matches; long texts are cut around the first."""
    text = composed(text)
    found = ((start, matcher.marked(piece)) for piece, start in pieces(text))
    spans = _joined([(start + begin, start + end) for start, marked in found for begin, end in marked])
    if not spans:
        return None
    start, end = _window(text, *spans[0])
    shown = ["…" if start else ""]
    at = start
    for begin, finish in spans:
        if finish > end:
            break
        shown += [html.escape(text[at:begin]), "<mark>", html.escape(text[begin:finish]), "</mark>"]
        at = finish
    shown += [html.escape(text[at:end]), "…" if end < len(text) else ""]
    return "".join(shown)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort the spans and join those that touch or overlap."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _window(text: str, first: int, first_end: int) -> tuple[int, int]:
    """Return where to cut: a little before the first match, at a space if there is one near."""
    if len(text) <= SHOWN_CHARACTERS:
        return 0, len(text)
    start = max(0, min(first - LEAD_CHARACTERS, len(text) - SHOWN_CHARACTERS))
    if start:
        start = text.find(" ", start, first) + 1 or start
    end = min(len(text), max(start + SHOWN_CHARACTERS, first_end))
    if end < len(text) and " " in text[first_end:end]:
        end = text.rindex(" ", first_end, end)
    return start, end
