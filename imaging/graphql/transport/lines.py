"""Lines: what stays open after it was asked for; how many each viewer has, what they may still see, how all end."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterator

from imaging import metrics
from imaging.accounts.viewer import Viewer
from imaging.errors import ImagingError, Unauthenticated
from imaging.graphql.transport.limits import LineLimits
from imaging.graphql.transport.refusal import Refusal

Admit = Callable[[str | None], Awaitable[Viewer]]

EXPIRED = "The token has expired."

log = logging.getLogger(__name__)


class Seat:
    """One of the subscriptions that a viewer may have at the same time."""

    def __init__(self, taken: Counter[Hashable], holder: Hashable, transport: str) -> None:
        self._taken = taken
        self._holder: Hashable | None = holder
        self._open = metrics.SUBSCRIBERS.labels(transport)
        taken[holder] += 1
        self._open.inc()

    def leave(self) -> None:
        """Give it back; idempotent."""
        holder, self._holder = self._holder, None
        if holder is not None:
            self._open.dec()
            self._taken[holder] -= 1
            if not self._taken[holder]:
                del self._taken[holder]


class Lines:
    """All the lines of a process, over whatever transport."""

    def __init__(self, admit: Admit, limits: LineLimits | None = None) -> None:
        self.admit = admit
        self.limits = limits or LineLimits()
        self._taken: Counter[Hashable] = Counter()
        self._open: set[asyncio.Future[None]] = set()
        self._closed = False

    def seat(self, viewer: Viewer, host: str, transport: str) -> Seat:
        """Take a seat for one subscription; who has no token is known by the host they call from.

        Raises:
            Refusal: 429, the viewer has as many as are allowed.
        """
        holder: Hashable = viewer.user_id or ("nobody", host)
        allowed = self.limits.per_viewer
        if self._taken[holder] >= allowed:
            message = f"You have {allowed} subscriptions, as many as are allowed; end one first."
            raise Refusal(429, "TOO_MANY_SUBSCRIPTIONS", message, {"Retry-After": "5"})
        return Seat(self._taken, holder, transport)

    @contextlib.contextmanager
    def until_closing(self) -> Iterator["asyncio.Future[None]"]:
        """Give what is done once the server stops."""
        closing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open.add(closing)
        if self._closed:
            closing.set_result(None)
        try:
            yield closing
        finally:
            self._open.discard(closing)

    def close(self) -> None:
        """Let every line know that the server stops; idempotent."""
        self._closed = True
        for closing in self._open:
            if not closing.done():
                closing.set_result(None)


class Rights:
    """What somebody came in with, to be looked at again for as long as they stay."""

    def __init__(self, admit: Admit, token: str | None, viewer: Viewer) -> None:
        self._admit = admit
        self._token = token
        self._viewer = viewer

    def wait_s(self, most_s: float) -> float:
        """Return how long to wait before looking again."""
        expires_at_s = self._viewer.expires_at_s
        return most_s if expires_at_s is None else max(0.0, min(most_s, expires_at_s - time.time()))

    async def lost(self) -> str | None:
        """Return why somebody must leave, None while they may stay.

        They may as well while those who decide about tokens cannot be asked.
        """
        viewer = self._viewer
        if viewer.expires_at_s is not None and viewer.expires_at_s <= time.time():
            return EXPIRED
        try:
            now = await self._admit(self._token)
        except Unauthenticated:
            return "The token is not accepted any more."
        except ImagingError:
            return None
        except Exception:
            # Who watches over a line must not end while the line goes on: then its token would never expire.
            log.exception("the rights of a subscriber could not be looked at")
            return None
        if (now.user_id, now.role) != (viewer.user_id, viewer.role):
            return f"Your role is {now.role.value} now: connect again."
        return None
