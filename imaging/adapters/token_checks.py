"""Who checks tokens: by the keys of an identity provider, or by those of our own development issuer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from imaging.adapters.dev_issuer import AUDIENCE, ISSUER, DevIssuer
from imaging.adapters.jwks_keys import JwksKeys, from_file, from_url
from imaging.adapters.jwt_verifier import JwtVerifier
from imaging.settings import Settings


@asynccontextmanager
async def open_verifier(settings: Settings) -> AsyncIterator[JwtVerifier]:
    """Open what checks tokens as configured."""
    auth = settings.auth
    if settings.uses_own_issuer:
        issuer = DevIssuer(settings.data_dir / "keys")
        yield JwtVerifier(issuer, issuer=ISSUER, audience=AUDIENCE, leeway_s=auth.leeway_s)
        return
    async with httpx.AsyncClient() as client:
        load = from_file(auth.jwks_file) if auth.jwks_file else from_url(client, auth.jwks_url or "")
        yield JwtVerifier(
            JwksKeys(load),
            issuer=auth.issuer or "",
            audience=auth.audience or "",
            roles_claim=auth.roles_claim,
            leeway_s=auth.leeway_s,
        )
