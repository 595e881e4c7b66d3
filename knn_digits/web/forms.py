"""The body of a request -> its fields, all in memory: nothing of what is sent is written to a disk."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from knn_digits.errors import UsageError

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
PATIENCE = 30.0  # seconds without a byte after which a sender is given up
MOST_FIELDS = 20  # of a form: more than any request of ours has
MOST_HEADERS = 8  # of a field


class RefusedError(Exception):
    """A request that is not answered: the status says why, the message what to do."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Upload:
    """A field of a form."""

    content: bytes
    name: str = ""  # of the file; empty for a field that is none

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode("utf-8", "replace").strip()


@dataclass(eq=False)
class Bodies:
    """Reads bodies of requests, of all of which at most so many bytes are held at once."""

    most: int  # bytes, of all bodies that are held
    _held: int = field(default=0, init=False)

    async def read(self, receive: Receive, *, declared: str | None, most: int) -> bytes:
        """Return a body of at most `most` bytes; `release` is to be called with its length.

        Parameters
        ----------
        receive : callable
            Of ASGI.
        declared : str, optional
            The header Content-Length.
        most : int

        Raises
        ------
        RefusedError
            If it is larger, there is no room for it, or nothing comes any more.
        """
        _check_length(int(declared) if declared and declared.isdecimal() else 0, most)
        parts: list[bytes] = []
        length, more = 0, True
        try:
            while more:
                part, more = await _next_part(receive)
                length += len(part)
                self._held += len(part)
                parts.append(part)
                _check_length(length, most)
                if self._held > self.most:
                    raise RefusedError(503, "too much is being sent at once: try again in a moment")
        except BaseException:
            self.release(length)
            raise
        return b"".join(parts)

    def release(self, length: int) -> None:
        """Forget a body of this length, in bytes."""
        self._held -= length


def _check_length(length: int, most: int) -> None:
    if length > most:
        raise RefusedError(413, f"the request has more than the {most:,} bytes that are allowed: send less")


async def _next_part(receive: Receive) -> tuple[bytes, bool]:
    try:
        message = await asyncio.wait_for(receive(), PATIENCE)
    except asyncio.TimeoutError:
        raise RefusedError(408, f"nothing was sent for {PATIENCE:.0f} seconds: send it again") from None
    if message["type"] == "http.disconnect":
        raise RefusedError(400, "the sender has gone")
    return message.get("body", b""), message.get("more_body", False)


def read_form(content_type: str, body: bytes) -> Mapping[str, Upload]:
    """Return the fields of a multipart form by their names, of nothing none; UsageError if it is no form."""
    if not body:
        return {}
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise UsageError("send a form as multipart/form-data, such as `curl -F photo=@photo.jpg` does")
    parts = _Parts()
    try:
        parser = MultipartParser(options[b"boundary"], parts.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise UsageError(f"the form is damaged: {' '.join(str(error).split())}") from error
    return parts.fields


class _Parts:
    """Collects the fields of a form as they are parsed."""

    def __init__(self) -> None:
        self.fields: dict[str, Upload] = {}
        self._begin()

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._add_to_header,
            "on_header_value": self._add_to_value,
            "on_header_end": self._end_header,
            "on_part_data": self._add_to_content,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._headers: dict[bytes, bytes] = {}
        self._header, self._value, self._content = b"", b"", bytearray()

    def _add_to_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_to_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if len(self._headers) == MOST_HEADERS:
            raise UsageError(f"a field of a form has at most {MOST_HEADERS} headers")
        self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _add_to_content(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def _end(self) -> None:
        from python_multipart.multipart import parse_options_header

        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if len(self.fields) == MOST_FIELDS:
            raise UsageError(f"a form has at most {MOST_FIELDS} fields")
        name, file = (options.get(key, b"").decode("utf-8", "replace") for key in (b"name", b"filename"))
        self.fields[name] = Upload(bytes(self._content), file)
