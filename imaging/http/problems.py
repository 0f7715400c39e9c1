"""Failures as `application/problem+json` (RFC 9457): what machines and people read when there is no picture."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from imaging.errors import (
    Conflict,
    FileRejected,
    Forbidden,
    ImagingError,
    InvalidInput,
    NotFound,
    Overloaded,
    SignatureRejected,
    TooManyBytes,
    Unauthenticated,
)

MEDIA_TYPE = "application/problem+json"
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

# The first that fits counts: TooManyBytes is a FileRejected.
_STATUSES: tuple[tuple[type[ImagingError], HTTPStatus], ...] = (
    (InvalidInput, HTTPStatus.BAD_REQUEST),
    (Unauthenticated, HTTPStatus.UNAUTHORIZED),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (SignatureRejected, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Conflict, HTTPStatus.CONFLICT),
    (TooManyBytes, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (FileRejected, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Overloaded, HTTPStatus.SERVICE_UNAVAILABLE),
)


def problem(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: object
) -> Response:
    """Return a problem with the stable `code` as its type and as a member; never to be cached."""
    body = {
        "type": f"urn:imaging:problem:{code.lower().replace('_', '-')}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "code": code,
        **members,
    }
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, status, {**HEADERS, **(headers or {})}, media_type=MEDIA_TYPE)


def problem_of(error: ImagingError) -> Response:
    """Return a foreseen failure as a problem; one that is ours to mend tells nothing."""
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), None)
    if status is None:
        return internal_problem()
    headers, members = {}, {}
    if error.field is not None:
        members["field"] = error.field
    if isinstance(error, Overloaded):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return problem(status, error.code, error.message, headers=headers, **members)


def internal_problem() -> Response:
    """Return what strangers are told of a failure that nobody foresaw."""
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL", "Something went wrong on our side.")


def method_not_allowed(*methods: str) -> Response:
    """Return the answer to any other method than these."""
    allowed = ", ".join(methods)
    detail = f"Allowed here: {allowed}."
    return problem(HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail, headers={"Allow": allowed})
