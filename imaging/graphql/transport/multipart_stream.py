"""Answers in parts of one response, as Apollo's clients take subscriptions.

Source: https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
"""

from imaging import metrics
from imaging.graphql.transport import answers


class PartForm:
    """Writes each answer as a part with `payload`; an empty object is the sign of life.

    Each part ends with the boundary of the next one, since clients take a part once they have seen its end.
    """

    name = metrics.MULTIPART
    content_type = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
    opening = b"\r\n--graphql"
    complete = b"--\r\n"

    def __init__(self) -> None:
        self.heartbeat = self._part({})

    def next(self, payload: answers.Payload) -> bytes:
        """Write one answer."""
        return self._part({"payload": payload})

    def failure(self, payload: answers.Payload) -> bytes:
        """Write why no more answers come, and the last boundary."""
        return self._part({"payload": None, **payload}) + self.complete

    def interruption(self, payload: answers.Payload) -> bytes:
        """Write the same: clients hand it to their retry links."""
        return self.failure(payload)

    def _part(self, content: answers.Payload) -> bytes:
        body = answers.write_json(content).encode(errors="replace")
        return b"\r\nContent-Type: application/json\r\n\r\n" + body + b"\r\n--graphql"
