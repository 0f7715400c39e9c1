"""What people tell about a file before they send it, and what of that cannot be taken."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from imaging.errors import ImagingError, InvalidInput, TooManyBytes, UnsupportedFormat
from imaging.images.fields import clean_filename
from imaging.images.said import Said, cleaned
from imaging.render.facts import CONTENT_TYPES
from imaging.uploads.words import written

# How browsers and phones spell the same formats, beside the registered names.
_ALIASES = ("image/jpg", "image/pjpeg", "image/apng", "image/heif", "image/heic-sequence", "image/heif-sequence")
_ALLOWED = frozenset((*CONTENT_TYPES.values(), *_ALIASES))
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_ECHOED = 60

Identity = tuple[str, int, uuid.UUID | None]


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file that somebody wants to send; `sha256` is in hex.

    `replaces` is an image that is to get the bytes as its new version; what was said about it stays.
    """

    filename: str
    size_bytes: int
    sha256: str
    content_type: str
    said: Said = field(default_factory=Said)
    replaces: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Announced:
    """Such a file, once all that was told can be taken; `words` is what was said, as JSON."""

    filename: str
    size_bytes: int
    sha256: str
    content_type: str
    words: dict[str, Any]  # Any: JSON
    replaces: uuid.UUID | None

    @property
    def identity(self) -> Identity:
        """What makes two files the same upload."""
        return self.sha256, self.size_bytes, self.replaces


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a file need not be sent: everything that is wrong with what was told."""

    errors: tuple[ImagingError, ...]


def announced(file: StagedFile, max_bytes: int) -> Announced | Refused:
    """Accept what is told about a file, cleaned, or say all that is wrong with it; before any byte moves."""
    said, wrong_words = cleaned(file.said)
    sha256, content_type = file.sha256.lower(), file.content_type.strip().lower()
    wrong = (*_wrong_facts(file.size_bytes, max_bytes, sha256, content_type), *wrong_words)
    if wrong:
        return Refused(wrong)
    filename = clean_filename(file.filename)
    return Announced(filename, file.size_bytes, sha256, content_type, written(said), file.replaces)


def _wrong_facts(size_bytes: int, max_bytes: int, sha256: str, content_type: str) -> Iterator[ImagingError]:
    if size_bytes < 1:
        yield InvalidInput(f"A file of {size_bytes} bytes is no picture.", field=["size_bytes"])
    if size_bytes > max_bytes:
        message = f"The file has {size_bytes} bytes; {max_bytes} are allowed."
        yield TooManyBytes(message, field=["size_bytes"])
    if not _SHA256.fullmatch(sha256):
        yield InvalidInput("A SHA-256 is 64 hexadecimal digits.", field=["sha256"])
    if content_type not in _ALLOWED:
        known = len(content_type) <= _MOST_ECHOED and _MEDIA_TYPE.fullmatch(content_type)
        found = f"Files of the type {content_type} are" if known else "What is no media type is"
        allowed = ", ".join(CONTENT_TYPES.values())
        yield UnsupportedFormat(f"{found} not taken in; allowed are {allowed}.", field=["content_type"])
