"""Admission: from a bearer token to a viewer, and from ids to people."""

import uuid
from collections import OrderedDict
from collections.abc import Sequence

from tortoise.exceptions import IntegrityError

from imaging.accounts.models import User
from imaging.accounts.viewer import ANONYMOUS, Role, Viewer
from imaging.errors import Unauthenticated
from imaging.ports import Claims, TokenVerifier

REMEMBERED_USERS = 10_000
MAX_TEXT = 255


class Admission:
    """Decides who is asking; `anonymous_read` lets people without a token see what is PUBLIC."""

    def __init__(self, verifier: TokenVerifier, *, anonymous_read: bool = False) -> None:
        self._verifier = verifier
        self._anonymous_read = anonymous_read
        self._user_ids: OrderedDict[tuple[str, str], uuid.UUID] = OrderedDict()

    async def admit(self, token: str | None) -> Viewer:
        """Return the viewer of a token; somebody seen before costs no SQL.

        Raises:
            Unauthenticated: the token is not accepted, or there is none and nothing is open to everybody.
        """
        if token is not None:
            claims = await self._verifier.verify(token)
            return Viewer(await self._user_id(claims), highest_role(claims.roles), claims.name, claims.expires_at_s)
        if not self._anonymous_read:
            raise Unauthenticated("This needs a token: send `Authorization: Bearer …`.")
        return ANONYMOUS

    async def users(self, ids: Sequence[uuid.UUID]) -> list[User | None]:
        """Return the users of these ids in their order, None for those unknown; one SQL statement."""
        found = {user.id: user for user in await User.filter(id__in=set(ids))} if ids else {}
        return [found.get(user_id) for user_id in ids]

    async def _user_id(self, claims: Claims) -> uuid.UUID:
        if max(len(claims.issuer), len(claims.subject)) > MAX_TEXT:
            raise Unauthenticated(f"The token's issuer or subject is longer than {MAX_TEXT} characters.")
        person = (claims.issuer, claims.subject)
        user_id = self._user_ids.get(person)
        if user_id is None:
            user_id = (await _known_or_new(claims)).id
            self._user_ids[person] = user_id
            if len(self._user_ids) > REMEMBERED_USERS:
                self._user_ids.popitem(last=False)
        return user_id


def highest_role(names: Sequence[str]) -> Role:
    """Return the mightiest role among these names; VIEWER when none is known."""
    return next((role for role in reversed(Role) if role.value in names), Role.VIEWER)


async def _known_or_new(claims: Claims) -> User:
    known = await User.get_or_none(issuer=claims.issuer, subject=claims.subject)
    if known is not None:
        return known
    try:
        return await User.create(issuer=claims.issuer, subject=claims.subject, name=claims.name[:MAX_TEXT])
    except IntegrityError:
        return await User.get(issuer=claims.issuer, subject=claims.subject)
