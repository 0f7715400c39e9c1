"""What one request may cost before anything of it is run."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What one document may ask for; `fields` and `aliases` count every use of a fragment.

    Introspection is measured by `fields` and by a rule of its own instead of `depth`, so that the usual
    introspection query passes. `suggestions` lets error messages name fields that nearly match.
    """

    characters: int = 64 * KIB
    tokens: int = 5_000
    depth: int = 15
    aliases: int = 50
    fields: int = 1_000
    root_fields: int = 30
    introspection: bool = True
    suggestions: bool = True


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one HTTP request may carry; `file_bytes` is enforced by the spool, file by file."""

    body_bytes: int = MIB
    files: int = 20
    file_bytes: int = 200 * MIB

    @property
    def multipart_bytes(self) -> int:
        """All that a request with files may weigh, with room for the headers of its parts."""
        return self.files * (self.file_bytes + 16 * KIB) + 2 * self.body_bytes


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What one websocket may hold open; queries and mutations do not count as subscriptions."""

    init_timeout_s: float = 10.0
    frame_characters: int = MIB
    subscriptions: int = 50
    operations: int = 100


@dataclass(frozen=True, slots=True)
class LineLimits:
    """What may be held open over all transports together, and how a line is kept.

    `beat_s` is how often a silent line gives a sign of life and the rights of its viewer are looked at again;
    who reads nothing for `stall_s` is dropped.
    """

    per_viewer: int = 100
    beat_s: float = 12.0
    stall_s: float = 30.0
