"""Runs the test suite: what touches the database on PostgreSQL first, then everything on SQLite."""

import os

import devenv

WORKERS = max(2, min(os.cpu_count() or 2, 8))
COVERAGE = ["--cov", "--cov-report="]


def some(python: str, arguments: list[str]) -> int:
    """pytest with these arguments."""
    return devenv.call([python, "-m", "pytest", *arguments])


def everything(python: str) -> int:
    """Both passes, whatever the first one says; the last line is pytest's own."""
    parallel = ["-n", str(WORKERS)]
    first = [
        python,
        "-m",
        "pytest",
        "-q",
        *parallel,
        "--migrations",
        *COVERAGE,
        "--cov-fail-under=0",
    ]
    print("On PostgreSQL: the tests that use the database", flush=True)
    postgres = devenv.call(first, BALCAO_TEST_DB="postgres")
    print("On SQLite: all tests", flush=True)
    second = [python, "-m", "pytest", "-q", *parallel, "--cov", "--cov-append"]
    sqlite = devenv.call(
        [*second, "--cov-report=term-missing:skip-covered"], BALCAO_TEST_DB="sqlite"
    )
    if postgres:
        print("The pass on PostgreSQL failed, see above.", flush=True)
    return postgres or sqlite
