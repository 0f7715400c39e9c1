"""`.auto` addresses: each browser gets the best format that it names."""

import re
from dataclasses import replace

import httpx
import pytest

from imaging.errors import FormatUnavailable
from imaging.render.facts import ImageFormat
from imaging.render.limits import ALWAYS_WRITTEN
from imaging.render.transform import OutputFormat, Transform
from tests.delivery.stage import HOST, Painter, Stage

CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "content_type", "ext"),
    [
        (CHROME, "image/avif", "avif"),
        ("image/webp,*/*", "image/webp", "webp"),
        ("*/*", "image/jpeg", "jpg"),
        ("", "image/jpeg", "jpg"),
        ("image/avif;q=0, image/webp", "image/webp", "webp"),
    ],
)
async def test_the_best_named_format_is_served(stage: Stage, accept: str, content_type: str, ext: str) -> None:
    url = stage.addresses.url(await stage.image(), Transform(width=32))
    assert httpx.URL(url).path.endswith("/w_32-alt_jpg/two-ducks.auto")
    answer = await stage.get(url, accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["content-disposition"] == f'inline; filename="two-ducks.{ext}"'
    assert {key.rpartition(".")[2] for key in await stage.stored()} == {ext}


async def test_a_cdn_may_put_the_format_in_place_of_auto(stage: Stage, painter: Painter) -> None:
    url = stage.addresses.url(await stage.image(), Transform(width=32))
    await stage.get(url, accept=CHROME)
    turned = await stage.get(url.replace(".auto", ".avif"))
    assert (turned.status_code, turned.headers["content-type"]) == (200, "image/avif")
    assert "vary" not in turned.headers
    assert painter.painted == 1
    assert (await stage.get(url.replace(".auto", ".jpg"))).headers["content-type"] == "image/jpeg"
    assert (await stage.get(url.replace(".auto", ".png"))).status_code == 404


async def test_transparency_falls_back_to_png(stage: Stage) -> None:
    image = await stage.image(has_alpha=True, format=ImageFormat.PNG)
    answer = await stage.get(stage.addresses.url(image, Transform(width=32)), accept="*/*")
    assert answer.headers["content-type"] == "image/png"


async def test_negotiation_of_a_private_image_stays_private(stage: Stage) -> None:
    image = await stage.image(visibility="PRIVATE")
    url = stage.addresses.url(image, Transform(width=32))
    answer = await stage.get(url, accept=CHROME)
    assert answer.headers["cache-control"].startswith("private, ")
    assert answer.headers["vary"] == "Accept"
    assert (await stage.get(url.partition("?")[0], accept=CHROME)).status_code == 403


async def test_a_large_picture_is_no_avif_unless_it_is_asked_for_by_name(stage: Stage) -> None:
    image = await stage.image(width=3000, height=2000)
    negotiated, named = stage.addresses.url(image), stage.addresses.url(image, Transform(format=OutputFormat.AVIF))
    assert (await stage.get(negotiated, accept=CHROME)).headers["content-type"] == "image/webp"
    assert (await stage.get(named)).headers["content-type"] == "image/avif"


async def test_a_stand_in_for_an_avif_is_kept_briefly_and_never_stored_as_one(stage: Stage) -> None:
    for visibility in ("PUBLIC", "PRIVATE"):
        image = await stage.image(width=3000, height=2000, visibility=visibility)
        answer = await stage.get(stage.addresses.url(image).replace(".auto", ".avif"))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert answer.headers["cache-control"] == f"{visibility.lower()}, max-age=60"
        assert answer.headers["content-disposition"] == 'inline; filename="two-ducks.webp"'
    assert {key.rpartition(".")[2] for key in await stage.stored()} == {"webp"}


async def test_the_decision_is_told_with_how_long_it_took(stage: Stage) -> None:
    url = stage.addresses.url(await stage.image(), Transform(width=32))
    first, second = [(await stage.get(url, accept=CHROME)).headers["server-timing"] for _ in range(2)]
    assert re.fullmatch(r'render;dur=\d+\.\d, auto;desc="avif"', first)
    assert second == 'auto;desc="avif"'
    beyond = stage.addresses.url(await stage.image(width=3000, height=2000))
    answer = await stage.get(beyond, accept=CHROME)
    assert answer.headers["server-timing"].endswith(', auto;desc="webp; avif over budget"')


async def test_a_format_that_cannot_be_written_is_refused_when_signed_and_when_asked_for(stage: Stage) -> None:
    image = await stage.image()
    with pytest.raises(FormatUnavailable):
        stage.addresses.url(image, Transform(format=OutputFormat.JPEG_XL))
    path = httpx.URL(stage.addresses.url(image, Transform(format=OutputFormat.PNG))).path.replace(".png", ".jxl")
    answer = await stage.get(f"{HOST}{path}?{stage.signer.sign(path)}")
    assert (answer.status_code, answer.json()["code"]) == (400, "FORMAT_UNAVAILABLE")
    assert answer.json()["field"] == ["format"]
    assert answer.json()["detail"].endswith("these can: AUTO, AVIF, GIF, JPEG, PNG, WEBP")
    assert answer.headers["cache-control"] == "no-store"


async def test_a_page_offers_only_what_can_be_written(stage: Stage) -> None:
    limits = replace(stage.addresses.limits, formats=ALWAYS_WRITTEN - {OutputFormat.AVIF})
    picture = replace(stage.addresses, limits=limits).picture(await stage.image(), widths=[32])
    assert [source.type for source in picture.sources] == ["image/webp"]
