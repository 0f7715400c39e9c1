"""Importing pictures from URLs."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from imaging.errors import ImagingError
from imaging.graphql.context import Info
from imaging.graphql.errors import Payload, user_error
from imaging.graphql.forms import SaidForm, said_of
from imaging.graphql.payloads import of_input
from imaging.graphql.publishes import field, form, shown, value
from imaging.graphql.types.upload import Upload
from imaging.uploads import imports as domain
from imaging.uploads.imports import ImportResult


@form("ImageImport")
class ImageImportForm(SaidForm):
    """A picture somewhere else, and what people say about it."""

    url: str = strawberry.field(
        description="Where the file is: an `https` URL of a public host, without user name and password. Redirects are "
        "followed. It is shown to nobody, and forgotten when the import has ended."
    )
    filename: str | None = strawberry.field(
        default=None, description="What the file is to be called. When you do not say: as its server or its URL says."
    )


@form("ImportImagesInput")
class ImportImagesForm:
    """Pictures to import."""

    images: list[ImageImportForm] = strawberry.field(description="One entry per picture; see `server.limits`.")


@value
class ImportImagesPayload(Payload):
    """What became of asking for imports."""

    uploads: list[Upload | None] = strawberry.field(
        description="One upload per picture, in the order of the input, by which to follow it; null where it was "
        "refused."
    )


Imported = Annotated[ImportImagesForm, strawberry.argument(description="The pictures.")]


@value
class ImportMutations:
    """Importing pictures from URLs."""

    @field
    async def import_images(self, info: Info, input: Imported) -> ImportImagesPayload:
        """Fetch pictures from URLs in the background. For editors and admins, where `server.features` has IMPORTS.

        It answers before anything is fetched. `imageEvents` tells of each upload when it becomes an image or fails:
        with URL_REFUSED when the host cannot be reached or must not be, with FETCH_FAILED when it did not give the
        file, or like any file that is uploaded. What may pass is tried again for some minutes.
        """
        entries = [domain.ImageImport(entry.url, entry.filename, said_of(entry)) for entry in input.images]
        try:
            results = await info.context.services.imports.import_images(info.context.viewer, entries)
        except ImagingError as error:
            return ImportImagesPayload(uploads=[None] * len(entries), user_errors=[of_input(error)])
        return _told(results)


def _told(results: Sequence[ImportResult]) -> ImportImagesPayload:
    errors = [
        user_error(error, ("input", "images", index)) for index, result in enumerate(results) for error in result.errors
    ]
    return ImportImagesPayload(uploads=shown([result.upload for result in results]), user_errors=errors)
