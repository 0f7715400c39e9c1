"""The folder a tantivy index lives in: who may write, which layout, and whether it is complete."""

import fcntl
import os
import shutil
from pathlib import Path

import tantivy

from imaging.adapters.tantivy_schema import LAYOUT, build_schema, register_tokenizers


class IndexFolder:
    """`{root}/lock` says who writes; `{root}/layout-N` holds the index, and a marker once it is complete."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock: int | None = None
        self.path = root / f"layout-{LAYOUT}"
        self._marker = self.path / "complete"

    @property
    def is_locked(self) -> bool:
        """True when this process may write."""
        return self._lock is not None

    def lock(self) -> bool:
        """Become the one process that writes; False when another is. The system frees it when a process dies."""
        if self._lock is not None:
            return True
        self._root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def unlock(self) -> None:
        """Let another process write."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def open_index(self) -> tantivy.Index:
        """Open the index, or create an empty one.

        Raises:
            ValueError, OSError: what lies there cannot be read.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        if not tantivy.Index.exists(str(self.path)):
            self.unmark()
        index = tantivy.Index(build_schema(), path=str(self.path))
        register_tokenizers(index)
        # The default policy keeps a thread that polls the folder; whoever commits here reloads at once.
        index.config_reader("manual")
        index.searcher().search(tantivy.Query.all_query(), limit=1)
        return index

    def open_whole(self) -> tantivy.Index | None:
        """Open the index of another process and change nothing; None when there is none that is complete and whole."""
        if not self.is_marked() or not tantivy.Index.exists(str(self.path)):
            return None
        try:
            return self.open_index()
        except (ValueError, OSError):
            return None

    def wipe(self) -> None:
        """Remove the index of this layout; the marker first, so that a kill in between leaves it incomplete."""
        self.unmark()
        shutil.rmtree(self.path, ignore_errors=True)

    def forget_other_layouts(self) -> None:
        """Remove the indexes of other versions of this program."""
        for folder in self._root.glob("layout-*"):
            if folder != self.path:
                shutil.rmtree(folder, ignore_errors=True)

    def is_marked(self) -> bool:
        """True when every image was written once."""
        return self._marker.exists()

    def mark(self) -> None:
        """Remember durably that every image was written once."""
        with self._marker.open("w") as marker:
            os.fsync(marker.fileno())
        directory = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def unmark(self) -> None:
        """Forget that every image was written once."""
        self._marker.unlink(missing_ok=True)
