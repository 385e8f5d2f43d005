"""Celery's doors. Each is a signal that there is work; what the work is stands in the database."""

from celery import shared_task

from messaging.services import inbound, jobs, turns
from messaging.services.sending import wake_sender


@shared_task(name="messaging.tasks.handle_inbound", ignore_result=True)
def handle_inbound() -> None:
    """Store waiting deliveries and let the bot answer; then send."""
    inbound.ingest_pending()
    turns.handle_pending()
    wake_sender()


@shared_task(name="messaging.tasks.send_due", ignore_result=True)
def send_due() -> None:
    """Have this worker's sender look for due messages."""
    wake_sender()


@shared_task(name="messaging.tasks.tick", ignore_result=True)
def tick() -> None:
    """The small regular jobs."""
    jobs.tick()


@shared_task(name="messaging.tasks.purge", ignore_result=True)
def purge() -> None:
    """Tonight's purge, if it has not been done."""
    jobs.run_nightly()
