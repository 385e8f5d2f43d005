"""Each wrong variable stops the start with one line that names it (F-165)."""

import json
import os
import stat
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from project import environment
from project.environment import ROOT

# What each wrong value must be answered with; every variable a person can get wrong is here.
WRONG = {
    "PORT": ("eighty", "PORT must be a whole number"),
    "RETENTION_DAYS": ("0", "RETENTION_DAYS must be between 1 and 36500"),
    "TRUSTED_PROXIES": ("-1", "TRUSTED_PROXIES must be between 0 and 10"),
    "ALLOWED_HOSTS": ("*", "ALLOWED_HOSTS must be host names or addresses"),
    "ALLOWED_PRIVATE_HOSTS": ("http://x/", "ALLOWED_PRIVATE_HOSTS must be host names"),
    "META_GRAPH_BASE": ("x", "META_GRAPH_BASE must be a URL"),
    "DATABASE_URL": ("mysql://localhost/x", "DATABASE_URL must be like postgres://"),
    "REDIS_URL": ("localhost:6379", "REDIS_URL must be a URL that begins with redis://"),
    "CELERY_BROKER_URL": ("http://localhost", "CELERY_BROKER_URL must be a URL"),
    "PUBLIC_URL": ("desk.example.com", "PUBLIC_URL must be a URL that begins with https://"),
    "TELEGRAM_API_BASE": ("ftp://x", "TELEGRAM_API_BASE must be a URL"),
    "SECRET_KEY": ("short", "SECRET_KEY must be at least 32 bytes long"),
    "JWT_SIGNING_KEY": ("short", "JWT_SIGNING_KEY must be at least 32 bytes long"),
    "FIELD_ENCRYPTION_KEYS": ("not-a-key", "FIELD_ENCRYPTION_KEYS must be comma separated Fernet"),
    "TIME_ZONE": ("Mars/Olympus", "TIME_ZONE is not a time zone"),
    "LANGUAGE_CODE": ("tlh", "LANGUAGE_CODE must be one of pt-br, en"),
    "LOG_FORMAT": ("xml", "LOG_FORMAT must be one of console, json"),
    "DATA_DIR": ("/proc/nowhere", "DATA_DIR /proc/nowhere cannot be written"),
}


@pytest.mark.parametrize("name", WRONG)
def test_f165_a_wrong_value_stops_the_start_with_one_line_that_names_the_variable(name, tmp_path):
    value, message = WRONG[name]
    kept = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "PORT": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "project.supervisor"],
        cwd=ROOT,
        env={**kept, name: value},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"balcao: {message}")


def test_secret_key_and_signing_key_must_differ(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "k" * 40)
    monkeypatch.setenv("JWT_SIGNING_KEY", "k" * 40)
    with pytest.raises(ImproperlyConfigured, match="must differ"):
        environment.keys(tmp_path)


def test_a_value_may_come_from_a_file_but_not_from_both(tmp_path, monkeypatch):
    secret = tmp_path / "secret"
    secret.write_text("from the file\n")
    monkeypatch.setenv("SOME_SECRET_FILE", str(secret))
    assert environment.text("SOME_SECRET") == "from the file"
    monkeypatch.setenv("SOME_SECRET", "from the environment")
    with pytest.raises(ImproperlyConfigured, match="SOME_SECRET and SOME_SECRET_FILE are both set"):
        environment.text("SOME_SECRET")


def test_a_secret_file_that_is_missing_is_named_without_its_path(tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_SECRET_FILE", str(tmp_path / "missing"))
    with pytest.raises(
        ImproperlyConfigured, match=r"SOME_SECRET_FILE cannot be read: No such file"
    ):
        environment.text("SOME_SECRET")


def test_generated_keys_are_private_differ_and_stay_the_same(tmp_path, monkeypatch):
    for name in ("SECRET_KEY", "JWT_SIGNING_KEY", "FIELD_ENCRYPTION_KEYS"):
        monkeypatch.delenv(name, raising=False)
    made = environment.keys(tmp_path)
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert made["SECRET_KEY"] != made["JWT_SIGNING_KEY"]
    assert environment.keys(tmp_path) == made


def test_a_given_key_wins_over_the_generated_one(tmp_path, monkeypatch):
    key = Fernet.generate_key().decode()
    monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", f"{key}, {Fernet.generate_key().decode()}")
    assert environment.keys(tmp_path)["FIELD_ENCRYPTION_KEYS"][0] == key


def test_a_spoilt_key_file_stops_the_start_instead_of_making_new_keys(tmp_path):
    (tmp_path / "keys.json").write_text("{")
    with pytest.raises(ImproperlyConfigured, match=r"keys\.json cannot be read"):
        environment.keys(tmp_path)
    assert (tmp_path / "keys.json").read_text() == "{"


def test_the_key_file_of_another_process_is_kept(tmp_path):
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"made": "first"}))
    environment._write_once(path, json.dumps({"made": "second"}))
    assert json.loads(path.read_text()) == {"made": "first"}
    assert list(tmp_path.iterdir()) == [path]


def test_the_embedded_cache_is_used_only_while_its_socket_is_there(tmp_path):
    assert environment.embedded_redis(tmp_path) == ""
    (tmp_path / "valkey.url").write_text(f"unix://{tmp_path}/valkey.sock?db=1")
    assert environment.embedded_redis(tmp_path) == ""


@given(st.text(max_size=40), st.sampled_from(["", "https://", "unix://", "redis+socket://"]))
def test_a_url_is_taken_with_its_scheme_or_refused_with_the_one_line(value, start):
    text = (start + value).replace("\0", "").encode(errors="ignore").decode()
    os.environ["SOME_URL"] = text
    refused, found = "", ""
    try:
        found = environment.url("SOME_URL", ("https", "unix"))
    except ImproperlyConfigured as error:
        refused = str(error)
    assert (
        refused.startswith("SOME_URL must be a URL")
        or found.startswith(("https://", "unix:"))
        or (found == "" and not text.strip().strip("/"))
    )
