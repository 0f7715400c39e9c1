"""What a page is told about an image: addresses, sizes, srcsets and pictures."""

import re
import time
import uuid
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from imaging.adapters.hmac_signer import HmacSigner
from imaging.delivery.address import RenditionAddress, parse
from imaging.delivery.addresses import Addresses
from imaging.errors import InvalidInput, InvalidTransform, OutputTooLarge
from imaging.images.models import Image, ImageState, Visibility
from imaging.render.facts import ImageFormat
from imaging.render.transform import Fit, Gravity, OutputFormat, Transform
from tests.delivery.stage import Clock

HOST = "https://pictures.example"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def addresses(clock: Clock) -> Addresses:
    return Addresses(HOST, HmacSigner([("k1", b"a secret of thirty-two bytes ...")], clock), clock)


def image(width: int = 4000, height: int = 3000, **values: Any) -> Image:
    row: dict[str, Any] = {
        "id": uuid.UUID(int=7),
        "owner_id": uuid.UUID(int=8),
        "filename": "duck.jpg",
        "visibility": Visibility.PUBLIC,
        "format": ImageFormat.JPEG,
        "width": width,
        "height": height,
        "alt_text": "A duck",
        "placeholder_uri": "data:image/png;base64,AAAA",
        "dominant_color": "#102030",
    }
    return Image(**row | values)


def rendition(url: str) -> RenditionAddress:
    address = parse(urlsplit(url).path)
    assert isinstance(address, RenditionAddress)
    return address


def expiry(url: str) -> int:
    return int(parse_qs(urlsplit(url).query)["e"][0])


def test_a_public_address_never_ends_and_a_private_one_does(addresses: Addresses) -> None:
    public, private = addresses.url(image()), addresses.url(image(visibility=Visibility.PRIVATE))
    assert public.startswith(f"{HOST}/r/")
    assert "e=" not in public
    assert private.startswith(f"{HOST}/p/")
    assert "e=" in private


def test_an_image_out_of_sight_has_no_public_address(addresses: Addresses) -> None:
    for state in (ImageState.TRASHED, ImageState.QUARANTINED):
        assert addresses.url(image(state=state)).startswith(f"{HOST}/p/")


