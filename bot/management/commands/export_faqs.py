"""`manage.py export_faqs FILE`: all FAQs to CSV, XLSX, JSON or YAML."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bot import services, transfer


class Command(BaseCommand):
    """Writes all FAQs to a file that import_faqs reads."""

    help = "Export all FAQs to a CSV, XLSX, JSON or YAML file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        rows = list(services.exported_faqs())
        try:
            path.write_bytes(transfer.write(rows, path.suffix.lstrip(".")))
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}") from None
        except transfer.Unreadable as error:
            raise CommandError(f"{path}: {error}") from None
        self.stdout.write(f"{len(rows)} FAQs written to {path}")
