"""What the S3 store does when it is cut off, killed or told to stop: nothing half-made can be seen."""

import asyncio
import hashlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imaging.adapters.s3_store import S3Store, open_s3_store
from imaging.errors import NotFound, StorageUnavailable
from imaging.settings import S3Settings
from tests.adapters.bucket import MIB, content, given, large, listing, opened
from tests.s3 import S3Server

pytestmark = pytest.mark.full


@pytest.fixture
def unfinished(s3_server: S3Server, s3_settings: S3Settings) -> Callable[[], list[Any]]:
    """Lists the uploads in parts that were begun and neither completed nor aborted."""

    def find() -> list[Any]:
        client = s3_server.client()
        try:
            return list(client.list_multipart_uploads(Bucket=s3_settings.bucket).get("Uploads", ()))
        finally:
            client.close()

    return find


async def until_begun(unfinished: Callable[[], list[Any]]) -> None:
    for _ in range(200):
        if await asyncio.to_thread(unfinished):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the upload was never begun")


async def test_a_cancelled_upload_leaves_neither_object_nor_parts(
    store: S3Store, unfinished: Callable[[], list[Any]], tmp_path: Path
) -> None:
    putting = asyncio.create_task(store.put("o/abc/1", large(tmp_path, 300), content_type="image/tiff"))
    await until_begun(unfinished)
    putting.cancel()
    await asyncio.wait((putting,))
    assert putting.cancelled()
    assert await store.stat("o/abc/1") is None
    assert unfinished() == []


async def test_an_upload_survives_a_restart_of_the_server(
    store: S3Store, s3_server: S3Server, unfinished: Callable[[], list[Any]], tmp_path: Path
) -> None:
    path = large(tmp_path, 100)
    putting = asyncio.create_task(store.put("o/abc/1", path, content_type="image/tiff"))
    await until_begun(unfinished)
    s3_server.stop_gateway()
    await asyncio.sleep(0.3)
    s3_server.start_gateway()
    put = await putting
    assert hashlib.sha256(await content(store, "o/abc/1")).hexdigest() == put.etag
    assert unfinished() == []


async def test_an_upload_that_the_server_left_fails_and_is_cleaned_up_later(
    s3_server: S3Server, s3_settings: S3Settings, unfinished: Callable[[], list[Any]], tmp_path: Path
) -> None:
    impatient = s3_settings.model_copy(update={"max_attempts": 1})
    async with opened(impatient, tmp_path) as store:
        putting = asyncio.create_task(store.put("o/abc/1", large(tmp_path, 200), content_type="image/tiff"))
        await until_begun(unfinished)
        s3_server.stop_gateway()
        try:
            with pytest.raises(StorageUnavailable):
                await putting
        finally:
            s3_server.start_gateway()
        assert await store.stat("o/abc/1") is None
        assert await listing(store) == set()
        await store.delete_prefix("o/abc")
        assert unfinished() == []


async def test_a_reader_survives_a_restart_of_the_server(store: S3Store, s3_server: S3Server, tmp_path: Path) -> None:
    path = large(tmp_path, 40)
    await store.put("o/abc/1", path, content_type="image/tiff")
    chunks = store.read("o/abc/1")
    read = [await anext(chunks), await anext(chunks)]
    s3_server.stop_gateway()
    asyncio.get_running_loop().call_later(0.5, s3_server.start_gateway)
    read += [chunk async for chunk in chunks]
    assert b"".join(read) == path.read_bytes()


async def test_while_the_server_is_away_everything_says_so(
    s3_server: S3Server, s3_settings: S3Settings, tmp_path: Path
) -> None:
    impatient = s3_settings.model_copy(update={"max_attempts": 1})
    path = given(tmp_path, b"picture")
    s3_server.stop_gateway()
    try:
        async with opened(impatient, tmp_path) as store:
            for deed in (
                store.put("o/abc/1", path, content_type="image/png"),
                store.stat("o/abc/1"),
                content(store, "o/abc/1"),
                store.delete("o/abc/1"),
                store.delete_prefix("o/abc"),
                listing(store),
            ):
                with pytest.raises(StorageUnavailable, match="does not answer"):
                    await deed
            with pytest.raises(StorageUnavailable):
                async with store.local_file("o/abc/1"):
                    pass
            s3_server.start_gateway()
            assert (await store.put("o/abc/1", path, content_type="image/png")).size_bytes == 7
    finally:
        if len(s3_server.daemons) < 3:
            s3_server.start_gateway()


async def test_an_upload_whose_parts_are_taken_away_begins_again(
    store: S3Store, unfinished: Callable[[], list[Any]], tmp_path: Path
) -> None:
    path = large(tmp_path, 100)
    putting = asyncio.create_task(store.put("o/abc/1", path, content_type="image/tiff"))
    await until_begun(unfinished)
    await store.delete_prefix("o/abc")
    put = await putting
    assert put.size_bytes == 100 * MIB
    assert await content(store, "o/abc/1") == path.read_bytes()


async def test_a_server_that_never_answers_is_given_up(s3_settings: S3Settings, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        told = {"endpoint_url": url, "read_timeout_s": 1, "max_attempts": 1}
        async with asyncio.timeout(20), open_s3_store(s3_settings.model_copy(update=told), tmp_path) as store:
            for deed in (store.stat("o/abc/1"), store.put("o/abc/1", large(tmp_path, 1), content_type="image/png")):
                with pytest.raises(StorageUnavailable):
                    await deed


async def test_what_is_not_there_cannot_be_copied(store: S3Store) -> None:
    with pytest.raises(NotFound):
        async with store.local_file("o/abc/1"):
            pass
