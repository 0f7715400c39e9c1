"""Addresses: one spelling, read strictly."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.delivery.address import OriginalAddress, RenditionAddress, parse
from imaging.delivery.slug import slug
from imaging.errors import ImagingError, InvalidTransform, NotFound, TransformTooLong
from imaging.images.models import Image, Visibility
from imaging.render.canonical import canonical
from imaging.render.facts import ImageFormat
from imaging.render.transform import Fit, OutputFormat, Transform

ID = "0123456789abcdef0123456789abcdef"


def image(**values: object) -> Image:
    row = {"id": uuid.UUID(ID), "filename": "Duck.JPG", "visibility": Visibility.PUBLIC, "format": ImageFormat.JPEG}
    return Image(**row | values)


def test_an_address_is_made_as_it_is_documented() -> None:
    wish = Transform(width=640, height=480, quality=70, format=OutputFormat.JPEG)
    address = RenditionAddress.of(image(version=3), wish, recipe=2)
    assert address.path == f"/r/{ID}/3/2/w_640-h_480-fit_cover-q_70/duck.jpg"
    assert address.key == address.path[1:]
    assert OriginalAddress.of(image(bytes_version=2)).path == f"/o/{ID}/2/duck.jpg"


def test_no_operation_is_spelt_o() -> None:
    assert RenditionAddress.of(image(), Transform(format=OutputFormat.PNG), recipe=1).ops == "o"


def test_the_same_wish_has_one_address() -> None:
    wishes = (
        Transform(width=640, height=480, fit=Fit.COVER, dpr=1),
        Transform(width=320, height=240, dpr=2, quality=None),
        Transform(width=640, height=480),
    )
    first, second, third = (
        RenditionAddress.of(image(), wish, recipe=1, alternative=OutputFormat.JPEG) for wish in wishes
    )
    assert first.path == third.path
    assert second.path.replace("-qd_10", "") == first.path


def test_a_negotiated_address_is_signed_and_never_stored_as_auto() -> None:
    address = RenditionAddress.of(image(), Transform(width=9), recipe=1, alternative=OutputFormat.JPEG)
    assert address.path == f"/r/{ID}/1/1/w_9-alt_jpg/duck.auto"
    turned = address.in_format(OutputFormat.AVIF)
    assert turned.path == f"/r/{ID}/1/1/w_9-alt_jpg/duck.avif"
    assert turned.signed_path == address.signed_path == address.path
    assert turned.key == turned.path[1:]
    with pytest.raises(ValueError, match="never"):
        _ = address.key


lengths = st.none() | st.integers(1, 5000)
wishes = st.builds(
    Transform,
    width=lengths,
    height=lengths,
    fit=st.none() | st.sampled_from(Fit),
    focal_point=st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
    allow_upscale=st.booleans(),
    rotate=st.sampled_from((0, 90, 180, 270)),
    flip=st.booleans(),
    quality=st.none() | st.integers(1, 100),
    format=st.sampled_from(OutputFormat),
)


@given(wish=wishes, filename=st.text(max_size=100), visibility=st.sampled_from(Visibility), version=st.integers(1, 999))
def test_what_is_written_is_read_back(wish: Transform, filename: str, visibility: Visibility, version: int) -> None:
    negotiated = wish.format is OutputFormat.AUTO
    row = image(filename=filename, visibility=visibility, version=version)
    address = RenditionAddress.of(row, wish, recipe=7, alternative=OutputFormat.PNG if negotiated else None)
    read = parse(address.path)
    assert isinstance(read, RenditionAddress)
    assert read.path == address.path
    assert (read.public, read.version, read.recipe, read.name) == (row.is_public, version, 7, slug(filename))
    assert canonical(read.wish, read.alternative) == address.ops
    assert read.wish.format is wish.format


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        f"/r/{ID}",
        f"/r/{ID}/1/1/w_9/duck",
        f"/r/{ID}/1/1/w_9/.jpg",
        f"/r/{ID}/1/1/w_9/-duck.jpg",
        f"/r/{ID}/1/1/w_9/duck.jpg/",
        f"/r/{ID}/1/1/w_9/duck.jpg\n",
        f"/r/{ID}/1/1/w_9/duck.svg",
        f"/r/{ID}/1/1/w_9/duck.html",
        f"/r/{ID}/1/1/w_9/{'a' * 81}.jpg",
        f"/r/{ID}/1/1/w_9-alt_jpg/duck.png",
        f"/r/{ID}/1/1/w_9/duck.auto",
        f"/r/{ID}/0/1/w_9/duck.jpg",
        f"/r/{ID}/01/1/w_9/duck.jpg",
        f"/r/{ID}/1/+1/w_9/duck.jpg",
        f"/r/{ID}/١/1/w_9/duck.jpg",
        f"/r/{ID}/1/1/w_9%20/duck.jpg",
        f"/r/{ID.upper()}/1/1/w_9/duck.jpg",
        f"/r/{uuid.UUID(ID)}/1/1/w_9/duck.jpg",
        f"/r/{ID}/1/1/../duck/duck.jpg",
        f"/o/{ID}/1/duck.exe",
        f"/o/{ID}/1/../duck.jpg",
        f"/o/{ID}/1/{'a' * 81}.jpg",
        f"/x/{ID}/1/1/w_9/duck.jpg",
    ],
)
def test_what_is_no_address_is_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        parse(path)


@pytest.mark.parametrize(
    "ops", ["x_1", "w_9-w_9", "h_9-w_9", "w_9-", "-w_9", "w-9", "o-w_9", "w_9-alt_avif", "alt_jpg-w_9", "w_٩"]
)
def test_operations_we_do_not_write_are_refused(ops: str) -> None:
    with pytest.raises((InvalidTransform, NotFound)):
        parse(f"/r/{ID}/1/1/{ops}/duck.jpg")


def test_operations_that_are_too_long_are_refused() -> None:
    with pytest.raises(TransformTooLong):
        parse(f"/r/{ID}/1/1/{'w_9-' * 60}w_9/duck.jpg")


@given(st.text(alphabet="rpo/0123456789abcdef_-.w%\\ \n", max_size=120))
def test_whatever_is_asked_for_is_an_address_or_refused(rest: str) -> None:
    path = f"/r/{ID}/1/1/{rest}"
    try:
        assert parse(path).path == path
    except ImagingError as error:
        assert isinstance(error, InvalidTransform | NotFound)  # noqa: PT017
