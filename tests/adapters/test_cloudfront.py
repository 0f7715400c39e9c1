"""Invalidations at CloudFront, against a server that speaks its API."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Iterator

import pytest

from imaging.adapters.cloudfront import CloudFront, open_cloudfront
from imaging.adapters.no_cdn import NoCdn
from imaging.errors import CdnUnavailable, Misconfigured
from imaging.ports import Cdn
from imaging.settings import CdnSettings
from tests.cdn.api import DISTRIBUTION, Distribution, cloudfront_api

PAUSE_S = 0.2


@pytest.fixture
def distribution(monkeypatch: pytest.MonkeyPatch) -> Iterator[Distribution]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    with cloudfront_api() as distribution:
        yield distribution


def settings_of(distribution: Distribution, identity: str = DISTRIBUTION) -> CdnSettings:
    return CdnSettings(distribution_id=identity, endpoint_url=distribution.url)


@pytest.fixture
async def cloudfront(distribution: Distribution) -> AsyncIterator[CloudFront]:
    async with open_cloudfront(settings_of(distribution), pause_s=PAUSE_S) as cloudfront:
        yield cloudfront


@pytest.mark.parametrize("kind", ["none", "cloudfront"])
async def test_every_cdn_takes_as_many_paths_as_it_says(cloudfront: CloudFront, kind: str) -> None:
    cdn: Cdn = {"none": NoCdn(), "cloudfront": cloudfront}[kind]
    paths = [f"/r/{number:032x}/*" for number in range(cdn.most_paths)]
    assert len(paths) >= 15
    await cdn.invalidate(paths)


async def test_many_paths_are_one_request(cloudfront: CloudFront, distribution: Distribution) -> None:
    await cloudfront.invalidate(["/r/aa/*", "/p/aa/*"])
    assert distribution.requests == [["/r/aa/*", "/p/aa/*"]]


async def test_requests_keep_their_distance_however_many_ask_at_once(
    cloudfront: CloudFront, distribution: Distribution
) -> None:
    await asyncio.gather(*(cloudfront.invalidate([f"/r/{name}/*"]) for name in "abcd"))
    times = [one.at_s for one in distribution.asked]
    assert len(times) == 4
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) > 0.9 * PAUSE_S
    assert len({one.reference for one in distribution.asked}) == 4


async def test_no_more_wildcards_are_asked_for_than_cloudfront_works_on(
    cloudfront: CloudFront, distribution: Distribution
) -> None:
    first, second = [f"/r/{number}/*" for number in range(10)], [f"/r/{number}/*" for number in range(10, 20)]
    await cloudfront.invalidate(first)
    with pytest.raises(CdnUnavailable, match="still works on 10"):
        await cloudfront.invalidate(second)
    assert distribution.requests == [first]
    distribution.complete_all()
    await cloudfront.invalidate(second)
    assert distribution.requests == [first, second]


@pytest.mark.parametrize(
    ("status", "code", "error", "named"),
    [
        (400, "TooManyInvalidationsInProgress", CdnUnavailable, "TooManyInvalidationsInProgress"),
        (400, "Throttling", CdnUnavailable, "Throttling"),
        (503, "ServiceUnavailable", CdnUnavailable, "ServiceUnavailable"),
        (403, "AccessDenied", Misconfigured, "cloudfront:CreateInvalidation"),
    ],
)
async def test_a_refusal_says_whether_to_try_again_or_what_to_mend(
    cloudfront: CloudFront, distribution: Distribution, status: int, code: str, error: type[Exception], named: str
) -> None:
    distribution.refusals = [(status, code)]
    with pytest.raises(error, match=named):
        await cloudfront.invalidate(["/r/aa/*"])
    assert distribution.asked == [], "the SDK tried again by itself"
    await cloudfront.invalidate(["/r/aa/*"])
    assert distribution.requests == [["/r/aa/*"]]


async def test_an_unknown_distribution_is_named_by_its_variable(distribution: Distribution) -> None:
    async with open_cloudfront(settings_of(distribution, "EOTHER")) as cloudfront:
        with pytest.raises(Misconfigured, match="IMAGING_CDN_DISTRIBUTION_ID"):
            await cloudfront.invalidate(["/r/aa/*"])


async def test_a_cloudfront_that_is_away_is_tried_again_later(distribution: Distribution) -> None:
    gone = CdnSettings(distribution_id=DISTRIBUTION, endpoint_url=re.sub(r"\d+$", "1", distribution.url))
    async with open_cloudfront(gone) as cloudfront:
        with pytest.raises(CdnUnavailable, match="does not answer"):
            await cloudfront.invalidate(["/r/aa/*"])
