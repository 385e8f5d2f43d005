"""The demo knowledge base."""

import pytest

from bot import demo, services
from bot.matcher import Matcher
from bot.models import FAQ
from bot.types import Faq


def library() -> list[Faq]:
    return [
        Faq(
            id=f"{fields['language']} {fields['question']}",
            question=fields["question"],
            answer=fields["answer"],
            language=fields["language"],
            alternatives=tuple(fields["alternatives"]),
            keywords=tuple(fields.get("keywords", ())),
        )
        for fields in demo.faqs()
    ]


def test_every_topic_is_asked_in_both_languages_in_five_to_eight_ways() -> None:
    faqs = library()
    asked = [len({faq.question, *faq.alternatives}) for faq in faqs]
    languages = [faq.language for faq in faqs]
    assert languages.count("pt-br") == languages.count("en") >= 40
    assert min(asked) >= 5
    assert max(asked) <= 8


def test_no_phrasing_asks_for_two_faqs() -> None:
    matcher = Matcher.build(library())
    for faq in library():
        for phrasing in (faq.question, *faq.alternatives):
            assert matcher.exact(phrasing, language=faq.language) == faq.id


def test_a_phrasing_left_out_still_finds_its_faq_nearly_always() -> None:
    tested = Matcher.build(library()).self_test()
    lost = [one for one in tested if one.found != one.faq]
    assert len(lost) <= 0.05 * len(tested), lost


MESSAGES = [
    ("cade minha encomenda", "pt-br"),
    ("oi qto é o frete pra minha casa", "pt-br"),
    ("quero devolver, n gostei", "pt-br"),
    ("meu pix n confirmou ainda", "pt-br"),
    ("da pra parcelar em 6x?", "pt-br"),
    ("abrem sabado?", "pt-br"),
    ("veio tudo quebrado!!", "pt-br"),
    ("cupon nao funciona", "pt-br"),
    ("wheres my pakage", "en"),
    ("how do i get my money bak", "en"),
    ("do you ship to portugal", "en"),
    ("i forgot my pasword", "en"),
    ("what time do u close today", "en"),
    ("can i exchange it 4 a smaller one", "en"),
]
UNRELATED = [
    ("pt-br", "Vocês consertam guitarras?", ("trocar corda de violão", "afinar piano")),
    ("pt-br", "Receita de bolo de fubá", ("posso usar óleo no bolo",)),
    ("en", "Which telescope shows Saturn's rings?", ("star map for beginners",)),
    ("en", "Is the museum's dinosaur skeleton real?", ("fossils found nearby",)),
]


@pytest.mark.parametrize(("language", "question", "alternatives"), UNRELATED)
def test_an_unrelated_faq_moves_no_confidence_by_more_than_005(
    language: str, question: str, alternatives: tuple[str, ...]
) -> None:
    smaller = Matcher.build(library())
    larger = Matcher.build([*library(), Faq("new", question, "…", language, alternatives)])
    for text, spoken in MESSAGES:
        before = smaller.rank(text, language=spoken)[0]
        after = larger.rank(text, language=spoken)[0]
        assert after.faq == before.faq
        assert abs(after.score - before.score) <= 0.05


@pytest.mark.django_db
def test_loading_publishes_once_and_loading_again_changes_nothing() -> None:
    before = services.current().version
    created = demo.load()
    assert created == FAQ.objects.count() == len(library())
    published = services.current()
    assert len(published.faqs) == created
    assert published.version == before + 1
    assert demo.load() == 0
    assert services.current().version == published.version
