"""How a file is to be sent, if at all."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imaging.errors import ImagingError
from imaging.images.models import Image
from imaging.uploads.models import Upload


@dataclass(frozen=True, slots=True)
class ExistingImage:
    """There is nothing to send: its owner has an image with these bytes, perhaps in the trash."""

    image: Image


@dataclass(frozen=True, slots=True)
class SinglePut:
    """Send all bytes in one PUT to `url`, with exactly these headers, before `expires_at`."""

    upload: Upload
    url: str
    headers: Mapping[str, str]
    expires_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class UploadPart:
    """Send these bytes of the file in one PUT to `url`, with exactly these headers; `number` counts from 1."""

    number: int
    offset_bytes: int
    size_bytes: int
    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MultipartPut:
    """Send each of these parts, in any order, before `expires_at`; those that have arrived are not among them."""

    upload: Upload
    part_bytes: int
    part_count: int
    parts: Sequence[UploadPart]
    expires_at: datetime.datetime


UploadPlan = ExistingImage | SinglePut | MultipartPut


@dataclass(frozen=True, slots=True)
class PlanResult:
    """How one file is to be sent; `plan` is None, and `errors` say why, when it is not taken in."""

    plan: UploadPlan | None
    errors: tuple[ImagingError, ...] = ()
