"""What a request asks for, read from JSON or from a query string; anything else is refused by name."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from imaging.graphql.transport.refusal import malformed

_MAX_NESTING = 100
_PARAMETERS = ("query", "operationName", "variables", "extensions")

JsonObject = dict[str, Any]  # Any: JSON, whose shape only the schema knows


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One operation to run, before it is parsed."""

    query: str
    operation_name: str | None = None
    variables: JsonObject | None = None
    extensions: JsonObject | None = None


def read_json(body: bytes | str) -> object:
    """Read strict JSON: UTF-8, no NaN, no half characters, no abyss of brackets.

    Raises:
        Refusal: 400, and what was found.
    """
    try:
        text = body if isinstance(body, str) else body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise malformed("The request body is not UTF-8.") from None
    if not text.strip():
        raise malformed("The request body is empty; it must be a JSON object with `query`.")
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        detail = f": {error}" if isinstance(error, json.JSONDecodeError) else "."
        raise malformed(f"The request body is not valid JSON{detail}") from None
    if text.count("[") + text.count("{") > _MAX_NESTING and _is_deep(value):
        raise malformed(f"The request body nests more than {_MAX_NESTING} levels deep.")
    if "\\u" in text and not _is_encodable(value):
        raise malformed("The request body holds half of a surrogate pair, which is no character.")
    return value


def from_json(value: object) -> GraphQLRequest:
    """Check the shape of a request.

    Raises:
        Refusal: 400, naming the parameter that is missing or of the wrong type.
    """
    if isinstance(value, list):
        raise malformed("Batches are not supported: send one operation per request, as a JSON object.")
    if not isinstance(value, dict):
        raise malformed("The request must be a JSON object with `query`.")
    query, name = value.get("query"), value.get("operationName")
    if not isinstance(query, str):
        raise malformed("`query` must be a string with a GraphQL document.")
    if name is not None and not isinstance(name, str):
        raise malformed("`operationName` must be a string or null.")
    return GraphQLRequest(query, name or None, _object(value, "variables"), _object(value, "extensions"))


def from_query_string(raw: bytes) -> GraphQLRequest:
    """Read the parameters of a GET.

    Raises:
        Refusal: 400, naming the parameter.
    """
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise malformed("The query string is not URL-encoded UTF-8 with at most 20 parameters.") from None
    found: dict[str, object] = {}
    for name, text in pairs:
        if name in found:
            raise malformed(f"The query string has {name[:40]!r} more than once.")
        if name in _PARAMETERS:
            is_json = name in ("variables", "extensions")
            found[name] = read_json(text) if is_json and text else (None if is_json else text)
    return from_json(found)


def _object(value: Mapping[str, object], name: str) -> JsonObject | None:
    found = value.get(name)
    if found is not None and not isinstance(found, dict):
        raise malformed(f"`{name}` must be a JSON object or null.")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("the number is too large")
    return value


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(_MAX_NESTING):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return any(isinstance(value, dict | list) for value in level)


def _is_encodable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
