"""The viewer: who is asking, for the length of one request or subscription."""

import enum
import uuid
from dataclasses import dataclass

from imaging.errors import Forbidden, Unauthenticated


class Role(enum.Enum):
    """What somebody may do, from least to most."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking.

    `user_id` is None for somebody without a token; `expires_at_s` is the token's end in seconds
    since the epoch, None when it has none.
    """

    user_id: uuid.UUID | None
    role: Role = Role.VIEWER
    name: str = ""
    expires_at_s: float | None = None

    @property
    def is_anonymous(self) -> bool:
        """True for somebody without a token."""
        return self.user_id is None

    @property
    def is_admin(self) -> bool:
        """True for those who see and rule everything."""
        return self.role is Role.ADMIN

    def may_see(self, owner_id: uuid.UUID, *, public: bool) -> bool:
        """True when a thing of this owner exists at all for this viewer."""
        return public or self.rules(owner_id)

    def rules(self, owner_id: uuid.UUID) -> bool:
        """True for the owner and for admins: they see originals and the trash."""
        return self.is_admin or (self.user_id is not None and self.user_id == owner_id)

    def may_change(self, owner_id: uuid.UUID) -> bool:
        """True for admins, and for editors with what they own."""
        return self.is_admin or (self.role is Role.EDITOR and self.rules(owner_id))

    def must_edit(self) -> uuid.UUID:
        """Return the user id of somebody who may upload.

        Raises:
            Unauthenticated: there is no token.
            Forbidden: the role is viewer.
        """
        if self.user_id is None:
            raise Unauthenticated("This needs a token: send `Authorization: Bearer …`.")
        if self.role is Role.VIEWER:
            raise Forbidden("Your role is viewer; this needs the role editor or admin.")
        return self.user_id

    def must_administer(self) -> uuid.UUID:
        """Return the user id of somebody who may change what concerns everybody.

        Raises:
            Unauthenticated: there is no token.
            Forbidden: the role is not admin.
        """
        if self.user_id is None:
            raise Unauthenticated("This needs a token: send `Authorization: Bearer …`.")
        if not self.is_admin:
            raise Forbidden(f"Your role is {self.role.value}; this needs the role admin.")
        return self.user_id


ANONYMOUS = Viewer(user_id=None)
