"""A small library on a temporary folder: real rows, a real store, real signatures, pictures drawn on the spot."""

import asyncio
import hashlib
import io
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
from PIL import Image as Pillow
from starlette.applications import Starlette
from starlette.types import Message

from imaging import database
from imaging.accounts.models import User
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.hmac_signer import HmacSigner
from imaging.delivery.addresses import Addresses
from imaging.delivery.deliver import Delivery
from imaging.delivery.make import Renderer
from imaging.errors import CorruptFile, ImagingError
from imaging.http.renditions import routes
from imaging.images.models import Image, Visibility
from imaging.render.facts import Inspection, Rendered
from imaging.render.plan import Plan
from imaging.render.transform import OutputFormat
from tests import databases, pictures

HOST = "http://pictures.test"


@dataclass
class Clock:
    """A clock that goes only when told to."""

    now_s: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Painter:
    """A renderer without libvips: paints the planned size in one colour. It can be made to wait, or to fail.

    `encode_ms` is what it says that encoding an AVIF took.
    """

    painted: int = 0
    encode_ms: float | None = None
    failure: ImagingError | None = None
    began: asyncio.Event = field(default_factory=asyncio.Event)
    may_go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_go_on.set()

    async def render(self, source_path: Path, plan: Plan, target: Path) -> Rendered:
        self.painted += 1
        self.began.set()
        await self.may_go_on.wait()
        if self.failure is not None:
            raise self.failure
        return self._paint(source_path, plan, target)

    def _paint(self, source_path: Path, plan: Plan, target: Path) -> Rendered:
        if not source_path.read_bytes():
            raise CorruptFile("There is nothing in this file.")
        Pillow.new("RGB", (plan.width, plan.height), (200, 100, 50)).save(target)
        took_ms = self.encode_ms if plan.format is OutputFormat.AVIF else None
        return Rendered(plan.width, plan.height, 1, target.stat().st_size, took_ms)


@dataclass
class Stage:
    """What a test has at hand."""

    folder: Path
    store: FolderStore
    signer: HmacSigner
    clock: Clock
    owner: User
    addresses: Addresses
    delivery: Delivery
    app: Starlette
    client: httpx.AsyncClient

    async def image(self, content: bytes | None = None, **values: Any) -> Image:
        """Take in a picture, 64 by 48 pixels and public unless told otherwise."""
        content = content or pictures.jpeg(64, 48)
        values = {"visibility": Visibility.PUBLIC, "filename": "Two Ducks.JPG", "format": "JPEG"} | values
        values = {"width": 64, "height": 48} | values
        image = Image(id=uuid.uuid4(), owner_id=self.owner.id, **facts(content) | values)
        image.pixels = image.width * image.height
        await image.save(force_create=True)
        given = self.folder / "given"
        given.write_bytes(content)
        await self.store.put(image.original_key, given, content_type="image/jpeg")
        given.unlink()
        return image

    async def taken_in(self, content: bytes, found: Inspection, **values: Any) -> Image:
        """Take in a picture with what the decoder found out about it."""
        source = found.source
        names = ("format", "width", "height", "orientation", "pages", "animated", "has_alpha")
        return await self.image(content, **{name: getattr(source, name) for name in names} | values)

    async def get(self, url: str, **headers: str) -> httpx.Response:
        return await self.client.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def ask(self, raw_path: str, query: str = "") -> httpx.Response:
        """Ask for a path exactly as it is spelt; an HTTP client would tidy it first."""
        sent: list[Any] = []
        scope = {"type": "http", "method": "GET", "path": unquote(raw_path), "raw_path": raw_path.encode()}
        scope |= {"query_string": query.encode(), "headers": [], "root_path": "", "http_version": "1.1"}

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        body = b"".join(message["body"] for message in sent[1:])
        return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], content=body)

    async def stored(self) -> set[str]:
        """The keys of all renditions."""
        return {key async for key in self.store.keys("") if not key.startswith("o/")}


def facts(content: bytes) -> dict[str, Any]:
    return {
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content + uuid.uuid4().bytes).hexdigest(),
        "pixel_hash": "0" * 64,
        "perceptual_hash": "0" * 16,
        "thumbhash": "AAAA",
        "placeholder_uri": "data:image/png;base64,AAAA",
        "dominant_color": "#c86432",
    }


def size_of(content: bytes) -> tuple[int, int]:
    """The size of a picture, read by Pillow, which knows nothing of us."""
    with Pillow.open(io.BytesIO(content)) as picture:
        return picture.size


@asynccontextmanager
async def open_stage(folder: Path, renderer: Renderer, **delivery: Any) -> AsyncIterator[Stage]:
    """Open a library on an empty folder; `delivery` goes to `Delivery`."""
    await database.connect(databases.chosen().url(folder))
    (folder / "tmp").mkdir()
    clock = Clock()
    signer = HmacSigner([("k1", b"a secret of thirty-two bytes ...")], clock)
    store = FolderStore(folder / "objects")
    delivering = Delivery(store, signer, renderer, folder / "tmp", clock=clock, **delivery)
    owner = await User.create(issuer="tests", subject=str(time.time()))
    app = Starlette(routes=routes(delivering))
    transport = httpx.ASGITransport(app)
    try:
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
            addresses = Addresses(HOST, signer, clock)
            yield Stage(folder, store, signer, clock, owner, addresses, delivering, app, client)
    finally:
        await delivering.close()
        await database.close()
