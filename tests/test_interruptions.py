"""Fifty uploads while connections are cut, server and bucket go away: each arrives, or leaves nothing."""

import asyncio
import contextlib
import datetime
import hashlib
import signal
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest

from imaging import database
from imaging.uploads.models import Upload, UploadState
from tests import databases, pictures
from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server
from tests.sender import PATIENCE_S, File, Sender
from tests.server import RunningServer, imaging, start
from tests.tiffs import write_tiff

pytestmark = pytest.mark.full

UPLOADS, LARGE, DESERTED, AT_ONCE = 50, 10, 5, 10


def files(folder: Path) -> list[File]:
    """Pictures of which one in five is so large that it goes up in parts."""
    made = []
    for number in range(UPLOADS):
        if number % (UPLOADS // LARGE):
            made.append(File(f"{number}.jpg", pictures.jpeg(400 + number, 300, seed=number), "image/jpeg"))
        else:
            path = write_tiff(folder / f"{number}.tif", 2_600, 2_400 + number, seed=number)
            made.append(File(path.name, path.read_bytes(), "image/tiff"))
            path.unlink()
    return made


class Bucket:
    """What is in a bucket, asked beside the server."""

    def __init__(self, server: S3Server) -> None:
        self.server = server
        self.name = str(server.settings().bucket)
        self.settings = {
            "s3_bucket": self.name,
            "s3_endpoint_url": server.url,
            "s3_region": "us-east-1",
            "s3_access_key_id": ACCESS_KEY,
            "s3_secret_access_key": SECRET_KEY,
        }

    def hashes(self, prefix: str) -> dict[str, str]:
        """Return key → SHA-256 of everything below a prefix."""
        with contextlib.closing(self.server.client()) as client:
            listed = client.list_objects_v2(Bucket=self.name, Prefix=prefix).get("Contents", ())
            return {
                entry["Key"]: hashlib.sha256(
                    client.get_object(Bucket=self.name, Key=entry["Key"])["Body"].read()
                ).hexdigest()
                for entry in listed
            }

    def unfinished(self) -> list[str]:
        with contextlib.closing(self.server.client()) as client:
            found = client.list_multipart_uploads(Bucket=self.name).get("Uploads", ())
            return [upload["Key"] for upload in found]


class Trouble:
    """A server in whose way things come, while a sender sends."""

    def __init__(self, tmp_path: Path, **settings: str) -> None:
        self.tmp_path = tmp_path
        self.settings = settings
        self.server = start(tmp_path, within_s=90, **settings)

    async def kill_in_the_middle(self, sender: Sender, *, done: int) -> None:
        """Kill the server while it takes something in, once so many have arrived; start another in its place."""
        await _until(lambda: len(sender.done) >= done and bool(sender.taken_in), "some are being taken in")
        self.server.process.send_signal(signal.SIGKILL)
        sender.taken_in.clear()
        self.server.process.wait(30)
        port = str(self.server.port)
        self.server = await asyncio.to_thread(start, self.tmp_path, within_s=90, port=port, **self.settings)

    async def all_of_it(self, sender: Sender, s3_server: S3Server) -> None:
        await self.kill_in_the_middle(sender, done=UPLOADS // 8)
        await _until(lambda: len(sender.done) >= UPLOADS // 3, "some more have arrived")
        await asyncio.to_thread(s3_server.stop_gateway)
        failed = len(sender.setbacks)
        try:
            await _until(lambda: len(sender.setbacks) >= failed + AT_ONCE, "everybody has noticed")
        finally:
            # In this very thread: with another, that would end, the gateway would end, too.
            s3_server.start_gateway()


async def _until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


async def _send_all(
    trouble: Trouble, sent: list[File], deserted: list[File], comes: Callable[[Sender], Coroutine[Any, Any, None]]
) -> None:
    turns = asyncio.Semaphore(AT_ONCE)
    limits = httpx.Limits(max_connections=4 * AT_ONCE)
    async with httpx.AsyncClient(timeout=60, limits=limits) as http:
        sender = Sender(trouble.server.url, http, trouble.server.headers())

        async def send(file: File) -> None:
            async with turns:
                await sender.send(file)

        for file in deserted:
            await sender.begin(file)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(comes(sender))
            for file in sent:
                tasks.create_task(send(file))


async def _expire(url: str) -> int:
    """Let time pass for the uploads that nobody went on with."""
    await database.connect(url)
    try:
        waiting = Upload.filter(state=UploadState.PREPARED)
        return await waiting.update(expires_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    finally:
        await database.close()


def _url(server: RunningServer) -> str:
    return server.env.get("IMAGING_DATABASE_URL", f"sqlite://{server.data_dir}/imaging.db")


def _tidy_up(server: RunningServer) -> None:
    """Run upkeep once nothing is under way, and let the server do what that promised."""
    _until_idle(server)
    done = imaging("upkeep", "--grace", "0", env=server.env, cwd=server.log.parent)
    assert (done.returncode, done.stderr) == (0, ""), done
    _until_idle(server)


def _until_idle(server: RunningServer) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while left := databases.rows(_url(server), "SELECT kind, subject FROM job WHERE kind NOT LIKE 'upkeep%'"):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def _named(server: RunningServer) -> dict[str, Any]:
    found = databases.rows(_url(server), "SELECT id, bytes_version, sha256 FROM image")
    return {f"o/{str(id).replace('-', '')}/{version}": sha256 for id, version, sha256 in found}


def test_every_upload_arrives_or_leaves_nothing_whatever_came_in_between(s3_server: S3Server, tmp_path: Path) -> None:
    every = files(tmp_path)
    deserted, sent = every[:DESERTED], every[DESERTED:]
    bucket = Bucket(s3_server)
    trouble = Trouble(tmp_path, **bucket.settings)
    try:
        asyncio.run(_send_all(trouble, sent, deserted, lambda sender: trouble.all_of_it(sender, s3_server)))
        assert bucket.unfinished() != [], "who deserted left parts behind"
        assert asyncio.run(_expire(_url(trouble.server))) == DESERTED
        _tidy_up(trouble.server)
        named = _named(trouble.server)
        assert sorted(named.values()) == sorted(file.sha256 for file in sent)
        assert bucket.hashes("o/") == named
        assert bucket.hashes("s/") == {}
        assert bucket.unfinished() == []
        states = databases.rows(_url(trouble.server), "SELECT DISTINCT state FROM upload")
        assert sorted(states) == [("COMPLETED",), ("EXPIRED",)]
    finally:
        trouble.server.process.kill()
        trouble.server.process.wait(30)


def test_a_server_that_is_killed_while_it_takes_pictures_in_takes_them_in_after_all(tmp_path: Path) -> None:
    sent = files(tmp_path)[: UPLOADS // 2]
    trouble = Trouble(tmp_path)

    async def kills(sender: Sender) -> None:
        for done in (1, UPLOADS // 4):
            await trouble.kill_in_the_middle(sender, done=done)

    try:
        asyncio.run(_send_all(trouble, sent, [], kills))
        _tidy_up(trouble.server)
        objects = tmp_path / "data" / "objects"
        stored = [path for path in objects.rglob("*") if path.is_file()]
        hashes = {str(path.relative_to(objects)): hashlib.sha256(path.read_bytes()).hexdigest() for path in stored}
        assert hashes == _named(trouble.server)
        assert sorted(hashes.values()) == sorted(file.sha256 for file in sent)
        assert databases.rows(_url(trouble.server), "SELECT DISTINCT state FROM upload") == [("COMPLETED",)]
        assert list((tmp_path / "data" / "tmp").iterdir()) == []
    finally:
        trouble.server.process.kill()
        trouble.server.process.wait(30)
