"""`manage.py import_faqs FILE`: FAQs from CSV, XLSX, JSON or YAML."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bot import services, transfer
from messaging.services.answers import import_faqs

_PROGRESS = 500  # rows between two signs of life


class Command(BaseCommand):
    """Creates and updates FAQs from a file; rejected rows go to a file beside it, with the reason."""

    help = "Import FAQs from a CSV, XLSX, JSON or YAML file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check the file, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        rows = _read(path)
        if unknown := transfer.unknown_columns(rows):
            self.stderr.write(f"columns left out: {', '.join(unknown)}")

        def progress(done: int) -> None:
            if done % _PROGRESS == 0 and done < len(rows):
                self.stderr.write(f"{done} of {len(rows)} rows")

        report = import_faqs(rows, dry_run=options["dry_run"], progress=progress)
        self.stdout.write(
            f"{'would be ' if options['dry_run'] else ''}created {report.created}, "
            f"updated {report.updated}, unchanged {report.unchanged}, "
            f"rejected {len(report.rejected)}"
        )
        for rejected in report.rejected[:20]:
            self.stderr.write(f"row {rejected.number}: {rejected.reason}")
        if report.rejected:
            written = _write_rejected(path, report)
            self.stderr.write(f"rejected rows are in {written}")


def _read(path: Path) -> list[transfer.Row]:
    try:
        return transfer.read(path.read_bytes(), path.suffix.lstrip("."))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None
    except transfer.Unreadable as error:
        raise CommandError(f"{path}: {error}") from None


def _write_rejected(path: Path, report: services.Report) -> Path:
    """Beside the file, in its format: the rows as they were, with the column `reason`."""
    target = path.with_name(f"{path.stem}.rejected{path.suffix}")
    rows = [{**r.row, transfer.REASON: f"row {r.number}: {r.reason}"} for r in report.rejected]
    try:
        target.write_bytes(transfer.write(rows, path.suffix.lstrip("."), reasons=True))
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror}") from None
    except transfer.Unreadable as error:
        raise CommandError(f"{target} cannot be written: {error}") from None
    return target
