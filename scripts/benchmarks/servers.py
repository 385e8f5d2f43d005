"""The webhook doors that are compared: starting them, and the processor time they have used."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from project.environment import ROOT
from project.supervisor import web_command
from tests.engines import free_port

TOKEN = "42:BENCH-TOKEN"  # noqa: S105 - of the stand-in
SECRET = "bench-secret"  # noqa: S105
HEADERS = {
    "Content-Type": "application/json",
    "X-Telegram-Bot-Api-Secret-Token": SECRET,
}
_TICK = os.sysconf("SC_CLK_TCK")
_CHANNEL = (
    "from messaging.models import Channel\n"
    "print(Channel.objects.create(kind='telegram', name='bench', config="
    f"{{'token': '{TOKEN}', 'webhook_secret': '{SECRET}', 'mode': 'webhook'}}).pk)"
)


@dataclass
class Door:
    """A running server that takes webhooks at `path`."""

    name: str
    command: list[str]
    path: str
    port: int
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    cpu: list[float] = field(default_factory=list)  # ms a request, one figure a round
    rate: list[float] = field(default_factory=list)  # requests a second
    p99: list[float] = field(default_factory=list)  # ms

    def start(self) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(self.log.read_text()) from None
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def cpu_seconds(self) -> float:
        """Processor time of the server and all it has started, user and system, so far."""
        assert self.process is not None
        return sum(_cpu(pid) for pid in _family(self.process.pid))


def bare(folder: Path, database: str) -> Door:
    """The least that could be done, behind the same server as the product."""
    port = free_port()
    command = web_command("127.0.0.1", port)
    command[-1] = "scripts.benchmarks.bare:application"
    return Door(
        "bare ASGI insert",
        [sys.executable, "-m", *command],
        "/",
        port,
        {"BARE_DATABASE": database},
        folder / "bare.log",
    )


def product(folder: Path, environment: dict[str, str]) -> Door:
    """The product's web process on a database of its own with one Telegram channel."""
    environment = {"DATA_DIR": str(folder), "LOG_FORMAT": "json", **environment}
    _manage(environment, "migrate", "--verbosity=0")
    channel = _manage(environment, "shell", "--verbosity=0", "-c", _CHANNEL).split()[-1]
    port = free_port()
    return Door(
        "Balcão",
        [sys.executable, "-m", *web_command("127.0.0.1", port)],
        f"/webhooks/telegram/{channel}",
        port,
        environment,
        folder / "web.log",
    )


def other_bot(folder: Path, api: str) -> Door:
    """python-telegram-bot's webhook server, which parses and keeps nothing."""
    port = free_port()
    script = str(Path(__file__).with_name("other_bot.py"))
    return Door(
        "python-telegram-bot, stores nothing",
        [sys.executable, script, str(port), api, TOKEN, SECRET],
        "/hook",
        port,
        {},
        folder / "bot.log",
    )


def _manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def _family(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        parents[int(path.parent.name)] = int(fields[1])
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICK
