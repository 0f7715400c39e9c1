"""What the S3 store promises beyond every object store, on a real server."""

import asyncio
import hashlib
import logging
from pathlib import Path

import pytest
from pydantic import SecretStr

from imaging.adapters.s3_client import open_bucket
from imaging.adapters.s3_store import S3Store, open_s3_store
from imaging.errors import Misconfigured, NotFound
from imaging.settings import S3Settings
from tests.adapters.bucket import MIB, content, given, growth, large, listing, opened, sockets
from tests.s3 import S3Server

pytestmark = pytest.mark.full


async def test_it_finds_out_what_the_server_can_do_and_leaves_nothing_behind(
    store: S3Store, s3_server: S3Server, s3_settings: S3Settings
) -> None:
    can = await store.abilities()
    assert (can.checks_sha256, can.writes_once) == (False, True)
    client = s3_server.client()
    assert client.list_objects_v2(Bucket=s3_settings.bucket)["KeyCount"] == 0
    client.close()


async def test_a_large_file_goes_up_and_comes_down_in_little_memory(store: S3Store, tmp_path: Path) -> None:
    path = large(tmp_path, 160)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    async with growth() as uploading:
        put = await store.put("o/abc/1", path, content_type="image/tiff")
    assert (put.etag, put.size_bytes) == (digest, 160 * MIB)
    assert uploading[-1] < 64 * MIB
    found = await store.stat("o/abc/1")
    assert found == put
    async with growth() as downloading, store.local_file("o/abc/1") as copy:
        with copy.open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == digest
    assert downloading[-1] < 64 * MIB
    streamed = hashlib.sha256()
    async with growth() as reading:
        async for chunk in store.read("o/abc/1"):
            streamed.update(chunk)
    assert streamed.hexdigest() == digest
    assert reading[-1] < 32 * MIB


async def test_objects_carry_their_type_for_a_cdn(
    store: S3Store, s3_server: S3Server, s3_settings: S3Settings, tmp_path: Path
) -> None:
    await store.put("r/small", given(tmp_path, b"small"), content_type="image/webp")
    await store.put("r/large", large(tmp_path, 9), content_type="image/avif")
    client = s3_server.client()
    heads = [client.head_object(Bucket=s3_settings.bucket, Key=key) for key in ("r/small", "r/large")]
    client.close()
    assert [head["ContentType"] for head in heads] == ["image/webp", "image/avif"]


async def test_an_object_somebody_else_put_has_the_etag_of_the_server(
    store: S3Store, s3_server: S3Server, s3_settings: S3Settings
) -> None:
    client = s3_server.client()
    client.put_object(Bucket=s3_settings.bucket, Key="o/abc/1", Body=b"picture")
    client.close()
    found = await store.stat("o/abc/1")
    assert found is not None
    assert found.etag == hashlib.md5(b"picture").hexdigest()


@pytest.mark.parametrize("mebibytes", [1, 9])
async def test_the_same_bytes_again_are_not_written_again(
    store: S3Store, s3_server: S3Server, s3_settings: S3Settings, tmp_path: Path, mebibytes: int
) -> None:
    path = large(tmp_path, mebibytes)
    for content_type in ("image/png", "image/webp"):
        await store.put("o/abc/1", path, content_type=content_type)
    client = s3_server.client()
    assert client.head_object(Bucket=s3_settings.bucket, Key="o/abc/1")["ContentType"] == "image/png"
    client.close()


@pytest.mark.parametrize("mebibytes", [1, 20])
async def test_of_two_writers_of_one_key_one_wins_whole(store: S3Store, tmp_path: Path, mebibytes: int) -> None:
    first, second = large(tmp_path, mebibytes), given(tmp_path, b"z" * mebibytes * MIB)
    await asyncio.gather(*(store.put("o/abc/1", path, content_type="image/png") for path in (first, second)))
    found, stored = await store.stat("o/abc/1"), await content(store, "o/abc/1")
    assert found is not None
    assert stored in (first.read_bytes(), second.read_bytes())
    assert found.etag == hashlib.sha256(stored).hexdigest()


async def test_more_objects_than_a_page_are_listed_and_deleted(store: S3Store, tmp_path: Path) -> None:
    path, slots = given(tmp_path, b"picture"), asyncio.Semaphore(32)

    async def put(number: int) -> None:
        async with slots:
            await store.put(f"r/abc/{number}", path, content_type="image/png")

    await asyncio.gather(*(put(number) for number in range(1_105)))
    await store.put("r/abcd/1", path, content_type="image/png")
    assert await listing(store, "r/abc") == {f"r/abc/{number}" for number in range(1_105)}
    assert await store.delete_prefix("r/abc") == 1_105
    assert await listing(store) == {"r/abcd/1"}


