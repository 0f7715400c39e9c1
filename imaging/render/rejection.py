"""Names what libvips complains about; its own words may hold paths, and stay inside."""

from imaging.errors import CorruptFile, FileRejected, TooComplex, TruncatedFile, UnsupportedFormat

_SPENT = ("out of memory", "unable to allocate", "memory allocation", "cannot allocate", "insufficient memory")
_ENDED = ("premature end of jpeg", "unexpected end of", "end of file", "read error at scanline")
_UNKNOWN = ("unsupported", "not supported", "no known route", "not configured", "not implemented", "8 bits-per-sample")

# Cameras and phones write these, and every viewer shows the picture all the same.
_FORGIVABLE = ("extraneous bytes before marker", "invalid sos parameters", "unknown adobe", "inconsistent progression")


def rejection(message: str) -> FileRejected:
    """Return the error that a message of libvips means."""
    words = message.lower()
    if any(sign in words for sign in _SPENT):
        return too_hungry()
    if any(sign in words for sign in _ENDED):
        return TruncatedFile("This file ends before its picture does")
    if any(sign in words for sign in _UNKNOWN):
        return UnsupportedFormat("This file uses a kind of compression or colour that we do not read")
    return CorruptFile("This file is damaged: its picture cannot be decoded")


def is_forgivable(message: str) -> bool:
    """Return whether the complaint is about form alone, and the picture is whole."""
    words = message.lower()
    return any(sign in words for sign in _FORGIVABLE)


def too_hungry() -> TooComplex:
    """Make the error for a picture that would not fit in the memory one picture may use."""
    return TooComplex("Decoding this file took more memory than one picture may")
