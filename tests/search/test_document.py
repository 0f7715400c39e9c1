import datetime
import uuid
from dataclasses import fields, replace
from typing import Any

import pytest

from imaging.accounts.viewer import Viewer
from imaging.images.models import ImageState, Visibility
from imaging.search.document import camera_of, document_of
from tests.search.stored import image_of

pytestmark = pytest.mark.usefixtures("rows")

OWNER = Viewer(uuid.uuid4())
NOW = datetime.datetime(2026, 3, 4, 5, 6, 7, 8, tzinfo=datetime.UTC)
CHANGED: dict[Any, Any] = {
    str: "another",
    int: 4_711,
    bool: True,
    tuple[str, ...]: ("a", "b"),
    datetime.datetime: NOW + datetime.timedelta(microseconds=1),
    datetime.datetime | None: NOW,
}


async def test_a_document_has_another_fingerprint_as_soon_as_anything_in_it_is_another() -> None:
    document = document_of(image_of(OWNER, title="T", tags=["a"], created_at=NOW, updated_at=NOW))
    others = {
        one.name: replace(document, **{one.name: CHANGED[one.type]})
        for one in fields(document)
        if one.name not in ("id", "owner_id")
    }
    prints = {document.fingerprint, *(other.fingerprint for other in others.values())}
    assert len(prints) == 1 + len(others)
    assert replace(document).fingerprint == document.fingerprint


async def test_the_same_moment_has_the_same_fingerprint_in_every_time_zone() -> None:
    here = datetime.timezone(datetime.timedelta(hours=2))
    document = document_of(image_of(OWNER, created_at=NOW, updated_at=NOW, taken_at=NOW))
    moved = replace(document, created_at=NOW.astimezone(here), taken_at=NOW.astimezone(here))
    assert moved.fingerprint == document.fingerprint


async def test_what_people_wrote_is_indexed() -> None:
    image = image_of(OWNER, title="T", alt_text="A", description="D", tags=["Lake  View"], filename="b.jpg")
    document = document_of(image)
    assert (document.title, document.alt_text, document.description) == ("T", "A", "D")
    assert (document.tags, document.tag_keys) == (("Lake  View",), ("lake view",))
    assert (document.filename, document.owner_id) == ("b.jpg", OWNER.user_id.hex if OWNER.user_id else "")


async def test_the_summary_and_custom_values_are_indexed() -> None:
    metadata = {"camera_model": "EOS R5", "lens": "RF 50mm", "keywords": ["dawn"], "iso": 100}
    image = image_of(OWNER, metadata=metadata, custom={"job": {"client": "Acme", "numbers": [42, True, None]}})
    assert document_of(image).metadata_text == "EOS R5, RF 50mm, dawn, Acme, 42"


async def test_the_place_is_not_indexed_because_not_everybody_may_know_it() -> None:
    image = image_of(OWNER, metadata={"latitude": 48.8583, "longitude": 2.2945, "altitude_m": 35.0})
    assert document_of(image).metadata_text == ""


@pytest.mark.parametrize("state", [ImageState.TRASHED, ImageState.QUARANTINED])
async def test_a_public_image_that_is_held_back_is_not_public(state: ImageState) -> None:
    document = document_of(image_of(OWNER, visibility=Visibility.PUBLIC, state=state))
    assert (document.public, document.visibility) == (False, "PUBLIC")


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Apple", "iPhone 15", "Apple iPhone 15"),
        ("NIKON CORPORATION", "NIKON D850", "NIKON D850"),
        ("Canon", "Canon EOS R5", "Canon EOS R5"),
        ("Sony", None, "Sony"),
        (None, "X100", "X100"),
        (None, None, ""),
    ],
)
async def test_a_camera_is_named_once(make: str | None, model: str | None, camera: str) -> None:
    assert camera_of(image_of(OWNER, metadata={"camera_make": make, "camera_model": model})) == camera


async def test_times_are_kept() -> None:
    taken = datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)
    assert document_of(image_of(OWNER, taken_at=taken)).taken_at == taken
