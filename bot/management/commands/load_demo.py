"""`manage.py load_demo`: the FAQs of an invented online shop."""

from typing import Any

from django.core.management.base import BaseCommand

from bot import demo


class Command(BaseCommand):
    help = "Load the demo FAQs that are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{demo.load()} FAQs loaded")
