"""A library on an empty folder, with real rows, and people who ask it questions in GraphQL."""

import asyncio
import base64
import hashlib
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from strawberry.types import ExecutionResult

from imaging import database
from imaging.accounts.admission import Admission
from imaging.accounts.models import User
from imaging.accounts.viewer import ANONYMOUS, Role, Viewer
from imaging.adapters.folder_staging import FolderStaging
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.hmac_signer import HmacSigner
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.adapters.tantivy_index import TantivyIndex
from imaging.batches.room import open_room
from imaging.collections.room import CollectionRoom
from imaging.delivery.addresses import Addresses
from imaging.delivery.deliver import Delivery
from imaging.delivery.explain import Explainer
from imaging.delivery.found import Found, Wanted
from imaging.delivery.presets import Presets
from imaging.errors import Unauthenticated
from imaging.graphql.context import Context
from imaging.graphql.ids import IMAGE, global_id, row_id
from imaging.graphql.schema import schema
from imaging.images.duplicates import Duplicates
from imaging.images.edit import Editor
from imaging.images.fields import filename_key, tag_key
from imaging.images.ingest import Ingest
from imaging.images.library import Library
from imaging.images.models import Image, ImageDetail, ImageTag, Visibility
from imaging.images.replace import Replacement
from imaging.images.spool import Spool, SpoolFile
from imaging.images.trash import Trash
from imaging.images.versions import Versions
from imaging.images.watch import ImageWatch
from imaging.journal import outbox
from imaging.ports import Claims
from imaging.render.facts import ImageFormat, Inspection, Limits, Rendered
from imaging.render.inspect import inspect
from imaging.render.plan import Plan
from imaging.render.render import render
from imaging.render.transform import OutputFormat
from imaging.search.find import Search
from imaging.search.indexer import Indexer
from imaging.services import ServerFacts, ServerLimits, Services
from imaging.upkeep.task import Chore
from imaging.upkeep.upkeep import Upkeep
from imaging.uploads.complete import Completion
from imaging.uploads.ending import Ending
from imaging.uploads.imports import Imports
from imaging.uploads.look import Uploads
from imaging.uploads.prepare import Preparation
from imaging.uploads.reception import Reception
from tests import databases
from tests.batches.office import tools_of
from tests.uploads.source import Source

HOST = "http://pictures.test"


class Nobody:
    """Accepts no token: the tests say themselves who is asking."""

    async def verify(self, token: str) -> Claims:
        raise Unauthenticated(f"No tokens here, and none of {len(token)} characters.")


class Reader:
    """Reads and makes pictures in a thread instead of a child process."""

    async def inspect(self, path: Path) -> Inspection:
        return await asyncio.to_thread(inspect, path, Limits())

    async def render(self, source_path: Path, plan: Plan, target: Path) -> Rendered:
        return await asyncio.to_thread(render, source_path, plan, target)


@dataclass
class Person:
    """Somebody who asks."""

    viewer: Viewer
    services: Services

    async def ask(self, query: str, /, **variables: Any) -> ExecutionResult:
        context = Context(self.services, self.viewer)
        return await schema.execute(query, variable_values=variables, context_value=context)

    async def data(self, query: str, /, **variables: Any) -> Any:
        """Ask, and expect an answer without errors."""
        result = await self.ask(query, **variables)
        assert result.errors is None, result.errors
        return result.data

    async def codes(self, query: str, /, **variables: Any) -> list[str]:
        """Ask, and expect errors: their codes."""
        result = await self.ask(query, **variables)
        return [error.extensions["code"] for error in result.errors or []]

    @asynccontextmanager
    async def watch(self, query: str, /, **variables: Any) -> AsyncIterator[Callable[[], Awaitable[ExecutionResult]]]:
        """Subscribe; give what waits for the next answer."""
        context = Context(self.services, self.viewer)
        stream = await schema.subscribe(query, variable_values=variables, context_value=context)
        async with aclosing(stream):

            async def next_answer() -> ExecutionResult:
                return await asyncio.wait_for(anext(stream), 5)

            yield next_answer


@dataclass
class Desk:
    """What a test has at hand: an editor and a stranger who is an editor too, and those with more and less rights."""

    folder: Path
    services: Services
    indexer: Indexer
    editor: Person
    stranger: Person
    admin: Person
    looker: Person
    anonymous: Person

    async def image(self, owner: Person | None = None, **values: Any) -> Image:
        """Write a row as ingest would; values are named as in the row."""
        owner_id = (owner or self.editor).viewer.user_id
        image = Image(id=uuid.uuid4(), owner_id=owner_id, **_facts() | values)
        image.filename_key = filename_key(image.filename)
        image.pixels = image.width * image.height
        await image.save(force_create=True)
        await ImageTag.bulk_create([ImageTag(image_id=image.id, tag=tag_key(tag)) for tag in image.tags])
        await ImageDetail.create(image_id=image.id, exif={"Model": "Box"}, iptc={"Headline": "A duck"}, xmp="<x/>")
        await outbox.enqueue(image.id)
        return image

    async def taken_in(self, content: bytes) -> Image:
        """Take in a file as the editor."""
        upload = "mutation ($f: Upload!) { uploadImages(input: {files: [{file: $f}]}) { results { image { id } } } }"
        [result] = (await self.editor.data(upload, f=await self.spooled(content)))["uploadImages"]["results"]
        return await Image.get(id=row_id(IMAGE, result["image"]["id"]))

    async def fetched(self, url: str) -> Found:
        """Ask for what is at an address, as a browser does."""
        parts = urlsplit(url)
        signed = parse_qs(parts.query)
        expires_s = int(signed["e"][0]) if "e" in signed else None
        return await self.services.explainer.delivery.find(Wanted(parts.path, signed["s"][0], expires_s))

    async def spooled(self, content: bytes, filename: str = "picture.jpg") -> SpoolFile:
        """Receive a file as the transport does."""
        file = self.services.spool.open(filename)
        await file.write(content)
        await file.finish()
        return file


