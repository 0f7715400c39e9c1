"""Strays: objects that no row names, left behind by a process that was killed, or sent after everything was over."""

import datetime
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tortoise.expressions import Q

from imaging.images.models import Image, ImageVersion
from imaging.images.versions import named_keys
from imaging.object_ports import Unfinished
from imaging.ports import ObjectStore
from imaging.upkeep.task import Looked
from imaging.uploads.life import OPEN
from imaging.uploads.models import Upload

PAGE = 500

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Strays:
    """Finds objects that nothing names, page by page, so that a million of them cost no memory.

    An object is stored before its row is written: what was last written within `grace_s` is nobody's business.
    """

    store: ObjectStore
    grace_s: float

    async def originals(self, looked: Looked) -> AsyncIterator[str]:
        """Yield the keys of originals that no image, no earlier version and no upload on its way names."""
        async for keys in self._keys("o"):
            looked(len(keys))
            strays = await _unnamed_originals(keys)
            # Once more: an original may pass from one row to another between two questions.
            for key in await _unnamed_originals(strays) if strays else ():
                yield key

    async def staged(self, looked: Looked) -> AsyncIterator[str]:
        """Yield the keys of staged objects whose upload has ended, or never was."""
        async for keys in self._keys("s"):
            looked(len(keys))
            for key in await _unnamed_staged(keys):
                yield key

    async def unfinished(self, looked: Looked) -> AsyncIterator[str]:
        """Yield, as `written` has it, uploads in parts that were begun in the store and that nobody will finish."""
        async for page in _pages(self.store.unfinished(before=self._before())):
            looked(len(page))
            nobodys = set(await _unnamed_staged([begun.key for begun in page]))
            for begun in page:
                if begun.key in nobodys:
                    yield _written(begun)

    async def abandon(self, name: str) -> None:
        """End an upload in parts that `unfinished` named."""
        await self.store.abandon(_read(name))

    async def expected_originals(self) -> int:
        """Return about how many originals there are."""
        return await Image.all().count() + await ImageVersion.all().count()

    def _before(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=self.grace_s)

    def _keys(self, prefix: str) -> AsyncIterator[list[str]]:
        return _pages(self.store.keys(prefix, before=self._before()))


async def _pages(found: AsyncIterator[Found]) -> AsyncIterator[list[Found]]:
    page: list[Found] = []
    async for one in found:
        page.append(one)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


async def _unnamed_originals(keys: Sequence[str]) -> list[str]:
    ids = {key: _id_in(key) for key in keys}
    known = [id for id in ids.values() if id is not None]
    named = await named_keys(known)
    coming = Upload.filter(Q(image_id__in=known) | Q(replaces_id__in=known), state__in=OPEN)
    awaited = {id for pair in await coming.values_list("image_id", "replaces_id") for id in pair}
    return [key for key, id in ids.items() if key not in named and (id is None or id not in awaited)]


async def _unnamed_staged(keys: Sequence[str]) -> list[str]:
    ids = {key: _id_in(key) for key in keys}
    found = Upload.filter(id__in=[id for id in ids.values() if id is not None], state__in=OPEN)
    still_open = set(await found.values_list("id", flat=True))
    return [key for key, id in ids.items() if id not in still_open]


def _written(begun: Unfinished) -> str:
    return f"{begun.key} {begun.id}"


def _read(name: str) -> Unfinished:
    key, _, id = name.partition(" ")
    return Unfinished(key, id)


def _id_in(key: str) -> uuid.UUID | None:
    """Return whose it is: the image of an original, the upload of what is staged."""
    try:
        return uuid.UUID(hex=key.split("/")[1])
    except (IndexError, ValueError):
        return None
