import io
import logging
import logging.config

import pytest

from imaging.commands.logs import log_config, redacted


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GET /p/1/x.jpg?e=5&s=k1.secret HTTP/1.1", "GET /p/1/x.jpg?e=5&s=[redacted] HTTP/1.1"),
        ("/r/x.jpg?s=secret", "/r/x.jpg?s=[redacted]"),
        ("/b?X-Amz-Signature=secret&X-Amz-Date=1&a=2", "/b?X-Amz-Signature=[redacted]&X-Amz-Date=[redacted]&a=2"),
        ("/b?Signature=secret", "/b?Signature=[redacted]"),
        ("/graphql?access_token=secret&token=secret", "/graphql?access_token=[redacted]&token=[redacted]"),
        ("Authorization: Bearer ey.secret-_.x", "Authorization: Bearer [redacted]"),
        ("/graphql?query={images}&sizes=1", "/graphql?query={images}&sizes=1"),
    ],
)
def test_signatures_and_tokens_are_taken_out_and_nothing_else(text: str, kept: str) -> None:
    assert redacted(text) == kept


def test_every_logger_is_covered_with_its_arguments_and_tracebacks() -> None:
    written = io.StringIO()
    config = log_config("info")
    config["handlers"]["stderr"]["stream"] = written
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logging.config.dictConfig(config)
        logging.getLogger("uvicorn.access").info('%s "GET %s"', "127.0.0.1", "/r/x.jpg?s=hidden")
        logging.getLogger("anything").warning("opened %r", {"url": "/r/x.jpg?s=hidden"})
        try:
            raise ValueError("Bearer hidden")
        except ValueError:
            logging.getLogger("anything").exception("failed")
    finally:
        root.handlers[:], root.level = handlers, level
    assert "hidden" not in written.getvalue()
    assert written.getvalue().count("[redacted]") >= 3
