"""Those who run the server, and are told how it does: who sits at this machine, and admins."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from imaging.accounts.viewer import ANONYMOUS, Viewer
from imaging.errors import ImagingError
from imaging.http.guard import is_local

Admit = Callable[[str | None], Awaitable[Viewer]]


class Operators:
    """Tells them from strangers; `admit` knows whose token it is."""

    def __init__(self, admit: Admit) -> None:
        self._admit = admit

    async def include(self, request: Request) -> bool:
        """Return True when one of them asks."""
        try:
            await self.must_include(request)
        except ImagingError:
            return False
        return True

    async def must_include(self, request: Request) -> None:
        """Accept one of them.

        Raises:
            Unauthenticated: a stranger asks, without a token that counts.
            Forbidden: somebody asks who is no admin.
        """
        if not is_local(request.scope):
            (await self._viewer(request)).must_administer()

    async def _viewer(self, request: Request) -> Viewer:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return await self._admit(token.strip()) if scheme.lower() == "bearer" else ANONYMOUS
