"""What is logged, and what is kept out of every log: signatures and tokens."""

import logging
import re
from typing import Any

_SECRET_PARAMETER = re.compile(r"([?&](?:s|signature|x-amz-[a-z-]+|token|access_token)=)[^&\s\"'#]+", re.IGNORECASE)
_BEARER = re.compile(r"(\bBearer\s+)[\w.~+/=-]+", re.IGNORECASE)
REDACTED = r"\1[redacted]"


def redacted(text: str) -> str:
    """Return the text without signatures of addresses and without tokens."""
    return _BEARER.sub(REDACTED, _SECRET_PARAMETER.sub(REDACTED, text))


class Redaction(logging.Filter):
    """Takes secrets out of every record that passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; let it pass."""
        record.msg = redacted(record.msg) if isinstance(record.msg, str) else record.msg
        if isinstance(record.args, tuple):
            record.args = tuple(redacted(part) if isinstance(part, str) else part for part in record.args)
        return True


class RedactingFormatter(logging.Formatter):
    """Takes secrets out of the whole line, with the traceback and what the arguments became."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return redacted(super().format(record))


def log_config(level: str) -> dict[str, Any]:
    """Return the logging configuration of the server for `logging.config.dictConfig`; everything goes to stderr."""
    line = {"()": RedactingFormatter, "fmt": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    handler = {"class": "logging.StreamHandler", "formatter": "line", "filters": ["redaction"]}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line},
        "filters": {"redaction": {"()": Redaction}},
        "handlers": {"stderr": handler},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            "uvicorn": {"level": "WARNING" if level == "info" else level.upper()},
            "uvicorn.access": {"level": level.upper()},
            "httpx": {"level": "WARNING"},
        },
    }
