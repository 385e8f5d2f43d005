"""Thread pools and the database connections of their threads."""

import asyncio
import threading

import pytest
from django.db import DatabaseError, connection, connections

from messaging import requestid
from project import threads
from project.threads import Pool, with_database


def in_pool(*calls, pool_threads=1):
    """Run calls one after the other in one pool; their results, or the errors they raised."""

    async def run():
        pool = Pool("test", threads=pool_threads, jobs=10)
        found = []
        for call in calls:
            try:
                found.append(await pool.run(call))
            except DatabaseError as error:
                found.append(error)
        await pool.run(connections.close_all)
        await pool.close()
        return found

    return asyncio.run(run())


def backend():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_a_job_has_the_request_id_of_its_request_and_cannot_change_it():
    def job():
        seen = requestid.current()
        requestid.bind("other")
        return seen

    requestid.bind("mine")
    assert in_pool(job, job) == ["mine", "mine"]
    assert requestid.current() == "mine"


@pytest.mark.django_db(transaction=True)
def test_a_thread_keeps_its_connection_from_job_to_job(settings, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 60)

    def job():
        connection.ensure_connection()
        return connection.connection

    first, second = in_pool(lambda: with_database(job), lambda: with_database(job))
    assert first is second


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_too_old_is_closed_at_the_next_look(monkeypatch):
    monkeypatch.setattr(threads, "_LOOK_EVERY", -1.0)

    def job():
        found = connection.connection
        connection.ensure_connection()
        connection.close_at = 0.0  # long ago
        return found

    assert in_pool(lambda: with_database(job), lambda: with_database(job)) == [None, None]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_f08_after_a_lost_connection_the_same_thread_works_again():
    """One job may fail; the one after it has a new connection."""
    killed = threading.Event()

    def kill(pid):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        killed.set()

    def first():
        pid = backend()
        killer = threading.Thread(target=lambda: (kill(pid), connection.close()))
        killer.start()
        killer.join()
        return pid

    before, lost, after = in_pool(*[lambda call=call: with_database(call) for call in (first, backend, backend)])  # fmt: skip
    assert killed.is_set()
    assert isinstance(lost, DatabaseError)
    assert isinstance(after, int)
    assert after != before
