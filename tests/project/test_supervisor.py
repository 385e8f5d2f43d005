"""The supervisor: starts all, restarts what dies, stops in order, says in one line why it cannot start."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from project import valkey
from project.environment import ROOT
from tests.live import LiveDesk

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("live_desk")]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A desk that was started for the first time, without a password given."""
    desk = LiveDesk(tmp_path_factory.mktemp("own"))
    del desk.environment["ADMIN_PASSWORD"]
    desk.start(measured=True)
    yield desk
    if desk.process.poll() is None:
        desk.stop()


ROLES = {
    "web": "granian asgi",
    "worker": "MainProcess",
    "beat": "celery beat",
    "pump": "manage pump",
    "receiver": "manage receive",
    "valkey": "valkey-server",
}


def processes(desk: LiveDesk) -> dict[str, int]:
    """Process ids by role, of those that hold this desk's lock; of a family only the head."""
    lock = str(desk.data / "processes.lock")
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            held = {str(descriptor.readlink()) for descriptor in (folder / "fd").iterdir()}
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if lock in held and command:
            found[int(folder.name)] = (command, parent)
    return {
        role: pid
        for pid, (command, parent) in found.items()
        for role, mark in ROLES.items()
        if mark in command and mark not in found.get(parent, ("", 0))[0]
    }


def try_start(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "project.supervisor"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_first_start_makes_an_admin_whose_password_is_printed_once_and_kept_private(desk):
    kept = desk.data / "admin-password"
    password = kept.read_text().strip()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert desk.log().count(password) == 1
    assert desk.sign_in(password=password).get("agents/me/").json()["role"] == "admin"


def test_the_first_start_leaves_a_desk_that_can_be_talked_to(desk):
    api = desk.sign_in(password=(desk.data / "admin-password").read_text().strip())
    kinds = {channel["kind"] for channel in api.get("channels/").json()["results"]}
    assert {"webchat", "mock"} <= kinds
    assert len(api.get("faqs/", params={"page_size": 100}).json()["results"]) >= 40


def test_all_five_processes_and_the_cache_run(desk):
    desk.wait_for_log("ready. [celery")
    assert set(processes(desk)) == set(ROLES)


def test_a_second_desk_on_the_same_folder_is_refused_in_one_line(desk):
    done = try_start(DATA_DIR=str(desk.data), PORT="1")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"balcao: another Balcão (process {desk.process.pid}) runs on {desk.data}: stop it or set DATA_DIR"
    ]


def test_a_taken_port_is_one_line(desk, tmp_path):
    done = try_start(DATA_DIR=str(tmp_path), PORT=str(desk.port))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"balcao: port {desk.port} on 127.0.0.1 is taken: stop what uses it or set PORT"
    ]


def test_a_database_that_cannot_be_reached_is_one_line(tmp_path, free_tcp_port):
    done = try_start(
        DATA_DIR=str(tmp_path),
        PORT=str(free_tcp_port),
        DATABASE_URL="postgres://desk:secret-word@127.0.0.1:1/desk",
    )
    assert done.returncode == 1
    said = (done.stdout + done.stderr).strip().splitlines()
    assert len(said) == 1, said
    assert "the database cannot be used" in said[0]
    assert "secret-word" not in said[0]


@pytest.mark.parametrize("role", ["worker", "pump", "beat", "receiver", "valkey", "web"])
def test_f83_what_is_killed_is_started_again(desk, role):
    before = processes(desk)[role]
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while processes(desk).get(role, before) == before:
        assert time.monotonic() < deadline, desk.log()
        time.sleep(0.1)
    desk.wait_for_log(f"{role} ended (killed by SIGKILL)")
    while True:
        try:
            assert httpx.get(f"{desk.base_url}/healthz", timeout=5).status_code == 200
            break
        except httpx.TransportError:
            assert time.monotonic() < deadline, desk.log()
            time.sleep(0.1)


def test_f92_ctrl_c_stops_everything_within_20_seconds_and_leaves_nothing(desk):
    assert processes(desk)
    took = desk.stop()
    assert took < 20
    assert processes(desk) == {}
    assert not (desk.data / "valkey.url").exists()
    assert "Traceback" not in desk.log()


def test_a_second_start_is_quick_and_repeats_nothing(desk):
    took = desk.start()
    assert took < 15  # 5 s on a quiet machine; this one is busy with other tests
    assert desk.log().count("Demo knowledge base loaded") == 1
    assert desk.log().count("created, password:") == 1


def test_a_killed_supervisor_leaves_no_process_and_the_next_start_works(desk):
    desk.process.kill()
    desk.process.wait()
    desk.start()
    assert set(processes(desk)) >= {"web", "valkey"}
    desk.stop()


def test_the_socket_goes_where_its_path_is_short_enough(tmp_path):
    near = valkey.Server.place(Path("valkey-server"), tmp_path)
    assert near.socket.parent == tmp_path
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    far = valkey.Server.place(Path("valkey-server"), deep)
    assert len(str(far.socket)) < 100
    assert stat.S_IMODE(far.socket.parent.stat().st_mode) == 0o700
    assert far.note.read_text() == far.url
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(far.socket))
    again = valkey.Server.place(Path("valkey-server"), deep)
    assert not far.socket.parent.exists()
    again.forget()
    assert not again.socket.parent.exists()
    assert not again.note.exists()


def test_without_a_binary_for_the_platform_there_is_no_embedded_cache(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert valkey.program() is None
