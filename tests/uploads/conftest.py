"""The gate and the harbour, on a folder."""

from pathlib import Path

import pytest

from imaging.adapters.folder_staging import FolderStaging
from imaging.adapters.folder_store import FolderStore
from imaging.adapters.hmac_signer import HmacSigner
from imaging.adapters.local_wakeups import LocalWakeups
from imaging.images.spool import Spool
from imaging.uploads.complete import Completion
from imaging.uploads.ending import Ending
from imaging.uploads.prepare import Preparation
from imaging.uploads.reception import Reception
from tests import pictures
from tests.images.inspector import PillowInspector
from tests.uploads.gate import MIB, PART_BYTES, Gate, worker
from tests.uploads.harbour import Harbour
from tests.uploads.source import Source


@pytest.fixture
def gate(db: str, store: FolderStore, wakeups: LocalWakeups) -> Gate:
    """A gate that admits files of up to 40 MiB, in parts above 5 MiB, and five open uploads of each person."""
    signer = HmacSigner([("k1", b"a secret of thirty-two bytes ...")])
    staging = FolderStaging(store, signer, "http://pictures.test")
    preparation = Preparation(
        store, staging, max_bytes=40 * MIB, ttl_s=86_400, url_ttl_s=3_600, part_bytes=PART_BYTES, most_open=5
    )
    return Gate(
        wakeups,
        store,
        staging,
        Reception(signer, staging),
        preparation,
        Completion(store, staging, wakeups),
        worker(store, PillowInspector(), wakeups),
        Ending(wakeups),
    )


@pytest.fixture
def harbour(db: str, tmp_path: Path, store: FolderStore, spool: Spool, wakeups: LocalWakeups) -> Harbour:
    """Where everything that is asked for is one picture."""
    return Harbour(tmp_path, store, spool, wakeups, Source(pictures.jpeg(80, 60)))
