"""`imaging token`: a token by the development issuer."""

from imaging.adapters.dev_issuer import DevIssuer
from imaging.errors import Misconfigured
from imaging.settings import Settings


def new_token(settings: Settings, *, role: str, subject: str, name: str, ttl_s: int | None) -> str:
    """Return a token for the subject; `ttl_s` None means the configured life.

    Raises:
        Misconfigured: tokens come from a provider here, or the mode is production.
    """
    if settings.is_production or not settings.uses_own_issuer:
        raise Misconfigured(
            "The development issuer is off: IMAGING_MODE is production, or IMAGING_AUTH_JWKS_URL or _FILE is set. "
            "Get a token from your identity provider."
        )
    issuer = DevIssuer(settings.data_dir / "keys")
    ttl_s = settings.access.token_ttl_s if ttl_s is None else ttl_s
    return issuer.token(role=role, subject=subject, name=name, ttl_s=ttl_s)
