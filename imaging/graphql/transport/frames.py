"""Frames that a client sends over graphql-transport-ws, checked before anything looks inside.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from collections.abc import Mapping
from dataclasses import dataclass

from imaging.graphql.transport import requests
from imaging.graphql.transport.refusal import Refusal
from imaging.graphql.transport.requests import GraphQLRequest, JsonObject

_MAX_ID = 256


class Closing(Exception):
    """The socket is to be closed with this code; the reason is cut to what a close frame holds."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:120].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Init:
    """Hello; the payload may hold `Authorization`."""

    payload: JsonObject


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there?"""


@dataclass(frozen=True, slots=True)
class Pong:
    """I am here."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Run this operation, and call its results by this id."""

    id: str
    request: GraphQLRequest


@dataclass(frozen=True, slots=True)
class Complete:
    """Stop the operation of this id."""

    id: str


Frame = Init | Ping | Pong | Subscribe | Complete


def read(text: str) -> Frame:
    """Read one frame.

    Raises:
        Closing: 4400, and what is wrong with it.
    """
    try:
        message = requests.read_json(text)
    except Refusal as refusal:
        raise Closing(4400, refusal.message.replace("request body", "frame")) from None
    if not isinstance(message, dict):
        raise Closing(4400, "A frame must be a JSON object.")
    kind, payload = message.get("type"), message.get("payload")
    if kind in ("connection_init", "ping", "pong"):
        if payload is not None and not isinstance(payload, dict):
            raise Closing(4400, "`payload` must be a JSON object or absent.")
        return Init(payload or {}) if kind == "connection_init" else Ping() if kind == "ping" else Pong()
    if kind == "complete":
        return Complete(_id(message))
    if kind == "subscribe":
        return Subscribe(_id(message), _request(payload))
    raise Closing(4400, "`type` must be connection_init, ping, pong, subscribe or complete.")


def _id(message: Mapping[str, object]) -> str:
    found = message.get("id")
    if not isinstance(found, str) or not 0 < len(found) <= _MAX_ID:
        raise Closing(4400, f"`id` must be a string of 1 to {_MAX_ID} characters.")
    return found


def _request(payload: object) -> GraphQLRequest:
    if not isinstance(payload, dict):
        raise Closing(4400, "`payload` must be a JSON object with `query`.")
    try:
        return requests.from_json(payload)
    except Refusal as refusal:
        raise Closing(4400, refusal.message) from None
