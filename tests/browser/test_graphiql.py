import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.chromium import Visit, visit
from tests.pictures import jpeg
from tests.server import RunningServer, running_server

pytestmark = pytest.mark.full

UPLOAD = "mutation ($file: Upload!) { uploadImages(input: {files: [{file: $file}]}) { results { outcome } } }"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("browser")) as server:
        yield server


@pytest.fixture
async def visited(server: RunningServer) -> AsyncIterator[Visit]:
    async with visit(f"{server.url}/graphql") as visited:
        await expect(visited.page.locator(".graphiql-query-editor .view-line").first).to_be_visible(timeout=30_000)
        await expect(visited.page.locator(".graphiql-spinner")).to_have_count(0, timeout=15_000)
        yield visited


def send_picture(server: RunningServer, name: str) -> None:
    operations = json.dumps({"query": UPLOAD, "variables": {"file": None}})
    data = {"operations": operations, "map": '{"0": ["variables.file"]}'}
    headers = {**server.headers(), "X-Requested-With": "test"}
    answer = httpx.post(f"{server.url}/graphql", data=data, files={"0": (name, jpeg(64, 48))}, headers=headers)
    assert answer.json()["data"]["uploadImages"]["results"] == [{"outcome": "CREATED"}]


async def run(page: Page, tab: str) -> None:
    await page.get_by_role("tab", name=tab).click()
    await page.get_by_role("button", name="Execute query").click()


async def response_says(page: Page, text: str) -> None:
    await expect(page.locator(".graphiql-response")).to_contain_text(text, timeout=15_000)


async def test_the_page_runs_a_query_with_the_token_it_was_given(server: RunningServer, visited: Visit) -> None:
    await run(visited.page, "About")
    await response_says(visited.page, "EDITOR")
    assert visited.complaints == []
    assert visited.hosts == {server.url.removeprefix("http://")}


async def test_the_page_follows_a_subscription(server: RunningServer, visited: Visit) -> None:
    await run(visited.page, "Events")
    await expect(visited.page.get_by_role("button", name="Stop query")).to_be_visible()
    await asyncio.sleep(1)  # until the subscription stands, which the page does not show
    await asyncio.to_thread(send_picture, server, "watched.jpg")
    await response_says(visited.page, "watched.jpg")
    assert visited.complaints == []
    assert visited.hosts == {server.url.removeprefix("http://")}


@pytest.mark.parametrize("plugin", ["GraphiQL Explorer", "Documentation Explorer", "History"])
async def test_the_plugins_open(visited: Visit, plugin: str) -> None:
    await visited.page.get_by_role("button", name=plugin).click()
    await expect(visited.page.locator(".graphiql-plugin")).to_be_visible()
    if plugin == "GraphiQL Explorer":
        await expect(visited.page.locator(".graphiql-plugin")).to_contain_text("searchImages")
    assert visited.complaints == []


async def test_the_token_is_still_there_after_a_reload(visited: Visit) -> None:
    await visited.page.reload()
    await run(visited.page, "About")
    await response_says(visited.page, "EDITOR")
    assert visited.complaints == []


async def test_the_editor_knows_the_schema(visited: Visit) -> None:
    page = visited.page
    await page.get_by_role("button", name="New tab").click()
    await page.locator(".graphiql-query-editor .monaco-editor").first.click()
    await page.keyboard.press("Control+A")
    await page.keyboard.type("{ viewer { nonsense } }")
    await expect(page.locator(".graphiql-query-editor .squiggly-error").first).to_be_visible(timeout=15_000)
    assert visited.complaints == []
