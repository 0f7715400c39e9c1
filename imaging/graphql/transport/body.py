"""The body of a request, read no further than is allowed."""

from collections.abc import AsyncIterator

from starlette.requests import Request

from imaging.graphql.transport.refusal import Refusal, malformed, too_large


async def read(request: Request, limit_bytes: int) -> bytes:
    """Return the whole body.

    Raises:
        Refusal: 413 when it is larger than the limit.
        ClientDisconnect: the client went away.
    """
    return b"".join([chunk async for chunk in chunks(request, limit_bytes)])


async def chunks(request: Request, limit_bytes: int) -> AsyncIterator[bytes]:
    """Stream the body; a length that is announced as too large is refused before the first byte.

    Raises:
        Refusal: 413 when it is larger than the limit; 415 when it is compressed.
        ClientDisconnect: the client went away.
    """
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Compressed request bodies are not supported.")
    announced = request.headers.get("content-length", "0")
    if not (announced.isascii() and announced.isdigit()):
        raise malformed("Content-Length must be a whole number.")
    received = int(announced) if len(announced) < 20 else limit_bytes + 1
    if received > limit_bytes:
        raise too_large(limit_bytes)
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > limit_bytes:
            raise too_large(limit_bytes)
        yield chunk