async def test_below_its_prefix_a_store_is_alone_in_the_bucket(
    s3_settings: S3Settings, s3_server: S3Server, tmp_path: Path
) -> None:
    path = given(tmp_path, b"picture")
    near, far = (s3_settings.model_copy(update={"prefix": prefix}) for prefix in ("pictures", "pictures-too/a"))
    async with opened(near, tmp_path) as one, opened(far, tmp_path) as other:
        for store in (one, other):
            await store.put("o/abc/1", path, content_type="image/png")
        assert await listing(one) == {"o/abc/1"}
        assert await one.delete_prefix("") == 1
        assert await content(other, "o/abc/1") == b"picture"
    client = s3_server.client()
    assert client.list_objects_v2(Bucket=near.bucket)["Contents"][0]["Key"] == "pictures-too/a/o/abc/1"
    client.close()


async def test_a_thousand_readers_who_go_away_leave_no_connection(
    s3_settings: S3Settings, s3_server: S3Server, tmp_path: Path
) -> None:
    few = s3_settings.model_copy(update={"max_connections": 16})
    async with opened(few, tmp_path) as store:
        await store.put("o/abc/1", large(tmp_path, 3), content_type="image/png")

        async def one(number: int) -> None:
            chunks = store.read("o/abc/1", number)
            reading = asyncio.ensure_future(anext(chunks))
            if number % 2:
                await asyncio.sleep(number % 40 / 1000)
                reading.cancel()
            await asyncio.wait((reading,))
            if number % 3:
                await chunks.aclose()

        for start in range(0, 1_000, 25):
            await asyncio.gather(*(one(number) for number in range(start, start + 25)))
        assert sockets(s3_server.port) <= 16
        assert len(await content(store, "o/abc/1")) == 3 * MIB
    assert sockets(s3_server.port) == 0


async def test_slow_readers_keep_nobody_from_the_bucket(s3_settings: S3Settings, tmp_path: Path) -> None:
    few = s3_settings.model_copy(update={"max_connections": 4})
    async with opened(few, tmp_path) as store:
        await store.put("o/abc/1", large(tmp_path, 3), content_type="image/png")
        slow = [store.read("o/abc/1") for _ in range(20)]
        for chunks in slow:
            assert len(await anext(chunks)) == MIB
        assert await asyncio.wait_for(store.stat("o/abc/1"), 5) is not None
        for chunks in slow:
            assert sum([len(chunk) async for chunk in chunks]) == 2 * MIB


async def test_who_reads_the_same_at_once_shares_a_copy_which_goes_with_the_last(
    store: S3Store, tmp_path: Path
) -> None:
    await store.put("o/abc/1", given(tmp_path, b"picture"), content_type="image/png")
    async with store.local_file("o/abc/1") as one:
        async with store.local_file("o/abc/1") as other:
            assert one == other
        assert one.read_bytes() == b"picture"
    assert not one.exists()


async def test_a_cancelled_copy_leaves_no_file(store: S3Store, tmp_path: Path) -> None:
    await store.put("o/abc/1", large(tmp_path, 40), content_type="image/png")

    async def read() -> None:
        async with store.local_file("o/abc/1"):
            await asyncio.sleep(60)

    for delay_s in (0, 0.01, 0.05, 0.3):
        reading = asyncio.create_task(read())
        await asyncio.sleep(delay_s)
        reading.cancel()
        await asyncio.wait((reading,))
        assert reading.cancelled()
        assert list((tmp_path / "scratch").iterdir()) == []


async def test_what_is_replaced_while_it_is_read_is_not_mixed(store: S3Store, tmp_path: Path) -> None:
    await store.put("o/abc/1", large(tmp_path, 3), content_type="image/png")
    chunks = store.read("o/abc/1")
    await anext(chunks)
    await store.put("o/abc/1", large(tmp_path, 4), content_type="image/png")
    with pytest.raises(NotFound):
        await anext(chunks)


async def test_wrong_credentials_are_told_without_being_repeated(
    s3_settings: S3Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = s3_settings.model_copy(update={"secret_access_key": SecretStr("anothersecret")})
    caplog.set_level(logging.INFO)
    with pytest.raises(Misconfigured, match="IMAGING_S3_SECRET_ACCESS_KEY") as refused:
        async with open_s3_store(wrong, tmp_path):
            pass
    assert "anothersecret" not in refused.value.message + caplog.text
    async with open_bucket(wrong) as bucket:
        with pytest.raises(Misconfigured, match="IMAGING_S3_SECRET_ACCESS_KEY"):
            await S3Store(bucket, tmp_path).stat("o/abc/1")


async def test_a_bucket_that_is_not_there_is_told(s3_settings: S3Settings, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="IMAGING_S3_BUCKET"):
        async with open_s3_store(s3_settings.model_copy(update={"bucket": "no-such-bucket"}), tmp_path):
            pass
