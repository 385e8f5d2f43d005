"""Celery carries nudges: ids in JSON, published quickly or not at all, and a worker that stops working ends."""

import socket
import threading
import time

import celery.worker.state
import kombu
import pytest
from celery.schedules import crontab
from django.conf import settings
from kombu.exceptions import ContentDisallowed, OperationalError
from kombu.serialization import dumps, loads

from project.celery import app
from project.watchdog import Watchdog


class Broker:
    """A Celery application's place: keeps what is published, or fails."""

    def __init__(self):
        self.sent = []
        self.error = None

    def send_task(self, name, **options):
        if self.error:
            raise self.error
        self.sent.append((name, options))


@pytest.fixture
def broker():
    return Broker()


@pytest.fixture
def watchdog(broker):
    return Watchdog(broker, hostname="worker@test", period=30)


def test_f90_a_task_with_a_pickle_is_refused():
    pickled = dumps({"text": "olá"}, serializer="pickle")
    with pytest.raises(ContentDisallowed):
        loads(pickled[2], pickled[0], pickled[1], accept=app.conf.accept_content)
    assert app.conf.task_serializer == "json"
    assert app.conf.result_backend is None


def test_f80_a_task_is_acknowledged_late_and_comes_back_when_its_worker_is_lost():
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.broker_transport_options["visibility_timeout"] == 120


def test_f91_tasks_that_hang_or_leak_end():
    assert (app.conf.task_soft_time_limit, app.conf.task_time_limit) == (30, 60)
    assert app.conf.worker_max_tasks_per_child == 1000
    assert app.conf.worker_max_memory_per_child == 300_000


def test_the_purge_is_due_at_a_quarter_past_three_local_time():
    schedule = app.conf.beat_schedule["purge"]["schedule"]
    assert schedule == crontab(hour="3", minute="15")
    assert app.conf.timezone == settings.TIME_ZONE


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks


def test_f81_nothing_is_scheduled_further_ahead_than_its_task_may_wait():
    for entry in app.conf.beat_schedule.values():
        assert entry["options"]["expires"] <= 3600


@pytest.mark.parametrize("state", ["refused", "frozen"])
def test_f10_f86_publishing_to_a_broker_that_is_away_fails_within_three_seconds(state):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if state == "frozen":
            server.listen(16)
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        connection = kombu.Connection(
            url,
            connect_timeout=app.conf.broker_connection_timeout,
            transport_options=app.conf.broker_transport_options,
        )
        began = time.monotonic()
        with (
            pytest.raises((OperationalError, *connection.connection_errors)),
            connection.Producer() as producer,
        ):
            producer.publish({}, routing_key="replies", retry=False)
        assert time.monotonic() - began < 3


def test_f83_a_canary_that_does_not_come_back_is_a_lost_one(watchdog, broker):
    watchdog.send()
    name, options = broker.sent[0]
    assert name == "project.canary"
    assert options["routing_key"] == "worker@test"
    now = time.monotonic()
    assert not watchdog.lost(now + 29)
    assert watchdog.lost(now + 31)


def test_any_received_task_shows_that_the_worker_lives(watchdog):
    watchdog.send()
    watchdog.received()
    assert not watchdog.lost(time.monotonic() + 3600)


def test_a_busy_worker_is_not_taken_for_a_dead_one(watchdog):
    class Request:
        pass

    watchdog.send()
    running = Request()
    celery.worker.state.active_requests.add(running)
    try:
        assert not watchdog.lost(time.monotonic() + 3600)
    finally:
        celery.worker.state.active_requests.discard(running)
    assert watchdog.lost(time.monotonic() + 3600)


def test_a_broker_that_is_away_is_not_the_workers_fault(watchdog, broker):
    broker.error = OperationalError("refused")
    watchdog.send()
    assert not watchdog.lost(time.monotonic() + 3600)
    broker.error = None
    watchdog.send()
    assert watchdog.lost(time.monotonic() + 3600)


def test_an_outstanding_canary_is_not_replaced(watchdog, broker):
    watchdog.send()
    watchdog.send()
    assert len(broker.sent) == 1


def test_a_lost_canary_ends_the_worker_with_an_error_code(broker, monkeypatch):
    ended = threading.Event()
    codes = []
    monkeypatch.setattr("project.watchdog.LAST_RESORT", 0.01)
    monkeypatch.setattr("os._exit", lambda code: (codes.append(code), ended.set()))
    monkeypatch.setattr(celery.worker.state, "should_stop", None)
    Watchdog(broker, hostname="worker@test", period=0.05).start()
    assert ended.wait(5)
    assert codes == [70]
    assert celery.worker.state.should_stop == 70
