import datetime
from typing import Any

from imaging.images.models import Image, ImageState, Visibility
from tests.graphql.desk import Desk, id_of, statements

ALL = """
query ($id: ID!) { image(id: $id) {
  __typename id version state failure { code message } filename title altText description tags visibility format
  contentType width height pages animated hasAlpha sizeBytes sha256 focalPoint { x y } createdAt updatedAt trashedAt
  placeholder { thumbhash dataUri dominantColor palette }
  owner { __typename id name }
  metadata { camera { make model } lens exposure { timeS apertureF iso focalLengthMm } takenAt copyright creator
    caption keywords custom location { latitude longitude altitudeM } exif iptc xmp }
} }
"""
TAKEN = {
    "camera_make": "Box",
    "camera_model": "Brownie",
    "lens": "Bottle",
    "exposure_s": 0.004,
    "aperture_f": 2.8,
    "iso": 100,
    "focal_length_mm": 50.0,
    "latitude": 48.1,
    "longitude": 11.6,
    "altitude_m": 519.0,
    "copyright": "© Ed",
    "creator": "Ed",
    "caption": "Ducks.",
    "keywords": ["duck", "water"],
}


async def test_everything_about_an_image_can_be_read(desk: Desk) -> None:
    image = await desk.image(
        title="Ducks",
        alt_text="Two ducks",
        tags=["Duck", "water"],
        custom={"shelf": 3},
        focal_x=0.25,
        focal_y=0.5,
        size_bytes=5_000_000_000,
        metadata=TAKEN,
        taken_at=datetime.datetime(2026, 5, 17, 9, 30, tzinfo=datetime.UTC),
    )
    told = (await desk.editor.data(ALL, id=id_of(image)))["image"]
    metadata = told.pop("metadata")
    assert told.pop("createdAt").endswith("Z")
    assert told.pop("updatedAt").endswith("Z")
    assert told.pop("owner")["name"] == "Ed"
    assert told == {
        "__typename": "Image",
        "id": id_of(image),
        "version": 1,
        "state": "READY",
        "failure": None,
        "filename": "Two Ducks.JPG",
        "title": "Ducks",
        "altText": "Two ducks",
        "description": None,
        "tags": ["Duck", "water"],
        "visibility": "PRIVATE",
        "format": "JPEG",
        "contentType": "image/jpeg",
        "width": 1200,
        "height": 800,
        "pages": 1,
        "animated": False,
        "hasAlpha": False,
        "sizeBytes": 5_000_000_000,
        "sha256": image.sha256,
        "focalPoint": {"x": 0.25, "y": 0.5},
        "trashedAt": None,
        "placeholder": {
            "thumbhash": image.thumbhash,
            "dataUri": "data:image/png;base64,AAAA",
            "dominantColor": "#c86432",
            "palette": ["#c86432", "#102030"],
        },
    }
    assert metadata == {
        "camera": {"make": "Box", "model": "Brownie"},
        "lens": "Bottle",
        "exposure": {"timeS": 0.004, "apertureF": 2.8, "iso": 100, "focalLengthMm": 50.0},
        "takenAt": "2026-05-17T09:30:00.000Z",
        "copyright": "© Ed",
        "creator": "Ed",
        "caption": "Ducks.",
        "keywords": ["duck", "water"],
        "custom": {"shelf": 3},
        "location": {"latitude": 48.1, "longitude": 11.6, "altitudeM": 519.0},
        "exif": {"Model": "Box"},
        "iptc": {"Headline": "A duck"},
        "xmp": "<x/>",
    }


async def test_what_a_file_does_not_tell_is_null(desk: Desk) -> None:
    image = await desk.image()
    metadata = (await desk.editor.data(ALL, id=id_of(image)))["image"]["metadata"]
    absent = ("camera", "lens", "exposure", "takenAt", "copyright", "creator", "caption", "location")
    assert [metadata[name] for name in absent] == [None] * len(absent)
    assert metadata["keywords"] == []
    assert metadata["custom"] == {}


async def test_why_an_image_failed_is_told(desk: Desk) -> None:
    image = await desk.image(state=ImageState.FAILED, failure_code="CORRUPT", failure_message="Half of it is gone.")
    told = (await desk.editor.data(ALL, id=id_of(image)))["image"]
    assert told["failure"] == {"code": "CORRUPT", "message": "Half of it is gone."}


