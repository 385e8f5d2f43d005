"""One process of the desk under the supervisor: started, read, started again when it dies, stopped."""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FIRST_WAIT = 0.5  # seconds before a process that died is started again
LONGEST_WAIT = 30.0
STEADY_AFTER = 30.0  # a process that lived this long begins again with the first wait
_PR_SET_PDEATHSIG = 1
_LONGEST_LINE = 1 << 20

Say = Callable[[str], None]
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def follow_parent() -> None:
    """Between fork and exec: end politely when the supervisor is killed, however that happens."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(slots=True)
class Process:
    """A command that has to run all the time."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    say: Say
    held: tuple[int, ...] = ()  # file descriptors the process keeps open while it lives
    prefix: bool = True
    starts: int = 0
    _running: asyncio.subprocess.Process | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def pid(self) -> int | None:
        """The id of the process now, None while none runs."""
        running = self._running
        return running.pid if running and running.returncode is None else None

    async def run(self) -> None:
        """Keep the process running until `stop`."""
        wait = FIRST_WAIT
        while not self._stopping.is_set():
            began = time.monotonic()
            code = await self._once()
            if self._stopping.is_set():
                return
            wait = FIRST_WAIT if time.monotonic() - began > STEADY_AFTER else wait
            self.say(f"{self.name} ended ({_reason(code)}), starting it again in {wait:g} s")
            await self._pause(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def stop(self, patience: float) -> None:
        """Ask the process to end, and after `patience` seconds make it and all it started end."""
        self._stopping.set()
        running = self._running
        if running is None:
            return
        if running.returncode is None:
            _signal(running.terminate)
            try:
                await asyncio.wait_for(running.wait(), patience)
            except TimeoutError:
                self.say(f"{self.name} did not end within {patience:g} s and was killed")
        self._kill_group(running.pid)
        await running.wait()

    async def _once(self) -> int:
        # Own session: Ctrl-C in the terminal reaches the supervisor only, which stops things in order.
        self._running = await asyncio.create_subprocess_exec(
            *self.command,
            env=dict(self.env),
            cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=follow_parent,
            pass_fds=self.held,
            limit=_LONGEST_LINE,
        )
        self.starts += 1
        if self._stopping.is_set():  # asked to stop while it was being started
            _signal(self._running.terminate)
        reading = asyncio.ensure_future(self._read(self._running))
        code = await self._running.wait()
        self._kill_group(self._running.pid)  # what it left behind would hold the port or the queue
        await reading
        return code

    async def _read(self, running: asyncio.subprocess.Process) -> None:
        assert running.stdout is not None
        label = f"{self.name:<8} | " if self.prefix else ""
        while True:
            try:
                line = await running.stdout.readline()
            except ValueError:  # longer than the limit: the reader dropped it
                continue
            if not line:
                return
            self.say(label + line.decode(errors="replace").rstrip())

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    def _kill_group(self, group: int) -> None:
        _signal(lambda: os.killpg(group, signal.SIGKILL))


def _signal(send: Callable[[], None]) -> None:
    """Send a signal; a process that is already gone is what we wanted."""
    try:
        send()
    except (ProcessLookupError, PermissionError):  # the latter is macOS's word for a zombie
        return


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
