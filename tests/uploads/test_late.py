"""Whoever comes too late, because an upload ended under their hands, leaves nothing behind and is told so."""

import datetime
from collections.abc import Sequence

from imaging.accounts.viewer import Viewer
from imaging.adapters.folder_staging import FolderStaging
from imaging.adapters.hmac_signer import HmacSigner
from imaging.errors import Conflict
from imaging.ports import StagedPart
from imaging.uploads.complete import Completion
from imaging.uploads.models import Upload, UploadState
from imaging.uploads.prepare import Preparation
from tests import pictures
from tests.uploads.gate import MIB, PART_BYTES, Gate, staged

LARGE = pictures.jpeg() + bytes(6 * MIB)


class Interrupted(FolderStaging):
    """A staging during whose work somebody aborts the upload, and all its staged bytes are removed."""

    def __init__(self, gate: Gate, viewer: Viewer) -> None:
        super().__init__(gate.store, HmacSigner([("k1", b"a secret of thirty-two bytes ...")]), "http://pictures.test")
        self._gate = gate
        self._viewer = viewer

    async def begin_parts(self, key: str, *, content_type: str, part_bytes: int) -> str:
        await self._end()
        return await super().begin_parts(key, content_type=content_type, part_bytes=part_bytes)

    async def complete_parts(self, key: str, upload_id: str, parts: Sequence[StagedPart]) -> None:
        await super().complete_parts(key, upload_id, parts)
        # As if what was promised at the abortion had been removed before the parts were joined.
        await self._gate.abort(self._viewer, await Upload.get())
        await self._gate.forget_promises()

    async def _end(self) -> None:
        await self._gate.abort(self._viewer, await Upload.get())
        await self._gate.tidy()


async def test_parts_that_are_joined_after_the_end_are_removed_again(gate: Gate, owner: Viewer) -> None:
    upload = await gate.sent(owner, LARGE)
    completion = Completion(gate.store, Interrupted(gate, owner), gate.wakeups)
    [result] = await completion.complete(owner, [upload.id])
    assert isinstance(result.error, Conflict)
    assert "aborted" in result.error.message
    assert await gate.stored() == {upload.staging_key}
    await gate.tidy()
    assert await gate.stored() == set()


async def test_parts_that_begin_after_the_end_are_given_up(gate: Gate, owner: Viewer) -> None:
    preparation = Preparation(
        gate.store, Interrupted(gate, owner), max_bytes=40 * MIB, ttl_s=600, url_ttl_s=600, part_bytes=PART_BYTES
    )
    [result] = await preparation.prepare(owner, [staged(LARGE)])
    assert result.plan is None
    assert isinstance(result.errors[0], Conflict)
    assert "ended meanwhile" in result.errors[0].message
    assert (await Upload.get()).state is UploadState.ABORTED
    tomorrow = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    assert [begun async for begun in gate.store.unfinished(before=tomorrow)] == []
