"""scripts/dev.py: makes the environment once, says in one line why it cannot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from project.environment import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

import devenv
import devlint


@pytest.fixture
def venv(tmp_path, monkeypatch):
    """An environment that seems to be there, in a place of its own."""
    place = tmp_path / "venv"
    (place / "bin").mkdir(parents=True)
    (place / "bin/python").symlink_to(sys.executable)
    monkeypatch.setattr(devenv, "VENV", place)
    return place


@pytest.fixture
def installed(monkeypatch):
    """What would have been installed."""
    commands = []
    monkeypatch.setattr(devenv, "_install", lambda *arguments: commands.append(arguments) or True)
    monkeypatch.setattr(devenv, "_create", lambda *arguments: None)
    return commands


def test_an_unchanged_lock_is_installed_once(venv, installed):
    devenv.ensure("run")
    devenv.ensure("run")
    assert len(installed) == 1


def test_the_larger_set_serves_for_the_smaller_one(venv, installed):
    devenv.ensure("checks")
    devenv.ensure("dev")
    devenv.ensure("run")
    assert len(installed) == 1


def test_another_lock_is_installed_again(venv, installed, tmp_path, monkeypatch):
    lock = tmp_path / "requirements/run.txt"
    lock.parent.mkdir()
    for name in devenv.SETS:
        (lock.parent / f"{name}.txt").write_text("a==1")
    monkeypatch.setattr(devenv, "ROOT", tmp_path)
    devenv.ensure("run")
    lock.write_text("a==2")
    devenv.ensure("run")
    assert len(installed) == 2


def test_an_installation_that_failed_is_tried_again(venv, monkeypatch, installed):
    monkeypatch.setattr(devenv, "_install", lambda *arguments: False)
    with pytest.raises(devenv.SetupError, match="is the package index reachable"):
        devenv.ensure("run")
    monkeypatch.setattr(devenv, "_install", lambda *arguments: installed.append(arguments) or True)
    devenv.ensure("run")
    assert len(installed) == 1


def test_without_the_package_index_the_last_line_says_so(tmp_path):
    env = {
        "PATH": str(tmp_path),
        "HOME": str(tmp_path),
        "BALCAO_VENV": str(tmp_path / "venv"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://127.0.0.1:1/nothing",
        "PIP_RETRIES": "0",
    }
    done = subprocess.run(
        [sys.executable, "scripts/dev.py", "run"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "balcao: the packages could not be installed: is the package index reachable? (see above)"
    )
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_one_line():
    done = subprocess.run(
        [sys.executable, "scripts/dev.py", "setup"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "BALCAO_VENV": "/proc/venv"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("balcao: /proc/venv cannot be written")
    assert len(done.stderr.splitlines()) == 1


def test_an_old_python_reads_far_enough_to_say_that_it_is_too_old():
    head = (ROOT / "scripts/dev.py").read_text().split("import argparse")[0]
    stand_in = "import sys; sys.version_info = (3, 9, 2)\n"
    done = subprocess.run(
        [sys.executable, "-c", stand_in + head], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "balcao: Python 3.11 or newer is needed, this is 3.9"


def test_the_locks_pin_everything_by_hash_and_name_no_host():
    for name in devenv.SETS:
        text = (ROOT / f"requirements/{name}.txt").read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
        pins = [line for line in text.splitlines() if line and line[0].isalnum()]
        assert all("==" in pin and pin.endswith("\\") for pin in pins)


def test_each_set_of_packages_holds_the_one_before():
    pins = [
        {
            line.split(" ")[0]
            for line in (ROOT / f"requirements/{name}.txt").read_text().splitlines()
            if line and line[0].isalnum()
        }
        for name in devenv.SETS
    ]
    assert pins[0] <= pins[1] <= pins[2]


def test_a_file_longer_than_allowed_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(devlint.devenv, "ROOT", tmp_path)
    monkeypatch.setattr(devlint, "CODE", ("bot",))
    (tmp_path / "bot/migrations").mkdir(parents=True)
    for place in ("bot/long.py", "bot/migrations/0001_long.py"):
        (tmp_path / place).write_text("pass\n" * 401)
    (tmp_path / "bot/short.py").write_text("pass\n" * 400)
    assert devlint._long_files() == "bot/long.py: 401 lines, 400 are allowed"


def test_every_variable_is_documented_in_both_places():
    variables = set()
    for path in (ROOT / "project").glob("*.py"):
        for call in ("text(", "number(", "choice(", "names(", "url(", "time_zone("):
            for part in path.read_text().split(f"environment.{call}")[1:]:
                name = part.strip().partition('"')[2].partition('"')[0]
                if name.isupper():
                    variables.add(name)
    assert len(variables) > 12
    for document in (Path("docs/configuration.md"), Path(".env.example")):
        text = (ROOT / document).read_text()
        assert not [name for name in sorted(variables) if name not in text], document
