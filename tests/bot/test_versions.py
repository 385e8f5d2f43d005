"""Versions: what differs between two, and going back to one."""

import threading
from dataclasses import fields
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from bot import services, snapshot, types
from bot.models import FAQ, BotSettings, Rule, Snapshot
from bot.services import versions
from bot.services.errors import Outdated


def faq(question: str = "Onde está meu pedido?", **given: Any) -> FAQ:
    return services.create_faq(question=question, answer=given.pop("answer", "Aqui."), **given)


def rule(**given: Any) -> Rule:
    return services.create_rule(
        **{"name": "r", "trigger": "keyword", "pattern": "pix", "action": "reply", "reply": "1"}
        | given
    )


def live() -> dict[str, Any]:
    """What the bot speaks from, without the versions of rows."""
    newest = Snapshot.objects.latest("version")
    return unversioned(newest.content)


def unversioned(content: Any) -> dict[str, Any]:
    rows = {
        kind: [{k: v for k, v in row.items() if k != "version"} for row in content[kind]]
        for kind in ("faqs", "rules")
    }
    return {**content, **rows}


@pytest.mark.django_db
def test_a_version_counts_what_it_holds() -> None:
    faq()
    faq("Quanto custa o frete?", enabled=False)
    rule()
    newest = versions.newest()
    assert newest is not None
    assert (newest.version, newest.faq_count, newest.rule_count) == (2, 1, 1)


@pytest.mark.django_db
def test_going_back_changes_texts_back_and_is_a_version_of_its_own() -> None:
    known = faq(alternatives=["cadê meu pedido", "rastreio"], bands={"accept": 0.9})
    kept = live()
    services.update_faq(faq=known.pk, answer="Ali.", alternatives=["rastreio"], bands={})
    boss = User.objects.create(username="boss")
    made = services.rollback(1, author=boss, note="engano")
    assert made is not None
    assert (made.version, made.note, made.author) == (3, "rollback to v1: engano", boss)
    assert live() == kept
    row = FAQ.objects.get()
    assert (row.pk, row.version, row.answer) == (known.pk, 3, "Aqui.")
    entry = row.history.latest()
    assert (entry.history_user, entry.history_change_reason) == (boss, "rollback to v1")
    assert services.match("cadê meu pedido").timed.decision.text == "Aqui."


@pytest.mark.django_db
def test_what_came_after_the_version_is_switched_off_and_not_deleted() -> None:
    faq()
    later, other = faq("Quanto custa o frete?"), rule()
    services.rollback(1)
    later.refresh_from_db()
    other.refresh_from_db()
    assert (later.enabled, later.version) == (False, 2)
    assert (other.enabled, other.version) == (False, 2)
    assert [row["question"] for row in live()["faqs"]] == ["Onde está meu pedido?"]


@pytest.mark.django_db
def test_what_was_deleted_comes_back_with_its_id_and_a_version_never_used() -> None:
    known, said = faq(alternatives=["rastreio"]), rule()
    kept = live()
    services.update_faq(faq=known.pk, answer="Ali.")
    services.delete_faq(faq=known.pk)
    services.delete_rule(rule=said.pk)
    services.rollback(2)
    row = FAQ.objects.get(pk=known.pk)
    assert live() == kept
    assert (row.version, [p.text for p in row.phrasings.all()]) == (3, ["rastreio"])
    assert Rule.objects.get(pk=said.pk).version == 2


@pytest.mark.django_db
def test_what_was_switched_off_is_switched_on_again() -> None:
    known = faq()
    services.update_faq(faq=known.pk, enabled=False)
    services.rollback(1)
    known.refresh_from_db()
    assert (known.enabled, known.version) == (True, 3)


@pytest.mark.django_db
def test_settings_go_back_but_drafts_stay_on() -> None:
    faq()
    services.update_settings(drafts=True, accept=0.9, texts={"en": {"greeting": "Hi"}})
    services.publish()
    services.rollback(1)
    row = BotSettings.objects.get()
    assert (row.drafts, row.accept, row.texts) == (True, 0.65, {})
    assert row.history.latest().history_change_reason == "rollback to v1"


@pytest.mark.django_db
def test_going_back_to_what_is_live_does_nothing() -> None:
    faq()
    assert services.rollback(1) is None
    assert Snapshot.objects.count() == 1


@pytest.mark.django_db
def test_going_back_to_what_is_live_drops_the_drafts() -> None:
    known = faq()
    services.update_settings(drafts=True)
    services.update_faq(faq=known.pk, answer="Rascunho.")
    assert [item.title for item in versions.drafts().changes] == ["Onde está meu pedido?"]
    made = services.rollback(1)
    assert made is not None
    assert made.version == 2
    assert not versions.drafts().changes
    assert FAQ.objects.get().answer == "Aqui."


