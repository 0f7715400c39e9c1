"""The name of a file, as the server that sent it tells it, or as its URL ends."""

from collections.abc import Mapping
from email.message import Message
from typing import Any
from urllib.parse import unquote

from yarl import URL

MAX_HEADER = 2_000


def told_filename(headers: Mapping[str, str], url: URL) -> str:
    """Return the name just as it came, which may be anything; empty when there is none."""
    return _disposed(headers.get("Content-Disposition", "")) or unquote(url.raw_name)


def _disposed(header: str) -> str:
    """Source: RFC 6266, 4.3: of two names, the one with a character set is meant."""
    message: Any = Message()  # its types do not know of names with a character set
    message["Content-Disposition"] = header[:MAX_HEADER].replace("\r", "").replace("\n", "")
    names = [value for key, value in message.get_params([], "Content-Disposition") if key.lower() == "filename"]
    encoded = [value for value in names if isinstance(value, tuple)]
    for charset, _, value in encoded:
        try:
            return str(value.encode("latin-1", "replace").decode(charset or "utf-8", "replace"))
        except LookupError:
            continue
    return next((value for value in names if isinstance(value, str)), "")
