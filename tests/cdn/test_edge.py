"""The whole way through a CDN: nginx at the edge, a bucket, the running server, and CloudFront's API for forgetting."""

import json
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from imaging.adapters.cloudfront_signer import CloudFrontSigner, custom_policy
from tests.cdn.api import DISTRIBUTION, Distribution, cloudfront_api
from tests.cdn.edge import Edge, free_ports, running_edge
from tests.cdn.edge_check import PARAMETERS, KeyGroup
from tests.cdn.keys import ecdsa_key, pem, public
from tests.cdn.library import Library
from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server
from tests.server import RunningServer, running_server

pytestmark = pytest.mark.full

KEY = ecdsa_key()
SIGNER = CloudFrontSigner("KEDGE", pem(KEY))
TRUSTED = KeyGroup({"KEDGE": public(KEY)})
CHROME = "image/avif,image/webp,image/*,*/*;q=0.8"


@dataclass
class World:
    """All that is running."""

    server: RunningServer
    edge: Edge
    library: Library
    distribution: Distribution

    def get(self, url: str, **headers: str) -> httpx.Response:
        return httpx.get(url, headers={"accept": "*/*"} | headers, timeout=60)

    def without_edge_signature(self, url: str) -> str:
        path, _, query = url.partition("?")
        return f"{path}?" + "&".join(part for part in query.split("&") if part.partition("=")[0] not in PARAMETERS)

    def until_gone(self, url: str) -> httpx.Response:
        """Ask until it is not there any more."""
        ends = time.monotonic() + 20
        while (answer := self.get(url)).status_code == 200 and time.monotonic() < ends:
            time.sleep(0.1)
        return answer


