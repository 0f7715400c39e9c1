"""A small S3 server in this process that insists on SHA-256, for requests that a real one of today's would check.

It compares every body with its `x-amz-checksum-sha256`, and completes an upload only with the sums of its parts.
"""

import base64
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import web

from imaging.settings import S3Settings

PART = re.compile(
    rb"<Part><PartNumber>(\d+)</PartNumber><ETag>[^<]*</ETag><ChecksumSHA256>([^<]+)</ChecksumSHA256></Part>"
)


def sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


@dataclass
class StrictBucket:
    """`objects` maps keys to bytes, `damage` is how many of the next bodies arrive damaged."""

    objects: dict[str, bytes] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    parts: dict[int, bytes] = field(default_factory=dict)
    damage: int = 0
    refused: list[str] = field(default_factory=list)

    async def put(self, request: web.Request) -> web.Response:
        key, body = request.match_info["key"], await request.read()
        if self.damage and len(body) > 100:
            self.damage, body = self.damage - 1, b"damaged" + body[7:]
        if (told := request.headers.get("x-amz-checksum-sha256")) not in (None, sha256(body)):
            return self._refuse(400, "BadDigest")
        if "partNumber" in request.query:
            if told is None:
                return self._refuse(400, "InvalidRequest")
            self.parts[int(request.query["partNumber"])] = body
        elif request.headers.get("if-none-match") == "*" and key in self.objects:
            return self._refuse(412, "PreconditionFailed")
        else:
            self._keep(key, body, request)
        return web.Response(headers={"ETag": '"opaque"'})

    async def post(self, request: web.Request) -> web.Response:
        key, body = request.match_info["key"], await request.read()
        if "uploads" in request.query:
            if request.headers.get("x-amz-checksum-algorithm") != "SHA256":
                return self._refuse(400, "InvalidRequest")
            self.metadata[key] = request.headers["x-amz-meta-sha256"]
            result = "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
            return web.Response(text=result, content_type="application/xml")
        told = {int(number): checksum.decode() for number, checksum in PART.findall(body)}
        if told != {number: sha256(part) for number, part in self.parts.items()}:
            return self._refuse(400, "InvalidPart")
        self.objects[key] = b"".join(self.parts[number] for number in sorted(self.parts))
        result = "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>"
        return web.Response(text=result, content_type="application/xml")

    async def get(self, request: web.Request) -> web.Response:
        key = request.match_info["key"]
        if key not in self.objects:
            return web.Response(status=404)
        headers = {"ETag": '"opaque"', "x-amz-meta-sha256": self.metadata.get(key, "")}
        return web.Response(body=self.objects[key], headers=headers)

    async def delete(self, request: web.Request) -> web.Response:
        self.objects.pop(request.match_info["key"], None)
        return web.Response(status=204)

    def _keep(self, key: str, body: bytes, request: web.Request) -> None:
        self.objects[key] = body
        self.metadata[key] = request.headers.get("x-amz-meta-sha256", "")

    def _refuse(self, status: int, code: str) -> web.Response:
        self.refused.append(code)
        return web.Response(text=f"<Error><Code>{code}</Code></Error>", status=status, content_type="application/xml")


@contextlib.asynccontextmanager
async def strict_bucket() -> AsyncIterator[tuple[StrictBucket, S3Settings]]:
    """Run one on loopback; gives it and the settings that lead there."""
    bucket = StrictBucket()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    route = "/bucket/{key:.+}"
    app.add_routes([web.put(route, bucket.put), web.post(route, bucket.post), web.get(route, bucket.get)])
    app.add_routes([web.delete(route, bucket.delete)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield (
            bucket,
            S3Settings(
                bucket="bucket",
                endpoint_url=f"http://127.0.0.1:{port}",
                access_key_id="key",
                secret_access_key="secret",
                region="us-east-1",
            ),
        )
    finally:
        await runner.cleanup()
