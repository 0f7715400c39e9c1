"""Which form of answer a client wants, by its Accept header. Source: RFC 9110, section 12.5.1."""

from collections.abc import Sequence

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"
EVENTS = "text/event-stream"
PARTS = "multipart/mixed"
PARTS_OF_SUBSCRIPTIONS = "subscriptionspec=1.0"


def negotiate(accept: str | None) -> str | None:
    """Return GRAPHQL, JSON, or None when the client takes neither.

    JSON for a client that says nothing or takes anything; of two wanted alike, GRAPHQL, provided it was named.
    """
    if accept is None or not accept.strip():
        return JSON
    ranges = _parse(accept)
    graphql, json = _quality(ranges, GRAPHQL), _quality(ranges, JSON)
    if max(graphql[0], json[0]) <= 0:
        return None
    if graphql[0] == json[0]:
        return GRAPHQL if graphql[1] == 2 else JSON
    return GRAPHQL if graphql[0] > json[0] else JSON


def streamed(accept: str | None) -> str | None:
    """Return the form of a subscription's answers, EVENTS or PARTS; None when the client names neither.

    Of two wanted alike, the one that is named first.
    """
    named = [(quality, name) for name, quality in _parse(accept or "") if name in (EVENTS, PARTS) and quality > 0]
    return max(named, key=lambda found: found[0])[1] if named else None


def single(accept: str | None) -> str | None:
    """Return the form of one answer: EVENTS where they are wanted more than JSON, or as much and named before it.

    PARTS only for a client that takes nothing else. None when it takes none of our forms.
    """
    ranges = _parse(accept or "")
    chosen = negotiate(accept)
    if chosen is None:
        return streamed(accept)
    events = _named(ranges, EVENTS)
    json = max(_quality(ranges, GRAPHQL)[0], _quality(ranges, JSON)[0])
    if events == 0 or events < json:
        return chosen
    return EVENTS if events > json or _place(ranges, (EVENTS,)) < _place(ranges, _JSON_RANGES) else chosen


def prefers_html(accept: str | None) -> bool:
    """Return True for a browser that opens a page: it names HTML, and nothing of GraphQL's above it."""
    ranges = _parse(accept or "")
    html, specificity = _quality(ranges, HTML)
    return specificity == 2 and html > 0 and html >= max(_named(ranges, GRAPHQL), _named(ranges, JSON))


_JSON_RANGES = (GRAPHQL, JSON, "application/*", "*/*")


def _place(ranges: Sequence[tuple[str, float]], names: Sequence[str]) -> int:
    return next((place for place, (name, quality) in enumerate(ranges) if name in names and quality > 0), len(ranges))


def _named(ranges: Sequence[tuple[str, float]], media_type: str) -> float:
    quality, specificity = _quality(ranges, media_type)
    return quality if specificity == 2 else 0.0


def _quality(ranges: Sequence[tuple[str, float]], media_type: str) -> tuple[float, int]:
    """Return the weight of the most specific range that matches, and how specific it is: 2 named, 0 anything."""
    kind = media_type.partition("/")[0]
    for specificity, pattern in ((2, media_type), (1, f"{kind}/*"), (0, "*/*")):
        found = [quality for name, quality in ranges if name == pattern]
        if found:
            return max(found), specificity
    return 0.0, -1


def _parse(accept: str) -> list[tuple[str, float]]:
    ranges = []
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        if name == PARTS and PARTS_OF_SUBSCRIPTIONS not in [text.replace('"', "") for text in parameters]:
            continue  # other things are sent in parts too, such as what was deferred
        if name:
            ranges.append((name, _number(quality)))
    return ranges


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0.0 <= value <= 1.0 else 0.0
