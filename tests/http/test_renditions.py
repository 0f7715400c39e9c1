"""Renditions over HTTP: what is served, how it may be kept, what is refused."""

import json

import httpx
import pytest

from imaging.delivery.address import parse
from imaging.delivery.recipe import RECIPE
from imaging.images.models import ImageState, Visibility
from imaging.render.transform import OutputFormat, Transform
from tests.delivery.stage import HOST, Painter, Stage, size_of

SMALL = Transform(width=32, format=OutputFormat.JPEG)


def problem(answer: httpx.Response) -> tuple[int, str]:
    body = json.loads(answer.content)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert body["status"] == answer.status_code
    assert body["type"] == "urn:imaging:problem:" + body["code"].lower().replace("_", "-")
    assert body["title"]
    assert body["detail"]
    return answer.status_code, body["code"]


async def test_a_miss_is_rendered_stored_and_served(stage: Stage, painter: Painter) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    first, second = await stage.get(url), await stage.get(url)
    assert (first.status_code, size_of(first.content)) == (200, (32, 24))
    assert second.content == first.content
    assert painter.painted == 1
    assert await stage.stored() == {parse(httpx.URL(url).path).key}
    assert list((stage.folder / "tmp").iterdir()) == []


async def test_a_public_rendition_is_kept_for_ever(stage: Stage) -> None:
    answer = await stage.get(stage.addresses.url(await stage.image(), SMALL))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["content-disposition"] == 'inline; filename="two-ducks.jpg"'
    assert "vary" not in answer.headers


async def test_a_private_rendition_is_kept_as_long_as_its_address_lives(stage: Stage) -> None:
    image = await stage.image(visibility=Visibility.PRIVATE)
    stage.clock.now_s = 1_800_000_000
    url = stage.addresses.url(image, SMALL, expires_in_s=400)
    stage.clock.now_s += 100
    assert httpx.URL(url).path.startswith("/p/")
    assert (await stage.get(url)).headers["cache-control"] == "private, max-age=300"


async def test_every_answer_is_harmless_in_a_page(stage: Stage) -> None:
    answer = await stage.get(stage.addresses.url(await stage.image(), SMALL))
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


async def test_only_a_miss_tells_how_long_it_took(stage: Stage) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    assert (await stage.get(url)).headers["server-timing"].startswith("render;dur=")
    assert "server-timing" not in (await stage.get(url)).headers


async def test_a_stored_public_rendition_needs_no_signature_as_at_a_cdn(stage: Stage) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    bare = url.partition("?")[0]
    assert problem(await stage.get(bare)) == (403, "SIGNATURE_REJECTED")
    await stage.get(url)
    assert (await stage.get(bare)).status_code == 200


async def test_a_stored_private_rendition_needs_its_signature_every_time(stage: Stage) -> None:
    url = stage.addresses.url(await stage.image(visibility=Visibility.PRIVATE), SMALL)
    assert (await stage.get(url)).status_code == 200
    assert problem(await stage.get(url.partition("?")[0])) == (403, "SIGNATURE_REJECTED")
    assert problem(await stage.get(url.replace("e=18", "e=19"))) == (403, "SIGNATURE_REJECTED")
    assert problem(await stage.get(url + "&s=k1.x")) == (403, "SIGNATURE_REJECTED")
    stage.clock.now_s += 3600
    assert problem(await stage.get(url)) == (403, "SIGNATURE_EXPIRED")


