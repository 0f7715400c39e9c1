"""What stands in the place of a CDN when there is none: nobody keeps copies, so nobody has to forget them."""

from collections.abc import Sequence


class NoCdn:
    """A `Cdn` without copies."""

    most_paths = 100

    async def invalidate(self, paths: Sequence[str]) -> None:
        """Do nothing: there are no copies."""
