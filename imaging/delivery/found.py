"""What is asked of delivery, and what it answers."""

from dataclasses import dataclass

from imaging.ports import ObjectInfo


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for: the undecoded path, the signature and expiry that came with it, the Accept header."""

    path: str
    signature: str = ""
    expires_s: int | None = None
    accept: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Bytes to serve, to be kept for `keep_s` seconds, None for ever; by everybody when they are `public`.

    `negotiated` says that another Accept header may get other bytes, `decision` which format was chosen and why.
    `attachment` is the name under which the bytes are to be saved instead of shown. `render_ms` is set when they
    had to be made.
    """

    info: ObjectInfo
    content_type: str
    filename: str
    keep_s: int | None
    public: bool = False
    negotiated: bool = False
    attachment: str | None = None
    render_ms: float | None = None
    decision: str | None = None
