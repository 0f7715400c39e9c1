"""What mutations answer: one entry per entry of the input, in its order, and what was refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import strawberry

from imaging.errors import ImagingError, NotFound, Overloaded, Unauthenticated
from imaging.graphql.context import Info
from imaging.graphql.errors import Payload, UserError, user_error
from imaging.graphql.ids import IMAGE, row_id
from imaging.graphql.publishes import enumerates, field, shown, value
from imaging.graphql.types.image import Image
from imaging.graphql.types.preset import Preset
from imaging.graphql.types.similar import SimilarImage
from imaging.images.duplicates import MOST_TOLD
from imaging.images.edit import ChangeResult
from imaging.images.ingest import IngestResult, Outcome

enumerates(
    Outcome,
    "What became of an uploaded file.",
    name="UploadOutcome",
    CREATED="It is a new image.",
    EXISTS="You have an image with exactly these bytes already; `image` is that one, unchanged.",
    REJECTED="It was not taken in; `userErrors` says why.",
)


@value
class UploadResult:
    """What became of one uploaded file."""

    filename: str = strawberry.field(description="Name of the file, cleaned.")
    outcome: Outcome = strawberry.field(description="What became of it.")
    image: Image | None = strawberry.field(description="The image; null when the file was rejected.")
    user_errors: list[UserError] = strawberry.field(description="Why it was rejected; empty when it was not.")

    @field
    async def duplicates(self, info: Info) -> list[SimilarImage]:
        """Your other images with the same picture, those of this request included: the nearest first, at most 20."""
        if self.image is None:
            return []
        info.context.budget.images(MOST_TOLD)
        return shown(await info.context.loaders.own_duplicates.load(shown(self.image)))


@value
class UploadImagesPayload(Payload):
    """What became of the uploaded files."""

    results: list[UploadResult] = strawberry.field(description="One per file, in the order of the input.")


@value
class UpdateImagesPayload(Payload):
    """What became of the changes."""

    images: list[Image | None] = strawberry.field(
        description="The images as they are now, in the order of the input; null where a change was refused."
    )


@value
class TrashImagesPayload(Payload):
    """What was put into the trash."""

    images: list[Image | None] = strawberry.field(
        description="The images as they are now, in the order of the input; null where it was refused."
    )


@value
class RestoreImagesPayload(Payload):
    """What was taken out of the trash."""

    images: list[Image | None] = strawberry.field(
        description="The images as they are now, in the order of the input; null where it was refused."
    )


@value
class DeleteImagesPayload(Payload):
    """What was deleted for good."""

    deleted_ids: list[strawberry.ID | None] = strawberry.field(
        description="The ids of what is gone, in the order of the input; null where it was refused."
    )


@value
class SavePresetPayload(Payload):
    """What became of saving a preset."""

    preset: Preset | None = strawberry.field(description="The preset as it is now; null when it was refused.")


@value
class DeletePresetPayload(Payload):
    """What became of deleting a preset."""

    deleted_name: str | None = strawberry.field(
        description="Name of the preset that is gone; null when it was refused."
    )


class Result(Protocol):
    """What became of one thing that an input names."""

    @property
    def error(self) -> ImagingError | None:
        """Why it was refused; None when it was not."""


R = TypeVar("R", bound=Result)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of each image that an input names, in its order."""

    done: list[ChangeResult | None]
    errors: list[UserError]

    @property
    def images(self) -> list[Image | None]:
        """The images as they are now, None where something was refused."""
        return shown([None if result is None else result.image for result in self.done])


def uploaded(results: Sequence[IngestResult]) -> UploadImagesPayload:
    """Tell what became of the files."""
    told = [_upload_result(index, result) for index, result in enumerate(results)]
    return UploadImagesPayload(results=told, user_errors=[error for result in told for error in result.user_errors])


def turned_away(filenames: Sequence[str], error: ImagingError) -> UploadImagesPayload:
    """Tell that no file was taken in, for one reason.

    Raises:
        Unauthenticated, Overloaded: the whole request was turned away, not its input.
    """
    why = of_input(error)
    results = [
        UploadResult(filename=filename, outcome=Outcome.REJECTED, image=None, user_errors=[why])
        for filename in filenames
    ]
    return UploadImagesPayload(results=results, user_errors=[why])


def changed(
    texts: Sequence[str], results: Sequence[ChangeResult], path: Callable[[int], tuple[str | int, ...]]
) -> Outcomes:
    """Put results beside the ids that were given; a text that is no image's id counts as not found.

    `results` has one entry for each text that is an image's id; `path` leads to the input's entry at an index.
    """
    return Outcomes(*beside(texts, results, path, IMAGE, "There is no such image."))


def beside(
    texts: Sequence[str], results: Sequence[R], path: Callable[[int], tuple[str | int, ...]], kind: str, missing: str
) -> tuple[list[R | None], list[UserError]]:
    """Put results of what there are ids of this kind for beside the texts that were given, and tell what was refused.

    A text that is no such id counts as not found: `missing` is what is said of it.
    """
    pending = iter(results)
    done: list[R | None] = []
    errors: list[UserError] = []
    for index, text in enumerate(texts):
        result = next(pending) if row_id(kind, text) is not None else None
        error = NotFound(missing) if result is None else result.error
        if error is not None:
            errors.append(user_error(error, path(index), item_id=text))
        done.append(result if error is None else None)
    return done, errors


def refused(texts: Sequence[str], error: ImagingError) -> Outcomes:
    """Tell that all of it was refused for one reason.

    Raises:
        Unauthenticated, Overloaded: the whole request was turned away, not its input.
    """
    return Outcomes([None] * len(texts), [of_input(error)])


def of_input(error: ImagingError, *path: str, item_id: str | None = None) -> UserError:
    """Tell why the input was refused, or what the path leads to in it, as data.

    Raises:
        Unauthenticated, Overloaded: the whole request was turned away, not its input.
    """
    if isinstance(error, Unauthenticated | Overloaded):
        raise error
    return user_error(error, ("input", *path), item_id=item_id)


def _upload_result(index: int, result: IngestResult) -> UploadResult:
    errors = [user_error(error, ("input", "files", index)) for error in result.errors]
    return UploadResult(filename=result.filename, outcome=result.outcome, image=shown(result.image), user_errors=errors)
