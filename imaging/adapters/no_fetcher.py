"""No fetcher: for who imports nothing from URLs."""

from imaging.errors import UrlRefused
from imaging.ports import Fetched, FetchSink


class NoFetcher:
    """Fetches nothing."""

    def check(self, url: str) -> None:  # noqa: ARG002 all are the same to it
        """Refuse.

        Raises:
            UrlRefused: always.
        """
        raise UrlRefused("Importing from URLs is switched off on this server.")

    async def fetch(self, url: str, sink: FetchSink) -> Fetched:  # noqa: ARG002 nothing is asked, nothing comes
        """Refuse, also what was asked for before it was switched off.

        Raises:
            UrlRefused: always.
        """
        raise UrlRefused("Importing from URLs is switched off on this server.")