@pytest.fixture(scope="module", params=["folder", "s3"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("cdn")
    s3 = s3_bucket(request.getfixturevalue("s3_server")) if request.param == "s3" else {}
    (folder / "cdn.pem").write_bytes(pem(KEY))
    [port] = free_ports(1)
    with pytest.MonkeyPatch.context() as patch, cloudfront_api() as distribution:
        patch.setenv("AWS_ACCESS_KEY_ID", "tests")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
        settings = {"url": f"http://127.0.0.1:{port}", "key_pair_id": "KEDGE", "private_key_file": f"{folder}/cdn.pem"}
        settings |= {"distribution_id": DISTRIBUTION, "endpoint_url": distribution.url}
        with running_server(folder, **{f"cdn_{name}": value for name, value in settings.items()}, **s3) as server:
            objects = f"{s3['s3_endpoint_url']}/{s3['s3_bucket']}/pictures" if s3 else server.data_dir / "objects"
            ports = {"edge": port, "origin": server.port}
            with (
                running_edge(folder / "edge", objects, trusted=TRUSTED, **ports) as edge,
                Library.of(server) as library,
            ):
                distribution.forget = edge.forget
                yield World(server, edge, library, distribution)


def s3_bucket(server: S3Server) -> dict[str, str]:
    """Make a bucket whose renditions the edge may read, and nothing else; return the settings that choose it."""
    told = server.settings()
    bucket = str(told.bucket)
    places = [f"arn:aws:s3:::{bucket}/pictures/{space}/*" for space in "rp"]
    allowed = {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": places}
    client = server.client()
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    client.close()
    keys = {"s3_access_key_id": ACCESS_KEY, "s3_secret_access_key": SECRET_KEY, "s3_region": "us-east-1"}
    return {"s3_bucket": bucket, "s3_endpoint_url": server.url, "s3_prefix": "pictures", **keys}


def cached(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return answer.headers["x-cache"]


def test_what_is_nowhere_is_rendered_then_kept_at_the_edge_then_found_in_the_bucket(world: World) -> None:
    url = world.library.url(world.library.upload())
    assert url.startswith(f"{world.edge.url}/r/")
    first = world.get(url)
    assert (cached(first), "render;" in first.headers["server-timing"]) == ("MISS", True)
    second = world.get(url)
    assert (cached(second), second.content) == ("HIT", first.content)
    world.edge.forget(["/r/*"])
    third = world.get(url)
    assert (cached(third), third.headers["x-origin"], third.content) == ("MISS", "bucket", first.content)
    assert cached(world.get(url)) == "HIT"


def test_a_refusal_is_not_kept(world: World) -> None:
    url = world.library.url(world.library.upload())
    wrong = world.get(re.sub("s=[^&]+", "s=dev.AAAA", url))
    assert (wrong.status_code, wrong.headers["cache-control"]) == (403, "no-store")
    assert cached(world.get(url)) == "MISS"
    absent = re.sub("/r/[0-9a-f]{32}/", f"/r/{uuid.uuid4().hex}/", url)
    assert [world.get(absent).headers["x-cache"] for _ in range(2)] == ["MISS", "MISS"]
    assert world.get(absent).status_code == 404


def test_a_signature_is_in_no_key(world: World) -> None:
    url = world.library.url(world.library.upload())
    path = url.partition("?")[0]
    assert [cached(world.get(asked)) for asked in (url, path, f"{path}?s=dev.AAAA&x=1")] == ["MISS", "HIT", "HIT"]
    private = world.library.url(world.library.upload(visibility="PRIVATE"))
    assert [cached(world.get(private)) for _ in range(3)] == ["MISS", "MISS", "HIT"]
    assert [key for key in world.edge.cache_keys() if not re.fullmatch(r"/[rp]/[0-9a-zA-Z/._-]+", key)] == []


def test_a_stored_private_rendition_is_not_had_without_a_signature(world: World) -> None:
    url = world.library.url(world.library.upload(visibility="PRIVATE"))
    other = world.library.url(world.library.upload(visibility="PRIVATE"))
    unsigned = world.without_edge_signature(url)
    assert world.get(unsigned).status_code == 403
    assert [cached(world.get(url)) for _ in range(3)][-1] == "HIT", "it is at the edge now"
    path, _, query = url.partition("?")
    stolen = f"{path}?{other.partition('?')[2]}"
    past = SIGNER.sign(unsigned, int(time.time()) - 1)
    forged = CloudFrontSigner("KEDGE", pem(ecdsa_key())).sign(unsigned, int(time.time()) + 60)
    for asked in (path, unsigned, stolen, past, forged, f"{path}?{query.replace('Expires=', 'Expires=9')}"):
        answer = world.get(asked)
        assert (answer.status_code, len(answer.headers.get("x-cache", ""))) == (403, 0), asked
    assert cached(world.get(url)) == "HIT"


def test_the_edges_signature_does_not_make_renditions_ours_does(world: World) -> None:
    url = world.library.url(world.library.upload(visibility="PRIVATE"))
    bare = url.partition("?")[0]
    until_s = int(time.time()) + 60
    assert world.get(SIGNER.sign(bare, until_s)).status_code == 403
    assert world.get(url).status_code == 200
    assert world.get(SIGNER.sign(bare, until_s)).status_code == 200


def test_cookies_open_one_gallery(world: World) -> None:
    shown, other = (world.library.upload(visibility="PRIVATE") for _ in range(2))
    urls = [world.library.url(one) for one in (shown, other)]
    assert [world.get(url).status_code for url in urls] == [200, 200]
    policy = custom_policy(f"{world.edge.url}/p/{shown.hex}/*", expires_s=int(time.time()) + 60)
    cookies = "; ".join(f"{name}={value}" for name, value in SIGNER.cookies(policy).items())
    paths = [url.partition("?")[0] for url in urls]
    assert [world.get(path, cookie=cookies).status_code for path in paths] == [200, 403]


@pytest.mark.parametrize("visibility", ["PUBLIC", "PRIVATE"])
def test_each_browser_gets_its_format_of_one_address_and_each_is_kept(world: World, visibility: str) -> None:
    url = world.library.url(world.library.upload(visibility=visibility), "width: 48")
    for accept, type in ((CHROME, "image/avif"), ("image/webp,*/*", "image/webp"), ("*/*", "image/jpeg")):
        answers = [world.get(url, accept=accept) for _ in range(3)]
        assert {answer.headers["content-type"] for answer in answers} == {type}
        assert cached(answers[-1]) == "HIT"
    assert [key for key in world.edge.cache_keys() if key.endswith(".auto")] == []


@pytest.mark.parametrize("deed", ["trash", "hide", "delete"])
def test_what_leaves_sight_is_gone_from_the_edge_after_its_invalidation(world: World, deed: str) -> None:
    gone, stays = world.library.upload(), world.library.upload()
    urls = [
        world.library.url(gone, f"width: {width}, format: {format}")
        for width in (32, 64)
        for format in ("JPEG", "WEBP")
    ]
    kept = world.library.url(stays)
    for url in (*urls, kept):
        assert [cached(world.get(url)) for _ in range(2)] == ["MISS", "HIT"]
    getattr(world.library, deed)(gone)
    for url in urls:
        answer = world.until_gone(url)
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    assert f"/r/{gone.hex}/*" in world.distribution.forgotten
    assert [key for key in world.edge.cache_keys() if gone.hex in key] == []
    assert cached(world.get(kept)) == "HIT"


@pytest.mark.parametrize("deed", ["trash", "delete"])
def test_a_private_picture_is_gone_though_its_signature_is_still_good(world: World, deed: str) -> None:
    gone = world.library.upload(visibility="PRIVATE")
    url = world.library.url(gone)
    assert [cached(world.get(url)) for _ in range(3)][-1] == "HIT"
    getattr(world.library, deed)(gone)
    assert world.until_gone(url).status_code == 404
