"""A request that is turned away before its operation runs."""

from collections.abc import Mapping

from imaging.errors import Forbidden, ImagingError, Overloaded, Unauthenticated


class Refusal(Exception):
    """Turned away: `status` is HTTP's word for it, `code` is ours, the message is safe for strangers."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def malformed(message: str) -> Refusal:
    """Return the refusal of a request that is not what GraphQL over HTTP describes."""
    return Refusal(400, "BAD_REQUEST", message)


def too_large(limit_bytes: int) -> Refusal:
    """Return the refusal of a body that is larger than is allowed."""
    message = f"The request body is larger than {limit_bytes} bytes."
    # What is still being sent is not read to its end, which may never come.
    return Refusal(413, "PAYLOAD_TOO_LARGE", message, {"Connection": "close"})


def from_error(error: ImagingError) -> Refusal:
    """Translate a foreseen failure that happened before the operation could start."""
    if isinstance(error, Unauthenticated):
        return Refusal(401, error.code, error.message, {"WWW-Authenticate": 'Bearer realm="imaging"'})
    if isinstance(error, Overloaded):
        return Refusal(503, error.code, error.message, {"Retry-After": str(error.retry_after_s)})
    return Refusal(403 if isinstance(error, Forbidden) else 400, error.code, error.message)
