"""How a file is to be sent: not at all, in one request, or in parts."""

import datetime
from collections.abc import Mapping
from typing import Annotated

import strawberry

from imaging.graphql.publishes import about, field, publishes, value
from imaging.graphql.scalars import URL, Long
from imaging.graphql.types.image import Image
from imaging.graphql.types.upload import Upload
from imaging.uploads import plans as domain


@value
class RequestHeader:
    """A header of an HTTP request."""

    name: str = strawberry.field(description="Its name.")
    value: str = strawberry.field(description="Its value.")


@publishes(domain.ExistingImage)
class ExistingImage:
    """There is nothing to send: you have an image with exactly these bytes."""

    image: Image = about("The image, unchanged; it may be in the trash.")


@publishes(domain.SinglePut)
class SinglePut:
    """Send the file as the body of one PUT request to `url`, then `completeUploads`."""

    upload: Upload = about("The upload.")
    url: URL = about("Where to put the bytes. Whoever has it may put exactly the bytes announced; send no token along.")
    expires_at: datetime.datetime = about("When the URL ends; prepare the file again for another.")

    @field
    @staticmethod
    def headers(plan: strawberry.Parent[domain.SinglePut]) -> list[RequestHeader]:
        """Headers that the request must have, exactly these beside those that every client sends."""
        return _headers(plan.headers)


@publishes(domain.UploadPart)
class UploadPart:
    """A part of the file: the body of one PUT request."""

    number: int = about("Counted from 1.")
    offset_bytes: Long = about("Where it begins in the file.")
    size_bytes: Long = about("How many bytes it has.")
    url: URL = about("Where to put these bytes. Whoever has it may; send no token along.")

    @field
    @staticmethod
    def headers(part: strawberry.Parent[domain.UploadPart]) -> list[RequestHeader]:
        """Headers that the request must have, exactly these beside those that every client sends."""
        return _headers(part.headers)


@publishes(domain.MultipartPut)
class MultipartPut:
    """Send each of `parts` in a PUT request of its own, in any order, several at once, then `completeUploads`.

    To go on after a break, prepare the file again: `parts` are then those that have not arrived.
    """

    upload: Upload = about("The upload.")
    part_bytes: Long = about("How many bytes each part has; the last may have less.")
    part_count: int = about("How many parts there are, those that have arrived included.")
    parts: list[UploadPart] = about("The parts that are missing.")
    expires_at: datetime.datetime = about("When the URLs end; prepare the file again for others.")


UploadPlan = Annotated[
    ExistingImage | SinglePut | MultipartPut,
    strawberry.union("UploadPlan", description="How a file is to be sent: not at all, in one request, or in parts."),
]


def _headers(headers: Mapping[str, str]) -> list[RequestHeader]:
    return [RequestHeader(name=name, value=text) for name, text in headers.items()]
