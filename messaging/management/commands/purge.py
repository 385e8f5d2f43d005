"""Deletes messages that the retention no longer covers."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging.services import retention


class Command(BaseCommand):
    help = "Delete messages older than the retention, with everything that belongs to them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument(
            "--force", action="store_true", help="purge even if it looks like a mistake"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = retention.purge(
                dry_run=options["dry_run"], force=options["force"], progress=self._progress
            )
        except retention.PurgeRefused as error:
            raise CommandError(
                f"Refused: {error}. Run with --force to purge all the same."
            ) from None
        verb = "would be deleted" if options["dry_run"] else "deleted"
        self.stdout.write(f"{report.messages} messages {verb}")

    def _progress(self, rows: str, done: int) -> None:
        self.stderr.write(f"{rows}: {done}", ending="\r")
