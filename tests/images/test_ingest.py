"""A file becomes an image whole, or leaves nothing."""

import asyncio
import contextlib
import random
import uuid

import pytest

from imaging.accounts.viewer import ANONYMOUS, Role, Viewer
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.errors import Forbidden, InvalidInput, TooManyBytes, TruncatedFile, Unauthenticated, UnsupportedFormat
from imaging.images.ingest import Ingest, NewImage, Outcome
from imaging.images.models import Image, ImageDetail, ImageState, ImageTag, Visibility
from imaging.images.spool import Spool
from imaging.images.trash import Trash
from imaging.journal.models import Event, EventKind, OutboxEntry
from imaging.render.decoder import DecoderPool
from tests import pictures
from tests.images.counter import Counter, received
from tests.images.inspector import PillowInspector


async def test_an_uploaded_picture_is_an_image_with_all_that_was_found_and_said(
    counter: Counter, owner: Viewer
) -> None:
    content = pictures.jpeg(80, 60)
    [result] = await counter.hand_in(
        owner,
        content,
        title="A duck",
        tags=["Duck", "duck", "Pond"],
        visibility=Visibility.PUBLIC,
        focal_point=(0.25, 0.75),
        custom={"job": 7},
    )
    assert (result.outcome, result.errors) == (Outcome.CREATED, ())
    image = await Image.get()
    assert result.image is not None
    assert (image.id, image.owner_id, image.width, image.height) == (result.image.id, owner.user_id, 80, 60)
    assert (image.title, image.tags, image.custom) == ("A duck", ["Duck", "Pond"], {"job": 7})
    assert (image.focal_x, image.focal_y, image.is_public) == (0.25, 0.75, True)
    assert image.taken_at is not None
    assert image.taken_at.isoformat() == "2026-05-01T10:00:00+00:00"
    assert sorted(await ImageTag.all().values_list("tag", flat=True)) == ["duck", "pond"]
    assert (await ImageDetail.get(image_id=image.id)).exif == {"Model": "Box"}
    assert await counter.stored() == {f"o/{image.id.hex}/1"}
    assert b"".join([part async for part in counter.store.read(image.original_key)]) == content
    assert counter.spooled() == []


async def test_an_upload_leaves_an_event_and_a_promise_to_index_it(counter: Counter, owner: Viewer) -> None:
    await counter.hand_in(owner, pictures.jpeg())
    image, event, entry = await Image.get(), await Event.get(), await OutboxEntry.get()
    assert (event.kind, event.image_id, event.owner_id) == (EventKind.CREATED, image.id, owner.user_id)
    assert (event.public_before, event.public_after) == (False, False)
    assert entry.image_id == image.id


async def test_the_same_bytes_twice_are_one_image(
    counter: Counter, inspector: PillowInspector, owner: Viewer, stranger: Viewer
) -> None:
    [first] = await counter.hand_in(owner, pictures.jpeg())
    [again] = await counter.hand_in(owner, pictures.jpeg(), title="Other")
    [theirs] = await counter.hand_in(stranger, pictures.jpeg())
    assert (again.outcome, theirs.outcome) == (Outcome.EXISTS, Outcome.CREATED)
    assert again.image is not None
    assert first.image is not None
    assert (again.image.id, again.image.title) == (first.image.id, None)
    assert inspector.read == 2
    assert counter.spooled() == []


async def test_the_same_bytes_twice_in_one_request_are_one_image(counter: Counter, owner: Viewer) -> None:
    results = await counter.hand_in(owner, pictures.jpeg(), pictures.png(), pictures.jpeg(), pictures.jpeg())
    assert [result.outcome.name for result in results] == ["CREATED", "CREATED", "EXISTS", "EXISTS"]
    assert await Image.all().count() == len(await counter.stored()) == 2


async def test_the_same_bytes_in_many_requests_at_once_are_one_image(counter: Counter, owner: Viewer) -> None:
    answers = await asyncio.gather(*(counter.hand_in(owner, pictures.jpeg()) for _ in range(10)))
    outcomes = sorted(result.outcome.name for [result] in answers)
    assert outcomes == ["CREATED"] + ["EXISTS"] * 9
    assert await Image.all().count() == len(await counter.stored()) == 1
    assert counter.spooled() == []


async def test_an_image_in_the_trash_is_told_to_be_there(
    counter: Counter, owner: Viewer, wakeups: LocalWakeups
) -> None:
    [first] = await counter.hand_in(owner, pictures.jpeg())
    assert first.image is not None
    await Trash(wakeups).trash(owner, [first.image.id])
    [again] = await counter.hand_in(owner, pictures.jpeg())
    assert again.outcome is Outcome.EXISTS
    assert again.image is not None
    assert again.image.state is ImageState.TRASHED


