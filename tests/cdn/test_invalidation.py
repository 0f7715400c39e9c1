"""A running server tells CloudFront what left sight, and tells it again when it was busy."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cdn.api import DISTRIBUTION, Distribution, cloudfront_api
from tests.cdn.library import Library
from tests.server import running_server


@pytest.fixture
def distribution() -> Iterator[Distribution]:
    with cloudfront_api() as distribution:
        yield distribution


@pytest.fixture
def library(tmp_path: Path, distribution: Distribution, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    settings = {"cdn_distribution_id": DISTRIBUTION, "cdn_endpoint_url": distribution.url}
    with running_server(tmp_path, **settings) as server, Library.of(server) as library:
        yield library


def until_forgotten(distribution: Distribution, *paths: str) -> None:
    ends = time.monotonic() + 15
    while not set(paths) <= set(distribution.forgotten) and time.monotonic() < ends:
        time.sleep(0.05)
    assert set(paths) <= set(distribution.forgotten)


def test_what_leaves_sight_is_invalidated_once_though_cloudfront_was_busy(
    library: Library, distribution: Distribution
) -> None:
    distribution.refusals = [(400, "TooManyInvalidationsInProgress")]
    hidden, trashed, private = library.upload(), library.upload(), library.upload(visibility="PRIVATE")
    library.hide(hidden)
    library.trash(trashed)
    library.trash(private)
    expected = [f"/p/{private.hex}/*", f"/r/{hidden.hex}/*", f"/r/{trashed.hex}/*"]
    until_forgotten(distribution, *expected)
    assert distribution.refusals == []
    assert sorted(distribution.forgotten) == sorted(expected)