def id_of(image: Image) -> str:
    return str(global_id(IMAGE, image.id))


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL statements of a block."""
    seen: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    log = logging.getLogger("tortoise.db_client")
    ear, level = Ear(), log.level
    log.addHandler(ear)
    log.setLevel(logging.DEBUG)
    try:
        yield seen
    finally:
        log.setLevel(level)
        log.removeHandler(ear)


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[Desk]:
    await database.connect(databases.chosen().url(folder))
    index = TantivyIndex(folder / "search")
    await index.open()
    services = _services(folder, index)
    people = [await _person(services, name, role) for name, role in _PEOPLE]
    try:
        yield Desk(folder, services, Indexer(index), *people, Person(ANONYMOUS, services))
    finally:
        await services.watch.close()
        await index.close()
        await database.close()


_PEOPLE = (("Ed", Role.EDITOR), ("Mallory", Role.EDITOR), ("Root", Role.ADMIN), ("Vera", Role.VIEWER))


async def _person(services: Services, name: str, role: Role) -> Person:
    user = await User.create(issuer="tests", subject=name, name=name)
    return Person(Viewer(user.id, role, name, time.time() + 3600), services)


def _services(folder: Path, index: TantivyIndex) -> Services:
    (folder / "tmp").mkdir()
    wakeups = LocalWakeups()
    signer = HmacSigner([("k1", b"a secret of thirty-two bytes ...")], time.time)
    store = FolderStore(folder / "objects")
    staging = FolderStaging(store, signer, HOST)
    addresses = Addresses(HOST, signer, time.time)
    ingest = Ingest(store, Reader(), wakeups)
    delivery = Delivery(store, signer, Reader(), folder / "tmp")
    return Services(
        server=_SERVER,
        admission=Admission(Nobody()),
        spool=Spool(folder / "tmp", 10_000_000),
        ingest=ingest,
        library=Library(),
        duplicates=Duplicates(),
        editor=Editor(wakeups),
        trash=Trash(wakeups),
        replacement=Replacement(store, Reader(), wakeups, ingest.slots),
        versions=Versions(wakeups),
        uploads=Uploads(),
        imports=Imports(Source(b"no picture"), wakeups, max_urls=_LIMITS.max_import_urls),
        preparation=Preparation(
            store, staging, max_bytes=_LIMITS.max_staged_bytes, ttl_s=86_400, url_ttl_s=3_600, part_bytes=5 * 2**20
        ),
        completion=Completion(store, staging, wakeups),
        ending=Ending(wakeups),
        watch=ImageWatch(wakeups, b"a secret of thirty-two bytes ..."),
        collections=CollectionRoom(),
        search=Search(index),
        addresses=addresses,
        presets=Presets(wakeups),
        explainer=Explainer(addresses, delivery),
        delivery=None,
        reception=Reception(signer, staging),
        batches=open_room(tools_of(wakeups, store, Reader(), ingest.slots, addresses, delivery), wakeups, str.encode),
        upkeep=Upkeep(lambda _: [Chore("sweep-dust", 600, _no_dust, _no_dust)], wakeups),
        checks={},
    )


async def _no_dust() -> int:
    return 0


_LIMITS = ServerLimits(
    max_file_bytes=2**33,
    max_staged_bytes=2**33,
    max_import_bytes=2**33,
    max_import_urls=3,
    max_files_per_request=20,
    max_pixels=400_000_000,
    max_frames=1_000,
    max_total_pixels=400_000_000,
    max_output_side_px=8_192,
    max_output_side_webp_px=16_383,
    max_json_body_bytes=2**20,
    max_query_tokens=5_000,
    max_query_depth=15,
    max_query_aliases=50,
    private_url_ttl_s=3_600,
    srcset_widths=(320, 640),
)
_SERVER = ServerFacts("1.2.3", "development", _LIMITS, tuple(ImageFormat), tuple(OutputFormat), ("search",))


def _facts() -> dict[str, Any]:
    return {
        "filename": "Two Ducks.JPG",
        "format": ImageFormat.JPEG,
        "width": 1200,
        "height": 800,
        "size_bytes": 123_456,
        "sha256": hashlib.sha256(uuid.uuid4().bytes).hexdigest(),
        "pixel_hash": "0" * 64,
        "perceptual_hash": "0" * 16,
        "thumbhash": base64.b64encode(bytes(21)).decode(),
        "placeholder_uri": "data:image/png;base64,AAAA",
        "dominant_color": "#c86432",
        "palette": ["#c86432", "#102030"],
        "visibility": Visibility.PRIVATE,
    }
