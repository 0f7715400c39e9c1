"""The public keys of an identity provider, from its JWKS address or a file; follows their rotation."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from imaging.adapters.jwt_verifier import PublicKey
from imaging.errors import Overloaded

MAX_AGE_S = 300.0
FLOOR_S = 10.0
TIMEOUT_S = 5.0
MAX_BYTES = 1024 * 1024

logger = logging.getLogger(__name__)


class JwksKeys:
    """Holds the provider's keys; asks again after five minutes, and once for a key it has not heard of.

    Never asks twice within ten seconds. While the provider is away the keys it had stay good.
    """

    def __init__(
        self,
        load: Callable[[], Awaitable[bytes]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._clock = clock
        self._keys: list[PublicKey] = []
        self._published: set[str] = set()
        self._generation = 0
        self._asked_at: float | None = None
        self._lock = asyncio.Lock()

    async def generation(self) -> int:
        """Return a number that changes when the provider withdraws or replaces a key.

        Raises:
            Overloaded: no key was ever heard of, and the provider does not answer.
        """
        await self._ask_when_older_than(MAX_AGE_S)
        if not self._keys:
            await self._ask_when_older_than(FLOOR_S)
        if not self._keys:
            raise Overloaded("The identity provider does not answer.", retry_after_s=int(FLOOR_S) or 1)
        return self._generation

    async def find(self, kid: str | None, key_class: type[PublicKey]) -> PublicKey | None:
        """Return the key of that id and kind, asking the provider once more when it is new to us."""
        found = self._held(kid, key_class)
        if found is None and kid is not None:
            await self._ask_when_older_than(FLOOR_S)
            found = self._held(kid, key_class)
        return found

    def _held(self, kid: str | None, key_class: type[PublicKey]) -> PublicKey | None:
        fitting = [key for key in self._keys if isinstance(key, key_class) and kid in (None, key.kid)]
        return fitting[0] if len(fitting) == 1 or (fitting and kid is not None) else None

    async def _ask_when_older_than(self, age_s: float) -> None:
        if not self._is_older_than(age_s):
            return
        async with self._lock:
            if self._is_older_than(age_s):
                await self._ask()
                self._asked_at = self._clock()  # last, so that whoever comes meanwhile waits for the answer

    def _is_older_than(self, age_s: float) -> bool:
        return self._asked_at is None or self._clock() - self._asked_at >= age_s

    async def _ask(self) -> None:
        try:
            keys = _import_keys(await self._load())
        except (httpx.HTTPError, OSError, ValueError) as error:
            logger.warning("the identity provider's keys cannot be read: %s", error)
            return
        prints = {key.thumbprint() for key in keys}
        if self._published - prints:
            self._generation += 1
        self._keys, self._published = keys, prints


def from_file(path: Path) -> Callable[[], Awaitable[bytes]]:
    """Return a loader that reads a JWKS file."""

    async def load() -> bytes:
        return await asyncio.to_thread(path.read_bytes)

    return load


def from_url(client: httpx.AsyncClient, url: str) -> Callable[[], Awaitable[bytes]]:
    """Return a loader that asks the provider; redirects are not followed, the answer is bounded."""

    async def load() -> bytes:
        async with client.stream("GET", url, timeout=TIMEOUT_S, follow_redirects=False) as response:
            response.raise_for_status()
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise ValueError(f"the key set is larger than {MAX_BYTES} bytes")
            return bytes(body)

    return load


def _import_keys(text: bytes) -> list[PublicKey]:
    published = json.loads(text)
    listed = published.get("keys") if isinstance(published, dict) else None
    keys = [_import_key(entry) for entry in listed] if isinstance(listed, list) else []
    if not any(keys):
        raise ValueError("it is no JSON Web Key Set with a key that can be used here")
    return [key for key in keys if key is not None]


def _import_key(entry: Any) -> PublicKey | None:  # Any: JSON that somebody else wrote
    classes: dict[str, type[PublicKey]] = {"OKP": OKPKey, "EC": ECKey, "RSA": RSAKey}
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    key_class = classes.get(str(entry.get("kty")))
    try:
        return key_class.import_key(entry) if key_class else None
    except (JoseError, KeyError, ValueError, TypeError) as error:
        logger.warning("one key of the identity provider is passed over: %s", error)
        return None
