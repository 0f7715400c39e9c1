"""Cursors of events: a moment, sealed for who reads what, so that a cursor can neither be made up nor lent."""

import base64
import hashlib
import hmac

_MAC_BYTES = 16
_NUMBER_BYTES = 8


class Cursors:
    """Seals and opens cursors; those that are bound to something else are none of these."""

    def __init__(self, secret: bytes, bound_to: str) -> None:
        self._secret = secret
        self._bound_to = bound_to.encode()

    def sealed(self, event_id: int) -> str:
        """Return the cursor of the moment behind an event."""
        number = event_id.to_bytes(_NUMBER_BYTES, "big", signed=True)
        return base64.urlsafe_b64encode(number + self._seal(number)).decode()

    def opened(self, cursor: str) -> int | None:
        """Return the id of the event that a cursor stands behind, None when it was not sealed for this."""
        try:
            content = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
        except ValueError:
            return None
        number, seal = content[:_NUMBER_BYTES], content[_NUMBER_BYTES:]
        return int.from_bytes(number, "big", signed=True) if hmac.compare_digest(seal, self._seal(number)) else None

    def _seal(self, number: bytes) -> bytes:
        return hmac.new(self._secret, self._bound_to + number, hashlib.sha256).digest()[:_MAC_BYTES]
