"""Answers: what an operation gave, or why it could not run, in the form and with the status the client asked for."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLError
from starlette.responses import Response
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from imaging.graphql.transport import accept
from imaging.graphql.transport.refusal import Refusal

_SUGGESTION = re.compile(r" Did you mean [^?]*\?")
_LITERAL = re.compile(r"(?<=: )(None|True|False)(?=\.?$)|(?<=not to be )None(?=\.$)")
_CAUSE = re.compile(r", but encountered error '.*?'(?=; found: )", re.DOTALL)
_THING = re.compile(r"<\w+ instance>$")
_JSON = {"None": "null", "True": "true", "False": "false"}

Payload = dict[str, Any]  # Any: the JSON of an answer


def of_result(result: ExecutionResult, *, suggestions: bool) -> Payload:
    """Return the body of an answer; without `data` when the operation could not start."""
    if is_request_error(result):
        return of_errors(result.errors or [], suggestions=suggestions)
    payload: Payload = {"data": result.data}
    if result.errors:
        payload["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        payload["extensions"] = result.extensions
    return payload


def of_errors(errors: Sequence[GraphQLError], *, suggestions: bool) -> Payload:
    """Return the body that tells why an operation could not start."""
    formatted = [dict(error.formatted) for error in errors]
    for error in formatted:
        error.setdefault("extensions", {"code": "GRAPHQL_VALIDATION_FAILED"})
        message = _without_python(str(error["message"]))
        error["message"] = message if suggestions else _SUGGESTION.sub("", message)
    return {"errors": formatted}


def is_request_error(result: ExecutionResult) -> bool:
    """Return True when nothing was run: errors of fields have a path, errors of the request have none."""
    if isinstance(result, PreExecutionError):
        return True
    return result.data is None and bool(result.errors) and all(error.path is None for error in result.errors or [])


def respond(payload: Payload, media_type: str) -> Response:
    """Answer a well-formed request: 400 when it could not run and the client knows GraphQL's own media type."""
    status = 400 if "data" not in payload and media_type == accept.GRAPHQL else 200
    return _response(payload, status, media_type, {})


def refuse(refusal: Refusal, media_type: str) -> Response:
    """Answer a request that was turned away."""
    error = {"message": refusal.message, "extensions": {"code": refusal.code}}
    return _response({"errors": [error]}, refusal.status, media_type, refusal.headers)


def write_json(payload: Payload) -> str:
    """Write strict JSON."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _without_python(message: str) -> str:
    """Spell values as in JSON, uploaded files as files, and leave out what Python had to say about a number."""
    message = _THING.sub("a file", _CAUSE.sub("", message))
    return _LITERAL.sub(lambda found: _JSON[found[0]], message)


def _response(payload: Payload, status: int, media_type: str, headers: Mapping[str, str]) -> Response:
    manners = {"Vary": "Accept, Authorization", "Cache-Control": "no-store", **headers}
    body = write_json(payload).encode("utf-8", errors="replace")
    return Response(body, status, {**manners, "Content-Type": f"{media_type}; charset=utf-8"})
