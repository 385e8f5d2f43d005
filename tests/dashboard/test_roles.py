"""Who may come in, and what each role may do there."""

import pytest
from django.test import Client
from django.urls import reverse

from bot.models import FAQ
from messaging.models import Agent
from tests.dashboard.conftest import BACKEND, browser_of, staff
from tests.dashboard.world import World, build
from tests.factories import make_agent, make_faq, make_user

ADMINS_ONLY = (
    "admin:bot_botsettings_changelist",
    "admin:bot_snapshot_changelist",
    "admin:desk_review",
    "admin:desk_check",
    "admin:messaging_channel_changelist",
    "admin:messaging_channel_add",
    "admin:messaging_delivery_changelist",
    "admin:messaging_attempt_changelist",
    "admin:messaging_decision_changelist",
    "admin:messaging_unansweredquestion_changelist",
    "admin:messaging_unansweredquestion_replay_page",
    "admin:auth_user_changelist",
    "admin:axes_accessattempt_changelist",
    "admin:admin_logentry_changelist",
    "admin:bot_faq_add",
    "admin:bot_faq_import_file",
    "admin:bot_rule_add",
    "admin:messaging_agent_add",
    "admin:messaging_team_add",
    "admin:messaging_contact_add",
)
FOR_BOTH = (
    "admin:index",
    "admin:queue",
    "admin:messaging_conversation_changelist",
    "admin:messaging_message_changelist",
    "admin:messaging_contact_changelist",
    "admin:messaging_agent_changelist",
    "admin:messaging_team_changelist",
    "admin:bot_faq_changelist",
    "admin:bot_rule_changelist",
    "admin:try_bot",
    "admin:thresholds",
)


@pytest.mark.parametrize("page", [*ADMINS_ONLY, *FOR_BOTH])
def test_strangers_are_sent_to_the_login(client: Client, db: None, page: str) -> None:
    answer = client.get(reverse(page))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("page", ADMINS_ONLY)
def test_f116_a_supervisor_may_not_open_what_is_for_admins(supervisor: Client, page: str) -> None:
    assert supervisor.get(reverse(page)).status_code == 403


def test_a_refusal_is_a_page_for_people(supervisor: Client) -> None:
    answer = supervisor.get(reverse("admin:messaging_channel_changelist"))
    assert answer.status_code == 403
    assert "dashboard/mark.svg" in answer.content.decode()


@pytest.mark.parametrize("page", FOR_BOTH)
def test_a_supervisor_may_open_the_desk(supervisor: Client, page: str) -> None:
    assert supervisor.get(reverse(page)).status_code == 200


def test_f116_people_without_a_role_for_it_do_not_come_in(db: None) -> None:
    agent = make_agent(role="agent")
    agent_marked_staff = make_agent(role="agent")
    agent_marked_staff.user.is_staff = True
    agent_marked_staff.user.save()
    staff_without_agent = make_user(is_staff=True)
    for user in (agent.user, agent_marked_staff.user, staff_without_agent):
        client = Client()
        client.force_login(user, backend=BACKEND)
        answer = client.get(reverse("admin:index"), follow=True)
        assert answer.status_code == 403
        assert "messaging_contact" not in answer.content.decode()


def test_a_switched_off_admin_is_out_at_once(admin: Client, boss: Agent) -> None:
    boss.user.is_active = False
    boss.user.save()
    assert admin.get(reverse("admin:queue")).status_code == 302


def test_a_supervisor_reads_faqs_but_changes_none(supervisor: Client) -> None:
    faq = make_faq()
    page = reverse("admin:bot_faq_change", args=[faq.pk])
    assert supervisor.get(page).status_code == 200
    assert supervisor.post(page, {"question": "Changed?"}).status_code == 403
    publish = supervisor.post(reverse("admin:desk_review"))
    assert publish.status_code == 403
    listing = reverse("admin:bot_faq_changelist")
    supervisor.post(listing, {"action": "disable", "_selected_action": [str(faq.pk)]})
    supervisor.post(listing, {"action": "delete_selected", "_selected_action": [str(faq.pk)]})
    assert FAQ.objects.get(pk=faq.pk).question == "Where is my order?"
    assert FAQ.objects.get(pk=faq.pk).enabled


def test_the_sidebar_shows_only_what_may_be_opened(admin: Client, supervisor: Client) -> None:
    settings = f'href="{reverse("admin:bot_botsettings_changelist")}"'
    assert settings in admin.get(reverse("admin:queue")).content.decode()
    assert settings not in supervisor.get(reverse("admin:queue")).content.decode()


def test_only_superusers_set_other_peoples_passwords(boss: Agent) -> None:
    plain_admin = staff("admin")
    plain_admin.user.is_superuser = False
    plain_admin.user.save()
    client = browser_of(plain_admin)
    page = reverse("admin:auth_user_password_change", args=[boss.user.pk])
    assert client.get(page).status_code == 403
    answer = client.post(
        reverse("admin:auth_user_change", args=[boss.user.pk]), {"is_superuser": ""}
    )
    assert answer.status_code == 403


def test_f101_a_file_of_a_conversation_is_not_for_strangers(client: Client, boss: Agent) -> None:
    world: World = build(boss)
    attachment = world.inbound.attachments.get()
    answer = client.get(reverse("admin:desk_attachment", args=[attachment.pk]))
    assert answer.status_code == 302
