"""Runs the whole desk on one machine: `python -m project.supervisor`.

Starts the embedded Valkey (unless REDIS_URL names a server), brings the database up to date, then web, worker,
beat, pump and receiver; starts again what dies; on SIGINT or SIGTERM stops all of it in order, in 20 seconds at
most. In production each of these is a container of its own and this module is not used.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from project import environment, valkey
from project.processes import Process, Program, PythonProcess, begin_loading

# Seconds each stage may take to stop; together less than the 20 s after which an operator would kill us.
WEB_PATIENCE = 3.0
WORK_PATIENCE = 13.0
VALKEY_PATIENCE = 2.0
TAKE_OVER_PATIENCE = 15.0  # for what an earlier, killed supervisor left running
SLOW_START = 60.0
# One worker needs no talk with its neighbours, which would cost a second at the start.
WORKER_OPTIONS = (
    "--concurrency=2",
    "--hostname=worker@%h",
    "--without-mingle",
    "--without-gossip",
    "--without-heartbeat",
)


class CannotStartError(Exception):
    """Why the desk cannot start, in one line for the person at the terminal."""


def say(line: str) -> None:
    """One line on standard output; whoever reads it may be gone, which must not stop the desk."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Place:
    """Where this desk lives."""

    data: Path
    host: str
    port: int
    prefix: bool

    @property
    def url(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared only
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @classmethod
    def from_environment(cls) -> "Place":
        """Raises ImproperlyConfigured."""
        return cls(
            data=environment.data_dir(),
            host=environment.text("BIND_ADDRESS", "127.0.0.1"),
            port=environment.number("PORT", 8000, lowest=1, highest=65_535),
            prefix=environment.choice("LOG_FORMAT", ("console", "json")) == "console",
        )


@dataclass(slots=True)
class Desk:
    """All processes of one data folder."""

    place: Place
    lock: int
    cache: valkey.Server | None
    processes: dict[str, Process] = field(default_factory=dict)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    stop_asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Start, wait for a signal, stop. Raises CannotStartError."""
        began = time.monotonic()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop_asked.set)
        try:
            await self._start(began)
            await self.stop_asked.wait()
        finally:
            await self._stop()

    async def _start(self, began: float) -> None:
        await self._start_valkey()
        stamp = self.place.data / "prepared"
        mark = _schema_mark()
        # Nothing new to migrate: the web process may load while the database is being looked at.
        early = stamp.is_file() and stamp.read_text(encoding="utf-8") == mark
        if early:
            self._add_python("web", self._web())
        if not await self._prepare():
            return
        stamp.write_text(mark, encoding="utf-8")
        if not early:
            self._add_python("web", self._web())
        broker = bool(environment.text("REDIS_URL") or environment.text("CELERY_BROKER_URL"))
        if broker:
            self._add_python("worker", self._celery("worker", *WORKER_OPTIONS))
        self._add_python("pump", self._manage("pump"))
        if broker:
            schedule = self.place.data / "beat-schedule"
            self._add_python("beat", self._celery("beat", f"--schedule={schedule}", "--pidfile="))
        self._add_python("receiver", self._manage("receive"))
        self.tasks.append(asyncio.create_task(self._announce(began), name="announce"))

    async def _start_valkey(self) -> None:
        if self.cache is None:
            return
        self._add(
            "valkey",
            Program(
                name="valkey",
                say=say,
                prefix=self.place.prefix,
                held=(self.lock,),
                command=self.cache.command,
            ),
        )
        for _ in range(200):
            if self.cache.socket.is_socket() or self.processes["valkey"].starts > 1:
                break
            await asyncio.sleep(0.02)
        if not self.cache.socket.is_socket():
            raise CannotStartError(f"the embedded Valkey did not start, see {self.cache.log}")

    async def _prepare(self) -> bool:
        """Migrate and fill the database; False when we were asked to stop meanwhile."""
        process = self._python("bootstrap", self._manage("bootstrap"))
        process.prefix = False
        asking = asyncio.create_task(self.stop_asked.wait())
        done = asyncio.create_task(process.once())
        await asyncio.wait({asking, done}, return_when=asyncio.FIRST_COMPLETED)
        asking.cancel()
        if self.stop_asked.is_set():
            await process.stop(WORK_PATIENCE)
            await asyncio.wait({done})
            return False
        try:
            code = done.result()
        except (OSError, EOFError):
            raise CannotStartError("the code could not be loaded") from None
        if code:
            raise CannotStartError("")  # the command has said why
        return True

    async def _announce(self, began: float) -> None:
        while not await _answers(self.place.host, self.place.port):
            if time.monotonic() - began > SLOW_START:
                say(f"The web process has not answered for {SLOW_START:g} s; its log is above.")
                return
            await asyncio.sleep(0.05)
        url = self.place.url
        say("")
        say(f"Balcão is ready after {time.monotonic() - began:.1f} s:")
        say(f"  web chat   {url}/")
        say(f"  dashboard  {url}/admin/")
        say(f"  API        {url}/docs/")
        say(f"  sign in as {environment.text('ADMIN_USERNAME', 'admin')}{self._password_hint()}")
        say("Stop with Ctrl-C.")

    def _password_hint(self) -> str:
        kept = self.place.data / "admin-password"
        return f" (password in {kept})" if kept.is_file() else ""

    async def _stop(self) -> None:
        """Web first so that nothing new comes in, the queue last because the others use it."""
        for task in self.tasks:
            if task.get_name() == "announce":
                task.cancel()
        await self._stop_processes(["web"], WEB_PATIENCE)
        await self._stop_processes(["receiver", "beat", "worker", "pump"], WORK_PATIENCE)
        await self._stop_processes(["valkey"], VALKEY_PATIENCE)
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=1)
        if self.cache:
            self.cache.forget()

    async def _stop_processes(self, names: Sequence[str], patience: float) -> None:
        present = [self.processes[name] for name in names if name in self.processes]
        await asyncio.gather(*(process.stop(patience) for process in present))

    def _python(self, name: str, command: Sequence[str]) -> PythonProcess:
        return PythonProcess(
            name=name,
            say=say,
            prefix=self.place.prefix,
            command=command,
            folder=environment.ROOT,
            held=(self.lock,),
        )

    def _add(self, name: str, process: Process) -> None:
        self.processes[name] = process
        self.tasks.append(asyncio.create_task(process.run()))

    def _add_python(self, name: str, command: Sequence[str]) -> None:
        self._add(name, self._python(name, command))

    def _web(self) -> list[str]:
        return web_command(self.place.host, self.place.port)

    def _manage(self, name: str) -> list[str]:
        return ["manage", name]

    def _celery(self, *arguments: str) -> list[str]:
        return ["celery", "--quiet", "--app=project", *arguments]


def web_command(host: str, port: int) -> list[str]:
    """The command line of the web process; the container image uses the same."""
    options = ["--interface=asgi", "--http=1", "--no-ws", "--log-level=warning"]
    address = [f"--host={host}", f"--port={port}"]
    # Idle connections count as requests here: a thousand of them must not keep the others out (F-38).
    options += ["--backlog=2048", "--backpressure=16384"]
    # A stuck request or stream must not outlive the supervisor's patience.
    return [
        "granian",
        *options,
        *address,
        "--workers-kill-timeout=2s",
        "project.asgi:application",
    ]


async def _answers(host: str, port: int) -> bool:
    """Whether the web process answers a request."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    try:
        async with asyncio.timeout(1):
            reader, writer = await asyncio.open_connection(target, port)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            line = await reader.readline()
            writer.close()
    except (OSError, TimeoutError):
        return False
    return line.startswith(b"HTTP/1.1 ")


def _schema_mark() -> str:
    """A hash of the code's migrations and the database they belong in."""
    found = sorted(str(path) for path in environment.ROOT.glob("*/migrations/0*.py"))
    parts = [
        environment.text("DATABASE_URL"),
        (environment.ROOT / "requirements/run.txt").read_text(),
    ]
    parts += [f"{path}:{Path(path).stat().st_size}" for path in found]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def take_locks(data: Path) -> int:
    """Make a data folder ours; the descriptor of the lock that all we start have to hold too.

    Raises CannotStartError when another desk runs on the folder.
    """
    own = os.open(data / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    if not _lock(own):
        owner = os.pread(own, 20, 0).decode() or "?"
        raise CannotStartError(
            f"another Balcão (process {owner}) runs on {data}: stop it or set DATA_DIR"
        )
    os.ftruncate(own, 0)
    os.pwrite(own, str(os.getpid()).encode(), 0)
    # After a kill of the supervisor the others need a moment to end; two Valkeys on one folder would spoil it.
    shared = os.open(data / "processes.lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + TAKE_OVER_PATIENCE
    while not _lock(shared):
        if time.monotonic() > deadline:
            raise CannotStartError(
                f"processes of an earlier start still use {data}: end them and try again"
            )
        time.sleep(0.1)
    return shared


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def check_port(host: str, port: int) -> None:
    """Raises CannotStartError when the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = "is taken" if "in use" in str(error) else f"cannot be used ({error.strerror})"
            message = f"port {port} on {host} {reason}: stop what uses it or set PORT"
            raise CannotStartError(message) from None


def embedded_cache(data: Path) -> valkey.Server | None:
    """The Valkey to run, and its address made known; None when there is another or none for this platform."""
    if environment.text("REDIS_URL"):
        return None
    program = valkey.program()
    if program is None:
        say(
            "No embedded Valkey for this platform: each process caches for itself, the pump does the work."
        )
        return None
    server = valkey.Server.place(program, data)
    os.environ["REDIS_URL"] = server.url
    return server


def main() -> int:
    """Run the desk; the exit code for the shell."""
    try:
        place = Place.from_environment()
        lock = take_locks(place.data)
        check_port(place.host, place.port)
        os.environ.update(
            DATA_DIR=str(place.data),
            OPENBLAS_NUM_THREADS="1",  # a thread would not survive the forks
            # Who runs this as root knows it; a container image has a user of its own.
            PYTHONWARNINGS="ignore:You're running the worker with superuser",
        )
        cache = embedded_cache(place.data)
        begin_loading()
        asyncio.run(Desk(place=place, lock=lock, cache=cache).run())
    except (CannotStartError, ImproperlyConfigured) as error:
        if str(error):
            sys.stderr.write(f"balcao: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
