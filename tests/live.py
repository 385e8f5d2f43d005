"""The whole desk as real processes, for end-to-end tests."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from project.environment import ROOT
from project.launching import follow_parent
from tests.engines import free_port

START_PATIENCE = 60.0  # seconds, on a machine busy with other tests
STOP_PATIENCE = 20.0  # the promise


class LiveDesk:
    """A desk started by its supervisor, with a data folder and a port of its own."""

    username = "admin"
    password = "desk-under-test"

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "DATA_DIR": str(data),
            "PORT": str(self.port),
            "ADMIN_USERNAME": self.username,
            "ADMIN_PASSWORD": self.password,
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, measured: bool = False) -> float:
        """Start and wait until the desk says that it is ready; the seconds that took.

        `measured` counts its code for the test coverage, which makes it slower.
        """
        began = time.monotonic()
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "HOME", "LANG", "TMPDIR")
            or (measured and name.startswith("COVERAGE_"))
        }
        with self._log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "project.supervisor"],
                cwd=ROOT,
                env={**kept, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=follow_parent,  # a test run that is killed leaves no desk behind
            )
        self.wait_for_log("Balcão is ready", after=self._ready_count())
        return time.monotonic() - began

    def wait_for_log(self, text: str, *, after: int = 0, patience: float = START_PATIENCE) -> None:
        """Wait until `text` stands in the log more than `after` times."""
        deadline = time.monotonic() + patience
        while self.log().count(text) <= after:
            assert self.process is not None
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def stop(self) -> float:
        """Ask the desk to end, as Ctrl-C does; the seconds that took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the desk did not stop:\n{self.log()}") from None
        assert code == 0, self.log()
        return time.monotonic() - began

    def log(self) -> str:
        """All that the desk has written."""
        return self._log_path.read_text(encoding="utf-8") if self._log_path.exists() else ""

    def manage(self, *arguments: str) -> str:
        """Run `manage.py …` beside the running desk; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    # --- the REST API

    def sign_in(self, username: str = "", password: str = "") -> httpx.Client:
        """A client of the API with a fresh access token, the admin's unless said otherwise."""
        answer = httpx.post(
            f"{self.base_url}/api/v1/auth/token/",
            json={"username": username or self.username, "password": password or self.password},
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        return httpx.Client(
            base_url=f"{self.base_url}/api/v1/",
            headers={"Authorization": f"Bearer {answer.json()['access']}"},
            timeout=10,
        )

    def create_channel(self, kind: str, **config: Any) -> dict[str, Any]:
        """Connect a channel as the admin; the API's answer."""
        with self.sign_in() as api:
            answer = api.post(
                "channels/", json={"kind": kind, "name": f"{kind} under test", "config": config}
            )
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    @property
    def _log_path(self) -> Path:
        return self.data / "desk.log"

    def _ready_count(self) -> int:
        return self.log().count("Balcão is ready")
