"""Presets: wishes with a name, kept in memory in every process, so that an address of one asks nobody."""

import asyncio
import contextvars
import datetime
import logging
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tortoise.exceptions import BaseORMException

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.delivery.models import Preset
from imaging.delivery.preset_values import Said, said, stored
from imaging.errors import Conflict, DatabaseUnavailable, InvalidInput, InvalidTransform, NotFound
from imaging.ports import Wakeups
from imaging.render.canonical import canonical
from imaging.render.geometry import Size
from imaging.render.limits import OutputLimits
from imaging.render.transform import OutputFormat, Transform

TOPIC = "presets"
POLL_S = 1.0
MAX_PRESETS = 1_000
MAX_HINTS = 10

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_SIZE = ("aspect_ratio", "height", "width")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NamedWish:
    """A preset as it is now; `said` holds those fields of its wish that were given."""

    id: uuid.UUID
    name: str
    said: Said
    saved_by_id: uuid.UUID
    created_at: datetime.datetime
    updated_at: datetime.datetime

    @property
    def normalized(self) -> str:
        """The wish as it stands in an address, before an image adds its focal point and fallback."""
        return canonical(Transform(**self.said))

    def wish(self, more: Said) -> Transform:
        """Return the preset's wish with some fields given anew.

        Two of width, height and aspect ratio say everything: where all three come together, one of the
        preset's gives way.

        Raises:
            InvalidTransform: no picture can be made from it.
        """
        values: dict[str, Any] = {**self.said, **more}
        if all(name in values for name in _SIZE):
            old = next((name for name in _SIZE if name not in more), None)
            values.pop(old or "", None)
        return Transform(**values)


class Presets:
    """Names wishes. Who reads one asks this process's memory only.

    A change is seen at once in its own process, and by others within a second: each asks once a second, with one
    look at an index, whether there is a newer revision; `wakeups` that reach it make it sooner. `limits` says
    which formats can be written.
    """

    def __init__(self, wakeups: Wakeups, limits: OutputLimits | None = None) -> None:
        self._wakeups = wakeups
        self._limits = limits or OutputLimits()
        self._table: Mapping[str, NamedWish] = {}
        self._revision = 0
        self._refreshing = asyncio.Lock()
        self._follower: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Read all presets, and follow their changes until closed."""
        await self.refresh()
        # A task shares its creator's context, and with it an open transaction: give it a clean one.
        self._follower = asyncio.create_task(self._follow(), context=contextvars.Context())

    async def close(self) -> None:
        """Follow no more; idempotent."""
        follower, self._follower = self._follower, None
        if follower is not None:
            follower.cancel()
            await asyncio.wait((follower,))

    async def refresh(self) -> None:
        """Read what changed since the last time."""
        async with self._refreshing:
            rows = await Preset.filter(revision__gt=self._revision).order_by("revision")
            if not rows:
                return
            table = dict(self._table)
            for row in rows:
                known = _known(row)
                table.pop(row.name, None)
                if known is not None:
                    table[row.name] = known
            self._table, self._revision = table, rows[-1].revision

    def all(self, viewer: Viewer) -> list[NamedWish]:
        """Return all presets by name, none for somebody without a token."""
        return [] if viewer.is_anonymous else [self._table[name] for name in sorted(self._table)]

    def by_id(self, viewer: Viewer, id: uuid.UUID) -> NamedWish | None:
        """Return the preset of this id, None where there is none, or not for this viewer."""
        return next((preset for preset in self.all(viewer) if preset.id == id), None)

    def get(self, viewer: Viewer, name: str) -> NamedWish:
        """Return the preset of this name; whoever may see a picture may use it.

        Raises:
            InvalidInput: there is none; the message names some that there are to whoever may list them.
        """
        known = self._table.get(name)
        if known is not None:
            return known
        names = [preset.name for preset in self.all(viewer)]
        hint = f" There are {', '.join(names[:MAX_HINTS])}{' and more' * (len(names) > MAX_HINTS)}." if names else ""
        raise InvalidInput(f"There is no preset {name[:40]!r}.{hint}", field=["preset"])

    async def save(self, viewer: Viewer, name: str, values: Said) -> NamedWish:
        """Create the preset or change it, for admins: new addresses follow it, those made before stay as they are.

        Raises:
            Forbidden, Unauthenticated: the viewer is no admin.
            InvalidInput: the name is not one.
            InvalidTransform: no picture could ever be made from the wish.
            Conflict: there are too many presets.
        """
        user_id = viewer.must_administer()
        _check_name(name)
        self._check_wish(values)
        now = datetime.datetime.now(datetime.UTC)
        async with database.transaction():
            await database.take_turns(TOPIC)
            row = await Preset.get_or_none(name=name) or Preset(name=name, created_at=now, deleted_at=now)
            if row.deleted_at is not None:
                await _check_room()
                row.created_at, row.deleted_at = now, None
            row.transform, row.saved_by_id, row.updated_at = stored(values), user_id, now
            row.revision = await _next_revision()
            await row.save()
        await self._announce()
        return self._table.get(name) or NamedWish(row.id, name, values, user_id, row.created_at, now)

    async def delete(self, viewer: Viewer, name: str) -> None:
        """Delete the preset, for admins; the addresses that were made from it keep working.

        Raises:
            Forbidden, Unauthenticated: the viewer is no admin.
            NotFound: there is no such preset.
        """
        user_id = viewer.must_administer()
        async with database.transaction():
            await database.take_turns(TOPIC)
            row = await Preset.get_or_none(name=name, deleted_at=None)
            if row is None:
                raise NotFound(f"There is no preset {name[:40]!r}.", field=["name"])
            row.deleted_at = row.updated_at = datetime.datetime.now(datetime.UTC)
            row.transform, row.saved_by_id, row.revision = {}, user_id, await _next_revision()
            await row.save()
        await self._announce()

    def _check_wish(self, values: Said) -> None:
        wish = Transform(**values)
        canonical(wish, OutputFormat.JPEG if wish.format is OutputFormat.AUTO else None)
        self._limits.check(Size(1, 1), wish.format)

    async def _announce(self) -> None:
        await self.refresh()
        self._wakeups.announce(TOPIC)

    async def _follow(self) -> None:
        while True:
            await self._wakeups.wait(TOPIC, timeout_s=POLL_S)
            try:
                await self.refresh()
            except (BaseORMException, DatabaseUnavailable):
                _log.exception("presets cannot be read; what is known of them stays, and they are tried again")
                await asyncio.sleep(POLL_S)


async def _next_revision() -> int:
    """Return a revision; they grow in commit order, because who changes presets takes turns to the commit."""
    newest = await Preset.all().order_by("-revision").first()
    return 1 if newest is None else newest.revision + 1


async def _check_room() -> None:
    if await Preset.filter(deleted_at=None).count() >= MAX_PRESETS:
        raise Conflict(f"There are {MAX_PRESETS} presets already; delete one first.", field=["name"])


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        allowed = "1 to 40 small letters, digits and hyphens, a letter first"
        raise InvalidInput(f"A preset's name is {allowed}; this is {name[:40]!r}.", field=["name"])


def _known(row: Preset) -> NamedWish | None:
    if row.deleted_at is not None:
        return None
    try:
        values = said(row.transform)
    except (ValueError, InvalidTransform) as error:
        # A newer version may have written it, while this one is still running.
        _log.error("preset %s cannot be read here, and counts as absent: %s", row.name, error)
        return None
    return NamedWish(row.id, row.name, values, row.saved_by_id, row.created_at, row.updated_at)
