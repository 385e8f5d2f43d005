"""The static checks: one line each when all is well, the tool's own words when not."""

import os
import pathlib
import subprocess
import sys
import tempfile

import devenv

LONGEST_FILE = 400  # lines
CODE = ("project", "messaging", "bot", "channels", "dashboard", "scripts", "tests")
# What the compose file asks for; any value does for reading it.
SECRETS = dict.fromkeys(
    (
        "POSTGRES_PASSWORD", "REDIS_PASSWORD", "RABBITMQ_PASSWORD",
        "SECRET_KEY", "JWT_SIGNING_KEY", "FIELD_ENCRYPTION_KEYS",
    ),
    "for-reading-only",
)  # fmt: skip
ENDINGS = {".py", ".js", ".css", ".html"}


def everything(python: str) -> int:
    """Run all checks; 1 when any of them fails."""
    tools = pathlib.Path(python).parent
    production = _production()
    checks = [
        ("style", [f"{tools}/ruff", "check", "."], {}),
        ("format", [f"{tools}/ruff", "format", "--check", "--quiet", "."], {}),
        ("types", [f"{tools}/mypy"], {}),
        ("imports", [f"{tools}/lint-imports"], {}),
        ("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"], {}),
        ("deployment", [python, "manage.py", "check", "--deploy", "--fail-level=WARNING"], production),
        ("openapi", [python, "manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull], {}),
        ("dockerfile", [f"{tools}/hadolint", "Dockerfile"], {}),
        ("compose", [f"{tools}/docker-compose", "config", "-q"], SECRETS),
    ]  # fmt: skip
    failed = [name for name, command, env in checks if not _passes(name, command, env)]
    failed += [name for name, problem in _own_checks() if not _report(name, problem)]
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


def _passes(name: str, command: list[str], environment: dict[str, str]) -> bool:
    with tempfile.TemporaryDirectory() as data:
        env = {**os.environ, "DATA_DIR": data, **environment}
        done = subprocess.run(
            command,
            cwd=devenv.ROOT,
            env=env,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    return _report(name, done.stdout if done.returncode else "")


def _report(name: str, problem: str) -> bool:
    print(f"{name:<12} {'FAILED' if problem else 'ok'}", flush=True)
    if problem:
        print(problem.rstrip(), file=sys.stderr, flush=True)
    return not problem


def _production() -> dict[str, str]:
    """An environment like a real installation's; the keys are for this check only."""
    return {
        "PUBLIC_URL": "https://desk.example.com",
        "ALLOWED_HOSTS": "desk.example.com",
        "TRUSTED_PROXIES": "1",
        "LOG_FORMAT": "json",
    }


def _own_checks() -> list[tuple[str, str]]:
    return [("file length", _long_files()), ("translations", _stale_translations())]


def _long_files() -> str:
    found = []
    for folder in CODE:
        for path in sorted((devenv.ROOT / folder).rglob("*")):
            if path.suffix not in ENDINGS or {"migrations", "vendor"} & set(path.parts):
                continue
            length = len(path.read_text(encoding="utf-8").splitlines())
            if length > LONGEST_FILE:
                found.append(
                    f"{path.relative_to(devenv.ROOT)}: {length} lines, {LONGEST_FILE} are allowed"
                )
    return "\n".join(found)


def _stale_translations() -> str:
    """Each .po file has a .mo file that is not older in content: the same number of messages."""
    found = []
    for source in sorted((devenv.ROOT / "project/locale").rglob("*.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.is_file():
            found.append(
                f"{source.relative_to(devenv.ROOT)} is not compiled: run manage.py compilemessages"
            )
            continue
        if b"fuzzy" in source.read_bytes():
            found.append(f"{source.relative_to(devenv.ROOT)} has fuzzy entries")
    return "\n".join(found)
