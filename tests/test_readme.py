"""The README's tour, run as it is written."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from tests.server import RunningServer, running_server

README = (Path(__file__).parents[1] / "README.md").read_text()
TOUR = README.split("## A tour in five minutes", 1)[1].split("\n## ", 1)[0]
BLOCKS = re.findall(r"^```(sh|graphql)\n(.*?)^```$", TOUR, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("tour")) as running:
        yield running


@pytest.fixture(scope="module")
def toured(server: RunningServer) -> list[str]:
    """Run every block of the tour from top to bottom, in one shell's folder; return what each printed."""
    folder = server.log.parent
    env = {**server.env, "PATH": os.environ["PATH"]}
    printed = []
    for language, text in BLOCKS:
        if language == "sh":
            printed.append(_shell(text, server, folder, env))
            if exported := re.match(r"export (\w+)=", text):
                env[exported[1]] = server.token("editor")
        elif text.startswith("subscription"):
            printed.append(asyncio.run(_first_event(server, text, env["TOKEN"])))
        else:
            printed.append(json.dumps(_ask(server, text.replace("IMAGE_ID", _any_id(server, env)), env["TOKEN"])))
    return printed


def test_every_command_and_operation_of_the_tour_succeeds(toured: list[str]) -> None:
    assert len(toured) == len(BLOCKS) >= 7


def test_the_tour_takes_in_all_its_files(toured: list[str]) -> None:
    [upload] = [json.loads(text) for text in toured if "uploadImages" in text]
    results = upload["data"]["uploadImages"]["results"]
    assert [result["outcome"] for result in results] == ["CREATED"] * 3
    assert results[0]["image"]["width"] * results[0]["image"]["height"] > 20_000_000
    assert results[1]["image"]["pages"] > 1


def test_the_tour_fetches_a_small_webp(toured: list[str], server: RunningServer) -> None:
    assert any(re.search(r"^200 image/webp \d+ bytes", text, re.MULTILINE) for text in toured)
    assert (server.log.parent / "small.webp").read_bytes()[8:12] == b"WEBP"


def test_the_tour_finds_the_lighthouse_by_a_misspelt_word(toured: list[str]) -> None:
    [found] = [json.loads(text) for text in toured if '"searchImages"' in text]
    titles = [edge["node"]["title"] for edge in found["searchImages"]["edges"]]
    assert "The lighthouse at dusk" in titles


def test_the_tour_sees_an_event_and_changes_a_picture(toured: list[str]) -> None:
    [event] = [json.loads(text) for text in toured if '"imageEvents"' in text]
    assert event["imageEvents"]["kind"] in ("CREATED", "UPDATED")
    [change] = [json.loads(text) for text in toured if '"updateImages"' in text]
    assert change["updateImages"]["userErrors"] == []
    assert change["updateImages"]["images"][0]["focalPoint"] == {"x": 0.7, "y": 0.4}


def test_the_tour_replaces_a_picture_and_keeps_the_one_before(toured: list[str]) -> None:
    [replaced] = [json.loads(text) for text in toured if '"replaceImage"' in text]
    assert replaced["data"]["replaceImage"]["userErrors"] == []
    versions = replaced["data"]["replaceImage"]["image"]["versions"]
    assert [version["current"] for version in versions] == [True, False]
    assert versions[0]["filename"] == "small.webp"


def test_the_tour_names_a_transform_and_has_it_explained(toured: list[str]) -> None:
    [saved] = [json.loads(text) for text in toured if '"savePreset"' in text]
    assert saved["data"]["savePreset"]["userErrors"] == []
    [told] = [json.loads(text) for text in toured if '"explainTransform"' in text]
    assert told["explainTransform"]["output"]["format"] == "WEBP"
    assert told["explainTransform"]["estimatedMs"] > 0
    assert "-rad_12-" in told["image"]["url"]


def _shell(text: str, server: RunningServer, folder: Path, env: dict[str, str]) -> str:
    """Run a block as pasted, with this server's address and this environment's program in place of the README's."""
    text = text.replace("http://127.0.0.1:8000", server.url).replace(
        ".venv/bin/imaging", f"{sys.executable} -m imaging"
    )
    ran = subprocess.run(
        ["/bin/sh", "-ec", text], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, f"{text}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def _ask(server: RunningServer, query: str, token: str) -> dict[str, Any]:
    answer = httpx.post(f"{server.url}/graphql", json={"query": query}, headers=_bearer(token), timeout=60).json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


def _any_id(server: RunningServer, env: dict[str, str]) -> str:
    answer = _ask(server, "{ images(first: 1) { edges { node { id } } } }", env["TOKEN"])
    identity: str = answer["images"]["edges"][0]["node"]["id"]
    return identity


async def _first_event(server: RunningServer, query: str, token: str) -> str:
    """Subscribe, change a picture, and return the first event's data."""
    address = server.url.replace("http", "ws", 1) + "/graphql"
    async with websockets.connect(address, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": _bearer(token)}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(_touch, server, token)
        async with asyncio.timeout(10):
            return json.dumps(json.loads(await socket.recv())["payload"]["data"])


def _touch(server: RunningServer, token: str) -> None:
    identity = _any_id(server, {"TOKEN": token})
    update = f'updates: [{{ id: "{identity}", title: "Seen" }}]'
    change = f"mutation {{ updateImages(input: {{ {update} }}) {{ userErrors {{ message }} }} }}"
    _ask(server, change, token)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