@pytest.mark.django_db
def test_drafts_that_changed_since_they_were_shown_are_not_overwritten() -> None:
    known = faq()
    services.update_settings(drafts=True)
    shown = versions.drafts().digest
    services.update_faq(faq=known.pk, answer="Rascunho.")
    with pytest.raises(Outdated):
        services.rollback(1, seen=shown)
    with pytest.raises(Outdated):
        services.publish(seen=shown)
    assert FAQ.objects.get().answer == "Rascunho."
    assert Snapshot.objects.count() == 1
    services.publish(seen=versions.drafts().digest)
    assert not versions.drafts().changes


@pytest.mark.django_db
def test_a_rollback_that_fails_leaves_everything_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    known = faq()
    services.update_faq(faq=known.pk, answer="Ali.")

    def broken(**_given: Any) -> None:
        raise OSError

    monkeypatch.setattr(versions, "publish", broken)
    with pytest.raises(OSError):
        services.rollback(1)
    assert FAQ.objects.get().answer == "Ali."


@pytest.mark.django_db
def test_a_version_that_is_not_kept_cannot_be_gone_back_to() -> None:
    with pytest.raises(Snapshot.DoesNotExist):
        services.rollback(7)


@pytest.mark.django_db
def test_a_version_of_the_older_format_is_brought_up_to_date() -> None:
    known = faq()
    content = Snapshot.objects.get().content
    old_faqs = [
        {
            k: v
            for k, v in row.items()
            if k not in ("answers", "buttons", "attachments", "overrides")
        }
        for row in content["faqs"]
    ]
    Snapshot.objects.update(content={**content, "format": 1, "faqs": old_faqs})
    assert not versions.changes_between(1, None)
    services.update_faq(faq=known.pk, answer="Ali.", answers={"en": "There."})
    services.rollback(1)
    row = FAQ.objects.get()
    assert (row.answer, row.answers) == ("Aqui.", {})


@pytest.mark.django_db
@pytest.mark.parametrize("content", [{"format": 99}, {}, [], {"format": "1"}])
def test_a_version_of_another_release_is_refused(content: object) -> None:
    faq()
    Snapshot.objects.update(content=content)
    with pytest.raises(snapshot.Unreadable):
        services.rollback(1)


def test_every_published_field_of_a_faq_and_a_rule_can_be_written_back() -> None:
    columns = {field.name for field in FAQ._meta.concrete_fields}
    published = {field.name for field in fields(types.Faq)}
    assert published - columns == {"alternatives", "accept", "suggest"}
    assert {field.name for field in fields(types.Rule)} <= {
        field.name for field in Rule._meta.concrete_fields
    }


@pytest.mark.django_db(transaction=True)
def test_f45_edits_publishings_and_rollbacks_at_once_end_in_one_true_version() -> None:
    rows = [faq(f"Pergunta número {number}?") for number in range(4)]
    problems: list[Exception] = []

    def work(number: int) -> None:
        try:
            services.update_faq(faq=rows[number].pk, answer=f"Resposta {number}.")
            services.publish()
            services.rollback(4)
        except Outdated:
            pass
        except Exception as error:
            problems.append(error)
        finally:
            transaction.get_connection().close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert not versions.drafts().changes
    numbers = sorted(Snapshot.objects.values_list("version", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


WORDS = st.sampled_from(["pedido", "frete", "troca", "pix", "loja"])
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["answer", "add", "delete", "off", "rule", "settings", "publish"]),
        st.integers(0, 3),
        WORDS,
    ),
    max_size=8,
)


def edit(what: str, number: int, word: str) -> None:
    """One change to the library, if there is a row to make it to."""
    row = FAQ.objects.order_by("pk")[number : number + 1].first()
    match what:
        case "add":
            faq(f"{word} {number}?", alternatives=[word])
        case "rule":
            rule(pattern=word, priority=number)
        case "settings":
            services.update_settings(margin=number / 100)
        case "publish":
            services.publish(note=word)
        case "answer" if row:
            services.update_faq(faq=row.pk, answer=word, alternatives=[word, f"{word} {number}"])
        case "delete" if row:
            services.delete_faq(faq=row.pk)
        case "off" if row:
            services.update_faq(faq=row.pk, enabled=not row.enabled)


@pytest.mark.django_db
@effort(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(before=EDITS, after=EDITS, drafts=st.booleans())
def test_after_any_edits_going_back_publishes_the_same_again(
    before: list[tuple[str, int, str]], after: list[tuple[str, int, str]], drafts: bool
) -> None:
    with transaction.atomic():
        faq()
        for step in before:
            edit(*step)
        goal = Snapshot.objects.latest("version")
        services.update_settings(drafts=drafts)
        for step in after:
            edit(*step)
        services.rollback(goal.version)
        newest = Snapshot.objects.latest("version")
        assert unversioned(newest.content) == unversioned(goal.content)
        assert not versions.changes_between(goal.version, newest.version)
        assert not versions.drafts().changes
        transaction.set_rollback(True)
