"""What `imaging doctor` asks of the machine: folder, disk, keys, port. A check returns what it found."""

import os
import shutil
import socket
import stat
import sys
from contextlib import closing
from pathlib import Path

from imaging.settings import Settings

LOW_DISK_BYTES = 1024**3
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs"}
)


class Ailment(Exception):
    """A check found something wrong; `remedy` says how to mend it."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.found = found
        self.remedy = remedy


def settings_are_safe(settings: Settings) -> str:
    """Refuse a production server on development's habits."""
    settings.must_be_safe()
    return f"mode {settings.server.mode.value}, public address {settings.public_url}"


def data_folder(settings: Settings) -> str:
    """Demand a data folder that can be written, on a disk of this machine."""
    folder = settings.data_dir
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise Ailment(f"{existing} cannot be written", f"Give this user the folder, or set IMAGING_DATA_DIR: {folder}")
    kind = _file_system(existing)
    if kind in NETWORK_FILE_SYSTEMS:
        raise Ailment(f"{folder} is on {kind}", "SQLite and locks need a local disk: set IMAGING_DATA_DIR to one.")
    return f"{folder} on {kind}"


def disk(settings: Settings) -> str:
    """Demand some free space."""
    folder = settings.data_dir
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free
    found = f"{free / 1024**3:.1f} GiB free"
    if free < max(LOW_DISK_BYTES, 2 * settings.upload.max_file_bytes):
        raise Ailment(found, "Free some space, or set IMAGING_DATA_DIR to a larger disk.")
    return found


def keys(settings: Settings) -> str:
    """Demand that only this user can read the keys."""
    folder = settings.data_dir / "keys"
    if not folder.exists():
        return "none yet; made when first needed"
    open_to_others = [path for path in (folder, *folder.iterdir()) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_to_others:
        names = " ".join(str(path) for path in open_to_others)
        raise Ailment("others can read them", f"chmod go= {names}")
    return f"{folder}, readable by its owner only"


def port(settings: Settings) -> str:
    """Demand a port that nobody listens on."""
    host, number = settings.server.host, settings.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError as error:
            remedy = "Stop what listens there (a running imaging does), or set IMAGING_PORT or IMAGING_HOST."
            raise Ailment(f"{host}:{number}: {error.strerror}", remedy) from error
    return f"{host}:{number} is free"


def _file_system(path: Path) -> str:
    if not sys.platform.startswith("linux"):
        return "a disk"
    best = ("", "an unknown file system")
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines():
        _, mount, kind, *_ = line.split(" ")
        mount = mount.replace("\\040", " ")
        if path.is_relative_to(mount) and len(mount) >= len(best[0]):
            best = (mount, kind)
    return best[1]
