"""Who is asking."""

import datetime

import strawberry

from imaging.accounts import viewer as domain
from imaging.graphql.context import Info
from imaging.graphql.enums import Role
from imaging.graphql.publishes import about, field, publishes, shown
from imaging.graphql.types.user import User


@publishes(domain.Viewer)
class Viewer:
    """Who is asking, by their token."""

    role: Role = about("What the token allows; VIEWER without a token.")
    is_anonymous: bool = about("True without a token: only PUBLIC images are there to see.")

    @field
    @staticmethod
    async def user(viewer: strawberry.Parent[domain.Viewer], info: Info) -> User | None:
        """The user behind the token; null without one."""
        if viewer.user_id is None:
            return None
        return shown(await info.context.loaders.users.load(viewer.user_id))

    @field
    @staticmethod
    def may_upload(viewer: strawberry.Parent[domain.Viewer]) -> bool:
        """True when `uploadImages` is open to this viewer."""
        return not viewer.is_anonymous and viewer.role is not Role.VIEWER

    @field
    @staticmethod
    def expires_at(viewer: strawberry.Parent[domain.Viewer]) -> datetime.datetime | None:
        """When the token ends; requests and subscriptions end with it."""
        if viewer.expires_at_s is None:
            return None
        return datetime.datetime.fromtimestamp(viewer.expires_at_s, datetime.UTC)
