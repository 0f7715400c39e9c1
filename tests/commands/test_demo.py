import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from imaging.render.facts import ImageFormat
from imaging.render.header import format_of
from tests.server import RunningServer, environment, imaging, running_server

DRAWINGS = 24


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server whose library was filled while it ran."""
    with running_server(tmp_path_factory.mktemp("demo")) as server:
        done = demo(server)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"{DRAWINGS} pictures are new" in done.stdout
        yield server


def demo(server: RunningServer, *options: str) -> Any:
    return imaging("demo", *options, env=server.env, cwd=server.log.parent)


def ask(server: RunningServer, query: str, *options: str) -> dict[str, Any]:
    answer = httpx.post(f"{server.url}/graphql", json={"query": query}, headers=server.headers(*options)).json()
    assert "errors" not in answer
    data: dict[str, Any] = answer["data"]
    return data


def test_two_dozen_pictures_belong_to_the_person_of_the_token(server: RunningServer) -> None:
    data = ask(server, "{ viewer { user { id } } images(first: 100) { totalCount edges { node { owner { id } } } } }")
    assert data["images"]["totalCount"] == DRAWINGS
    assert {edge["node"]["owner"]["id"] for edge in data["images"]["edges"]} == {data["viewer"]["user"]["id"]}


def test_some_are_private_and_every_one_is_described(server: RunningServer) -> None:
    query = "{ images(first: 100) { edges { node { visibility title altText tags format animated hasAlpha } } } }"
    nodes = [edge["node"] for edge in ask(server, query)["images"]["edges"]]
    assert {node["visibility"] for node in nodes} == {"PUBLIC", "PRIVATE"}
    assert all(node["title"] and node["altText"] and len(node["tags"]) > 1 for node in nodes)
    assert {node["format"] for node in nodes} == {"JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "SVG"}
    assert any(node["animated"] for node in nodes)
    assert any(node["hasAlpha"] for node in nodes)


def test_others_see_the_public_ones(server: RunningServer) -> None:
    data = ask(server, "{ images { totalCount } }", "viewer", "--subject", "somebody-else")
    assert data["images"]["totalCount"] == DRAWINGS * 3 // 4


def test_the_running_server_finds_them_by_a_misspelt_word(server: RunningServer) -> None:
    deadline, found = time.monotonic() + 15, 0
    while found == 0 and time.monotonic() < deadline:
        found = ask(server, '{ searchImages(query: "sunflwer") { totalCount } }')["searchImages"]["totalCount"]
    assert found == 1


def test_a_library_that_is_not_empty_is_left_alone(server: RunningServer) -> None:
    done = demo(server)
    assert done.returncode == 1
    assert f"it holds {DRAWINGS} pictures" in done.stderr


def test_by_force_the_same_drawings_are_not_there_twice(server: RunningServer) -> None:
    done = demo(server, "--force")
    assert done.returncode == 0
    assert f"0 pictures are new, {DRAWINGS} were there already" in done.stdout


def test_it_is_not_for_production(tmp_path: Path) -> None:
    done = imaging("demo", env=environment(tmp_path / "data", mode="production"), cwd=tmp_path)
    assert done.returncode == 1
    assert "development issuer is off" in done.stderr
    assert not (tmp_path / "data").exists()


def test_files_to_upload_are_written_and_nothing_is_uploaded(tmp_path: Path) -> None:
    env = environment(tmp_path / "data")
    done = imaging("demo", "--files", "pictures", env=env, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["pictures/lighthouse.jpg", "pictures/orbit.gif", "pictures/badge.svg"]
    formats = [format_of(tmp_path / name) for name in done.stdout.split()]
    assert formats == [ImageFormat.JPEG, ImageFormat.GIF, ImageFormat.SVG]
    assert not (tmp_path / "data").exists()
