"""The audits of npm's graphql-http: every one of them is to pass, those it calls optional too."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.npm import FRONT_END, NODE, install
from tests.server import running_server
from tests.transport.doors import World, make_app, serving

AUDITS = 61


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    install()


async def audit(url: str, *token: str) -> list[dict[str, str]]:
    process = await asyncio.create_subprocess_exec(
        NODE, "audit.mjs", url, *token, cwd=FRONT_END, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.full
async def test_the_transport_passes_every_audit(world: World) -> None:
    async with serving(make_app(None, world)) as address:
        results = await audit(f"http://{address}/graphql")
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == AUDITS


@pytest.mark.full
async def test_the_product_passes_every_audit(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        results = await audit(f"{server.url}/graphql", server.token())
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == AUDITS
