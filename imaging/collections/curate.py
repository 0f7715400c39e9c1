"""Curating: making collections, changing them, putting them into each other, and deleting them."""

import enum
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.collections import tree
from imaging.collections.hang import Hanging, mine
from imaging.collections.models import Collection, CollectionItem
from imaging.collections.sight import shown_items
from imaging.collections.words import cleaned
from imaging.errors import NotFound


class Children(enum.Enum):
    """What becomes of the collections that lie in one that is deleted."""

    MOVE_UP = "MOVE_UP"
    DELETE = "DELETE"


class Curator(Hanging):
    """Changes collections, for their owners and admins; no image is ever changed by it."""

    async def create(self, viewer: Viewer, values: Mapping[str, Any]) -> Collection:
        """Make a collection of name, description, visibility and parent_id; in another one it has that one's owner.

        Raises:
            Unauthenticated, Forbidden, NotFound: the viewer may not, or not there.
            InvalidInput: a value cannot be taken, or it would lie too deep.
            Conflict: the owner has too many.
        """
        user_id, id = viewer.must_edit(), uuid.uuid4()
        parent_id = values.get("parent_id")
        clean = cleaned({"name": None} | {name: value for name, value in values.items() if name != "parent_id"})
        async with database.transaction():
            owner_id = user_id if parent_id is None else (await tree.found_parent(viewer, parent_id)).owner_id
            await tree.take_turns(owner_id)
            parent = None if parent_id is None else await tree.found_parent(viewer, parent_id)
            path = tree.path_under(parent, id)
            await tree.check_room(owner_id)
            return await Collection.create(id=id, owner_id=owner_id, parent_id=parent_id, path=path, **clean)

    async def update(self, viewer: Viewer, id: uuid.UUID, values: Mapping[str, Any]) -> Collection:
        """Change name, description, visibility, parent_id and cover_id; what is not named stays.

        None clears: for visibility it means PRIVATE, for parent_id that it lies in no other, for cover_id the first.

        Raises:
            Unauthenticated, Forbidden, NotFound: the viewer may not, or there is none for them.
            InvalidInput: a value cannot be taken, or something would lie too deep.
            Conflict: it cannot lie there.
        """
        viewer.must_edit()
        apart = {name: values[name] for name in ("parent_id", "cover_id") if name in values}
        new = cleaned({name: value for name, value in values.items() if name not in apart})
        async with database.transaction():
            collection = await _mine_alone(viewer, id)
            if apart.get("cover_id") is not None:
                await _check_cover(viewer, collection, apart["cover_id"])
            if "cover_id" in apart:
                new["cover_id"] = apart["cover_id"]
            if "parent_id" in apart and apart["parent_id"] != collection.parent_id:
                parent_id = apart["parent_id"]
                await tree.move(collection, None if parent_id is None else await tree.found_parent(viewer, parent_id))
            collection.update_from_dict(new)
            await collection.save(update_fields=[*new, "updated_at"])
            return collection

    async def delete(self, viewer: Viewer, id: uuid.UUID, children: Children = Children.MOVE_UP) -> Sequence[uuid.UUID]:
        """Delete a collection, and return the ids of all that are gone by it; images stay where else they are.

        Raises:
            Unauthenticated, Forbidden, NotFound: the viewer may not, or there is none for them.
        """
        viewer.must_edit()
        async with database.transaction():
            collection = await _mine_alone(viewer, id)
            if children is Children.MOVE_UP:
                await tree.move_up(collection)
            gone = await tree.all_in(collection)
            await tree.hold_items(collection)
            await collection.delete()
            return gone


async def _mine_alone(viewer: Viewer, id: uuid.UUID) -> Collection:
    """Return a collection that the viewer may change, locked, while nobody else rearranges its owner's.

    Raises:
        Forbidden, NotFound: they may not, or there is none for them.
    """
    collection = await Collection.get_or_none(id=id)
    if collection is not None:
        await tree.take_turns(collection.owner_id)
    return await mine(viewer, id)


async def _check_cover(viewer: Viewer, collection: Collection, image_id: uuid.UUID) -> None:
    shown = CollectionItem.filter(shown_items(viewer), collection_id=collection.id, image_id=image_id)
    if not await shown.exists():
        raise NotFound("This image is not in the collection.", field=["cover_id"])
