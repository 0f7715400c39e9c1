"""Where pictures come in from elsewhere: what the room does with URLs, without GraphQL, a worker or a network."""

from dataclasses import dataclass
from pathlib import Path

from imaging.accounts.viewer import Viewer
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.ingest import Ingest
from imaging.images.spool import Spool
from imaging.journal import jobs
from imaging.journal.models import Job
from imaging.uploads.fetch import Fetching
from imaging.uploads.imports import ImageImport, Imports
from imaging.uploads.models import Upload
from tests.images.inspector import PillowInspector
from tests.uploads.source import Source

URL = "https://pictures.test/some/duck%20pond.jpg?key=secret"


@dataclass
class Harbour:
    folder: Path
    store: FolderStore
    spool: Spool
    wakeups: LocalWakeups
    source: Source

    @property
    def imports(self) -> Imports:
        return Imports(self.source, self.wakeups)

    @property
    def fetching(self) -> Fetching:
        ingest = Ingest(self.store, PillowInspector(), self.wakeups)
        return Fetching(self.source, self.spool, ingest, self.wakeups, pauses_s=(10, 20))

    async def asked(self, viewer: Viewer, entry: ImageImport | None = None) -> Upload:
        """Ask for one import, and expect that it begins."""
        [result] = await self.imports.import_images(viewer, [entry or ImageImport(URL)])
        assert result.errors == ()
        assert result.upload is not None
        return result.upload

    async def tried(self) -> Job:
        """Claim the job of the one import there is, as the worker does; do it, and settle it."""
        await Job.all().update(leased_until=None)
        [job] = await jobs.claim([jobs.IMPORT_URL])
        await self.fetching.fetch(job.subject)
        await jobs.finish(job)
        return job

    def left_over(self) -> list[Path]:
        return [path for path in (self.folder / "tmp").iterdir() if path.is_file()]
