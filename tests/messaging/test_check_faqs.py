"""`manage.py check_faqs`: the library's health for a shell."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import translation

from bot import services

pytestmark = pytest.mark.django_db


def said(**options: bool) -> str:
    out = StringIO()
    call_command("check_faqs", stdout=out, **options)
    return out.getvalue()


def test_it_tells_the_share_and_what_is_wrong() -> None:
    for question in ("Where is my order?", "where is my ORDER"):
        services.create_faq(
            question=question, answer=question, alternatives=["track it", "tracking"], language="en"
        )
    with translation.override("pt-br"):
        text = said()
    assert text.startswith("2 FAQs, 6 phrasings; self-test: ")
    assert "error: “Where is my order?” and “where is my ORDER” have the same phrasing" in text


def test_without_faqs_there_is_nothing_to_test() -> None:
    assert said() == "0 FAQs, 0 phrasings: nothing to test\n"


def test_the_demo_can_be_checked_as_json() -> None:
    report = json.loads(said(demo=True, json=True))
    assert report["share"] > 0.95
    assert report["faqs"] == 90
