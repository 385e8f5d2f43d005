"""Liveness and readiness."""

import json
import threading
import time

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from messaging import health
from messaging.health import Probe


@pytest.fixture
def dependencies(monkeypatch):
    """Readiness asks what the test puts in here: a function for each dependency."""
    checks = {}

    def ask():
        monkeypatch.setattr(
            health, "PROBES", tuple(Probe(name, check) for name, check in checks.items())
        )
        return health.ready()

    ask.checks = checks
    for name in ("database", "migrations", "cache", "broker"):
        checks[name] = lambda: "ok"
    return ask


def refused():
    raise ConnectionRefusedError("redis://:secret@10.0.0.5:6379 refused")


def test_f163_liveness_touches_no_dependency(django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(health, "PROBES", None)
    assert health.live() == (200, {"status": "ok"})


def test_f163_all_well_is_200(dependencies):
    assert dependencies() == (
        200,
        {
            "status": "ok",
            "checks": {"database": "ok", "migrations": "ok", "cache": "ok", "broker": "ok"},
        },
    )


@pytest.mark.parametrize("name", ["database", "migrations"])
def test_f163_without_the_database_it_is_not_ready(dependencies, name):
    dependencies.checks[name] = refused
    status, body = dependencies()
    assert (status, body["status"]) == (503, "down")
    assert body["checks"][name] == "down"


@pytest.mark.parametrize("name", ["cache", "broker"])
def test_f163_without_redis_it_is_degraded_but_ready_because_replies_go_on(dependencies, name):
    dependencies.checks[name] = refused
    status, body = dependencies()
    assert (status, body["status"]) == (200, "degraded")
    assert body["checks"][name] == "down"


def test_f163_an_answer_tells_no_secret_and_no_address(dependencies):
    for name in dependencies.checks:
        dependencies.checks[name] = refused
    text = json.dumps(dependencies())
    assert "secret" not in text
    assert "10.0.0.5" not in text


@pytest.mark.parametrize("hanging", [["database"], ["cache"], ["database", "cache", "broker"]])
def test_f163_readiness_answers_in_half_a_second_when_dependencies_hang(dependencies, hanging):
    held = threading.Event()
    for name in hanging:
        dependencies.checks[name] = lambda: str(held.wait(10))
    began = time.monotonic()
    status, body = dependencies()
    took = time.monotonic() - began
    held.set()
    assert took < 0.5
    assert status == (503 if "database" in hanging else 200)
    assert [name for name, state in body["checks"].items() if state == "no answer"] == hanging


def test_f163_a_check_that_hangs_is_not_started_again_and_again():
    held, started = threading.Event(), []

    def hang():
        started.append(1)
        held.wait(10)
        return "ok"

    probe = Probe("x", hang)
    futures = {id(probe.begin()) for _ in range(20)}
    held.set()
    assert (len(futures), len(started)) == (1, 1)
    assert probe.begin().result(5) == "ok"


def test_f163_a_check_that_hangs_for_long_is_made_anew(monkeypatch):
    monkeypatch.setattr(health, "ABANDON_SECONDS", 0.05)
    held, answers = threading.Event(), iter([True, False])
    probe = Probe("x", lambda: (next(answers) and held.wait(10) and "late") or "ok")
    first = probe.begin()
    time.sleep(0.1)
    second = probe.begin()
    assert second.result(5) == "ok"
    assert not first.done()
    held.set()


def test_an_answer_is_kept_for_a_moment_so_that_probes_cannot_become_load(monkeypatch):
    calls = []
    probe = Probe("x", lambda: calls.append(1) or "ok")
    for _ in range(10):
        assert probe.begin().result(5) == "ok"
    assert len(calls) == 1
    monkeypatch.setattr(health, "KEEP_SECONDS", 0.0)
    assert probe.begin().result(5) == "ok"
    assert len(calls) == 2


@pytest.fixture
def real_probes(monkeypatch):
    monkeypatch.setattr(health, "WAIT_SECONDS", 20)  # a busy machine may be slow at first
    monkeypatch.setattr(health, "_migrated", threading.Event())
    monkeypatch.setattr(health, "PROBES", tuple(Probe(p.name, p.check) for p in health.PROBES))


@pytest.mark.django_db(transaction=True)
def test_the_real_dependencies_of_a_migrated_desk_are_ready(real_probes):
    status, body = health.ready()
    assert body["checks"] == dict.fromkeys(("database", "migrations", "cache", "broker"), "ok")
    assert (status, body["status"]) == (200, "ok")


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_was_not_run_makes_it_not_ready(real_probes, settings):
    settings.MIGRATION_MODULES = {}  # a test database may be made without them
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    for app, name in set(known) - set(recorder.applied_migrations()):
        recorder.record_applied(app, name)
    recorder.record_unapplied("messaging", "0001_initial")
    assert health._migrations() == "pending"
    recorder.record_applied("messaging", "0001_initial")
    assert health._migrations() == "ok"


def test_dead_servers_are_told_apart_from_the_database(real_probes, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    with pytest.raises(Exception, match="onnect"):
        health._cache()
    with pytest.raises(Exception, match="onnect"):
        health._broker()


def test_without_a_broker_there_is_nothing_that_could_be_down(settings):
    settings.CELERY_BROKER_URL = ""
    assert health._broker() == "ok"