async def test_a_public_signature_does_not_open_a_private_address(stage: Stage) -> None:
    image = await stage.image(visibility=Visibility.PRIVATE)
    path = httpx.URL(stage.addresses.url(image, SMALL)).path
    unending = f"{HOST}{path}?{stage.signer.sign(path)}"
    assert problem(await stage.get(unending)) == (403, "SIGNATURE_REJECTED")


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("w_32-smear_5", (400, "INVALID_TRANSFORM")),
        ("w_0", (400, "INVALID_TRANSFORM")),
        ("w_99999", (400, "INVALID_TRANSFORM")),
        ("q_70-w_32", (400, "INVALID_TRANSFORM")),
        ("w_032", (400, "INVALID_TRANSFORM")),
        ("W_32", (400, "INVALID_TRANSFORM")),
        ("w_33", (403, "SIGNATURE_REJECTED")),
        ("w_32%2Dq_70", (404, "NOT_FOUND")),
        ("..", (400, "INVALID_TRANSFORM")),
        ("w_32/..", (404, "NOT_FOUND")),
        ("", (404, "NOT_FOUND")),
    ],
)
async def test_operations_are_read_strictly(stage: Stage, spelling: str, expected: tuple[int, str]) -> None:
    path, _, query = stage.addresses.url(await stage.image(), SMALL).partition("?")
    parts = path.removeprefix(HOST).split("/")
    parts[5] = spelling
    assert problem(await stage.ask("/".join(parts), query)) == expected


async def test_a_size_that_no_format_can_have_is_refused(stage: Stage) -> None:
    image = await stage.image()
    path = httpx.URL(stage.addresses.url(image, SMALL)).path.replace("w_32", "w_9000-up_1")
    answer = await stage.get(f"{path}?{stage.signer.sign(path)}")
    assert problem(answer) == (400, "OUTPUT_TOO_LARGE")
    assert json.loads(answer.content)["field"] == ["width"]


async def test_any_other_spelling_of_a_stored_address_is_not_found(stage: Stage) -> None:
    url = httpx.URL(stage.addresses.url(await stage.image(), SMALL))
    path, query = url.path, url.query.decode()
    assert (await stage.ask(path, query)).status_code == 200
    others = (
        path.replace("/r/", "/R/"),
        path.replace("/1/", "/01/", 1),
        path.replace("/r/", "//r/"),
        path.replace("two-ducks", "two%2Dducks"),
        path.replace("two-ducks", "Two-Ducks"),
        path.replace("two-ducks", "two--ducks"),
        path.replace(".jpg", ".jpeg"),
        path.replace(".jpg", ".auto"),
        path.replace(".jpg", ".JPG"),
        path + "/",
        path.upper().replace("/R/", "/r/"),
        path.replace("/r/", "/r/../r/"),
        path.replace("/r/", "/r/%2e%2e/r/"),
    )
    for other in others:
        answer = await stage.ask(other, query)
        assert answer.status_code in (400, 404), other


async def test_an_image_in_the_trash_is_gone_at_once(stage: Stage) -> None:
    for visibility in Visibility:
        image = await stage.image(visibility=visibility)
        stored, unmade = stage.addresses.url(image, SMALL), stage.addresses.url(image)
        assert (await stage.get(stored)).status_code == 200
        image.state = ImageState.TRASHED
        await image.save()
        assert problem(await stage.get(stored)) == (404, "NOT_FOUND")
        assert problem(await stage.get(unmade)) == (404, "NOT_FOUND")


async def test_an_image_that_became_private_is_gone_from_its_public_address(stage: Stage) -> None:
    image = await stage.image()
    url = stage.addresses.url(image, SMALL)
    await stage.get(url)
    image.visibility, image.version = Visibility.PRIVATE, 2
    await image.save()
    assert problem(await stage.get(url)) == (404, "NOT_FOUND")
    image.visibility, image.version = Visibility.PUBLIC, 3
    await image.save()
    assert (await stage.get(url)).status_code == 200


