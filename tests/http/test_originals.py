"""Originals over HTTP: for whom they were signed, to be saved and never run."""

from dataclasses import replace

import httpx

from imaging.accounts.viewer import ANONYMOUS, Role, Viewer
from imaging.images.models import Image, ImageState
from tests import pictures
from tests.delivery.stage import HOST, Stage


def owner(image: Image) -> Viewer:
    return Viewer(image.owner_id)


async def address(stage: Stage, image: Image) -> str:
    url = stage.addresses.original_url(owner(image), image)
    assert url is not None
    return url


async def test_the_original_bytes_are_saved_under_their_name(stage: Stage) -> None:
    content = pictures.jpeg(64, 48)
    url = await address(stage, await stage.image(content, filename='Été "1".jpg'))
    answer = await stage.get(url)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"ete-1.jpg\"; filename*=UTF-8''%C3%89t%C3%A9%20%221%22.jpg"
    )
    assert answer.headers["cache-control"].startswith("private, max-age=")


async def test_an_svg_is_never_shown_where_it_could_run(stage: Stage) -> None:
    url = await address(stage, await stage.image(pictures.svg(), format="SVG", filename="a.svg"))
    answer = await stage.get(url)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_only_who_rules_the_image_gets_the_address(stage: Stage) -> None:
    image = await stage.image()
    other = replace(owner(image), user_id=image.id)
    assert stage.addresses.original_url(ANONYMOUS, image) is None
    assert stage.addresses.original_url(other, image) is None
    assert stage.addresses.original_url(replace(other, role=Role.ADMIN), image) is not None


async def test_the_address_of_a_public_original_ends_too(stage: Stage) -> None:
    image = await stage.image()
    url = await address(stage, image)
    path = httpx.URL(url).path
    assert (await stage.get(f"{HOST}{path}?{stage.signer.sign(path)}")).status_code == 403
    assert (await stage.get(f"{HOST}{path}")).status_code == 403
    stage.clock.now_s += 3600
    assert (await stage.get(url)).status_code == 403


async def test_an_original_in_the_trash_is_gone(stage: Stage) -> None:
    image = await stage.image()
    url = await address(stage, image)
    image.state = ImageState.TRASHED
    await image.save()
    assert (await stage.get(url)).status_code == 404


async def test_only_the_stored_version_and_format_are_there(stage: Stage) -> None:
    image = await stage.image()
    path = httpx.URL(await address(stage, image)).path
    for other in (path.replace("/1/", "/2/"), path.replace(".jpg", ".png"), path.replace(image.id.hex, "0" * 32)):
        assert (await stage.get(f"{other}?{stage.signer.sign(other, 1_800_000_100)}")).status_code == 404


async def test_a_download_can_go_on_where_it_stopped(stage: Stage) -> None:
    content = pictures.jpeg(200, 100)
    url = await address(stage, await stage.image(content))
    answer = await stage.get(url, range="bytes=100-")
    assert (answer.status_code, answer.content) == (206, content[100:])
