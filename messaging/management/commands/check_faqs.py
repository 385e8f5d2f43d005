"""`manage.py check_faqs`: what is wrong with the library as it would be published, and its self-test."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, no_translations

from bot import checking, demo, snapshot
from bot.checking import Report
from bot.services.checking import sentence
from bot.services.publishing import unpublished
from messaging.services.library import limits

_SHOWN = 50  # findings


class Command(BaseCommand):
    """Leaves each phrasing out in turn and says how many find their FAQ without it; lists findings."""

    help = "Check the FAQs as they would be published. Stores nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="check the demo FAQs instead")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        faqs = demo.library() if options["demo"] else snapshot.faqs_of(unpublished())
        report = checking.check(faqs, limits())
        if options["json"]:
            whole = {**checking.as_json(report), "share": report.share}
            self.stdout.write(json.dumps(whole, ensure_ascii=False))
            return
        questions = {faq.id: faq.question for faq in faqs}
        self.stdout.write(_summary(report))
        for finding in report.findings[:_SHOWN]:
            severity = checking.SEVERITY[finding.kind]
            self.stdout.write(f"  {severity}: {sentence(finding, questions.__getitem__)}")
        more = sum(report.counts.values()) - _SHOWN
        if more > 0:
            self.stdout.write(f"  … and {more} more")


def _summary(report: Report) -> str:
    library = f"{report.faqs} FAQs, {report.phrasings} phrasings"
    if report.too_large:
        return f"{library}: too many for the self-test"
    if report.share is None:
        return f"{library}: nothing to test"
    return f"{library}; self-test: {report.share:.1%} ({report.found} of {report.tested} find their FAQ)"