async def test_a_deleted_image_is_not_found(stage: Stage) -> None:
    image = await stage.image()
    url = stage.addresses.url(image, SMALL)
    await image.delete()
    assert problem(await stage.get(url)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("to_come", [f"/2/{RECIPE}/w", f"/1/{RECIPE + 1}/w"])
async def test_versions_and_recipes_to_come_are_not_found(stage: Stage, to_come: str) -> None:
    path = httpx.URL(stage.addresses.url(await stage.image(), SMALL)).path.replace(f"/1/{RECIPE}/w", to_come)
    assert problem(await stage.get(f"{path}?{stage.signer.sign(path)}")) == (404, "NOT_FOUND")


async def test_bytes_the_client_has_are_not_sent_again(stage: Stage, painter: Painter) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    etag = (await stage.get(url)).headers["etag"]
    for tags in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = await stage.get(url, if_none_match=tags)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await stage.get(url, if_none_match='"other"')).status_code == 200
    assert painter.painted == 1


async def test_the_etag_is_a_hash_of_the_bytes(stage: Stage) -> None:
    image = await stage.image()
    small, large = [await stage.get(stage.addresses.url(image, Transform(width=width))) for width in (32, 48)]
    assert small.headers["etag"] != large.headers["etag"]
    await stage.store.delete_prefix(f"r/{image.id.hex}")
    again = await stage.get(stage.addresses.url(image, Transform(width=32)))
    assert again.headers["etag"] == small.headers["etag"]


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=10-", 10, None),
        ("bytes=-7", -7, None),
        ("bytes=5-999999", 5, None),
        ("Bytes=0-0", 0, 1),
    ],
)
async def test_a_range_is_cut_from_the_stored_bytes(stage: Stage, wanted: str, start: int, end: int | None) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    whole = (await stage.get(url)).content
    answer = await stage.get(url, range=wanted)
    first = start % len(whole)
    assert (answer.status_code, answer.content) == (206, whole[start:end])
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(whole)}"
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize("wanted", ["bytes=0-1,4-5", "lines=0-1", "bytes=5-1", "bytes=x", "bytes=", "bytes=-"])
async def test_a_range_we_do_not_serve_gives_the_whole(stage: Stage, wanted: str) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    assert (await stage.get(url, range=wanted)).status_code == 200


async def test_a_range_behind_the_end_is_refused(stage: Stage) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    length = len((await stage.get(url)).content)
    for wanted in (f"bytes={length}-", "bytes=999999-", "bytes=-0"):
        answer = await stage.get(url, range=wanted)
        assert problem(answer) == (416, "RANGE_NOT_SATISFIABLE")
        assert answer.headers["content-range"] == f"bytes */{length}"


async def test_a_range_of_other_bytes_gives_the_whole(stage: Stage) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    etag = (await stage.get(url)).headers["etag"]
    assert (await stage.get(url, range="bytes=0-1", if_range=etag)).status_code == 206
    for other in ('"other"', f"W/{etag}", "Sat, 21 Nov 2026 10:00:00 GMT"):
        assert (await stage.get(url, range="bytes=0-1", if_range=other)).status_code == 200


async def test_a_range_of_what_is_not_yet_made_is_cut_from_what_is_made(stage: Stage, painter: Painter) -> None:
    answer = await stage.get(stage.addresses.url(await stage.image(), SMALL), range="bytes=0-9")
    assert (answer.status_code, len(answer.content), painter.painted) == (206, 10, 1)


async def test_head_tells_the_same_without_the_bytes(stage: Stage) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    head = await stage.client.head(url)
    get = await stage.get(url)
    assert (head.status_code, head.content) == (200, b"")
    del head.headers["server-timing"]
    assert head.headers == get.headers


async def test_other_methods_are_not_allowed(stage: Stage) -> None:
    url = stage.addresses.url(await stage.image(), SMALL)
    answer = await stage.client.post(url)
    assert problem(answer) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD"


async def test_a_large_file_arrives_whole(stage: Stage) -> None:
    image = await stage.image()
    url = stage.addresses.url(image, SMALL)
    large = stage.folder / "large"
    large.write_bytes(bytes(range(256)) * 8192)
    await stage.store.put(parse(httpx.URL(url).path).key, large, content_type="image/jpeg")
    assert (await stage.get(url)).content == large.read_bytes()
    assert (await stage.get(url, range="bytes=100-1048676")).content == large.read_bytes()[100:1048677]