@pytest.mark.parametrize("life_s", [1, 2, 3, 4, 5, 59, 60, 3600, 604_800])
def test_a_private_address_lives_as_asked_or_a_little_less(addresses: Addresses, clock: Clock, life_s: int) -> None:
    private = image(visibility=Visibility.PRIVATE)
    for later_s in range(0, 2 * life_s, max(1, life_s // 13)):
        clock.now_s = 1_800_000_000 + later_s
        left_s = expiry(addresses.url(private, expires_in_s=life_s)) - clock.now_s
        assert life_s * 3 / 4 <= left_s + 1
        assert left_s <= life_s


def test_a_private_address_repeats_for_a_while(addresses: Addresses, clock: Clock) -> None:
    private, urls = image(visibility=Visibility.PRIVATE), set()
    for _ in range(60):
        urls.add(addresses.url(private))
        clock.now_s += 60
    assert len(urls) <= 5


@pytest.mark.parametrize("life_s", [0, -1, 604_801])
def test_a_life_out_of_range_is_refused(addresses: Addresses, life_s: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        addresses.url(image(visibility=Visibility.PRIVATE), expires_in_s=life_s)
    assert refused.value.field == ["expiresInS"]


def test_the_focal_point_stands_in_the_address(addresses: Addresses) -> None:
    focused = image(focal_x=0.25, focal_y=0.75)
    assert "g_focal_2500_7500" in addresses.url(focused, Transform(width=100, height=100))
    assert "g_focal" not in addresses.url(image(), Transform(width=100, height=100))
    assert "g_focal" not in addresses.url(focused, Transform(width=100))
    north = Transform(width=100, height=100, gravity=Gravity.NORTH)
    assert "g_north" in addresses.url(focused, north)
    own = Transform(width=100, height=100, focal_point=(0.5, 0.1))
    assert "g_focal_5000_1000" in addresses.url(focused, own)


@pytest.mark.parametrize(
    ("values", "ext"), [({}, "jpg"), ({"has_alpha": True}, "png"), ({"animated": True, "pages": 3}, "gif")]
)
def test_an_address_left_to_negotiation_names_its_fallback(
    addresses: Addresses, values: dict[str, Any], ext: str
) -> None:
    assert addresses.url(image(**values)).partition("?")[0].endswith(f"/alt_{ext}/duck.auto")
    assert (
        addresses.url(image(**values), Transform(format=OutputFormat.WEBP)).partition("?")[0].endswith("/o/duck.webp")
    )


def test_a_picture_that_would_be_too_large_has_no_address(addresses: Addresses) -> None:
    with pytest.raises(OutputTooLarge):
        addresses.url(image(), Transform(width=9000, allow_upscale=True))


def test_default_widths_end_at_the_source(addresses: Addresses) -> None:
    srcset = addresses.srcset(image(1000, 750))
    assert [(item.width, item.height) for item in srcset.items] == [(320, 240), (640, 480), (960, 720), (1000, 750)]
    assert [item.descriptor for item in srcset.items] == ["320w", "640w", "960w", "1000w"]
    assert (srcset.width, srcset.height, srcset.src) == (1000, 750, srcset.items[-1].url)
    assert srcset.srcset == ", ".join(f"{item.url} {item.descriptor}" for item in srcset.items)


def test_a_small_source_gives_one_width(addresses: Addresses) -> None:
    assert [item.width for item in addresses.srcset(image(100, 50)).items] == [100]


def test_widths_go_beyond_the_source_when_that_is_wished(addresses: Addresses) -> None:
    srcset = addresses.srcset(image(1000, 750), Transform(allow_upscale=True))
    assert [item.width for item in srcset.items] == [320, 640, 960, 1280, 1920, 2560]


def test_widths_are_sorted_and_single(addresses: Addresses) -> None:
    srcset = addresses.srcset(image(), widths=[800, 400, 800])
    assert [item.descriptor for item in srcset.items] == ["400w", "800w"]


def test_with_widths_the_sides_give_the_ratio(addresses: Addresses) -> None:
    srcset = addresses.srcset(image(), Transform(width=16, height=9), widths=[320, 1600])
    assert [(item.width, item.height) for item in srcset.items] == [(320, 180), (1600, 900)]
    assert srcset.items[0].url.split("/")[7] == "w_320-h_180-fit_cover-alt_jpg"


def test_descriptors_tell_the_width_of_the_bytes_not_of_the_box(addresses: Addresses) -> None:
    tall = addresses.srcset(image(1000, 2000), Transform(width=400, height=400, fit=Fit.INSIDE), widths=[400, 800])
    assert [item.descriptor for item in tall.items] == ["200w", "400w"]


def test_densities_scale_what_is_shown(addresses: Addresses) -> None:
    srcset = addresses.srcset(image(), Transform(width=400), densities=[2, 1.5])
    assert [(item.descriptor, item.width) for item in srcset.items] == [("1x", 400), ("1.5x", 600), ("2x", 800)]
    assert (srcset.width, srcset.height, srcset.src) == (400, 300, srcset.items[0].url)


def test_a_density_that_the_source_cannot_give_is_told_as_it_is(addresses: Addresses) -> None:
    srcset = addresses.srcset(image(1000, 750), Transform(width=800), densities=[1, 2, 3])
    assert [(item.descriptor, item.width) for item in srcset.items] == [("1x", 800), ("1.25x", 1000)]


@pytest.mark.parametrize(
    "asked",
    [
        {"widths": []},
        {"widths": [0]},
        {"widths": [-5]},
        {"widths": list(range(1, 40))},
        {"densities": []},
        {"densities": [0.5]},
        {"densities": [float("nan")]},
        {"densities": [9]},
        {"widths": [9], "densities": [1]},
        {"widths": [100_000]},
        {"sizes": "x" * 501},
    ],
)
def test_steps_out_of_range_are_refused(addresses: Addresses, asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        addresses.srcset(image(), **asked)


def test_widths_that_were_asked_for_and_are_too_large_are_refused(addresses: Addresses) -> None:
    with pytest.raises(OutputTooLarge):
        addresses.srcset(image(), Transform(allow_upscale=True), widths=[100, 9000])


def test_default_widths_leave_out_what_would_be_too_large(addresses: Addresses) -> None:
    tall = addresses.srcset(image(1000, 9000), Transform(allow_upscale=True))
    assert [item.width for item in tall.items] == [320, 640]


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_picture_offers_formats_best_first(addresses: Addresses) -> None:
    picture = addresses.picture(image(), widths=[320, 640], sizes="50vw")
    assert [source.type for source in picture.sources] == ["image/avif", "image/webp"]
    tags = Elements(picture.html).found
    assert [tag for tag, _ in tags] == ["picture", "source", "source", "img"]
    for (_, attributes), source in zip(tags[1:3], picture.sources, strict=True):
        assert attributes == {"type": source.type, "srcset": source.srcset, "sizes": "50vw"}
    shown = tags[3][1]
    assert (shown["src"], shown["srcset"]) == (picture.fallback.src, picture.fallback.srcset)
    assert (shown["width"], shown["height"]) == ("640", "480")
    assert (shown["alt"], shown["loading"], shown["sizes"]) == ("A duck", "lazy", "50vw")
    assert rendition(picture.fallback.src).wish.format is OutputFormat.JPEG


def test_a_moving_picture_is_offered_in_formats_that_move(addresses: Addresses) -> None:
    picture = addresses.picture(image(animated=True, pages=4, format=ImageFormat.GIF))
    assert [source.type for source in picture.sources] == ["image/webp"]
    assert rendition(picture.fallback.src).wish.format is OutputFormat.GIF


def test_a_picture_in_chosen_formats(addresses: Addresses) -> None:
    picture = addresses.picture(image(), formats=[OutputFormat.WEBP, OutputFormat.JPEG, OutputFormat.WEBP])
    assert [source.type for source in picture.sources] == ["image/webp"]
    with pytest.raises(InvalidInput):
        addresses.picture(image(), formats=[OutputFormat.AUTO])


def test_a_format_that_cannot_be_so_large_is_left_out_of_a_picture(addresses: Addresses) -> None:
    large = image(8000, 8000)
    assert [source.type for source in addresses.picture(large, widths=[6000]).sources] == ["image/webp"]
    with pytest.raises(OutputTooLarge):
        addresses.picture(large, widths=[6000], formats=[OutputFormat.AVIF])


def test_what_people_wrote_cannot_leave_its_attribute(addresses: Addresses) -> None:
    hostile = "\"><script>alert(1)</script>' onload=x &quot;"
    picture = addresses.picture(image(alt_text=hostile, placeholder_uri=hostile), sizes=hostile)
    tags = Elements(picture.html).found
    assert [tag for tag, _ in tags] == ["picture", "source", "source", "img"]
    assert set(tags[3][1]) == {"src", "srcset", "sizes", "width", "height", "alt", "loading", "decoding", "style"}
    assert (tags[3][1]["alt"], tags[3][1]["sizes"]) == (hostile, hostile)


def test_no_placeholder_shines_through_a_transparent_picture(addresses: Addresses) -> None:
    assert "style=" in addresses.picture(image()).html
    assert "style=" not in addresses.picture(image(has_alpha=True)).html
    assert "style=" not in addresses.picture(image(), Transform(corner_radius=8)).html
    half = Transform(width=9, height=9, fit=Fit.CONTAIN, background="#ff000080")
    assert "style=" not in addresses.picture(image(), half).html


def test_a_picture_without_alt_text_is_decoration(addresses: Addresses) -> None:
    assert 'alt=""' in addresses.picture(image(alt_text=None)).html


def test_addresses_are_safe_in_a_srcset(addresses: Addresses) -> None:
    srcset = addresses.srcset(image(visibility=Visibility.PRIVATE, filename="a, b 2x.jpg")).srcset
    assert all(re.fullmatch(r"https://[^\s,]+ \d+w", part) for part in srcset.split(", "))


def test_a_wish_that_cannot_be_is_refused_before_it_has_an_address() -> None:
    with pytest.raises(InvalidTransform):
        Transform(width=0)


def test_a_list_of_addresses_costs_little(addresses: Addresses) -> None:
    began_s = time.perf_counter()
    widths = [[item.width for item in addresses.srcset(image()).items] for _ in range(100)]
    assert all(first < second for first, second in pairwise(widths[0]))
    assert time.perf_counter() - began_s < 2
