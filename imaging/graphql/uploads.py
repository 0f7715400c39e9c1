"""Uploads that know before they send: prepare, put the bytes where told, complete; or abort."""

import uuid
from collections.abc import Sequence
from typing import Annotated

import strawberry

from imaging.errors import ImagingError, SameBytes
from imaging.graphql.context import Info
from imaging.graphql.errors import Payload, UserError, user_error
from imaging.graphql.forms import SaidForm, said_of
from imaging.graphql.ids import IMAGE, UPLOAD, global_id, row_id, row_ids
from imaging.graphql.payloads import beside, of_input
from imaging.graphql.publishes import field, form, shown, value
from imaging.graphql.scalars import Long
from imaging.graphql.types.upload import Upload
from imaging.graphql.types.upload_plan import UploadPlan
from imaging.uploads.announced import StagedFile
from imaging.uploads.look import UploadResult, check_count
from imaging.uploads.plans import MultipartPut, PlanResult


@form("StagedFile")
class StagedFileForm(SaidForm):
    """A file that you want to send, and what people say about it."""

    filename: str = strawberry.field(description="Its name; paths and what cannot be seen are cut off.")
    size_bytes: Long = strawberry.field(
        description="Exactly how many bytes it has, at most `server.limits.maxStagedBytes`."
    )
    sha256: str = strawberry.field(description="SHA-256 of its bytes, 64 hexadecimal digits.")
    content_type: str = strawberry.field(
        description="Media type of a picture, such as `image/jpeg`: the requests must carry the same. What the picture "
        "is, its bytes tell; where the browser knows no type, go by the name's ending."
    )
    replaces: strawberry.ID | None = strawberry.field(
        default=None,
        description="An image of yours that is to get these bytes, as its next version. What people said about it "
        "stays, and what is said here about the picture is of no account.",
    )


@form("PrepareUploadsInput")
class PrepareUploadsForm:
    """Files that you want to send."""

    files: list[StagedFileForm] = strawberry.field(description="The files, at most 100.")


@form("UploadIdsInput")
class UploadIdsForm:
    """Which uploads a change is about."""

    ids: list[strawberry.ID] = strawberry.field(description="Their ids, at most 100.")


@value
class PrepareUploadsPayload(Payload):
    """How the files are to be sent."""

    plans: list[UploadPlan | None] = strawberry.field(
        description="One per file, in the order of the input; null where a file was refused."
    )


@value
class CompleteUploadsPayload(Payload):
    """What became of completing uploads."""

    uploads: list[Upload | None] = strawberry.field(
        description="The uploads as they are now, in the order of the input; null where it was refused."
    )


@value
class AbortUploadsPayload(Payload):
    """What became of aborting uploads."""

    uploads: list[Upload | None] = strawberry.field(
        description="The uploads as they are now, in the order of the input; null where it was refused."
    )


_NO_IMAGE = uuid.UUID(int=0)

Files = Annotated[PrepareUploadsForm, strawberry.argument(description="The files.")]
Ids = Annotated[UploadIdsForm, strawberry.argument(description="The uploads.")]


@value
class UploadMutations:
    """Uploads that know before they send."""

    @field
    async def prepare_uploads(self, info: Info, input: Files) -> PrepareUploadsPayload:
        """Ask how to send files: some you have already, some go in one request, large ones in parts.

        Send the bytes as each plan says, without a token, then `completeUploads`. Files are told apart by their
        SHA-256: prepare a file again to go on with an upload after a break. For editors and admins.

        CONFLICT, when you have too many uploads that have not ended; when the image to be replaced is in the trash;
        and when another image of its owner has these bytes: `itemId` names that one.
        """
        info.context.budget.images(len(input.files))
        files = [_staged(file) for file in input.files]
        try:
            results = await info.context.services.preparation.prepare(info.context.viewer, files)
        except ImagingError as error:
            return PrepareUploadsPayload(plans=[None for _ in files], user_errors=[of_input(error)])
        plans = [result.plan for result in results]
        info.context.budget.addresses(sum(len(plan.parts) for plan in plans if isinstance(plan, MultipartPut)))
        return PrepareUploadsPayload(plans=shown(plans), user_errors=_refused_files(results))

    @field
    async def complete_uploads(self, info: Info, input: Ids) -> CompleteUploadsPayload:
        """Say that all bytes of uploads have been sent: each becomes an image in the background.

        `imageEvents` tells when, and so does asking for the upload by its id. CONFLICT tells which bytes are missing:
        send them, then complete again. Completing twice is completing once.
        """
        try:
            check_count(len(input.ids))
            results = await info.context.services.completion.complete(info.context.viewer, _known(input))
        except ImagingError as error:
            return CompleteUploadsPayload(uploads=[None for _ in input.ids], user_errors=[of_input(error)])
        uploads, errors = _told(input, results)
        return CompleteUploadsPayload(uploads=uploads, user_errors=errors)

    @field
    async def abort_uploads(self, info: Info, input: Ids) -> AbortUploadsPayload:
        """Give up uploads, and remove what was sent. CONFLICT when one is an image, or just being made one."""
        try:
            check_count(len(input.ids))
            results = await info.context.services.ending.abort(info.context.viewer, _known(input))
        except ImagingError as error:
            return AbortUploadsPayload(uploads=[None for _ in input.ids], user_errors=[of_input(error)])
        uploads, errors = _told(input, results)
        return AbortUploadsPayload(uploads=uploads, user_errors=errors)


def _staged(file: StagedFileForm) -> StagedFile:
    replaces = None if file.replaces is None else row_id(IMAGE, file.replaces) or _NO_IMAGE
    return StagedFile(file.filename, file.size_bytes, file.sha256, file.content_type, said_of(file), replaces)


def _refused_files(results: Sequence[PlanResult]) -> list[UserError]:
    return [_refused_file(index, error) for index, result in enumerate(results) for error in result.errors]


def _refused_file(index: int, error: ImagingError) -> UserError:
    item_id = global_id(IMAGE, error.image_id) if isinstance(error, SameBytes) else None
    return user_error(error, ("input", "files", index), item_id=item_id)


def _known(input: UploadIdsForm) -> list[uuid.UUID]:
    return list(row_ids(UPLOAD, input.ids) or ())


def _told(input: UploadIdsForm, results: Sequence[UploadResult]) -> tuple[list[Upload | None], list[UserError]]:
    done, errors = beside(input.ids, results, lambda index: ("input", "ids", index), UPLOAD, "There is no such upload.")
    return shown([None if result is None else result.upload for result in done]), errors
