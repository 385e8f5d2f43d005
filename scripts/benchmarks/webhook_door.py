"""Processor time for each webhook taken: the product, a bare insert, python-telegram-bot's server.

All run at once, each is loaded in turn, round after round, so that what disturbs the machine disturbs all.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from scripts.benchmarks.servers import HEADERS, TOKEN, Door, bare, other_bot, product
from tests import engines
from tests.stand_ins.telegram import TelegramStandIn

ROUNDS = 5
REQUESTS = 1500  # a round and a door
CONNECTIONS = 8


def run(say: Callable[[str], None], *, rounds: int = ROUNDS, requests: int = REQUESTS) -> None:
    """Measure on SQLite, then on PostgreSQL."""
    valkey = engines.valkey_url()
    with tempfile.TemporaryDirectory() as name, TelegramStandIn() as api:
        folder = Path(name)
        _compare(
            say,
            "SQLite (embedded default)",
            [
                bare(folder, str(folder / "bare.sqlite3")),
                product(_sub(folder, "sqlite"), {"REDIS_URL": f"{valkey}?db=1"}),
                other_bot(folder, _known_bot(api)),
            ],
            rounds,
            requests,
        )
        database = engines.postgres_url()
        environment = {"REDIS_URL": f"{valkey}?db=2", "DATABASE_URL": database}
        _compare(
            say,
            "PostgreSQL",
            [
                bare(folder, database),
                product(_sub(folder, "postgres"), environment),
                other_bot(folder, api.url),
            ],
            rounds,
            requests,
        )


def _compare(
    say: Callable[[str], None], title: str, doors: list[Door], rounds: int, requests: int
) -> None:
    for door in doors:
        door.start()
    try:
        for door in doors:
            _load(door, requests=300, first=1)
        for number in range(rounds):
            for door in doors:
                _round(door, requests, first=1_000_000 * (number + 1))
    finally:
        for door in doors:
            door.stop()
    base = doors[0]
    say(f"Webhook door on {title}: {rounds} rounds of {requests}, {CONNECTIONS} connections")
    say(f"  {'':36} {'CPU ms each':>12} {'(min)':>7} {'ratio':>6} {'a second':>9} {'p99 ms':>7}")
    for door in doors:
        ratio = median(mine / its for mine, its in zip(door.cpu, base.cpu, strict=True))
        say(
            f"  {door.name:36} {median(door.cpu):12.3f} {min(door.cpu):7.3f} {ratio:6.2f}"
            f" {median(door.rate):9.0f} {median(door.p99):7.1f}"
        )


def _round(door: Door, requests: int, first: int) -> None:
    before = door.cpu_seconds()
    found = _load(door, requests=requests, first=first)
    used = door.cpu_seconds() - before
    door.cpu.append(1000 * used / requests)
    door.rate.append(requests / found["seconds"])
    door.p99.append(found["p99"])


def _load(door: Door, *, requests: int, first: int) -> dict[str, float]:
    job = {
        "port": door.port,
        "path": door.path,
        "headers": HEADERS,
        "requests": requests,
        "connections": CONNECTIONS,
        "first_id": first,
    }
    script = str(Path(__file__).with_name("load.py"))
    done = subprocess.run(
        [sys.executable, script, json.dumps(job)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    if found["statuses"] != {"200": requests}:
        raise RuntimeError(
            f"{door.name} answered {found['statuses']}: {door.log.read_text()[-2000:]}"
        )
    return dict(found)


def _sub(folder: Path, name: str) -> Path:
    path = folder / name
    path.mkdir()
    return path


def _known_bot(api: TelegramStandIn) -> str:
    api.add_bot(TOKEN)
    return api.url
