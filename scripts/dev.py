#!/usr/bin/env python3
"""Everything a developer types: run, test, lint, bench. Needs only Python >= 3.11.

Makes `.venv` from the lock files in requirements/ and keeps it current; a start with an unchanged lock skips that.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python gets as far as this line
    sys.exit("balcao: Python 3.11 or newer is needed, this is %d.%d" % sys.version_info[:2])  # noqa: UP031

import argparse
import os

import devenv
import devlint
import devtest


def run(arguments: list[str]) -> int:
    """Start the desk; does not return."""
    python = devenv.ensure("run")
    os.execv(python, [python, "-m", "project.supervisor", *arguments])  # noqa: S606 - becomes the desk


def test(arguments: list[str]) -> int:
    """The whole suite; with arguments, pytest with these."""
    python = devenv.ensure("checks")
    return devtest.some(python, arguments) if arguments else devtest.everything(python)


def lint(_arguments: list[str]) -> int:
    """All static checks."""
    return devlint.everything(devenv.ensure("checks"))


def bench(arguments: list[str]) -> int:
    """The benchmarks."""
    return devenv.call([devenv.ensure("checks"), "scripts/bench.py", *arguments])


def setup(_arguments: list[str]) -> int:
    """Only make the environment, with everything a developer needs."""
    devenv.ensure("checks")
    return 0


COMMANDS = {"run": run, "test": test, "lint": lint, "bench": bench, "setup": setup}


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on")
    chosen = parser.parse_args()
    os.chdir(devenv.ROOT)
    try:
        return COMMANDS[chosen.command](chosen.arguments)
    except devenv.SetupError as error:
        print(f"balcao: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
