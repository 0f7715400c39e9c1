"""Transactions that run side by side, or wait for each other: nothing is lost, and nothing is passed by."""

import asyncio
import contextlib
import contextvars
import random
import uuid
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from imaging import database
from imaging.accounts.viewer import Viewer
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.delivery.models import Preset
from imaging.delivery.presets import Presets
from imaging.images.edit import Editor, ImageChange
from imaging.images.models import Image, ImageState, Visibility
from imaging.images.trash import Trash
from imaging.journal import events, jobs
from imaging.journal.models import Event, EventKind, Job
from tests.rows import add_image

PATIENCE_S = 60


def apart(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Begin work that shares no transaction with us."""
    return asyncio.get_running_loop().create_task(work, context=contextvars.Context())


async def record(letter: str) -> None:
    await events.record(EventKind.UPDATED, _image(letter), uuid.uuid4(), public_before=False, public_after=False)


def _image(letter: str) -> uuid.UUID:
    return uuid.UUID(int=ord(letter))


class Reader:
    """Reads events as a feed does: what is behind the last one it has seen."""

    def __init__(self) -> None:
        self.seen: list[uuid.UUID] = []
        self._position = 0

    async def read(self) -> None:
        while found := await events.after(self._position, 3):
            self._position = found[-1].id
            self.seen += [event.image_id for event in found]


@contextlib.asynccontextmanager
async def meanwhile(*works: Coroutine[Any, Any, Any]) -> AsyncIterator[list[asyncio.Task[Any]]]:
    """Let others begin before the block ends its transaction, and end after it."""
    tasks = [apart(work) for work in works]
    yield tasks
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*tasks)


async def test_an_event_that_was_written_first_and_committed_last_is_read_last(db: str) -> None:
    reader = Reader()

    async def second() -> None:
        async with database.transaction():
            await record("b")

    async with meanwhile():
        async with database.transaction():
            await record("a")
            later = apart(second())
            # On SQLite it waits for us; on PostgreSQL it is through before us.
            await asyncio.wait((later,), timeout=1)
            await apart(reader.read())
        await later
        await reader.read()
    assert sorted(reader.seen) == [_image("a"), _image("b")]
    ids = [event.id for event in await Event.all().order_by("id")]
    assert ids == [1, 2]


async def test_a_reader_misses_no_event_of_many_writers(db: str) -> None:
    chance, reader = random.Random(4), Reader()
    letters = [chr(0x100 + number) for number in range(120)]
    undone = set(letters[::7])

    async def write(mine: list[str]) -> None:
        for letter in mine:
            with contextlib.suppress(ValueError):
                async with database.transaction():
                    await record(letter)
                    await asyncio.sleep(chance.random() * 0.01)
                    if letter in undone:
                        raise ValueError

    writers = [apart(write(letters[place::6])) for place in range(6)]
    async with asyncio.timeout(PATIENCE_S):
        while not all(writer.done() for writer in writers):
            await reader.read()
            await asyncio.sleep(0.001)
        await asyncio.gather(*writers)
    await reader.read()
    assert len(reader.seen) == len(set(reader.seen))
    assert set(reader.seen) == {_image(letter) for letter in letters if letter not in undone}


async def test_two_changes_of_one_image_at_once_are_both_kept_each_with_a_version_of_its_own(
    owner: Viewer, wakeups: LocalWakeups
) -> None:
    image = await add_image(owner)
    editor = Editor(wakeups)
    wishes: list[dict[str, Any]] = [{"focal_point": (0.1, 0.2)}, {"visibility": Visibility.PUBLIC}, {"tags": ["Duck"]}]
    changes = [editor.update(owner, [ImageChange(image.id, values)]) for values in wishes]
    async with meanwhile():
        async with database.transaction():
            await Image.filter(id=image.id).select_for_update()
            waiting = [apart(change) for change in changes]
            await asyncio.wait(waiting, timeout=0.5)
        await asyncio.gather(*waiting)
    found = await Image.get(id=image.id)
    assert (found.focal_x, found.visibility, found.tags) == (0.1, Visibility.PUBLIC, ["Duck"])
    assert found.version == 3


async def test_an_image_trashed_twice_at_once_remembers_what_it_was(owner: Viewer, wakeups: LocalWakeups) -> None:
    image = await add_image(owner)
    trash = Trash(wakeups)
    await asyncio.gather(*(trash.trash(owner, [image.id]) for _ in range(5)))
    assert (await Image.get(id=image.id)).trashed_from is ImageState.READY
    assert await Event.filter(kind=EventKind.TRASHED).count() == 1


async def test_changing_the_same_images_in_other_orders_blocks_nobody(owner: Viewer, wakeups: LocalWakeups) -> None:
    images = [await add_image(owner) for _ in range(10)]
    editor = Editor(wakeups)

    async def change(title: str, backwards: bool) -> None:
        for _ in range(5):
            ids = [image.id for image in images][:: -1 if backwards else 1]
            told = await editor.update(owner, [ImageChange(id, {"title": f"{title}{uuid.uuid4()}"}) for id in ids])
            assert [result.error for result in told] == [None] * len(ids)

    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(change(name, name in "bd") for name in "abcd"))
    assert await Event.filter(kind=EventKind.UPDATED).count() == 200


async def test_work_promised_twice_at_once_is_one_job_that_was_promised_twice(db: str) -> None:
    async def promise() -> None:
        async with database.transaction():
            await jobs.promise(jobs.PURGE_CDN, "r/1")

    async with database.transaction():
        await jobs.promise(jobs.PURGE_CDN, "r/1")
        waiting = [apart(promise()) for _ in range(3)]
        await asyncio.wait(waiting, timeout=0.5)
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*waiting)
    assert [job.generation for job in await Job.all()] == [4]


async def test_work_promised_while_it_is_settled_is_not_forgotten(db: str) -> None:
    async def promise() -> None:
        async with database.transaction():
            await jobs.promise(jobs.PURGE_CDN, "r/1")

    for _ in range(10):
        await promise()
        [job] = await jobs.claim([jobs.PURGE_CDN])
        await asyncio.gather(apart(promise()), apart(jobs.finish(job)))
        [again] = await jobs.claim([jobs.PURGE_CDN])
        await jobs.finish(again)
    assert await Job.all().count() == 0


async def test_presets_saved_at_once_have_revisions_of_their_own(admin: Viewer, wakeups: LocalWakeups) -> None:
    processes = [Presets(wakeups) for _ in range(6)]
    await asyncio.gather(*(process.save(admin, f"p{place}", {"width": 10}) for place, process in enumerate(processes)))
    assert sorted(await Preset.all().values_list("revision", flat=True)) == [1, 2, 3, 4, 5, 6]
    for process in processes:
        await process.refresh()
        assert [preset.name for preset in process.all(admin)] == ["p0", "p1", "p2", "p3", "p4", "p5"]
