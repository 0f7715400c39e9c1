"""Secrets of our own making, kept as files that only their owner can read."""

import contextlib
import hmac
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path


def kept_secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return the secret in the file; the first caller makes it, however many ask at once.

    The folder is made with mode 0700, the file with 0600; it appears whole or not at all.
    """
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(draft, make())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path.read_bytes()


def signing_keys(told: Sequence[str], folder: Path) -> tuple[tuple[str, bytes], ...]:
    """Return the keys that were told as `id:secret`, taken apart, or the one of our own making in the folder."""
    made = None if told else kept_secret(folder / "signing.key", lambda: f"dev:{secrets.token_hex(32)}".encode())
    keys = (key.partition(":") for key in (told if made is None else [made.decode()]))
    return tuple((key_id, secret.encode()) for key_id, _, secret in keys)


def derived_secret(secret: bytes, purpose: str) -> bytes:
    """Return a secret for another purpose that reveals nothing about the first."""
    return hmac.digest(secret, purpose.encode(), "sha256")


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
