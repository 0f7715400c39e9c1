"""How people put bytes straight into a store, whichever is plugged in."""

import asyncio
import datetime
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from imaging.errors import Conflict, NotFound
from imaging.ports import StagedPart
from tests.adapters.stages import PART_BYTES, Stage, cut, folder_stage, s3_stage

PICTURE = b"the bytes of a picture"


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.full)])
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    if request.param == "folder":
        async with folder_stage(tmp_path / "objects") as opened:
            yield opened
    else:
        (tmp_path / "tmp").mkdir()
        async with s3_stage(request.getfixturevalue("s3_settings"), tmp_path / "tmp") as opened:
            yield opened


async def test_what_was_signed_may_be_put(stage: Stage) -> None:
    answer = await stage.put(await stage.sign(PICTURE), PICTURE)
    assert answer.status_code == 200
    assert answer.headers["etag"]
    assert await stage.content() == PICTURE
    found = await stage.store.stat("s/abc/1")
    assert found is not None
    assert found.size_bytes == len(PICTURE)


async def test_putting_twice_is_putting_once(stage: Stage) -> None:
    signed = await stage.sign(PICTURE)
    assert [(await stage.put(signed, PICTURE)).status_code for _ in range(2)] == [200, 200]
    assert await stage.content() == PICTURE


@pytest.mark.parametrize("content", [PICTURE + b"!", PICTURE[:-1], b"", b"other bytes of that len"[: len(PICTURE)]])
async def test_other_bytes_are_refused(stage: Stage, content: bytes) -> None:
    answer = await stage.put(await stage.sign(PICTURE), content)
    assert 400 <= answer.status_code < 500
    assert await stage.all_traces() == []


async def test_another_type_is_refused(stage: Stage) -> None:
    answer = await stage.put(await stage.sign(PICTURE), PICTURE, {"Content-Type": "text/html"})
    assert 400 <= answer.status_code < 500
    assert await stage.all_traces() == []


async def test_another_key_is_refused(stage: Stage) -> None:
    signed = await stage.sign(PICTURE)
    answer = await stage.put(replace(signed, url=signed.url.replace("/s/abc/1", "/s/abc/2")), PICTURE)
    assert answer.status_code == 403
    assert await stage.all_traces() == []


async def test_an_address_expires(stage: Stage) -> None:
    signed = await stage.sign(PICTURE, ttl_s=1)
    await asyncio.sleep(2.5)
    assert (await stage.put(signed, PICTURE)).status_code == 403
    assert await stage.all_traces() == []


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
async def test_an_address_admits_nothing_else(stage: Stage, method: str) -> None:
    signed = await stage.sign(PICTURE)
    await stage.put(signed, PICTURE)
    answer = await stage.client.request(method, signed.url, headers=dict(signed.headers))
    assert answer.status_code in (403, 405)
    assert await stage.content() == PICTURE


async def test_parts_come_side_by_side_and_become_one_object(stage: Stage) -> None:
    whole = os.urandom(3 * PART_BYTES - 1_000)
    upload_id = await stage.begin()
    pieces = {number: whole[(number - 1) * PART_BYTES : number * PART_BYTES] for number in (3, 1, 2)}
    sent = await asyncio.gather(*(stage.put_part(upload_id, number, piece) for number, piece in pieces.items()))
    parts = await stage.staging.parts("s/abc/1", upload_id)
    assert list(parts) == sorted(sent, key=lambda part: part.number)
    assert await stage.store.stat("s/abc/1") is None
    await stage.staging.complete_parts("s/abc/1", upload_id, parts)
    assert hashlib.sha256(await stage.content()).digest() == hashlib.sha256(whole).digest()
    found = await stage.store.stat("s/abc/1")
    assert found is not None
    assert found.size_bytes == len(whole)
    await stage.store.delete("s/abc/1")
    assert await stage.all_traces() == []


async def test_what_has_arrived_is_told_to_who_goes_on_later(stage: Stage) -> None:
    upload_id = await stage.begin()
    assert list(await stage.staging.parts("s/abc/1", upload_id)) == []
    second = await stage.put_part(upload_id, 2, b"the end")
    assert list(await stage.staging.parts("s/abc/1", upload_id)) == [second]
    first = await stage.put_part(upload_id, 1, b"a" * PART_BYTES)
    assert list(await stage.staging.parts("s/abc/1", upload_id)) == [first, second]


async def test_a_part_that_comes_again_replaces_the_first(stage: Stage) -> None:
    upload_id = await stage.begin()
    before = await stage.put_part(upload_id, 1, b"before, and longer")
    after = await stage.put_part(upload_id, 1, b"after")
    assert list(await stage.staging.parts("s/abc/1", upload_id)) == [after]
    with pytest.raises(Conflict):
        await stage.staging.complete_parts("s/abc/1", upload_id, [before])
    await stage.staging.complete_parts("s/abc/1", upload_id, [after])
    assert await stage.content() == b"after"


@pytest.mark.parametrize("content", [b"a part!", b"a par", b""])
async def test_a_part_of_another_length_is_refused(stage: Stage, content: bytes) -> None:
    upload_id = await stage.begin()
    signed = await stage.staging.sign_part("s/abc/1", upload_id, 1, size_bytes=6, ttl_s=600)
    assert 400 <= (await stage.put(signed, content)).status_code < 500
    assert list(await stage.staging.parts("s/abc/1", upload_id)) == []


async def test_the_address_of_a_part_admits_no_other_part(stage: Stage) -> None:
    upload_id, other_id = await stage.begin(), await stage.begin("s/abc/2")
    signed = await stage.staging.sign_part("s/abc/1", upload_id, 1, size_bytes=4, ttl_s=600)
    for old, new in ((f"{upload_id}/1?", f"{upload_id}/2?"), ("partNumber=1", "partNumber=2"), (upload_id, other_id)):
        if old in signed.url:
            changed = signed.url.replace(old, new)
            assert (await stage.put(replace(signed, url=changed), b"part")).status_code == 403
    assert list(await stage.staging.parts("s/abc/1", upload_id)) == []