async def test_one_bad_file_does_not_refuse_its_neighbours(counter: Counter, owner: Viewer) -> None:
    large = bytes(2 * 1024 * 1024)
    results = await counter.hand_in(owner, pictures.jpeg(), b"no picture", large, pictures.png())
    assert [result.outcome.name for result in results] == ["CREATED", "REJECTED", "REJECTED", "CREATED"]
    assert [type(error) for result in results for error in result.errors] == [UnsupportedFormat, TooManyBytes]
    assert await Image.all().count() == len(await counter.stored()) == 2
    assert counter.spooled() == []


async def test_everything_wrong_with_what_was_said_is_told_at_once(counter: Counter, owner: Viewer) -> None:
    [result] = await counter.hand_in(owner, pictures.jpeg(), title="x" * 501, tags=[""], focal_point=(2, 0))
    assert result.outcome is Outcome.REJECTED
    assert [error.field for error in result.errors] == [["title"], ["tags", "0"], ["focal_point", "x"]]
    assert await counter.stored() == set()


async def test_only_editors_may_upload_and_what_others_sent_is_gone(counter: Counter, onlooker: Viewer) -> None:
    for viewer, refusal in ((onlooker, Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            await counter.hand_in(viewer, pictures.jpeg())
    assert counter.spooled() == []
    assert await counter.stored() == set()


async def test_too_many_files_in_a_request_are_refused(counter: Counter, owner: Viewer) -> None:
    with pytest.raises(InvalidInput, match="20 are allowed"):
        await counter.hand_in(owner, *[b"x"] * 21)
    assert counter.spooled() == []


async def test_a_client_who_hangs_up_at_any_moment_leaves_whole_images_or_nothing(
    counter: Counter, inspector: PillowInspector, owner: Viewer
) -> None:
    chance, inspector.delay_s = random.Random(3), 0.01
    contents = [pictures.jpeg(32, 32, quality=40 + seed % 50, seed=seed) for seed in range(60)]

    async def upload(content: bytes) -> None:
        file = counter.spool.open("duck.jpg")
        try:
            await file.write(content)
            await file.finish()
            await counter.ingest.upload(owner, [NewImage(file)])
        finally:
            await file.discard()

    tasks = [asyncio.create_task(upload(content)) for content in contents]
    for task in tasks:
        asyncio.get_running_loop().call_later(chance.random() * 0.6, task.cancel)
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    images = await Image.all()
    assert {image.original_key for image in images} == await counter.stored()
    assert await Event.all().count() == await ImageDetail.all().count() == len(images)
    assert len(images) >= sum(answer is None for answer in answers)
    assert any(isinstance(answer, asyncio.CancelledError) for answer in answers)
    assert counter.spooled() == []


async def test_what_is_to_be_written_with_an_image_is_written_or_there_is_none(counter: Counter, owner: Viewer) -> None:
    made: list[uuid.UUID] = []

    async def note(image: Image) -> None:
        made.append(image.id)
        if len(made) == 1:
            raise OSError

    assert owner.user_id is not None
    for expected in (0, 1):
        file = await received(counter.spool, pictures.jpeg())
        with contextlib.suppress(OSError):
            await counter.ingest.take_in(owner.user_id, NewImage(file, also=note))
        await file.discard()
        assert await Image.all().count() == await Event.all().count() == len(await counter.stored()) == expected
    assert await Image.all().values_list("id", flat=True) == made[1:]


async def test_a_row_that_cannot_be_written_leaves_no_object(counter: Counter) -> None:
    nobody = Viewer(uuid.uuid4(), Role.EDITOR)
    with pytest.raises(ExceptionGroup):
        await counter.hand_in(nobody, pictures.jpeg())
    assert await counter.stored() == set()
    assert counter.spooled() == []


async def test_real_pictures_go_through_the_real_decoder(
    decoder: DecoderPool, store: FolderStore, spool: Spool, wakeups: LocalWakeups, owner: Viewer
) -> None:
    ingest = Ingest(store, decoder, wakeups)
    contents = [pictures.jpeg(120, 90), pictures.gif_animated(3), pictures.svg(), pictures.jpeg(300, 200)[:2000]]
    files = [NewImage(await received(spool, content, "x.bin")) for content in contents]
    photo, movie, drawing, broken = await ingest.upload(owner, files)
    assert photo.image is not None
    assert movie.image is not None
    assert drawing.image is not None
    assert (photo.image.format.name, photo.image.width, photo.image.height) == ("JPEG", 120, 90)
    assert (movie.image.format.name, movie.image.animated, movie.image.pages) == ("GIF", True, 3)
    assert drawing.image.format.name == "SVG"
    assert broken.outcome is Outcome.REJECTED
    assert isinstance(broken.errors[0], TruncatedFile)
