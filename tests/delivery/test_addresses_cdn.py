"""Addresses with a CDN in front of us: public ones are there, private ones when their signature can be, too."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from imaging.accounts.viewer import Role, Viewer
from imaging.adapters.cloudfront_signer import CloudFrontSigner
from imaging.delivery.addresses import Addresses
from imaging.images.models import Visibility
from imaging.render.transform import OutputFormat, Transform
from tests.cdn.edge_check import KeyGroup
from tests.cdn.keys import ecdsa_key, pem, public
from tests.delivery.stage import HOST, Stage

CDN = "https://cdn.example.com"
KEY = ecdsa_key()
EDGE = KeyGroup({"K1": public(KEY)})
SMALL = Transform(width=32, format=OutputFormat.JPEG)


@pytest.fixture
def addresses(stage: Stage) -> Addresses:
    return replace(stage.addresses, cdn_url=CDN, cdn_signer=CloudFrontSigner("K1", pem(KEY)))


async def origin(stage: Stage, url: str) -> httpx.Response:
    """What the CDN gets when it asks us with the address as the edge passes it on."""
    return await stage.get(url.replace(CDN, HOST))


async def test_a_public_address_is_the_cdns_with_our_own_signature_only(stage: Stage, addresses: Addresses) -> None:
    url = addresses.url(await stage.image(), SMALL)
    assert url.startswith(f"{CDN}/r/")
    assert parse_qs(urlsplit(url).query).keys() == {"s"}
    assert (await origin(stage, url)).status_code == 200


async def test_a_private_address_is_signed_for_the_edge_and_for_us(stage: Stage, addresses: Addresses) -> None:
    url = addresses.url(await stage.image(visibility=Visibility.PRIVATE), SMALL)
    query = parse_qs(urlsplit(url).query)
    assert url.startswith(f"{CDN}/p/")
    assert query.keys() == {"e", "s", "Expires", "Signature", "Key-Pair-Id", "Hash-Algorithm"}
    assert query["e"] == query["Expires"]
    passed_on = EDGE.check(url, now_s=stage.clock())
    assert (await origin(stage, passed_on)).status_code == 200


async def test_every_address_of_a_srcset_is_signed_for_the_edge(stage: Stage, addresses: Addresses) -> None:
    srcset = addresses.srcset(await stage.image(visibility=Visibility.PRIVATE), widths=[16, 32, 64])
    assert len(srcset.items) == 3
    assert all(EDGE.check(item.url, now_s=stage.clock()).startswith(CDN) for item in srcset.items)


async def test_without_a_key_private_pictures_do_not_go_through_the_cdn(stage: Stage, addresses: Addresses) -> None:
    url = replace(addresses, cdn_signer=None).url(await stage.image(visibility=Visibility.PRIVATE), SMALL)
    assert url.startswith(f"{HOST}/p/")
    assert parse_qs(urlsplit(url).query).keys() == {"e", "s"}


async def test_originals_do_not_go_through_the_cdn(stage: Stage, addresses: Addresses) -> None:
    url = addresses.original_url(Viewer(stage.owner.id, Role.EDITOR), await stage.image())
    assert url is not None
    assert url.startswith(f"{HOST}/o/")
