"""The examples for browsers, as they stand in docs/examples: servers with their objects in a folder, and in S3."""

import asyncio
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, Request, Response, Route, expect

from tests.browser.chromium import visit
from tests.browser.site import EXAMPLES, build, serving
from tests.pictures import jpeg
from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server
from tests.server import RunningServer, running_server
from tests.tiffs import write_tiff

pytestmark = pytest.mark.full

MIB = 1024 * 1024
LARGE_MIB = (17, 18, 20, 25, 33, 40)
PATIENCE_MS = 300_000
OWNED = "{ images(first: 100) { totalCount edges { node { filename sha256 state } } } }"
RECORD = """() => {
  const bar = document.querySelector("#total");
  window.seen = [];
  new MutationObserver(() => window.seen.push(bar.value / bar.max)).observe(bar, { attributes: true });
}"""


@dataclass(frozen=True)
class World:
    """What is running: the server, the site whose pages call it, and where its bytes go."""

    server: RunningServer
    site: str
    store: str

    @property
    def hosts(self) -> set[str]:
        return {address.removeprefix("http://") for address in (self.server.url, self.site, self.store)}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    """A hundred pictures, each another, from few KiB to 40 MiB."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(70):
        (folder / f"small-{number}.jpg").write_bytes(jpeg(96 + 8 * number, 64 + 8 * number, seed=number))
    for number in range(100 - 70 - len(LARGE_MIB)):
        write_tiff(folder / f"middling-{number}.tif", 800, 80 + 40 * number, seed=number)
    for mib in LARGE_MIB:
        write_tiff(folder / f"large-{mib}.tif", 4096, mib * MIB // (4096 * 3), seed=mib)
    yield sorted(folder.iterdir())
    shutil.rmtree(folder)


@pytest.fixture(scope="module", params=["folder", "s3"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("uploads")
    build(folder / "site")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        site = stack.enter_context(serving(folder / "site"))
        s3 = s3_settings(request.getfixturevalue("s3_server"), site) if request.param == "s3" else {}
        server = stack.enter_context(running_server(folder, within_s=90, cors_origins=site, **s3))
        yield World(server, site, s3.get("s3_endpoint_url", server.url))


def s3_settings(server: S3Server, site: str) -> dict[str, str]:
    """Make a bucket that pages of the site may put bytes into, by the rules that the docs tell."""
    bucket = str(server.settings().bucket)
    rules = json.loads((EXAMPLES / "cors.json").read_text().replace("https://www.example.com", site))
    client = server.client()
    client.put_bucket_cors(Bucket=bucket, CORSConfiguration=rules)
    client.close()
    keys = {"s3_access_key_id": ACCESS_KEY, "s3_secret_access_key": SECRET_KEY}
    return {"s3_bucket": bucket, "s3_endpoint_url": server.url, "s3_region": "us-east-1", **keys}


def headers(server: RunningServer, who: str) -> dict[str, str]:
    return server.headers("editor", "--subject", who)


async def choose(page: Page, world: World, who: str, pictures: list[Path]) -> None:
    """Fill in the form as that person, and press the button."""
    await page.get_by_label("Server").fill(world.server.url)
    await page.get_by_label("Token").fill(headers(world.server, who)["Authorization"].removeprefix("Bearer "))
    await page.locator("input[type=file]").set_input_files(pictures)
    await page.get_by_role("button", name="Upload").click()


async def all_are_done(page: Page, count: int) -> None:
    await expect(page.get_by_role("status")).to_have_text(f"{count} of {count} are done.", timeout=PATIENCE_MS)


def owned(world: World, who: str) -> dict[str, str]:
    """The SHA-256 of each image that is somebody's, by its filename."""
    answer = httpx.post(f"{world.server.url}/graphql", json={"query": OWNED}, headers=headers(world.server, who))
    found: dict[str, Any] = answer.json()["data"]["images"]
    nodes = [edge["node"] for edge in found["edges"]]
    assert {node["state"] for node in nodes} == {"READY"}
    assert found["totalCount"] == len(nodes)
    return {node["filename"]: node["sha256"] for node in nodes}


def hashes(pictures: list[Path]) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in pictures}


@pytest.mark.parametrize("name", ["upload", "uppy"])
async def test_a_page_uploads_a_hundred_files_and_shows_how_far_it_is(
    world: World, pictures: list[Path], name: str
) -> None:
    async with visit(f"{world.site}/{name}.html") as visited:
        await visited.page.evaluate(RECORD)
        await choose(visited.page, world, name, pictures)
        await all_are_done(visited.page, 100)
        seen = await visited.page.evaluate("window.seen")
        assert visited.complaints == []
        assert visited.hosts == world.hosts
    assert owned(world, name) == hashes(pictures)
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert len(set(seen)) > 50


