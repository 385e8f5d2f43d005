"""Django's WSGI handler, called from an ASGI server: the environ (PEP 3333) and the answer, part by part.

Every step runs as one job of a thread pool, and no job waits for the client: a slow reader holds a
temporary answer in memory, never a thread.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from project.incoming import Incoming, Scope

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType]

PART = 256 * 1024  # bytes gathered before they are handed to the client
PART_SECONDS = 0.05  # how long a slow stream is gathered

_PLAIN = {"content-length": "CONTENT_LENGTH", "content-type": "CONTENT_TYPE"}


def environ(scope: Scope, request: Incoming, body: IO[bytes], length: int) -> dict[str, Any]:
    """The WSGI environ of a request whose body has been read.

    CONTENT_LENGTH is what really came, so a chunked body has one too. Header names with an underscore
    are left out: they would pass for names with a hyphen.
    """
    prefix = scope.get("root_path", "")
    path = unquote_to_bytes(request.raw_path).decode("latin-1")
    result: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": prefix,
        "PATH_INFO": path.removeprefix(prefix),
        "QUERY_STRING": request.query_string.decode("latin-1"),
        "SERVER_NAME": request.server[0],
        "SERVER_PORT": request.server[1],
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if scope.get("client"):
        host, port = scope["client"]
        result["REMOTE_ADDR"] = result["REMOTE_HOST"] = host
        result["REMOTE_PORT"] = port
    for name, value in request.headers.items():
        if "_" not in name:
            key = _PLAIN.get(name) or "HTTP_" + name.upper().replace("-", "_")
            result[key] = value
    if length or "CONTENT_LENGTH" in result or "HTTP_TRANSFER_ENCODING" in result:
        result["CONTENT_LENGTH"] = str(length)
    # The body is whole now: nobody behind may take it for a chunked one.
    result.pop("HTTP_TRANSFER_ENCODING", None)
    return result


@dataclass(slots=True)
class Answer:
    """One call of a WSGI application, driven from outside: `begin`, `more` until `done`, `close`.

    The methods block; each is called from one thread at a time.
    """

    application: WSGIApplication
    environ: dict[str, Any]
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    done: bool = False
    _written: list[bytes] = field(default_factory=list)
    _result: Iterable[bytes] = ()
    _chunks: Iterator[bytes] = field(default_factory=lambda: iter(()))

    def begin(self) -> bytes:
        """Run the application; the first part of its body. Afterwards `status` and `headers` stand."""
        self._result = self.application(self.environ, self._start_response)
        self._chunks = iter(self._result)
        first = b"".join(self._written) + self.more()
        if not self.status:
            raise RuntimeError("the application has not called start_response")
        return first

    def more(self) -> bytes:
        """The next part of the body; sets `done`, and closes, after the last one."""
        gathered: list[bytes] = []
        size = 0
        until = time.monotonic() + PART_SECONDS
        for chunk in self._chunks:
            gathered.append(chunk)
            size += len(chunk)
            if size >= PART or time.monotonic() > until:
                return b"".join(gathered)
        self.done = True
        self.close()
        return b"".join(gathered)

    def close(self) -> None:
        """Let the application clean up; once."""
        result, self._result = self._result, ()
        self._chunks = iter(())
        close = getattr(result, "close", None)
        if close is not None:
            close()

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        if self.status and exc_info is None:
            raise RuntimeError("start_response was called twice")
        self.status = int(status[:3])
        self.headers = [
            (name.lower().encode("latin-1"), value.strip().encode("latin-1"))
            for name, value in headers
        ]
        return self._written.append
