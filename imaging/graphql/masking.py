"""What leaves the house when something fails: foreseen failures with their code, others as a reference.

Syntax, validation and coercion errors pass as they are: clients need them. An unforeseen exception is
logged with a reference, and the client gets the reference only; the exception stays the error's cause.
"""

import logging
import secrets
from collections.abc import Iterator
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.extensions import SchemaExtension

from imaging.errors import ImagingError
from imaging.graphql.errors import extensions_of

log = logging.getLogger(__name__)

INTERNAL = "INTERNAL"
SYNTAX = "GRAPHQL_PARSE_FAILED"
VALIDATION = "GRAPHQL_VALIDATION_FAILED"


class Masking(SchemaExtension):
    """Gives every error a code, and strangers no details."""

    def on_operation(self) -> Iterator[None]:
        """Look at a query's or mutation's answer before it leaves."""
        yield
        _mask(self.execution_context.result)

    def on_stream_result(self, result: Any) -> Iterator[None]:
        """Look at each answer of a subscription before it leaves.

        `Any`, because graphql-core's and Strawberry's results share no class.
        """
        _mask(result)
        yield


def tell(error: GraphQLError) -> GraphQLError:
    """Return the error that a client may see; one that has a code already is left alone."""
    cause = error.original_error
    if "code" in (error.extensions or {}):
        return error
    if isinstance(cause, ImagingError):
        return _again(error, cause.message, extensions_of(cause))
    if isinstance(error, GraphQLSyntaxError):
        return _again(error, error.message, {"code": SYNTAX})
    if cause is None or isinstance(cause, GraphQLError):
        return _again(error, error.message, {"code": VALIDATION})
    return _masked(error, cause)


def _mask(result: Any) -> None:
    errors = getattr(result, "errors", None)
    if errors:
        result.errors = [tell(error) for error in errors]


def _masked(error: GraphQLError, cause: BaseException) -> GraphQLError:
    reference = secrets.token_hex(8)
    where = ".".join(str(step) for step in error.path or ())
    log.error("internal error %s at %s", reference, where or "the operation", exc_info=cause)
    masked = _again(error, "Internal error", {"code": INTERNAL, "reference": reference})
    masked.__cause__ = cause
    return masked


def _again(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
