"""Counts are remembered until something happens."""

from imaging.accounts.viewer import Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.adapters.memory_cache import MemoryCache
from imaging.images.filter import ImageFilter
from imaging.images.library import Library
from imaging.images.trash import Trash
from tests.rows import PUBLIC, add_image
from tests.statements import counted


async def test_a_count_asked_again_costs_one_cheap_statement(owner: Viewer) -> None:
    library = Library(MemoryCache())
    await add_image(owner)
    assert await library.count(owner, ImageFilter()) == 1
    with counted() as counter:
        assert await library.count(owner, ImageFilter()) == 1
    [statement] = counter.statements
    assert "COUNT" not in statement.upper()


async def test_any_change_makes_it_count_anew(owner: Viewer) -> None:
    library = Library(MemoryCache())
    image = await add_image(owner)
    assert await library.count(owner, ImageFilter()) == 1
    await Trash(LocalWakeups()).trash(owner, [image.id])
    assert await library.count(owner, ImageFilter()) == 0


async def test_people_and_filters_do_not_share_counts(owner: Viewer, stranger: Viewer, admin: Viewer) -> None:
    library = Library(MemoryCache())
    await add_image(owner, tags=["sea"])
    await add_image(owner, **PUBLIC)
    counts = [await library.count(viewer, ImageFilter()) for viewer in (owner, stranger, admin)]
    assert counts == [2, 1, 2]
    assert await library.count(owner, ImageFilter(tags_any=("sea",))) == 1
