"""Confirming what cannot be taken lightly: a token that says somebody has seen what would be done."""

import base64
import binascii
import datetime
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from imaging.accounts.viewer import Viewer
from imaging.batches.selection import Selection
from imaging.errors import ConfirmationRequired

TTL_S = 600
_TIME_BYTES = 8


class Confirmation:
    """Gives and checks tokens, good for ten minutes and for one viewer, operation, selection, count and newest image.

    With the newest, images that were not there to be seen cannot take the places of others.
    `secret` seals them; `clock` gives seconds since the epoch.
    """

    def __init__(self, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock

    def token(
        self,
        viewer: Viewer,
        operation: str,
        wish: Mapping[str, Any],
        selection: Selection,
        count: int,
        newest: uuid.UUID | None = None,
    ) -> tuple[str, datetime.datetime]:
        """Return a token, and when it expires."""
        until_s = int(self._clock()) + TTL_S
        until = until_s.to_bytes(_TIME_BYTES, "big")
        sealed = until + self._seal(until, _meant(viewer, operation, wish, selection, count, newest))
        return _text(sealed), datetime.datetime.fromtimestamp(until_s, datetime.UTC)

    def check(
        self,
        token: str | None,
        viewer: Viewer,
        operation: str,
        wish: Mapping[str, Any],
        selection: Selection,
        count: int,
        newest: uuid.UUID | None = None,
    ) -> None:
        """Accept a token for just this.

        Raises:
            ConfirmationRequired: there is none, its time is over, or it is for something else by now.
        """
        if not token:
            raise ConfirmationRequired(f"This concerns {count} images: do a dry run, and send its `confirmToken`.")
        sealed = _bytes(token)
        until, seal = sealed[:_TIME_BYTES], sealed[_TIME_BYTES:]
        meant = _meant(viewer, operation, wish, selection, count, newest)
        if not hmac.compare_digest(seal, self._seal(until, meant)):
            message = f"The token is not for this: other images, another operation, or not {count} images any more."
            raise ConfirmationRequired(f"{message} Do another dry run.", field=["confirm_token"])
        if int.from_bytes(until, "big") < self._clock():
            raise ConfirmationRequired("The token's ten minutes are over: do another dry run.", field=["confirm_token"])

    def _seal(self, until: bytes, meant: bytes) -> bytes:
        return hmac.new(self._secret, until + meant, hashlib.sha256).digest()


def _meant(
    viewer: Viewer,
    operation: str,
    wish: Mapping[str, Any],
    selection: Selection,
    count: int,
    newest: uuid.UUID | None,
) -> bytes:
    told = [str(viewer.user_id), operation, dict(wish), selection.stored(), count, str(newest)]
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def _text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _bytes(token: str) -> bytes:
    try:
        return base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
