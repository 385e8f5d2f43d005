"""Runs the test suite: what touches the database on PostgreSQL first, then everything on SQLite."""

import os

import devenv

WORKERS = max(2, min(os.cpu_count() or 2, 8))


def some(python: str, arguments: list[str]) -> int:
    """pytest with these arguments."""
    return devenv.call([python, "-m", "pytest", *arguments])


def everything(python: str) -> int:
    """Both passes, whatever the first one says; the last line is pytest's own."""
    pytest = [python, "-m", "pytest", "-q", "-n", str(WORKERS)]
    print("On PostgreSQL: the tests that use the database", flush=True)
    postgres = devenv.call([*pytest, "--migrations"], BALCAO_TEST_DB="postgres")
    if postgres:
        print("The pass on PostgreSQL failed, see above.", flush=True)
    print("On SQLite: all tests", flush=True)
    sqlite = devenv.call(
        [*pytest, "--cov", "--cov-report=term:skip-covered"], BALCAO_TEST_DB="sqlite"
    )
    return postgres or sqlite
