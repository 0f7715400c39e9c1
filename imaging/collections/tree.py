"""How collections lie in each other: no deeper than ten levels, never in a circle, all of one owner.

All of this is for the inside of a transaction, after `take_turns`.
"""

import datetime
import uuid
from collections.abc import Sequence

from tortoise.functions import Length

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.collections.models import MAX_DEPTH, Collection, depth_of
from imaging.collections.sight import is_seen, refusal
from imaging.errors import Conflict, InvalidInput, NotFound

MAX_COLLECTIONS = 10_000

_HOLD = """
SELECT count(*) FROM (
    SELECT 1 FROM "collection_item" WHERE "collection_id" IN (SELECT "id" FROM "collection" WHERE {which})
    ORDER BY "image_id", "id" FOR UPDATE
) AS "held"
"""


async def take_turns(owner_id: uuid.UUID) -> None:
    """Wait until nobody else rearranges this owner's collections, and keep everybody out to the end of ours."""
    await database.take_turns(f"collections of {owner_id.hex}")


async def check_room(owner_id: uuid.UUID) -> None:
    """Accept one more collection of this owner.

    Raises:
        Conflict: there are too many.
    """
    if await Collection.filter(owner_id=owner_id).count() >= MAX_COLLECTIONS:
        raise Conflict(f"There are {MAX_COLLECTIONS} collections already; delete one first.")


async def found_parent(viewer: Viewer, id: uuid.UUID) -> Collection:
    """Return a collection that the viewer may put others into.

    Raises:
        NotFound, Forbidden: there is none for this viewer, or it is not theirs to change.
    """
    parent = await Collection.get_or_none(id=id)
    if parent is None or not is_seen(viewer, parent):
        raise NotFound("There is no such collection.", field=["parent_id"])
    if (error := refusal(viewer, parent)) is not None:
        raise type(error)(error.message, field=["parent_id"])
    return parent


def path_under(parent: Collection | None, id: uuid.UUID, levels: int = 1) -> str:
    """Return the path that a collection has in another one; `levels` counts it and what lies in it.

    Raises:
        InvalidInput: it would lie too deep.
    """
    depth = (0 if parent is None else parent.depth) + levels
    if depth > MAX_DEPTH:
        message = f"Collections would lie {depth} levels deep in each other; {MAX_DEPTH} are allowed."
        raise InvalidInput(message, field=["parent_id"])
    return id.hex if parent is None else f"{parent.path}/{id.hex}"


async def move(collection: Collection, parent: Collection | None) -> None:
    """Put a collection, and all that lies in it, into another one; None: into none.

    Raises:
        Conflict: the other one lies in it, or has another owner.
        InvalidInput: something would lie too deep.
    """
    if parent is not None and parent.owner_id != collection.owner_id:
        raise Conflict("Collections that lie in each other have one owner.", field=["parent_id"])
    if parent is not None and f"{parent.path}/".startswith(f"{collection.path}/"):
        raise Conflict("A collection cannot lie in itself, nor in one that lies in it.", field=["parent_id"])
    old = collection.path
    levels = await _deepest(old) - collection.depth + 1
    new = path_under(parent, collection.id, levels)
    await _repath(f"\"path\" = '{old}' OR {_inside(old)}", new, len(old))
    collection.path, collection.parent_id = new, None if parent is None else parent.id
    await collection.save(update_fields=("parent_id", "updated_at"))


async def move_up(collection: Collection) -> None:
    """Put all that lies directly in a collection, with what lies in that, to where the collection itself lies."""
    outer = collection.path[: -len(collection.id.hex)]
    await _repath(_inside(collection.path), outer, len(collection.path) + 1)
    now = datetime.datetime.now(datetime.UTC)
    await Collection.filter(parent_id=collection.id).update(parent_id=collection.parent_id, updated_at=now)


async def all_in(collection: Collection) -> Sequence[uuid.UUID]:
    """Return what lies in a collection, however deep, the collection itself first."""
    inside = Collection.filter(path__gt=f"{collection.path}/", path__lt=_end(collection.path)).order_by("path")
    return [collection.id, *(row.id for row in await inside.only("id"))]


async def hold_items(collection: Collection) -> None:
    """Lock what is in a collection, and in what lies in it, in the order of the images.

    Whoever deletes many images meanwhile takes their items in the same order: so nobody waits for each other.
    """
    connection = Collection._meta.db
    if connection.capabilities.dialect == "postgres":
        which = f"\"path\" = '{collection.path}' OR {_inside(collection.path)}"
        await connection.execute_query(_HOLD.format(which=which))


async def _repath(which: str, new: str, cut: int) -> None:
    """Let paths begin anew, with other text for so many characters.

    Paths are ids in hex and slashes, so that they can stand in the statement as they are.
    """
    moved = f"'{new}' || substr(\"path\", {cut + 1})"
    statement = f'UPDATE "collection" SET "path" = {moved} WHERE {which}'  # noqa: S608 - of our own
    await Collection._meta.db.execute_query(statement)


def _inside(path: str) -> str:
    return f"(\"path\" > '{path}/' AND \"path\" < '{_end(path)}')"


async def _deepest(path: str) -> int:
    inside = Collection.filter(path__gt=f"{path}/", path__lt=_end(path))
    longest = await inside.annotate(length=Length("path")).order_by("-length").first().values_list("path", flat=True)
    return depth_of(str(longest or path))


def _end(path: str) -> str:
    """Return a text that follows every path of what lies in a collection: the zero comes right behind the slash."""
    return f"{path}0"
