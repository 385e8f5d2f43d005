"""Makes a new installation ready to use; on an old one brings the database up to date and changes nothing else."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

import bot.demo
from messaging.models import Agent, Channel, PeriodicJob
from messaging.models.agents import Role
from messaging.services import channels
from messaging.services.errors import ServiceError

RECORD = "first-start"  # the PeriodicJob that remembers which steps are done


class Command(BaseCommand):
    help = "Migrates the database and, on the first start, makes the admin, two channels and the demo knowledge base."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            migrate()
        except OperationalError as error:
            raise CommandError(f"the database cannot be used: {_first_line(error)}") from None
        steps: dict[str, Callable[[], str]] = {
            "admin": make_admin,
            "channels": make_channels,
            "knowledge": load_knowledge,
        }
        if settings.TELEGRAM_BOT_TOKEN:
            steps["telegram"] = connect_telegram
        for name, step in steps.items():
            line = once(name, step)
            if line:
                self.stdout.write(line)


def migrate() -> None:
    """Apply what is missing; the quick look first saves a second at each later start."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def once(name: str, step: Callable[[], str]) -> str:
    """Run a step unless an earlier start did, and remember it; what the step has to say, or ""."""
    record, _ = PeriodicJob.objects.get_or_create(
        name=RECORD, defaults={"started_at": timezone.now()}
    )
    if name in record.progress:
        return ""
    said = step()
    with transaction.atomic():
        record = PeriodicJob.objects.select_for_update().get(name=RECORD)
        record.progress = {**record.progress, name: timezone.now().isoformat()}
        record.finished_at = timezone.now()
        record.save(update_fields=["progress", "finished_at"])
    return said


def make_admin() -> str:
    """The first user, who may do everything."""
    users = get_user_model()
    if users.objects.filter(is_superuser=True).exists():
        return ""
    given = settings.ADMIN_PASSWORD
    password = given or secrets.token_urlsafe(12)
    with transaction.atomic():
        user = users.objects.create_superuser(settings.ADMIN_USERNAME, password=password)
        Agent.objects.create(user=user, name=settings.ADMIN_USERNAME, role=Role.ADMIN)
        if not given:
            _keep_private(settings.DATA_DIR / "admin-password", password)
    if given:
        return f"Admin {settings.ADMIN_USERNAME!r} created."
    return f"Admin {settings.ADMIN_USERNAME!r} created, password: {password}"


def make_channels() -> str:
    """A web chat for the start page and a mock channel to try things out."""
    for kind, name in (("webchat", "Web chat"), ("mock", "Mock")):
        if not Channel.objects.filter(kind=kind).exists():
            channels.create(kind=kind, name=name, config={})
    return ""


def connect_telegram() -> str:
    """The bot of TELEGRAM_BOT_TOKEN. A platform that cannot be reached is tried again by the channel itself."""
    if Channel.objects.filter(kind="telegram").exists():
        return ""
    try:
        channel = channels.create(
            kind="telegram", name="Telegram", config={"token": settings.TELEGRAM_BOT_TOKEN}
        )
    except ServiceError as error:
        raise CommandError(f"TELEGRAM_BOT_TOKEN was not accepted: {error}") from None
    return f"Telegram: {channel.get_health_display()}"


def load_knowledge() -> str:
    """The demo shop's FAQs, so that the bot has answers from the first minute."""
    count = bot.demo.load()
    return f"Demo knowledge base loaded: {count} FAQs." if count else ""


def _keep_private(path: Path, content: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content + "\n")


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
