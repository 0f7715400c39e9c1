"""The parts of a multipart/form-data body as they arrive, chunk by chunk."""

from collections.abc import Iterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from imaging.graphql.transport.refusal import malformed

_MAX_HEADERS = 16


@dataclass(frozen=True, slots=True)
class PartBegins:
    """A part's headers have been read; `filename` is None for a plain field, and raw otherwise."""

    name: str
    filename: str | None


@dataclass(frozen=True, slots=True)
class PartData:
    """Some bytes of the part that began last."""

    chunk: bytes


@dataclass(frozen=True, slots=True)
class PartEnds:
    """The part that began last is whole."""


Event = PartBegins | PartData | PartEnds


class PartParser:
    """Cuts chunks into events; `is_whole` once the closing boundary has been seen."""

    def __init__(self, content_type: str) -> None:
        """Take the boundary from the Content-Type header.

        Raises:
            Refusal: 400, there is none or it is too long.
        """
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise malformed("multipart/form-data needs a boundary in its Content-Type header.")
        self.is_whole = False
        self._events: list[Event] = []
        self._headers: dict[bytes, bytes] = {}
        self._name = self._value = b""
        callbacks = {
            "on_part_begin": self._headers.clear,
            "on_part_data": self._on_data,
            "on_part_end": lambda: self._events.append(PartEnds()),
            "on_header_field": self._on_header_name,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers,
            "on_end": self._on_end,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks, max_header_count=_MAX_HEADERS)  # type: ignore[arg-type]  # a plain dict
        except FormParserError:
            raise malformed("The multipart boundary is too long.") from None

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Return what the chunk completes.

        Raises:
            Refusal: 400, the body is not multipart/form-data.
        """
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise malformed("The request body is not valid multipart/form-data.") from None
        events, self._events = self._events, []
        return iter(events)

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(PartData(data[start:end]))

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _on_headers(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"").decode("latin-1")
        kind, options = parse_options_header(disposition)
        name, filename = options.get(b"name"), options.get(b"filename")
        if kind != b"form-data" or name is None:
            raise malformed("Each part needs the header Content-Disposition: form-data with a name.")
        raw = None if filename is None else _unescaped(filename.decode("utf-8", errors="replace"))
        self._events.append(PartBegins(name.decode("utf-8", errors="replace"), raw))

    def _on_end(self) -> None:
        self.is_whole = True


def _unescaped(filename: str) -> str:
    """Return a name as it was on disk. Source: HTML Standard, multipart/form-data, which escapes these."""
    return filename.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
