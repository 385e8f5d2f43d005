"""What a process forked by the supervisor does first: become a command of its own."""

import ctypes
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Sequence
from multiprocessing.reduction import DupFd
from typing import Any

from setproctitle import setproctitle

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Descriptor:
    """A file descriptor on its way to a new process."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __getstate__(self) -> Any:
        return DupFd(self._number)

    def __setstate__(self, state: Any) -> None:
        self._number = state.detach()

    def take(self) -> int:
        """The number it has here."""
        return self._number


def follow_parent() -> None:
    """End politely when the supervisor is killed, however that happens. Linux only; harmless elsewhere."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def run(
    command: Sequence[str], folder: str, output: Descriptor, held: Sequence[Descriptor]
) -> None:
    """Run `python -m <command>` in `folder`.

    `output` becomes standard output and error; `held` stay open as long as the process lives.
    """
    preload = sys.modules.get("project.preload")
    if preload is not None and not preload.loaded:  # it has said why
        sys.exit(1)
    follow_parent()
    if preload is not None and os.getppid() != preload.pid:
        sys.exit(
            1
        )  # the parent ended before it could be followed: nobody would ever stop this process
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()  # Ctrl-C in the terminal reaches the supervisor only, which stops things in order
    descriptor = output.take()
    for number in (1, 2):
        os.dup2(descriptor, number)
    os.close(descriptor)
    for one in held:
        os.set_inheritable(one.take(), True)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.chdir(folder)
    sys.path.insert(0, folder)
    # For what this process starts itself: the web server and Celery expect to fork.
    multiprocessing.set_start_method("fork" if sys.platform == "linux" else "spawn", force=True)
    setproctitle(f"{sys.executable} -m {' '.join(command)}")
    sys.argv = list(command)
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
