"""Snapshots: written once, read by everybody, live at once."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache as shared
from django.db import transaction

from bot import cache, services, snapshot
from bot.models import FAQ, BotSettings, Rule, Snapshot
from bot.services import publishing
from bot.types import Knowledge


@pytest.fixture(autouse=True)
def _forgetful_process() -> Iterator[None]:
    cache.reset()
    publishing._held = None
    yield
    publishing._held = None


def faq(**given: Any) -> FAQ:
    return services.create_faq(
        **{"question": "Onde está meu pedido?", "answer": "Em Meus pedidos.", **given}
    )


def reply(text: str = "onde está meu pedido") -> str:
    return services.match(text).decision.text


@pytest.mark.django_db
def test_a_fresh_database_has_a_bot_that_knows_nothing() -> None:
    known = services.current()
    assert (known.version, dict(known.faqs)) == (0, {})
    assert services.match("onde está meu pedido?").decision.action == "escalate"
    assert not Snapshot.objects.exists()


@pytest.mark.django_db
def test_an_edit_answers_differently_with_the_next_message() -> None:
    known = faq()
    assert reply() == "Em Meus pedidos."
    services.update_faq(faq=known.pk, answer="No seu e-mail.")
    assert reply() == "No seu e-mail."
    services.delete_faq(faq=known.pk)
    assert services.match("onde está meu pedido").decision.faq is None


@pytest.mark.django_db
def test_disabled_faqs_and_rules_are_not_published() -> None:
    faq(enabled=False)
    services.create_rule(
        name="r", trigger="keyword", pattern="*", action="reply", reply="!", enabled=False
    )
    assert services.match("onde está meu pedido").decision.step == "miss"


@pytest.mark.django_db
def test_drafts_wait_until_they_are_published() -> None:
    known = faq()
    services.update_settings(drafts=True)
    services.update_faq(faq=known.pk, answer="Rascunho.")
    assert reply() == "Em Meus pedidos."
    published = services.publish(note="pronto")
    assert (reply(), published.note) == ("Rascunho.", "pronto")


@pytest.mark.django_db
def test_switching_drafts_off_publishes_what_waited() -> None:
    known = faq()
    services.update_settings(drafts=True)
    services.update_faq(faq=known.pk, answer="Rascunho.")
    services.update_settings(drafts=False)
    assert reply() == "Rascunho."


@pytest.mark.django_db
def test_many_changes_together_make_one_snapshot() -> None:
    with services.changes(note="juntas"):
        for number in range(5):
            faq(question=f"Pergunta número {number}?")
    assert list(Snapshot.objects.values_list("version", "note")) == [(1, "juntas")]
    assert len(services.current().faqs) == 5


@pytest.mark.django_db
def test_changes_that_fail_leave_nothing_behind() -> None:
    def two() -> None:
        with services.changes():
            faq()
            faq(question="")

    with pytest.raises(services.Invalid):
        two()
    assert not FAQ.objects.exists()
    assert not Snapshot.objects.exists()
    faq()
    assert Snapshot.objects.count() == 1


@pytest.mark.django_db
def test_changes_in_which_nothing_changed_publish_nothing() -> None:
    with services.changes():
        pass
    assert not Snapshot.objects.exists()


def test_touching_outside_of_changes_is_a_mistake() -> None:
    with pytest.raises(RuntimeError):
        services.touch()


@pytest.mark.django_db
def test_the_admins_own_saves_are_published_when_they_say_so() -> None:
    with services.changes():
        FAQ.objects.create(question="Onde está meu pedido?", answer="Feito no admin.")
        services.touch()
    assert reply() == "Feito no admin."


@pytest.mark.django_db
def test_publishing_what_is_live_already_makes_no_version() -> None:
    first = services.publish(note="first")
    assert services.publish(note="again") == first
    faq()
    faq(question="Outra?", enabled=False)
    services.update_settings(margin=BotSettings.objects.get().margin)
    assert list(Snapshot.objects.values_list("version", "note")) == [(2, ""), (1, "first")]


@pytest.mark.django_db
def test_a_dry_run_does_not_say_that_it_published(
    caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    rows = [{"question": "Onde?", "answer": "Aqui."}]
    with caplog.at_level("INFO", "bot"):
        for dry_run, said in ((True, []), (False, ["snapshot 1 published"])):
            with django_capture_on_commit_callbacks(execute=True):
                services.import_faqs(rows, dry_run=dry_run)
            assert [r.message for r in caplog.records if "published" in r.message] == said


@pytest.mark.django_db
def test_old_snapshots_go() -> None:
    for number in range(publishing.KEPT_SNAPSHOTS + 3):
        services.update_settings(margin=number / 100)
    versions = list(Snapshot.objects.values_list("version", flat=True))
    assert versions == list(range(publishing.KEPT_SNAPSHOTS + 3, 3, -1))


@pytest.mark.django_db
def test_f46_another_database_with_the_same_version_is_not_mixed_up() -> None:
    """Tests, a restored backup, a shared Redis: version 1 is not always the same version 1."""
    with transaction.atomic():
        faq()
        assert reply() == "Em Meus pedidos."
        transaction.set_rollback(True)
    faq(answer="Outra base.")
    assert reply() == "Outra base."


@pytest.mark.django_db
def test_the_current_knowledge_costs_one_query(django_assert_num_queries: Any) -> None:
    faq()
    first = services.current()
    with django_assert_num_queries(1):
        assert services.current() is first


@pytest.mark.django_db
def test_enabling_drafts_keeps_what_is_live() -> None:
    faq()
    services.update_settings(drafts=True, accept=0.99)
    assert services.current().settings.bands.accept != 0.99


# --- the shared cache ----------------------------------------------------------------------------


def _key() -> str:
    newest = Snapshot.objects.first()
    assert newest is not None
    return publishing._content_key(publishing._Pointer(newest.version, newest.digest))


@pytest.mark.django_db
def test_another_process_takes_the_content_from_the_cache(
    django_capture_on_commit_callbacks: Any, django_assert_num_queries: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        faq()
    with django_assert_num_queries(1):
        assert len(services.current().faqs) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "nonsense",
    [
        "text",
        7,
        [],
        {},
        {"format": 1},
        {"format": 99, "faqs": []},
        {"format": 1, "faqs": [1], "rules": []},
    ],
)
def test_f48_nonsense_in_the_cache_is_a_miss_and_replaced(nonsense: object) -> None:
    faq()
    shared.set(_key(), nonsense)
    assert reply() == "Em Meus pedidos."
    assert shared.get(_key())["faqs"][0]["answer"] == "Em Meus pedidos."


@pytest.mark.django_db
def test_f48_a_pickle_in_the_cache_is_never_unpickled() -> None:
    client = pytest.importorskip("django_redis").get_redis_connection("default")
    faq()
    shared.set(_key(), {})
    client.set(
        shared.make_key(_key()), b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R."
    )
    assert reply() == "Em Meus pedidos."
    assert shared.get(_key())["format"] == snapshot.FORMAT


@pytest.mark.django_db
def test_f46_content_that_was_tampered_with_is_not_believed() -> None:
    faq()
    content = Snapshot.objects.get().content
    content["faqs"][0]["answer"] = "Mande sua senha."
    shared.set(_key(), content)
    assert reply() == "Em Meus pedidos."


@pytest.mark.django_db
def test_a_snapshot_of_another_release_is_read_from_the_tables() -> None:
    faq()
    Snapshot.objects.update(content={"format": 99}, digest="other")
    assert reply() == "Em Meus pedidos."


@pytest.mark.django_db
def test_answers_are_shared_between_processes_by_version_channel_and_language() -> None:
    faq()
    services.current().rank("cade o pedido", "pt-br", "a")
    publishing._held = None
    known = services.current()
    for language, channel in (("pt-br", "a"), ("en", "a"), ("pt-br", "b")):
        known.rank("cade o pedido", language, channel)
    assert (cache.counts()["answers_hit"], cache.counts()["answers_miss"]) == (1, 3)


@pytest.mark.django_db
def test_f46_an_edit_is_not_answered_from_old_candidates() -> None:
    known = faq()
    assert services.current().rank("cade o pedido", "pt-br", "")
    services.delete_faq(faq=known.pk)
    assert not services.current().rank("cade o pedido", "pt-br", "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "nonsense", [{}, "x", [1], [["f", "high", "p"]], [["f", 7, "p"]], [["f", 0.5]]]
)
def test_f48_nonsense_among_the_answers_is_a_miss(nonsense: object) -> None:
    faq()
    first = services.current().rank("cade o pedido", "pt-br", "")
    newest = Snapshot.objects.get()
    for key in shared.keys(f"answers:{newest.version}:*"):  # type: ignore[attr-defined]
        shared.set(key, nonsense)
    publishing._held = None
    assert services.current().rank("cade o pedido", "pt-br", "") == first


@pytest.mark.django_db(transaction=True)
def test_f47_a_new_snapshot_is_compiled_once_however_many_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faq()
    built: list[int] = []
    real = snapshot.compiled

    def counted(version: int, *args: Any, **kwargs: Any) -> Knowledge:
        built.append(version)
        return real(version, *args, **kwargs)

    monkeypatch.setattr(snapshot, "compiled", counted)
    seen: list[int] = []

    def ask() -> None:
        try:
            seen.append(services.current().version)
        finally:
            transaction.get_connection().close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen, built) == ([1] * 8, [1])


@pytest.mark.django_db
def test_f47_while_a_thread_compiles_the_others_answer_from_what_there_was() -> None:
    faq()
    before = services.current()
    services.update_settings(margin=0.2)
    with publishing._rebuilding:
        assert services.current() is before
    assert services.current().version == 2


@pytest.mark.django_db(transaction=True)
def test_snapshots_published_at_the_same_time_get_different_numbers() -> None:
    BotSettings.objects.get_or_create(pk=1)

    def work(number: int) -> None:
        try:
            services.update_settings(margin=number / 100)
        finally:
            transaction.get_connection().close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(Snapshot.objects.values_list("version", flat=True)) == [1, 2, 3, 4]


@pytest.mark.django_db
def test_f45_a_published_rule_carries_its_version() -> None:
    made = services.create_rule(
        name="r", trigger="keyword", pattern="pix", action="reply", reply="1"
    )
    services.update_rule(rule=made.pk, reply="2")
    decision = services.match("pix").decision
    assert (decision.text, decision.rule, decision.rule_version) == ("2", str(made.pk), 2)
    services.delete_rule(rule=made.pk)
    assert services.match("pix").decision.rule is None


@pytest.mark.django_db
def test_a_rule_that_became_unusable_does_not_take_the_others_down() -> None:
    services.create_rule(name="good", trigger="keyword", pattern="pix", action="reply", reply="1")
    Rule.objects.create(name="bad", trigger="regex", pattern="(", action="reply", reply="2")
    services.publish()
    assert services.match("pix").decision.text == "1"
