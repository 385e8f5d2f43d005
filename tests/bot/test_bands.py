"""What other thresholds would have done: the pipeline's own rule, over stored candidates."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot import snapshot
from bot.bands import OUTCOMES, Past, Thresholds, compared, histogram, letters, outcome, rivals
from bot.models import BotSettings
from bot.types import Bands, Candidate, Faq, Settings
from tests.bot.library import decided, knowledge

SHARE = st.floats(0, 1)
BANDS = st.builds(
    lambda a, b, margin, least: Bands(max(a, b), min(a, b), margin, least),
    SHARE,
    SHARE,
    SHARE,
    st.integers(1, 10),
)
CANDIDATES = st.lists(SHARE, max_size=5).map(
    lambda scores: tuple(
        Candidate(f"f{n}", score, "?") for n, score in enumerate(sorted(scores, reverse=True))
    )
)
LANGUAGES = st.sampled_from(["pt-br", "en", "es"])
PASTS = st.lists(st.builds(Past, CANDIDATES, st.integers(0, 40), LANGUAGES), max_size=10)
FAQS = {
    "f0": Faq("f0", "", "", "en"),
    "f1": Faq("f1", "", "", "pt-br", accept=0.9),
    "f2": Faq("f2", "", "", "es", accept=0.6, suggest=0.5),
}


def settings(bands: Bands, **languages: Bands) -> Settings:
    plain = snapshot.settings_of(vars(BotSettings()))
    return replace(plain, bands=bands, language_bands=languages)


@given(PASTS, BANDS, BANDS)
def test_unchanged_thresholds_change_nothing(pasts: list[Past], bands: Bands, en: Bands) -> None:
    now = Thresholds(settings(bands, en=en), FAQS)
    then = Thresholds(settings(bands, en=en), dict(FAQS))
    assert all(before == after for before, after in compared(pasts, now, then))


@given(PASTS, BANDS, SHARE)
def test_raising_accept_never_adds_an_answer(pasts: list[Past], bands: Bands, by: float) -> None:
    higher = bands._replace(accept=min(1.0, bands.accept + by))
    moved = compared(pasts, Thresholds(settings(bands), FAQS), Thresholds(settings(higher), FAQS))
    assert not [change for change in moved if change.after == "answered" != change.before]


@given(PASTS, BANDS, SHARE)
def test_raising_suggest_never_takes_a_miss_away(
    pasts: list[Past], bands: Bands, by: float
) -> None:
    higher = bands._replace(suggest=min(bands.accept, bands.suggest + by))
    moved = compared(pasts, Thresholds(settings(bands), FAQS), Thresholds(settings(higher), FAQS))
    assert not [change for change in moved if change.before == "missed" != change.after]


@given(PASTS, BANDS, SHARE)
def test_a_wider_margin_only_turns_answers_into_offers(
    pasts: list[Past], bands: Bands, by: float
) -> None:
    wider = bands._replace(margin=min(1.0, bands.margin + by))
    moved = compared(pasts, Thresholds(settings(bands), FAQS), Thresholds(settings(wider), FAQS))
    assert {(b, a) for b, a in moved if b != a} <= {("answered", "offered")}


@given(CANDIDATES, BANDS)
def test_the_outcome_is_one_of_three_and_rivals_stand_behind_the_best(
    candidates: tuple[Candidate, ...], bands: Bands
) -> None:
    assert outcome(candidates, bands) in OUTCOMES
    if candidates:
        assert candidates[0] not in rivals(candidates, bands)


def test_a_faq_is_measured_by_its_own_thresholds_then_by_its_languages() -> None:
    now = Thresholds(
        settings(Bands(0.5, 0.2, 0.0, 3), es=Bands(0.8, 0.7, 0.0, 3)),
        FAQS,
    )

    def what(faq: str, score: float, language: str = "en") -> str:
        return now.outcome(Past((Candidate(faq, score, "?"),), 10, language))

    assert (what("f0", 0.55), what("f1", 0.55)) == ("answered", "offered")
    assert (what("f2", 0.55), what("f2", 0.65), what("f2", 0.45)) == (
        "offered",
        "answered",
        "missed",
    )
    assert (what("gone", 0.55), what("gone", 0.55, "es")) == ("answered", "missed")


def test_a_message_that_is_too_short_is_missed() -> None:
    now = Thresholds(settings(Bands(0.5, 0.2, 0.0, 3), en=Bands(0.5, 0.2, 0.0, 6)), FAQS)
    sure = (Candidate("f0", 0.9, "?"),)
    assert now.outcome(Past(sure, 5, "en")) == "missed"
    assert now.outcome(Past(sure, 5, "es")) == "answered"
    assert letters("é o frete?") == len("eofrete")


def test_the_pipeline_decides_by_the_same_rule() -> None:
    known = knowledge()
    for text in ("meu pedido onde anda", "quanto fica o frete do pedido", "qwzx plim", "refund it"):
        made = decided(text, known)
        past = Past(made.candidates, letters(text), "pt-br")
        said = {"reply": "answered", "suggest": "offered", "escalate": "missed"}[made.action]
        assert Thresholds(known.settings, known.faqs).outcome(past) == said


@given(st.lists(st.tuples(SHARE, st.sampled_from(OUTCOMES)), max_size=50), st.integers(1, 40))
def test_a_histogram_counts_every_message_once(scores, bins) -> None:
    found = histogram(scores, bins)
    assert len(found) == bins
    assert sum(sum(part.values()) for part in found) == len(scores)
