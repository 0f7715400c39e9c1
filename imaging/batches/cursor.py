"""Cursors of a batch's progress: a moment, sealed for one viewer and one batch."""

import base64
import binascii
import hashlib
import hmac
import uuid

from imaging.accounts.viewer import Viewer

_MAC_BYTES = 16
_NUMBER_BYTES = 8


class Cursors:
    """Seals and opens the cursors of one viewer who watches one batch."""

    def __init__(self, secret: bytes, viewer: Viewer, batch_id: uuid.UUID) -> None:
        self._secret = secret
        self._bound_to = f"batch {batch_id.hex} {viewer.user_id} {viewer.role.value}".encode()

    def sealed(self, event_id: int) -> str:
        """Return the cursor of the moment behind an event."""
        number = event_id.to_bytes(_NUMBER_BYTES, "big")
        return base64.urlsafe_b64encode(number + self._seal(number)).decode()

    def opened(self, cursor: str) -> int | None:
        """Return the event that a cursor stands behind, None when it was not sealed for this."""
        try:
            content = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        number, seal = content[:_NUMBER_BYTES], content[_NUMBER_BYTES:]
        return int.from_bytes(number, "big") if hmac.compare_digest(seal, self._seal(number)) else None

    def _seal(self, number: bytes) -> bytes:
        return hmac.new(self._secret, self._bound_to + number, hashlib.sha256).digest()[:_MAC_BYTES]