async def test_completing_twice_is_completing_once(stage: Stage) -> None:
    upload_id = await stage.begin()
    parts = [await stage.put_part(upload_id, 1, PICTURE)]
    for _ in range(2):
        await stage.staging.complete_parts("s/abc/1", upload_id, parts)
    assert await stage.content() == PICTURE
    with pytest.raises(NotFound):
        await stage.staging.parts("s/abc/1", upload_id)


async def test_many_complete_the_same_at_once(stage: Stage) -> None:
    upload_id = await stage.begin()
    parts = [await stage.put_part(upload_id, 1, PICTURE)]
    await asyncio.gather(*(stage.staging.complete_parts("s/abc/1", upload_id, parts) for _ in range(5)))
    assert await stage.content() == PICTURE


async def test_without_all_parts_nothing_is_completed(stage: Stage) -> None:
    upload_id = await stage.begin()
    first = await stage.put_part(upload_id, 1, b"a" * PART_BYTES)
    third = await stage.put_part(upload_id, 3, b"the end")
    for parts in ([], [third], [first, third], [first, StagedPart(2, PART_BYTES, first.etag), third]):
        with pytest.raises(Conflict):
            await stage.staging.complete_parts("s/abc/1", upload_id, parts)
    assert await stage.store.stat("s/abc/1") is None
    assert list(await stage.staging.parts("s/abc/1", upload_id)) == [first, third]


async def test_a_short_part_may_only_be_the_last(stage: Stage) -> None:
    upload_id = await stage.begin()
    parts = [await stage.put_part(upload_id, number, b"short") for number in (1, 2)]
    with pytest.raises(Conflict):
        await stage.staging.complete_parts("s/abc/1", upload_id, parts)
    assert await stage.store.stat("s/abc/1") is None


async def test_an_upload_that_is_given_up_leaves_nothing_and_takes_nothing_more(stage: Stage) -> None:
    upload_id = await stage.begin()
    parts = [await stage.put_part(upload_id, 1, PICTURE)]
    signed = await stage.staging.sign_part("s/abc/1", upload_id, 2, size_bytes=4, ttl_s=600)
    for _ in range(2):
        await stage.staging.abort_parts("s/abc/1", upload_id)
    assert (await stage.put(signed, b"part")).status_code == 404
    with pytest.raises(NotFound):
        await stage.staging.parts("s/abc/1", upload_id)
    with pytest.raises(NotFound):
        await stage.staging.complete_parts("s/abc/1", upload_id, parts)
    await stage.leaves_nothing()


async def test_removing_a_prefix_ends_unfinished_uploads(stage: Stage) -> None:
    upload_id = await stage.begin()
    await stage.put_part(upload_id, 1, PICTURE)
    await stage.put(await stage.sign(PICTURE, "s/abc/2"), PICTURE)
    await stage.put(await stage.sign(PICTURE, "s/abcd/1"), PICTURE)
    assert await stage.store.delete_prefix("s/abc") == 1
    with pytest.raises(NotFound):
        await stage.staging.parts("s/abc/1", upload_id)
    assert {key async for key in stage.store.keys("s")} == {"s/abcd/1"}
    await stage.store.delete("s/abcd/1")
    await stage.leaves_nothing()


async def test_unfinished_uploads_are_no_objects(stage: Stage) -> None:
    upload_id = await stage.begin()
    await stage.put_part(upload_id, 1, PICTURE)
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    assert {key async for key in stage.store.keys("s", before=later)} == set()


@pytest.mark.parametrize("upload_id", ["absent", "../../etc", "5242880-" + "0" * 32])
async def test_an_upload_that_never_was_is_not_found(stage: Stage, upload_id: str) -> None:
    with pytest.raises(NotFound):
        await stage.staging.parts("s/abc/1", upload_id)
    with pytest.raises(NotFound):
        await stage.staging.complete_parts("s/abc/1", upload_id, [StagedPart(1, 1, "0" * 64)])
    await stage.staging.abort_parts("s/abc/1", upload_id)
    assert await stage.all_traces() == []


async def test_a_hundred_who_go_in_the_middle_leave_nothing(stage: Stage) -> None:
    body = os.urandom(200_000)
    signed = await stage.sign(body)
    upload_id = await stage.begin("s/abc/2")
    part = await stage.staging.sign_part("s/abc/2", upload_id, 1, size_bytes=len(body), ttl_s=600)
    for _ in range(10):
        await asyncio.gather(
            *(cut(where, body[: 20_000 * number], len(body)) for number in range(5) for where in (signed, part))
        )
    assert list(await stage.staging.parts("s/abc/2", upload_id)) == []
    await stage.staging.abort_parts("s/abc/2", upload_id)
    await stage.leaves_nothing()
    assert (await stage.put(signed, body)).status_code == 200
    assert await stage.content() == body


async def test_a_staged_object_is_copied_to_where_it_stays(stage: Stage) -> None:
    digest = hashlib.sha256(PICTURE).hexdigest()
    upload_id = await stage.begin()
    await stage.staging.complete_parts("s/abc/1", upload_id, [await stage.put_part(upload_id, 1, PICTURE)])
    await stage.store.copy("s/abc/1", "o/abc/1", content_type="image/png", sha256=digest)
    await stage.store.delete_prefix("s/abc")
    found = await stage.store.stat("o/abc/1")
    assert found is not None
    assert (found.etag, await stage.content("o/abc/1")) == (digest, PICTURE)
