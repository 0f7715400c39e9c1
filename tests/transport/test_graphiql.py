import html
import json
import re
from pathlib import Path

import httpx
import pytest
from graphql import OperationType
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount

from imaging.graphql.schema import schema
from imaging.graphql.transport.documents import Documents
from imaging.graphql.transport.graphiql import BUILD, DIST, Assets, GraphiQLPage
from imaging.graphql.transport.limits import DocumentLimits
from tests.transport.doors import HOST, World, make_app, no_token

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
TABS = sorted((DIST.parent / "src" / "tabs").glob("*.graphql"))
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "page-AAAA.js").write_text("let page")
    manifest = {"script": "page-AAAA.js", "styles": ["page-BBBB.css", "chunk-CCCC.css"]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


async def ask(app: Starlette, path: str = "/graphql", headers: dict[str, str] | None = None) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
        return await client.get(path, headers=headers or BROWSER)


async def test_a_browser_gets_the_page_with_its_files_from_our_own_origin(dist: Path, world: World) -> None:
    response = await ask(make_app(None, world, page=GraphiQLPage(no_token, dist)))
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    found = re.findall(r'(?:src|href)="([^"]+)"', response.text)
    assert found == [
        "data:,",
        "/graphql/assets/page-BBBB.css",
        "/graphql/assets/chunk-CCCC.css",
        "/graphql/assets/page-AAAA.js",
    ]


async def test_the_page_runs_no_script_but_our_own_and_is_not_kept(dist: Path, world: World) -> None:
    response = await ask(make_app(None, world, page=GraphiQLPage(no_token, dist)))
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy["script-src"] == "'self'"
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "http:" not in response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?![^>]* src=)", response.text)


async def test_what_the_page_is_told_cannot_break_out_of_it(dist: Path, world: World) -> None:
    def hostile(_request: Request) -> str:
        return HOSTILE

    response = await ask(make_app(None, world, page=GraphiQLPage(hostile, dist)))
    assert HOSTILE not in response.text
    settings = re.search(r'data-settings="([^"]*)"', response.text)
    assert json.loads(html.unescape(settings[1])) == {"endpoint": "/graphql", "token": HOSTILE}


async def test_programs_get_answers_where_browsers_get_the_page(dist: Path, world: World) -> None:
    app = make_app(None, world, page=GraphiQLPage(no_token, dist))
    response = await ask(app, "/graphql?query={hello}", {"Accept": "*/*"})
    assert response.json() == {"data": {"hello": "hello world"}}


async def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path, world: World) -> None:
    response = await ask(make_app(None, world, page=GraphiQLPage(no_token, tmp_path)))
    assert response.status_code == 503
    assert BUILD in response.text


def test_the_command_that_builds_the_page_exists() -> None:
    assert Path(BUILD.split()[1]).is_file()


async def test_assets_are_kept_for_ever_and_nothing_else_is_served(dist: Path) -> None:
    app = Starlette(routes=[Mount("/graphql/assets", Assets(dist))])
    response = await ask(app, "/graphql/assets/page-AAAA.js")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-type"].startswith("text/javascript")
    assert (await ask(app, "/graphql/assets/../manifest.json")).status_code == 404
    assert (await ask(app, "/graphql/assets/..%2Fmanifest.json")).status_code == 404
    assert (await ask(app, "/graphql/assets/nothing.js")).status_code == 404


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.stem)
def test_the_first_tabs_are_valid_operations(tab: Path) -> None:
    prepared = Documents(schema, DocumentLimits()).prepare(tab.read_text())
    assert prepared.kind(None) in OperationType


def test_there_are_first_tabs_for_reading_uploading_searching_watching_and_asking() -> None:
    assert [tab.stem.partition("-")[2] for tab in TABS] == ["pictures", "upload", "search", "events", "about"]
