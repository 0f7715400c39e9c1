"""Answers as server-sent events: the protocol graphql-sse, with a connection for each operation.

Source: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md (distinct connections mode)
"""

from imaging import metrics
from imaging.graphql.transport import answers


class EventForm:
    """Writes `next` events and one `complete`; a comment is the sign of life."""

    name = metrics.SSE
    content_type = "text/event-stream; charset=utf-8"
    opening = b":\n\n"
    heartbeat = b":\n\n"
    complete = b"event: complete\ndata:\n\n"

    def next(self, payload: answers.Payload) -> bytes:
        """Write one answer."""
        return b"event: next\ndata: " + answers.write_json(payload).encode(errors="replace") + b"\n\n"

    def failure(self, payload: answers.Payload) -> bytes:
        """Write why no more answers come, for which the protocol has no place but an answer, and complete."""
        return self.next(payload) + self.complete

    def interruption(self, _payload: answers.Payload) -> bytes:
        """Write nothing: a stream that ends without `complete` makes clients connect again by themselves."""
        return b""
