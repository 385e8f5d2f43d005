"""Every page of the admin opens, and shows strangers' texts as texts and secrets not at all."""

import html
import re

import pytest
from django.contrib import admin as django_admin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from messaging.models import Agent
from tests.dashboard.world import EVIL, HOOK, RAW, SECRET, World, build

MODELS = sorted(model._meta.label_lower for model in django_admin.site._registry)
SITE_PAGES = (
    "admin:desk_review",
    "admin:desk_check",
    "admin:index",
    "admin:queue",
    "admin:bot_faq_import_file",
    "admin:password_change",
    "admin:try_bot",
    "admin:faq_search",
    "admin:thresholds",
)


@pytest.fixture
def world(boss: Agent) -> World:
    return build(boss)


def pages(world: World) -> list[str]:
    """The address of every page there is to look at."""
    found = [reverse(name) for name in SITE_PAGES]
    for label, row in world.rows.items():
        name = "admin:" + label.replace(".", "_")
        found += [
            reverse(f"{name}_changelist"),
            reverse(f"{name}_change", args=[row.pk]),
            reverse(f"{name}_history", args=[row.pk]),
        ]
    for model in ("bot_faq", "bot_rule", "messaging_contact", "messaging_agent", "messaging_team"):
        found.append(reverse(f"admin:{model}_add"))
    for model in ("bot_faq", "bot_rule", "messaging_contact", "messaging_team"):
        label = model.replace("_", ".")
        found.append(reverse(f"admin:{model}_delete", args=[world.rows[label].pk]))
    for kind in ("mock", "telegram", "webchat"):
        found.append(reverse("admin:messaging_channel_add") + f"?kind={kind}")
    found.append(reverse("admin:auth_user_password_change", args=[world.boss.user.pk]))
    history = world.faq.history.first()
    found.append(reverse("admin:bot_faq_simple_history", args=[world.faq.pk, history.pk]))
    found.append(reverse("admin:try_bot") + f"?message={world.inbound.pk}")
    found.append(reverse("admin:faq_search") + "?q=where")
    found.append(reverse("admin:thresholds") + f"?faq={world.faq.pk}&accept=1&suggest=0")
    newest = world.rows["bot.snapshot"].pk
    version = reverse("admin:bot_snapshot_change", args=[newest])
    found += [f"{version}?against=1&all=1", f"{version}?against=draft&q=x", f"{version}?format=csv"]
    found.append(reverse("admin:desk_rollback", args=[1]))
    found.append(reverse("admin:bot_snapshot_export"))
    found.append(reverse("admin:messaging_message_export"))
    found.append(reverse("admin:messaging_contact_export"))
    question = world.rows["messaging.unansweredquestion"]
    found.append(reverse("admin:messaging_unansweredquestion_export"))
    found.append(reverse("admin:messaging_unansweredquestion_replay_page"))
    found.append(reverse("admin:unanswered_faqs", args=[question.pk]))
    found.append(reverse("admin:bot_faq_add") + f"?unanswered={question.pk}")
    found.append(reverse("admin:messaging_channel_add"))
    found.append(reverse("admin:messaging_channel_delete", args=[world.channel.pk]))
    return found


def test_the_world_has_a_row_of_every_registered_model(world: World) -> None:
    assert sorted(world.rows) == MODELS


def test_f112_f117_every_page_opens_runs_no_foreign_text_and_shows_no_secret(
    admin: Client, world: World
) -> None:
    for page in pages(world):
        answer = admin.get(page, follow=True)
        assert answer.status_code == 200, page
        content = answer.content.decode()
        # A file holds what was written; only a page must not run it.
        assert RAW not in content or answer.headers["Content-Type"].startswith("text/csv"), page
        for secret in (SECRET, SECRET[:12], HOOK):
            assert secret not in content, page
        policy = answer.headers["Content-Security-Policy"].split("; ")
        scripts = next(part for part in policy if part.startswith("script-src"))
        assert "unsafe-inline" not in scripts, page
        inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", content)
        assert not inline, page
        assert not re.search(r"<[^>]+\son(click|load|error|submit|change)=", content), page


def test_f112_the_hostile_texts_are_really_on_those_pages(admin: Client, world: World) -> None:
    shown = [
        admin.get(page).content.decode().count(html.escape(EVIL))
        for page in (
            reverse("admin:index"),
            reverse("admin:queue"),
            reverse("admin:messaging_conversation_changelist"),
            reverse("admin:messaging_conversation_change", args=[world.conversation.pk]),
            reverse("admin:messaging_contact_change", args=[world.rows["messaging.contact"].pk]),
            reverse("admin:messaging_delivery_change", args=[world.rows["messaging.delivery"].pk]),
        )
    ]
    assert all(shown), shown


def test_f117_the_log_of_changes_and_histories_hold_no_secret(admin: Client, world: World) -> None:
    page = reverse("admin:messaging_channel_change", args=[world.channel.pk])
    answer = admin.post(
        page,
        {
            "name": "Renamed",
            "config__mode": "polling",
            "reopen_within_hours": 24,
            "max_automatic_replies": 30,
        },
    )
    assert answer.status_code == 302
    entry = LogEntry.objects.filter(object_id=str(world.channel.pk)).latest("pk")
    assert "Name" in entry.get_change_message()
    everything = [f"{e.object_repr} {e.change_message}" for e in LogEntry.objects.all()] + [
        str(row) for row in world.faq.history.values()
    ]
    assert not [text for text in everything if SECRET in text or HOOK in text]
    world.channel.refresh_from_db()
    assert (world.channel.name, world.channel.config["token"]) == ("Renamed", SECRET)


@pytest.mark.parametrize("language", ["pt-br", "en"])
def test_the_language_can_be_switched(admin: Client, language: str) -> None:
    admin.post(reverse("set_language"), {"language": language, "next": "/admin/queue/"})
    assert f'lang="{language}"' in admin.get(reverse("admin:queue")).content.decode()


def test_signing_in_leads_to_the_dashboard(boss: Agent) -> None:
    from tests.factories import PASSWORD

    client = Client()
    page = client.get(reverse("admin:login"))
    assert "dashboard/mark.svg" in page.content.decode()
    answer = client.post(
        reverse("admin:login"), {"username": boss.user.username, "password": PASSWORD}
    )
    assert answer.headers["Location"] == reverse("admin:index")


@pytest.mark.parametrize(("language", "word"), [("pt-br", "fila"), ("en", "queue")])
def test_coloured_labels_say_the_word_of_the_language(
    admin: Client, world: World, language: str, word: str
) -> None:
    admin.post(reverse("set_language"), {"language": language, "next": "/"})
    content = admin.get(reverse("admin:messaging_conversation_changelist")).content.decode()
    label = re.search(rf"bg-orange-100[^>]*>\s*{word}\s*<", content)
    assert label, content
