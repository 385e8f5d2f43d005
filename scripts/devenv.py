"""Makes and keeps the virtual environment `.venv`. Standard library only."""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = pathlib.Path(os.environ.get("BALCAO_VENV") or ROOT / ".venv")
# Each set holds the ones before it.
SETS = ("run", "dev", "checks")


class SetupError(Exception):
    """Why the environment cannot be made, in one line."""


def ensure(wanted: str) -> str:
    """The path of a Python with the packages of requirements/<wanted>.txt. Raises SetupError."""
    python = VENV / "bin" / "python"
    if _is_current(wanted):
        return str(python)
    try:
        VENV.mkdir(parents=True, exist_ok=True)
        with (VENV / "setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two commands at once: the second finds it done
            if not _is_current(wanted):
                _make(wanted, python)
    except OSError as error:
        raise SetupError(f"{VENV} cannot be written: {error.strerror or error}") from None
    return str(python)


def call(command: list[str], **environment: str) -> int:
    """Run a command in the repository; its exit code."""
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, check=False, env=env).returncode


def _is_current(wanted: str) -> bool:
    """Whether this set, or a larger one, is installed as its lock says."""
    larger = SETS[SETS.index(wanted) :]
    return any(
        _stamp(name).is_file() and _stamp(name).read_text() == _mark(name) for name in larger
    )


def _stamp(name: str) -> pathlib.Path:
    return VENV / f"installed-{name}"


def _mark(name: str) -> str:
    """A hash of all the installation depends on."""
    lock = (ROOT / "requirements" / f"{name}.txt").read_bytes()
    interpreter = f"{sys.version} {sysconfig.get_platform()} {VENV}"
    return hashlib.sha256(lock + interpreter.encode()).hexdigest()


def _make(wanted: str, python: pathlib.Path) -> None:
    print(f"Setting up {VENV.name} ({wanted}) …", flush=True)
    uv = shutil.which("uv")
    version = ROOT / "requirements" / f"{wanted}.txt"
    if not _usable(python):
        _create(uv, python)
    for name in SETS:
        _stamp(name).unlink(missing_ok=True)
    if uv and _install([uv, "pip", "install", "--quiet", "--compile-bytecode"], version, python):
        pass
    elif not _has_pip(python) or not _install(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
        version,
        python,
    ):
        raise SetupError(
            "the packages could not be installed: is the package index reachable? (see above)"
        )
    _stamp(wanted).write_text(_mark(wanted))


def _create(uv: str | None, python: pathlib.Path) -> None:
    for folder in ("bin", "lib", "lib64", "include"):
        path = VENV / folder
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path, ignore_errors=True)
    command = [sys.executable, "-m", "venv", str(VENV)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode and uv:  # a Python without ensurepip, as some distributions ship it
        command = [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(VENV)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode or not _usable(python):
        raise SetupError(
            "this Python cannot make virtual environments: install its venv package"
            " (Debian: apt install python3-venv)"
        )


def _usable(python: pathlib.Path) -> bool:
    """Whether there is an environment made by the Python that runs us."""
    if not python.is_file():
        return False
    probe = [str(python), "-c", "import sys; print(sys.version)"]
    done = subprocess.run(probe, check=False, capture_output=True, text=True)
    return done.returncode == 0 and done.stdout.strip() == sys.version.strip()


def _has_pip(python: pathlib.Path) -> bool:
    done = subprocess.run([str(python), "-m", "pip", "--version"], check=False, capture_output=True)
    return done.returncode == 0


def _install(command: list[str], lock: pathlib.Path, python: pathlib.Path) -> bool:
    # The lock pins everything by hash, so the machine's own constraints have nothing to say.
    env = {**os.environ, "VIRTUAL_ENV": str(VENV), "PIP_CONSTRAINT": os.devnull}
    for name in ("PIP_REQUIRE_VIRTUALENV", "PIP_USER", "PIP_TARGET", "UV_CONSTRAINT"):
        env.pop(name, None)
    if command[1:2] == ["pip"]:
        command = [*command, "--python", str(python)]
    done = subprocess.run([*command, "--require-hashes", "-r", str(lock)], check=False, env=env)
    return done.returncode == 0
