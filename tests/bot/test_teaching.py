"""Adding phrasings, setting thresholds by scope, and knowing what is not published."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection

from bot import services
from bot.models import FAQ, Snapshot
from bot.services import Invalid, Scope
from bot.services.publishing import draft
from tests.factories import make_faq, make_user

pytestmark = pytest.mark.django_db


def phrasings(faq: FAQ) -> list[str]:
    return [phrasing.text for phrasing in faq.phrasings.all()]


def test_phrasings_are_added_behind_those_there_are_and_published() -> None:
    faq = services.create_faq(question="Where?", answer="Here.", alternatives=["whereabouts"])
    boss = make_user()
    services.add_phrasings(faq=faq.pk, texts=["in which place"], author=boss)
    assert phrasings(faq) == ["whereabouts", "in which place"]
    assert services.match("in which place").decision.faq == str(faq.pk)
    assert Snapshot.objects.latest("version").author == boss


@pytest.mark.parametrize("text", ["WHÉREABOUTS!", "where", "  ", ""])
def test_what_a_faq_knows_already_or_says_nothing_changes_nothing(text: str) -> None:
    faq = services.create_faq(question="Where?", answer="Here.", alternatives=["whereabouts"])
    assert services.add_phrasings(faq=faq.pk, texts=[text]).version == faq.version


def test_a_phrasing_that_is_too_long_is_refused_and_a_faq_has_to_be_there() -> None:
    faq = make_faq()
    before = phrasings(faq)
    with pytest.raises(Invalid):
        services.add_phrasings(faq=faq.pk, texts=["x" * 501])
    assert phrasings(faq) == before
    with pytest.raises(FAQ.DoesNotExist):
        services.add_phrasings(faq=uuid4(), texts=["x"])


@pytest.mark.django_db(transaction=True)
def test_phrasings_added_at_once_are_all_kept() -> None:
    faq = make_faq()
    services.publish()

    def add(text: str) -> None:
        try:
            services.add_phrasings(faq=faq.pk, texts=[text])
        finally:
            connection.close()

    wanted = ["one way", "second way", "third way", "fourth way"]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, wanted))
    assert set(wanted) <= set(phrasings(faq))


def test_thresholds_are_set_for_everybody_one_language_and_one_faq() -> None:
    faq = services.create_faq(question="Where?", answer="Here.", language="en")
    services.set_bands(scope=Scope(), own={"accept": 0.7, "suggest": 0.3})
    services.set_bands(scope=Scope("en"), own={"margin": 0.2, "min_informative": 5})
    services.set_bands(scope=Scope(faq=faq.pk), own={"accept": 0.9})
    bands = services.current().settings.bands_for(services.current().faqs[str(faq.pk)])
    assert bands == (0.9, 0.3, 0.2, 5)
    assert services.own_bands(Scope())["accept"] == 0.7
    assert services.own_bands(Scope("en")) == {"margin": 0.2, "min_informative": 5}
    assert services.own_bands(Scope("es")) == {}
    assert services.own_bands(Scope(faq=faq.pk)) == {"accept": 0.9}
    services.set_bands(scope=Scope("en"), own={})
    assert services.get_settings().bands == {}


def test_thresholds_as_they_might_be_leave_those_that_are_alone() -> None:
    faq = services.create_faq(question="Where?", answer="Here.", language="en")
    known = str(faq.pk)
    for scope, own in (
        (Scope(), {"accept": 0.9}),
        (Scope("en"), {"accept": 0.9}),
        (Scope(faq=faq.pk), {"accept": 0.9}),
    ):
        then = services.thresholds([known], scope, own)
        assert then.settings.bands_for(then.faqs[known]).accept == 0.9
        now = services.thresholds([known])
        assert now.settings.bands_for(now.faqs[known]).accept == 0.65


def test_drafts_are_known_before_they_are_published() -> None:
    services.update_settings(drafts=True)
    faq = services.create_faq(question="Where?", answer="Here.")
    assert str(faq.pk) in draft().faqs
    assert str(faq.pk) not in services.current().faqs