async def test_the_page_shows_the_pictures_that_were_uploaded(world: World, pictures: list[Path]) -> None:
    few = [path for path in pictures if path.name in ("small-31.jpg", "small-32.jpg", "middling-3.tif")]
    async with visit(f"{world.site}/upload.html") as visited:
        await choose(visited.page, world, "few", few)
        await all_are_done(visited.page, 3)
        shown = visited.page.get_by_role("listitem").get_by_role("img")
        await expect(shown).to_have_count(3)
        for index in range(3):
            await expect(shown.nth(index)).to_have_js_property("complete", True, timeout=30_000)
            await expect(shown.nth(index)).to_have_js_property("naturalWidth", 160)
        await choose(visited.page, world, "few", few)
        await all_are_done(visited.page, 3)
        assert visited.complaints == []
    assert owned(world, "few") == hashes(few)


@pytest.mark.parametrize("name", ["upload", "uppy"])
async def test_the_same_picture_under_two_names_is_one_image(
    world: World, pictures: list[Path], tmp_path: Path, name: str
) -> None:
    path = next(path for path in pictures if path.name == "small-40.jpg")
    again = shutil.copyfile(path, tmp_path / "again.jpg")
    async with visit(f"{world.site}/{name}.html") as visited:
        await choose(visited.page, world, f"{name} twice", [path, again])
        await all_are_done(visited.page, 2)
    assert set(owned(world, f"{name} twice").values()) == set(hashes([path]).values())


async def test_a_page_says_of_each_file_what_is_wrong_with_it(
    world: World, pictures: list[Path], tmp_path: Path
) -> None:
    good = next(path for path in pictures if path.name == "small-41.jpg")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(good.read_bytes()[:2_000])
    (tmp_path / "notes.txt").write_text("no picture")
    files = [good, broken, tmp_path / "notes.txt"]
    async with visit(f"{world.site}/upload.html") as visited:
        await choose(visited.page, world, "mixed", files)
        status = visited.page.get_by_role("status")
        await expect(status).to_have_text("1 of 3 are done, 2 failed.", timeout=PATIENCE_MS)
        await expect(visited.page.get_by_role("listitem").nth(1)).to_contain_text("ends before")
        await expect(visited.page.get_by_role("listitem").nth(2)).to_contain_text("text/plain are not taken in")
    async with visit(f"{world.site}/uppy.html") as visited:
        await choose(visited.page, world, "mixed too", files)
        status = visited.page.get_by_role("status")
        await expect(status).to_contain_text("1 of 3 are done. broken.jpg:", timeout=PATIENCE_MS)
        await expect(status).to_contain_text("text/plain are not taken in")
    assert owned(world, "mixed") == owned(world, "mixed too") == hashes([good])


@pytest.mark.parametrize("name", ["upload", "uppy"])
async def test_a_part_that_was_lost_is_sent_again(world: World, pictures: list[Path], name: str) -> None:
    large = [path for path in pictures if path.name == "large-18.tif"]
    lost = set[str]()

    async def lose_once(route: Route) -> None:
        if route.request.method != "PUT" or route.request.url in lost:
            await route.continue_()
        else:
            lost.add(route.request.url)
            await route.abort()

    async with visit(f"{world.site}/{name}.html") as visited:
        await visited.page.route(f"{world.store}/**", lose_once)
        await choose(visited.page, world, f"{name} lost", large)
        await all_are_done(visited.page, 1)
    assert len(lost) == 2
    assert owned(world, f"{name} lost") == hashes(large)


@dataclass
class BadLine:
    """Lets so many different requests with bytes through, and none after them; notes those that were answered."""

    passes: int
    urls: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    answered_all: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, route: Route) -> None:
        if route.request.method != "PUT":
            await route.continue_()
        elif len(self.urls) < self.passes or route.request.url in self.urls:
            self.urls.add(route.request.url)
            await route.continue_()
        else:
            await route.abort()

    def note(self, response: Response) -> None:
        if response.request.method == "PUT" and response.ok:
            self.answered.add(response.url)
        if len(self.answered) == self.passes:
            self.answered_all.set()


@pytest.mark.parametrize("name", ["upload", "uppy"])
async def test_after_a_reload_only_the_missing_parts_are_sent(world: World, pictures: list[Path], name: str) -> None:
    large = [path for path in pictures if path.name == "large-40.tif"]
    line, sent = BadLine(passes=2), list[Request]()
    async with visit(f"{world.site}/{name}.html") as visited:
        page = visited.page
        page.on("response", line.note)
        await page.route(f"{world.store}/**", line.handle)
        await choose(page, world, f"{name} again", large)
        async with asyncio.timeout(PATIENCE_MS / 1_000):
            await line.answered_all.wait()
        await page.reload()
        await page.unroute(f"{world.store}/**")
        page.on("request", lambda request: sent.append(request) if request.method == "PUT" else None)
        await choose(page, world, f"{name} again", large)
        await all_are_done(page, 1)
    assert len(sent) == 1
    assert owned(world, f"{name} again") == hashes(large)
