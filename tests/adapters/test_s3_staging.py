"""What addresses of a bucket promise beyond every staging: how bytes are bound, and what is not told."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from aiohttp import web

from imaging.adapters.s3_abilities import Abilities
from imaging.adapters.s3_client import open_bucket
from imaging.adapters.s3_presign import Binding, Presigner, ask_binding
from imaging.adapters.s3_staging import open_s3
from imaging.errors import StorageUnavailable
from imaging.settings import S3Settings
from tests.adapters.stages import Stage, cut, s3_stage
from tests.adapters.strict_bucket import strict_bucket
from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server

PICTURE = b"the bytes of a picture"
DIGEST = hashlib.sha256(PICTURE).hexdigest()
NO_CHECKSUMS = Abilities(checks_sha256=False, writes_once=False)


@pytest.fixture
async def stage(s3_settings: S3Settings, tmp_path: Path) -> AsyncIterator[Stage]:
    (tmp_path / "tmp").mkdir()
    async with s3_stage(s3_settings, tmp_path / "tmp") as opened:
        yield opened


@contextlib.asynccontextmanager
async def server_that(*statuses: int) -> AsyncIterator[S3Settings]:
    """A server that answers every PUT by the next of these statuses."""
    left = list(statuses)

    async def put(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=left.pop(0))

    async def delete(_request: web.Request) -> web.Response:
        return web.Response(status=204)

    app = web.Application()
    app.add_routes([web.put("/{key:.+}", put), web.delete("/{key:.+}", delete)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told = {"access_key_id": "key", "secret_access_key": "secret", "region": "us-east-1", "max_attempts": 1}
    try:
        yield S3Settings(bucket="bucket", endpoint_url=f"http://127.0.0.1:{runner.addresses[0][1]}", **told)
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("statuses", "binding"), [((400, 200), Binding.PAYLOAD), ((200, 200), Binding.NONE), ((403, 403), Binding.NONE)]
)
async def test_whether_a_server_compares_a_payload_with_its_hash_is_found_out(
    statuses: tuple[int, ...], binding: Binding
) -> None:
    async with server_that(*statuses) as settings, open_bucket(settings) as bucket:
        assert await ask_binding(bucket, NO_CHECKSUMS) is binding


async def test_a_server_that_cannot_now_is_asked_again() -> None:
    async with server_that(503, 503) as settings, open_bucket(settings) as bucket:
        with pytest.raises(StorageUnavailable):
            await ask_binding(bucket, NO_CHECKSUMS)


async def test_where_the_server_knows_checksums_they_are_signed(tmp_path: Path) -> None:
    async with strict_bucket() as (bucket, settings), open_s3(settings, tmp_path) as (_, staging):
        told = {"size_bytes": len(PICTURE), "sha256": DIGEST, "content_type": "image/png", "ttl_s": 600}
        signed = await staging.sign_put("s/abc/1", **told)
        assert "x-amz-checksum-sha256" in parse_qs(urlsplit(signed.url).query)["X-Amz-SignedHeaders"][0].split(";")
        async with httpx.AsyncClient() as client:
            for content, status in ((b"x" * len(PICTURE), 400), (PICTURE, 200)):
                answer = await client.put(signed.url, content=content, headers=dict(signed.headers))
                assert answer.status_code == status
        assert bucket.objects["s/abc/1"] == PICTURE


async def test_without_either_length_and_type_are_signed_still() -> None:
    async with server_that() as settings, open_bucket(settings) as bucket:
        told = {"size_bytes": 5, "sha256": DIGEST, "content_type": "image/png", "ttl_s": 600}
        signed = await Presigner(bucket).put("s/abc/1", **told, binding=Binding.NONE)
    assert parse_qs(urlsplit(signed.url).query)["X-Amz-SignedHeaders"] == ["content-length;content-type;host"]
    assert signed.headers == {"Content-Type": "image/png"}


async def test_an_address_tells_who_signed_and_no_secret() -> None:
    async with server_that() as settings, open_bucket(settings) as bucket:
        told = {"size_bytes": 5, "sha256": DIGEST, "content_type": "image/png", "ttl_s": 600}
        whole = await Presigner(bucket).put("s/abc/1", **told, binding=Binding.PAYLOAD)
        part = await Presigner(bucket).part("s/abc/1", "upload", 1, size_bytes=5, ttl_s=600)
    for signed in (whole, part):
        assert "secret" not in signed.url
        names = {name for name in parse_qs(urlsplit(signed.url).query) if name.startswith("X-Amz-")}
        known = {"Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"}
        assert names == {f"X-Amz-{name}" for name in known}


@pytest.mark.full
async def test_the_real_server_compares_whole_objects_with_their_hash(stage: Stage) -> None:
    signed = await stage.sign(PICTURE)
    assert signed.headers["x-amz-content-sha256"] == DIGEST
    answer = await stage.put(signed, b"x" * len(PICTURE))
    assert (answer.status_code, "XAmzContentSHA256Mismatch" in answer.text) == (400, True)
    without = {**signed.headers}
    del without["x-amz-content-sha256"]
    assert (await stage.client.put(signed.url, content=PICTURE, headers=without)).status_code == 403
    unsigned = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    assert (await stage.put(signed, b"x" * len(PICTURE), unsigned)).status_code == 403
    assert await stage.all_traces() == []


@pytest.mark.full
async def test_what_a_sender_tells_of_a_staged_object_is_not_in_its_copy(stage: Stage) -> None:
    lies = {"x-amz-meta-sha256": "f" * 64, "x-amz-acl": "public-read"}
    assert (await stage.put(await stage.sign(PICTURE), PICTURE, lies)).status_code == 200
    copied = await stage.store.copy("s/abc/1", "o/abc/1", content_type="image/png", sha256=DIGEST)
    assert await stage.store.stat("o/abc/1") == copied
    assert copied.etag == DIGEST
    address = (await stage.sign(PICTURE, "o/abc/1")).url.partition("?")[0]
    assert (await stage.client.get(address)).status_code == 403


@pytest.mark.full
async def test_clients_may_know_the_server_by_another_address(
    s3_server: S3Server, s3_settings: S3Settings, tmp_path: Path
) -> None:
    public = f"http://localhost:{s3_server.port}"
    async with s3_stage(s3_settings.model_copy(update={"public_endpoint_url": public}), tmp_path) as stage:
        signed = await stage.sign(PICTURE)
        assert signed.url.startswith(f"{public}/")
        assert (await stage.put(signed, PICTURE)).status_code == 200
        upload_id = await stage.begin("s/abc/2")
        part = await stage.put_part(upload_id, 1, PICTURE, "s/abc/2")
        await stage.staging.complete_parts("s/abc/2", upload_id, [part])
        assert await stage.content("s/abc/1") == await stage.content("s/abc/2") == PICTURE
        assert ACCESS_KEY in signed.url
        assert SECRET_KEY not in signed.url


@pytest.mark.full
async def test_below_its_prefix_people_put_where_the_store_reads(s3_settings: S3Settings, tmp_path: Path) -> None:
    async with s3_stage(s3_settings.model_copy(update={"prefix": "pictures"}), tmp_path) as stage:
        signed = await stage.sign(PICTURE)
        assert "/pictures/s/abc/1?" in signed.url
        assert (await stage.put(signed, PICTURE)).status_code == 200
        assert await stage.content() == PICTURE
        upload_id = await stage.begin()
        await stage.put_part(upload_id, 1, PICTURE)
        await stage.store.delete_prefix("s/abc")
        assert await stage.all_traces() == []


@pytest.mark.full
async def test_more_parts_than_a_page_are_listed(stage: Stage) -> None:
    upload_id, slots = await stage.begin(), asyncio.Semaphore(16)

    async def send(number: int) -> None:
        async with slots:
            await stage.put_part(upload_id, number, b"x")

    await asyncio.gather(*(send(number) for number in range(1, 1_006)))
    parts = await stage.staging.parts("s/abc/1", upload_id)
    assert [part.number for part in parts] == list(range(1, 1_006))


@pytest.mark.full
async def test_after_a_restart_of_the_server_an_upload_goes_on(stage: Stage, s3_server: S3Server) -> None:
    upload_id = await stage.begin()
    first = await stage.put_part(upload_id, 1, b"x" * 5 * 1024 * 1024)
    second = await stage.staging.sign_part("s/abc/1", upload_id, 2, size_bytes=1_000_000, ttl_s=600)
    sending = asyncio.create_task(cut(second, b"y" * 500_000, 1_000_000))
    await asyncio.sleep(0.01)
    s3_server.stop_gateway()
    s3_server.start_gateway()
    await asyncio.gather(sending, return_exceptions=True)
    assert list(await stage.staging.parts("s/abc/1", upload_id)) == [first]
    parts = [first, await stage.put_part(upload_id, 2, b"y" * 1_000_000)]
    await stage.staging.complete_parts("s/abc/1", upload_id, parts)
    found = await stage.store.stat("s/abc/1")
    assert found is not None
    assert found.size_bytes == 5 * 1024 * 1024 + 1_000_000
