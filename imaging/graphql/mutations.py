"""Changes. What is expected to fail is answered as data, beside what was done."""

import uuid
from collections.abc import Sequence
from typing import Annotated

import strawberry

from imaging.errors import ImagingError
from imaging.graphql.batches import BatchMutations
from imaging.graphql.context import Info
from imaging.graphql.curation import CurationMutations
from imaging.graphql.forms import (
    DeletePresetForm,
    ImageIdsForm,
    SavePresetForm,
    UpdateImagesForm,
    UploadFile,
    UploadImagesForm,
    said_of,
)
from imaging.graphql.ids import IMAGE, row_id, row_ids
from imaging.graphql.imports import ImportMutations
from imaging.graphql.payloads import (
    DeleteImagesPayload,
    DeletePresetPayload,
    Outcomes,
    RestoreImagesPayload,
    SavePresetPayload,
    TrashImagesPayload,
    UpdateImagesPayload,
    UploadImagesPayload,
    changed,
    of_input,
    refused,
    turned_away,
    uploaded,
)
from imaging.graphql.publishes import field, shown, value
from imaging.graphql.types.transform import given
from imaging.graphql.upkeep import UpkeepMutations
from imaging.graphql.uploads import UploadMutations
from imaging.graphql.versions import VersionMutations
from imaging.images.edit import ChangeResult, ImageChange, check_count
from imaging.images.ingest import NewImage

Uploads = Annotated[UploadImagesForm, strawberry.argument(description="The files.")]
Updates = Annotated[UpdateImagesForm, strawberry.argument(description="The changes.")]
PresetToSave = Annotated[SavePresetForm, strawberry.argument(description="The preset.")]
PresetToDelete = Annotated[DeletePresetForm, strawberry.argument(description="The preset.")]
Ids = Annotated[ImageIdsForm, strawberry.argument(description="The images.")]


@value
class Mutation(BatchMutations, VersionMutations, UploadMutations, ImportMutations, CurationMutations, UpkeepMutations):
    """Changes. Every payload tells what was refused in `userErrors`; one refusal does not stop its neighbours."""

    @field
    async def upload_images(self, info: Info, input: Uploads) -> UploadImagesPayload:
        """Take in files, sent by the GraphQL multipart request specification. For editors and admins."""
        files = [_new_image(file) for file in input.files]
        try:
            results = await info.context.services.ingest.upload(info.context.viewer, files)
        except ImagingError as error:
            return turned_away([new.file.filename for new in files], error)
        return uploaded(results)

    @field
    async def update_images(self, info: Info, input: Updates) -> UpdateImagesPayload:
        """Change what people say about images, who sees them, and what stays in sight. For their owner and admins."""
        texts = [update.id for update in input.updates]
        known = [(row_id(IMAGE, update.id), update) for update in input.updates]
        changes = [ImageChange(id, update.values()) for id, update in known if id is not None]
        try:
            check_count(len(texts), "updates")
            results = await info.context.services.editor.update(info.context.viewer, changes)
        except ImagingError as error:
            outcomes = refused(texts, error)
        else:
            outcomes = changed(texts, results, lambda index: ("input", "updates", index))
        return UpdateImagesPayload(images=outcomes.images, user_errors=outcomes.errors)

    @field
    async def trash_images(self, info: Info, input: Ids) -> TrashImagesPayload:
        """Put images into the trash: their public URLs stop working, and they can be restored."""
        try:
            results = await info.context.services.trash.trash(info.context.viewer, _known(input))
        except ImagingError as error:
            outcomes = refused(input.ids, error)
        else:
            outcomes = _by_id(input, results)
        return TrashImagesPayload(images=outcomes.images, user_errors=outcomes.errors)

    @field
    async def restore_images(self, info: Info, input: Ids) -> RestoreImagesPayload:
        """Take images out of the trash."""
        try:
            results = await info.context.services.trash.restore(info.context.viewer, _known(input))
        except ImagingError as error:
            outcomes = refused(input.ids, error)
        else:
            outcomes = _by_id(input, results)
        return RestoreImagesPayload(images=outcomes.images, user_errors=outcomes.errors)

    @field
    async def delete_images(self, info: Info, input: Ids) -> DeleteImagesPayload:
        """Delete images for good, with all their pictures. This cannot be undone."""
        try:
            results = await info.context.services.trash.delete(info.context.viewer, _known(input))
        except ImagingError as error:
            outcomes = refused(input.ids, error)
        else:
            outcomes = _by_id(input, results)
        pairs = zip(input.ids, outcomes.done, strict=True)
        return DeleteImagesPayload(
            deleted_ids=[None if result is None else text for text, result in pairs], user_errors=outcomes.errors
        )

    @field
    async def save_preset(self, info: Info, input: PresetToSave) -> SavePresetPayload:
        """Give a transform a name, or a name another transform: new addresses follow it. For admins."""
        try:
            saved = await info.context.services.presets.save(info.context.viewer, input.name, given(input.transform))
        except ImagingError as error:
            return SavePresetPayload(preset=None, user_errors=[of_input(error)])
        return SavePresetPayload(preset=shown(saved), user_errors=[])

    @field
    async def delete_preset(self, info: Info, input: PresetToDelete) -> DeletePresetPayload:
        """Delete a preset; addresses that were made from it keep working. For admins."""
        try:
            await info.context.services.presets.delete(info.context.viewer, input.name)
        except ImagingError as error:
            return DeletePresetPayload(deleted_name=None, user_errors=[of_input(error)])
        return DeletePresetPayload(deleted_name=input.name, user_errors=[])


def _known(input: ImageIdsForm) -> list[uuid.UUID]:
    check_count(len(input.ids))
    return list(row_ids(IMAGE, input.ids) or ())


def _by_id(input: ImageIdsForm, results: Sequence[ChangeResult]) -> Outcomes:
    return changed(input.ids, results, lambda index: ("input", "ids", index))


def _new_image(given: UploadFile) -> NewImage:
    return NewImage(given.file, said_of(given))
