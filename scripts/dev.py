#!/usr/bin/env python3
"""Everything a developer types: run, test, lint, bench. Needs only Python >= 3.11.

Makes `.venv` from the lock files in requirements/ and keeps it current; a start with an unchanged lock skips that.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "balcao: Python 3.11 or newer is needed, this is {}.{}".format(*sys.version_info[:2])  # noqa: UP032
    )

import argparse
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import devenv

ENGINE_TESTS = ("tests/messaging", "tests/bot", "tests/project")


def run(arguments: list[str]) -> int:
    """Start the desk; does not return."""
    python = devenv.ensure("run")
    os.execv(python, [python, "-m", "project.supervisor", *arguments])


def test(arguments: list[str]) -> int:
    """The whole suite; with arguments, pytest with these."""
    python = devenv.ensure("checks")
    if arguments:
        return call([python, "-m", "pytest", *arguments])
    import devtest

    return devtest.everything(python)


def lint(_arguments: list[str]) -> int:
    """All static checks."""
    import devlint

    return devlint.everything(devenv.ensure("checks"))


def bench(arguments: list[str]) -> int:
    """The benchmarks."""
    return call([devenv.ensure("checks"), "scripts/bench.py", *arguments])


def setup(_arguments: list[str]) -> int:
    """Only make the environment, with everything a developer needs."""
    devenv.ensure("checks")
    return 0


def call(command: list[str]) -> int:
    """Run a command in the repository; its exit code."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


COMMANDS = {"run": run, "test": test, "lint": lint, "bench": bench, "setup": setup}


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on")
    chosen = parser.parse_args()
    os.chdir(ROOT)
    try:
        return COMMANDS[chosen.command](chosen.arguments)
    except devenv.SetupError as error:
        print(f"balcao: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
