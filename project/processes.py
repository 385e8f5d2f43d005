"""One process of the desk under the supervisor: started, read, started again when it dies, stopped."""

import asyncio
import os
import signal
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import context, forkserver, get_context
from pathlib import Path

from project import launching

FIRST_WAIT = 0.5  # seconds before a process that died is started again
LONGEST_WAIT = 30.0
STEADY_AFTER = 30.0  # a process that lived this long begins again with the first wait
_LONGEST_LINE = 1 << 20

Say = Callable[[str], None]

# Processes of our own code are forked from one that has loaded it already: six times loading Django would take the
# better part of the start.
_forkserver = get_context("forkserver")
if sys.platform == "linux":  # elsewhere system libraries do not survive a fork
    _forkserver.set_forkserver_preload(["project.preload"])


def begin_loading() -> None:
    """Start to load the code in the process the others are forked from; the environment has to be final."""
    forkserver.ensure_running()


@dataclass(frozen=True, slots=True)
class Running:
    """A started process."""

    pid: int
    ended: Awaitable[int]  # its exit code, negative for a signal


def _set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass(slots=True)
class Process(ABC):
    """Something that has to run all the time."""

    name: str
    say: Say
    prefix: bool
    held: tuple[int, ...] = ()  # file descriptors the process keeps open while it lives
    starts: int = 0
    _running: Running | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=_set_event)

    @abstractmethod
    async def launch(self, output: int) -> Running:
        """Start the process with `output` as its standard output and error."""

    @property
    def pid(self) -> int | None:
        """The id of the process now, None while none runs."""
        return self._running.pid if self._running else None

    async def run(self) -> None:
        """Keep the process running until `stop`."""
        wait = FIRST_WAIT
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                how = _reason(await self.once())
            except (OSError, EOFError) as error:
                how = f"could not be started: {error}"
            if self._stopping.is_set():
                return
            wait = FIRST_WAIT if time.monotonic() - began > STEADY_AFTER else wait
            self.say(f"{self.name} ended ({how}), starting it again in {wait:g} s")
            await _pause(self._stopping, wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def once(self) -> int:
        """Run the process one time; its exit code. Raises OSError or EOFError when it cannot be started."""
        self._idle.clear()
        reading_end, output = os.pipe()
        reading = asyncio.ensure_future(self._read(reading_end))
        try:
            running = await self._launched(output)
            self._running = running
            self.starts += 1
            if self._stopping.is_set():  # asked to stop while it was being started
                _signal(running.pid, signal.SIGTERM)
            code = await running.ended
            _signal_group(running.pid)  # what it left behind would hold the port or the queue
        finally:
            self._running = None
            await reading
            self._idle.set()
        return code

    async def stop(self, patience: float) -> None:
        """Ask the process to end, and after `patience` seconds make it and all it started end."""
        self._stopping.set()
        if self._running:
            _signal(self._running.pid, signal.SIGTERM)
        if await _pause(self._idle, patience):
            return
        self.say(f"{self.name} did not end within {patience:g} s and was killed")
        if self._running:
            _signal_group(self._running.pid)
        await _pause(self._idle, 1.0)

    async def _launched(self, output: int) -> Running:
        try:
            return await self.launch(output)
        finally:
            os.close(output)

    async def _read(self, descriptor: int) -> None:
        reader = asyncio.StreamReader(limit=_LONGEST_LINE)
        loop = asyncio.get_running_loop()
        with os.fdopen(descriptor, "rb", buffering=0) as pipe:
            transport, _ = await loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(reader), pipe
            )
            label = f"{self.name:<8} | " if self.prefix else ""
            while not reader.at_eof():
                try:
                    line = await reader.readline()
                except ValueError:  # longer than the limit: the reader dropped it
                    continue
                if line.strip():
                    self.say(label + line.decode(errors="replace").rstrip())
            transport.close()


@dataclass(slots=True)
class Program(Process):
    """A program of somebody else's."""

    command: Sequence[str] = ()

    async def launch(self, output: int) -> Running:
        running = await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=launching.follow_parent,
            pass_fds=self.held,
        )
        return Running(running.pid, running.wait())


@dataclass(slots=True)
class PythonProcess(Process):
    """A command of our own code, as its command line; see `project.launching`."""

    command: Sequence[str] = ()
    folder: Path = Path()

    async def launch(self, output: int) -> Running:
        running = _forkserver.Process(
            target=launching.run,
            args=(
                list(self.command),
                str(self.folder),
                launching.Descriptor(output),
                [launching.Descriptor(held) for held in self.held],
            ),
        )
        # The first one waits until the code is loaded: not in the loop, which has to hear Ctrl-C.
        await asyncio.to_thread(running.start)
        assert running.pid is not None
        return Running(running.pid, _exit_code(running))


async def _exit_code(running: context.ForkServerProcess) -> int:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(running.sentinel, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(running.sentinel)
    running.join()
    code = running.exitcode or 0
    running.close()
    return code


async def _pause(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event, `seconds` at most; whether it came."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that is already gone is what we wanted."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _signal_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # the latter is macOS's word for a zombie
        return


def _reason(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
