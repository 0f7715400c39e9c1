"""What a key of an object may look like, whichever store keeps it."""

import re

MAX_KEY_BYTES = 1024
MAX_SEGMENT_BYTES = 255

_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


def is_key(key: str) -> bool:
    """Return whether an object may have this key."""
    return bool(_KEY.fullmatch(key)) and len(key) <= MAX_KEY_BYTES


def checked(key: str) -> str:
    """Return the key as it is.

    Raises:
        ValueError: it is none.
    """
    if not is_key(key):
        raise ValueError("An object key consists of segments of A-Z a-z 0-9 . _ - and none begins with a dot.")
    if max(map(len, key.split("/"))) > MAX_SEGMENT_BYTES:
        raise ValueError(f"A segment of an object key has at most {MAX_SEGMENT_BYTES} bytes.")
    return key
