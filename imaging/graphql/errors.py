"""Expected failures as data: what went wrong, with which input, in words and as a stable code."""

import enum
from collections.abc import Sequence
from typing import Any

import strawberry

from imaging.errors import ImagingError, InvalidTransform, Overloaded
from imaging.graphql.publishes import enumerates, value


class UserErrorCode(enum.Enum):
    """The codes of foreseen failures that are answered as data."""

    CHECKSUM_MISMATCH = "CHECKSUM_MISMATCH"
    CONFIRMATION_REQUIRED = "CONFIRMATION_REQUIRED"
    CONFLICT = "CONFLICT"
    CORRUPT = "CORRUPT"
    FETCH_FAILED = "FETCH_FAILED"
    FILE_REJECTED = "FILE_REJECTED"
    FORBIDDEN = "FORBIDDEN"
    FORMAT_UNAVAILABLE = "FORMAT_UNAVAILABLE"
    INVALID_CURSOR = "INVALID_CURSOR"
    INVALID_INPUT = "INVALID_INPUT"
    INVALID_TRANSFORM = "INVALID_TRANSFORM"
    NOT_FOUND = "NOT_FOUND"
    OUTPUT_TOO_LARGE = "OUTPUT_TOO_LARGE"
    OVERLOADED = "OVERLOADED"
    TOO_COMPLEX = "TOO_COMPLEX"
    TOO_MANY_BYTES = "TOO_MANY_BYTES"
    TOO_MANY_FRAMES = "TOO_MANY_FRAMES"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    TRANSFORM_TOO_LONG = "TRANSFORM_TOO_LONG"
    TRUNCATED = "TRUNCATED"
    UNSUPPORTED_FORMAT = "UNSUPPORTED_FORMAT"
    URL_REFUSED = "URL_REFUSED"


enumerates(
    UserErrorCode,
    "Why something was refused. Codes are stable; new ones may be added.",
    CHECKSUM_MISMATCH="The file's bytes are not those that were announced.",
    CONFIRMATION_REQUIRED="It cannot be taken lightly: do a dry run of just this, and send its `confirmToken`.",
    CONFLICT="The thing is in a state that does not allow this.",
    CORRUPT="The file claims to be a picture and cannot be decoded.",
    FETCH_FAILED="What the URL leads to could not be fetched; the message tells why.",
    FILE_REJECTED="The file is not taken in, for a reason that the message tells.",
    FORBIDDEN="You are known, but may not do this.",
    FORMAT_UNAVAILABLE="A format that cannot be written here; see `server.formatsOut`.",
    INVALID_CURSOR="A cursor that was not given out for this list.",
    INVALID_INPUT="A value that cannot be taken; `field` names it.",
    INVALID_TRANSFORM="A transform that no picture can be made from.",
    NOT_FOUND="Absent, or not yours to see: the answer is the same.",
    OUTPUT_TOO_LARGE="The picture would exceed the side limit of its format.",
    OVERLOADED="Too much is asked for at once; try again in a moment.",
    TOO_COMPLEX="Decoding took more time or memory than one picture may.",
    TOO_MANY_BYTES="The file is larger than `server.limits.maxFileBytes`, or `maxStagedBytes` when it is prepared.",
    TOO_MANY_FRAMES="The picture has more frames, or more pixels over all frames, than allowed.",
    TOO_MANY_PIXELS="The picture has more pixels than `server.limits.maxPixels`.",
    TRANSFORM_TOO_LONG="The transform is longer than an address can hold.",
    TRUNCATED="The file ends before its picture does.",
    UNSUPPORTED_FORMAT="The file is in none of the formats that are read; see `server.formatsIn`.",
    URL_REFUSED="Nothing is fetched from this URL: it is not of the kind that is allowed, or its host is not reached.",
)


@value
class UserError:
    """An expected failure, safe to show to the person who caused it."""

    code: UserErrorCode = strawberry.field(description="Why, for programs.")
    message: str = strawberry.field(description="Why, for people: what was found and what is allowed.")
    field: list[str] | None = strawberry.field(
        default=None, description="Path to the input that was refused, list positions included, such as `input.ids.2`."
    )
    item_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the thing that was refused, when the input named one."
    )


@strawberry.interface(description="What every mutation answers: what was expected to fail, as data.")
class Payload:
    """What every mutation answers."""

    user_errors: list[UserError] = strawberry.field(
        description="What was refused and why; empty when everything was done."
    )


def user_error(error: ImagingError, path: Sequence[str | int] = (), item_id: str | None = None) -> UserError:
    """Answer a foreseen failure as data; `path` leads to the input that caused it."""
    where = [str(step) for step in path] + _place(error)
    return UserError(
        code=UserErrorCode(error.code),
        message=error.message,
        field=where or None,
        item_id=None if item_id is None else strawberry.ID(item_id),
    )


def extensions_of(error: ImagingError) -> dict[str, Any]:
    """Return what a top-level error tells programs about a foreseen failure."""
    told: dict[str, Any] = {"code": error.code}  # Any: JSON
    if place := _place(error):
        told["field"] = place
    if isinstance(error, Overloaded):
        told["retryAfterS"] = error.retry_after_s
    return told


def camel(name: str) -> str:
    """Return a Python name as clients spell it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _place(error: ImagingError) -> list[str]:
    """Return the path to the input; a wish is given as `transform` wherever it is given."""
    steps = [camel(step) for step in error.field or ()]
    return ["transform", *steps] if isinstance(error, InvalidTransform) else steps
