"""Every failure we foresee, as one tree.

A class carries a stable `code` for programs and a message for people. The message says what was
found and what is allowed, and is safe to show to strangers: no path, no SQL, no secret.

    ImagingError
    ├── Misconfigured            a setting is missing, wrong or unsafe; the message names it
    ├── Unauthenticated          no token, or one that is not accepted
    ├── Forbidden                known, but not allowed to do this
    ├── NotFound                 absent, or not yours to see: the answer is the same
    ├── Conflict                 the thing is in a state that does not allow this
    │   ├── SameBytes            another image of the same owner has these bytes; `image_id` names it
    │   └── ConfirmationRequired it cannot be taken lightly: somebody must have seen what would be done
    ├── InvalidInput             a value we cannot take; `field` names it
    │   ├── InvalidCursor        a page or event cursor we did not issue, or not for this list
    │   └── InvalidTransform     a wish no picture can be made from
    │       ├── TransformTooLong     its canonical text is longer than an address may hold
    │       ├── FormatUnavailable    a format that this installation cannot write
    │       └── OutputTooLarge       the picture would exceed the side limit of its format
    ├── FileRejected             a file we do not take in
    │   ├── UnsupportedFormat    not one of the formats we read
    │   ├── CorruptFile          claims to be a picture, cannot be decoded
    │   ├── TruncatedFile        ends before its picture does
    │   ├── TooManyPixels        larger than the pixel limit
    │   ├── TooManyBytes         larger than the byte limit
    │   ├── ChecksumMismatch     its bytes are not those that were announced
    │   ├── TooManyFrames        more frames, or more pixels over all frames, than the limit
    │   └── TooComplex           decoding it took more time or memory than one picture may
    ├── UrlRefused               a URL from which nothing is fetched
    │   └── SourceUnreachable    nothing answers there, or nobody may ask: which of both is not told
    ├── FetchFailed              what a URL leads to cannot be fetched
    │   └── FetchInterrupted     perhaps a little later it can
    ├── SignatureRejected        an address whose signature is missing or wrong
    │   └── SignatureExpired     it was right, and its time is over
    └── Overloaded               try again in `retry_after_s`
        ├── TooSlow              what happens comes faster than somebody reads it
        ├── StorageUnavailable   what keeps the objects does not answer
        ├── DatabaseUnavailable  what keeps the rows does not answer
        │   └── OutcomeUnknown   it went away while a change was being committed
        └── CdnUnavailable       the CDN takes no invalidation now
"""

import uuid
from collections.abc import Sequence
from typing import ClassVar


class ImagingError(Exception):
    """A foreseen failure; `code` is stable, the message is for people."""

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str, *, field: Sequence[str | int] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = None if field is None else [str(step) for step in field]


class Misconfigured(ImagingError):
    """A setting is missing, wrong or unsafe."""

    code = "MISCONFIGURED"


class Unauthenticated(ImagingError):
    """No token, or one that is not accepted."""

    code = "UNAUTHENTICATED"


class Forbidden(ImagingError):
    """The viewer is known but may not do this."""

    code = "FORBIDDEN"


class NotFound(ImagingError):
    """Absent, or not the viewer's to see: the answer is the same."""

    code = "NOT_FOUND"


class Conflict(ImagingError):
    """The thing is in a state that does not allow this."""

    code = "CONFLICT"


class SameBytes(Conflict):
    """Another image of the same owner has these bytes; `image_id` is that one."""

    def __init__(self, message: str, image_id: uuid.UUID) -> None:
        super().__init__(message)
        self.image_id = image_id


class ConfirmationRequired(Conflict):
    """It cannot be taken lightly: it wants the token of a dry run that was made just before."""

    code = "CONFIRMATION_REQUIRED"


class InvalidInput(ImagingError):
    """A value we cannot take."""

    code = "INVALID_INPUT"


class InvalidCursor(InvalidInput):
    """A cursor we did not issue, or not for this list."""

    code = "INVALID_CURSOR"


class InvalidTransform(InvalidInput):
    """A wish no picture can be made from."""

    code = "INVALID_TRANSFORM"


class TransformTooLong(InvalidTransform):
    """The canonical text of the transform is longer than an address may hold."""

    code = "TRANSFORM_TOO_LONG"


class FormatUnavailable(InvalidTransform):
    """A format that this installation cannot write."""

    code = "FORMAT_UNAVAILABLE"


class OutputTooLarge(InvalidTransform):
    """The picture would exceed the side limit of its format."""

    code = "OUTPUT_TOO_LARGE"


class FileRejected(ImagingError):
    """A file we do not take in."""

    code = "FILE_REJECTED"


class UnsupportedFormat(FileRejected):
    """Not one of the formats we read."""

    code = "UNSUPPORTED_FORMAT"


class CorruptFile(FileRejected):
    """Claims to be a picture, cannot be decoded."""

    code = "CORRUPT"


class TruncatedFile(FileRejected):
    """Ends before its picture does."""

    code = "TRUNCATED"


class TooManyPixels(FileRejected):
    """Larger than the pixel limit."""

    code = "TOO_MANY_PIXELS"


class TooManyBytes(FileRejected):
    """Larger than the byte limit."""

    code = "TOO_MANY_BYTES"


class ChecksumMismatch(FileRejected):
    """Its bytes are not those that were announced."""

    code = "CHECKSUM_MISMATCH"


class TooManyFrames(FileRejected):
    """More frames, or more pixels over all frames, than the limit."""

    code = "TOO_MANY_FRAMES"


class TooComplex(FileRejected):
    """Decoding took more time or memory than one picture may."""

    code = "TOO_COMPLEX"


class UrlRefused(ImagingError):
    """A URL from which nothing is fetched."""

    code = "URL_REFUSED"


class SourceUnreachable(UrlRefused):
    """No connection came about: nothing answers, or it is not allowed to ask; the message does not tell which."""

    def __init__(self) -> None:
        super().__init__("Nothing can be fetched from this URL: its host cannot be reached, or must not be.")


class FetchFailed(ImagingError):
    """What a URL leads to cannot be fetched."""

    code = "FETCH_FAILED"


class FetchInterrupted(FetchFailed):
    """It could not be fetched now; perhaps a little later, `retry_after_s` if the other side told."""

    def __init__(self, message: str, *, retry_after_s: int = 0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SignatureRejected(ImagingError):
    """An address whose signature is missing or wrong."""

    code = "SIGNATURE_REJECTED"


class SignatureExpired(SignatureRejected):
    """An address whose signature was right, and whose time is over."""

    code = "SIGNATURE_EXPIRED"


class Overloaded(ImagingError):
    """Too much is asked for at once."""

    code = "OVERLOADED"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TooSlow(Overloaded):
    """What happens comes faster than somebody reads it."""

    code = "TOO_SLOW"


class StorageUnavailable(Overloaded):
    """What keeps the objects does not answer, or not in time."""

    def __init__(self, message: str = "The storage does not answer; try again in a moment.") -> None:
        super().__init__(message, retry_after_s=5)


class DatabaseUnavailable(Overloaded):
    """What keeps the rows does not answer, or not in time; nothing of what was to be written has been."""

    def __init__(self, message: str = "The database does not answer; try again in a moment.") -> None:
        super().__init__(message, retry_after_s=5)


class OutcomeUnknown(DatabaseUnavailable):
    """The database went away while a change was being committed: it may have been written, or not."""


class CdnUnavailable(Overloaded):
    """The CDN takes no invalidation now: it does not answer, or too many are in progress."""

    def __init__(self, message: str, *, retry_after_s: int = 30) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