async def test_strangers_learn_neither_place_nor_raw_metadata_nor_original(desk: Desk) -> None:
    image = await desk.image(visibility=Visibility.PUBLIC, metadata=TAKEN)
    query = "query ($id: ID!) { image(id: $id) { originalUrl metadata { location { latitude } exif iptc xmp lens } } }"
    for person in (desk.stranger, desk.looker, desk.anonymous):
        told = (await person.data(query, id=id_of(image)))["image"]
        assert told["originalUrl"] is None
        assert told["metadata"] == {"location": None, "exif": None, "iptc": None, "xmp": None, "lens": "Bottle"}
    told = (await desk.admin.data(query, id=id_of(image)))["image"]
    assert told["originalUrl"].startswith("http://pictures.test/o/")
    assert told["metadata"]["location"] == {"latitude": 48.1}
    assert told["metadata"]["exif"] == {"Model": "Box"}


PICTURES = """
query ($id: ID!, $transform: TransformInput) { image(id: $id) {
  url(transform: $transform)
  srcset(widths: [300, 600, 5000], sizes: "50vw", transform: $transform) {
    srcset src sizes width height items { url width height descriptor } }
  picture(widths: [300], formats: [AVIF, WEBP], transform: $transform) {
    sources { type srcset sizes } fallback { src } html }
} }
"""


async def told_pictures(desk: Desk, image: Image, **transform: Any) -> Any:
    return (await desk.editor.data(PICTURES, id=id_of(image), transform=transform))["image"]


async def test_pictures_have_addresses_and_sizes(desk: Desk) -> None:
    image = await desk.image(visibility=Visibility.PUBLIC)
    told = await told_pictures(desk, image, width=400)
    assert told["url"].startswith(f"http://pictures.test/r/{image.id.hex}/1/")
    assert "w_400" in told["url"]
    assert [(item["width"], item["height"]) for item in told["srcset"]["items"]] == [
        (300, 200),
        (600, 400),
        (1200, 800),
    ]
    assert told["srcset"]["sizes"] == "50vw"
    assert told["srcset"]["srcset"].count(" 300w") == 1
    assert [source["type"] for source in told["picture"]["sources"]] == ["image/avif", "image/webp"]
    assert told["picture"]["html"].startswith("<picture>")


async def test_every_field_of_a_transform_reaches_the_address(desk: Desk) -> None:
    image = await desk.image(visibility=Visibility.PUBLIC)
    plain = (await told_pictures(desk, image, width=400, height=400))["url"]
    changes: list[dict[str, Any]] = [
        {"width": 401},
        {"height": 401},
        {"dpr": 2},
        {"fit": "INSIDE"},
        {"gravity": "NORTH_WEST"},
        {"focalPoint": {"x": 0.1, "y": 0.9}},
        {"allowUpscale": True},
        {"quality": 50},
        {"format": "PNG"},
        {"background": "#f00"},
        {"rotate": 90},
        {"flip": True},
        {"flop": True},
        {"metadata": "KEEP"},
    ]
    urls = [(await told_pictures(desk, image, **{"width": 400, "height": 400} | change))["url"] for change in changes]
    assert len({plain, *urls}) == 1 + len(changes)


async def test_null_in_a_transform_is_the_default(desk: Desk) -> None:
    image = await desk.image(visibility=Visibility.PUBLIC)
    fields = ("dpr", "fit", "gravity", "focalPoint", "allowUpscale", "quality", "format", "background", "rotate")
    nulls = dict.fromkeys((*fields, "flip", "flop", "metadata", "height"))
    assert await told_pictures(desk, image, width=400, **nulls) == await told_pictures(desk, image, width=400)


async def test_an_impossible_transform_is_a_typed_error_that_names_its_field(desk: Desk) -> None:
    image = await desk.image()
    query = "query ($id: ID!, $t: TransformInput) { image(id: $id) { title url(transform: $t) } }"
    for transform, field in (
        ({"width": 0}, ["width"]),
        ({"rotate": 45}, ["rotate"]),
        ({"quality": 101}, ["quality"]),
        ({"dpr": 9}, ["dpr"]),
        ({"focalPoint": {"x": 2, "y": 0}}, ["focalPoint", "x"]),
    ):
        result = await desk.editor.ask(query, id=id_of(image), t=transform)
        [error] = result.errors
        assert error.extensions == {"code": "INVALID_TRANSFORM", "field": ["transform", *field]}


async def test_addresses_need_no_database_and_no_storage(desk: Desk) -> None:
    image = await desk.image(visibility=Visibility.PUBLIC, metadata=TAKEN)
    query = """query ($id: ID!) { image(id: $id) {
      url srcset { srcset } x: srcset(densities: [1, 2]) { srcset } picture { html } placeholder { dataUri palette }
      originalUrl private: url(expiresInS: 60) metadata { location { latitude } } } }"""
    with statements() as seen:
        told = (await desk.editor.data(query, id=id_of(image)))["image"]
    assert len(seen) == 1, "the row itself, and nothing for its addresses"
    assert desk.services.delivery is None, "nobody is there who could fetch or render"
    assert told["picture"]["html"]
    assert told["originalUrl"]
