"""The upload: a picture on its way in."""

import datetime

import strawberry

from imaging.graphql.context import Info
from imaging.graphql.errors import UserError, UserErrorCode
from imaging.graphql.ids import UPLOAD
from imaging.graphql.publishes import about, enumerates, field, publishes, shown
from imaging.graphql.scalars import Long
from imaging.graphql.types.image import Image
from imaging.graphql.types.node import Node, identity
from imaging.uploads import models as rows
from imaging.uploads.models import UploadState

enumerates(
    UploadState,
    "Where an upload stands. It is seen for seven days after its end.",
    PREPARED="We wait for its bytes; send them, then `completeUploads`.",
    QUEUED="It waits for its turn.",
    PROCESSING="Its bytes are being fetched or looked at.",
    COMPLETED="It is an image: `image`.",
    FAILED="It is no image, and will not be one; `failure` says why.",
    ABORTED="It was aborted by `abortUploads`.",
    EXPIRED="Its bytes were not completed in time.",
)


@publishes(rows.Upload, name="ImageUpload")
class Upload(Node):
    """A picture on its way in, seen by its owner and admins. `imageEvents` tells each time that it moves on."""

    id: strawberry.ID = identity(UPLOAD)
    state: UploadState = about("Where it stands.")
    filename: str = about("Name of the file, cleaned.")
    size_bytes: Long | None = about("Size of the file in bytes; null while nobody knows.")
    progress: float = about(
        "Share of its bytes that arrived, 0 to 1, as of the last time that we looked: when it was prepared, "
        "prepared again or completed; of an import, about every second. What is being sent now, only the sender knows."
    )
    existed: bool = about("When COMPLETED: the image was there before, with exactly these bytes.")
    created_at: datetime.datetime = about("When it began.")
    expires_at: datetime.datetime | None = about(
        "By when its bytes must be completed; null when nothing is waited for any more."
    )

    @field
    @staticmethod
    async def image(upload: strawberry.Parent[rows.Upload], info: Info) -> Image | None:
        """The image that it became; null before, and when that image is gone."""
        if upload.state is not UploadState.COMPLETED:
            return None
        return shown(await info.context.loaders.images.load(upload.image_id))

    @field
    @staticmethod
    def failure(upload: strawberry.Parent[rows.Upload]) -> UserError | None:
        """Why it is FAILED; null otherwise."""
        if not upload.failure_code:
            return None
        return UserError(code=UserErrorCode(upload.failure_code), message=upload.failure_message)
