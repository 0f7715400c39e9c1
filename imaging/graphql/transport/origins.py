"""Whose pages may speak to us: what a browser can send without asking first must show that it did not."""

from collections.abc import Iterable, Mapping

from starlette.datastructures import Headers
from strawberry.http.websocket_origin import is_same_origin, normalize_allowed_origins, normalize_origin

from imaging.graphql.transport.refusal import Refusal

PREFLIGHT_HEADERS = ("GraphQL-Require-Preflight", "Apollo-Require-Preflight", "X-Requested-With")


class Origins:
    """The origins whose pages are trusted, besides our own."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = normalize_allowed_origins(tuple(allowed))

    def admits(self, headers: Headers) -> bool:
        """Return True for requests of no page at all, of our own pages, and of those on the list."""
        origin = headers.get("origin")
        if origin is None or is_same_origin(origin, headers.get("host")):
            return True
        return normalize_origin(origin) in self._allowed

    def must_not_be_foreign(self, headers: Headers) -> None:
        """Refuse a GET that somebody else's page made a browser send.

        Such a page cannot read the answer, but it could make us work. Browsers tell by Sec-Fetch-Site, old
        ones by Origin; `Authorization` and our own headers cannot be sent across without a preflight.

        Raises:
            Refusal: 403.
        """
        foreign = headers.get("sec-fetch-site") in ("cross-site", "same-site") or not self.admits(headers)
        trusted = headers.get("origin") is not None and self.admits(headers)
        if foreign and not trusted and "authorization" not in headers:
            must_be_preflighted(headers)


def must_be_preflighted(headers: Mapping[str, str]) -> None:
    """Refuse what a browser sends for any page without asking us first.

    Raises:
        Refusal: 403, and the headers of which one is needed.
    """
    if not any(headers.get(name) for name in PREFLIGHT_HEADERS):
        needed = ", ".join(PREFLIGHT_HEADERS)
        raise Refusal(403, "PREFLIGHT_REQUIRED", f"This request needs one of these headers, with any value: {needed}.")
