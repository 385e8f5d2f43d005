"""Agents with their accounts, teams, contacts and users."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from messaging.models import Agent, Contact, Team
from tests.factories import (
    PASSWORD,
    make_agent,
    make_channel,
    make_contact,
    make_conversation,
    make_team,
)

AGENTS = reverse("admin:messaging_agent_changelist")


def agent_fields(**changed: Any) -> dict[str, Any]:
    return {
        "name": "Eva Moraes",
        "role": "agent",
        "username": "eva",
        "email": "eva@example.com",
        "password": PASSWORD,
        "presence": "available",
        "capacity": "7",
    } | changed


def contact_fields(**changed: Any) -> dict[str, Any]:
    return {
        "name": "Iara Reis",
        "phone": "+15550101234",
        "email": "iara@example.com",
        "language": "pt-br",
        "time_zone": "America/Sao_Paulo",
        "tags": "vip, wholesale",
        "attributes": "size: 42",
        "addresses-TOTAL_FORMS": "0",
        "addresses-INITIAL_FORMS": "0",
    } | changed


def test_a_person_is_made_with_the_account_in_one_form(admin: Client) -> None:
    team = make_team()
    page = reverse("admin:messaging_agent_add")
    answer = admin.post(page, agent_fields(teams=[str(team.pk)]))
    assert answer.status_code == 302, answer.content.decode()
    agent = Agent.objects.get(user__username="eva")
    assert (agent.capacity, list(agent.teams.all())) == (7, [team])
    assert agent.user.check_password(PASSWORD)
    assert not agent.user.is_staff
    entry = LogEntry.objects.get(object_id=str(agent.pk))
    assert PASSWORD not in entry.change_message


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"username": "taken"}, "username"),
        ({"password": "12345"}, "password"),
        ({"password": ""}, "password"),
        ({"capacity": "-1"}, "capacity"),
        ({"role": "emperor"}, "role"),
    ],
)
def test_f116_a_wrong_account_is_refused_beside_its_field(
    admin: Client, changed: dict[str, Any], field: str
) -> None:
    make_agent("taken")
    answer = admin.post(reverse("admin:messaging_agent_add"), agent_fields(**changed))
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert not Agent.objects.filter(name="Eva Moraes").exists()


def test_an_empty_password_stays_and_a_role_brings_its_rights(admin: Client) -> None:
    agent = make_agent("rui")
    page = reverse("admin:messaging_agent_change", args=[agent.pk])
    admin.post(page, agent_fields(username="ignored", password="", role="supervisor"))
    agent.refresh_from_db()
    agent.user.refresh_from_db()
    assert (agent.name, agent.user.username) == ("Eva Moraes", "rui")
    assert agent.user.check_password(PASSWORD)
    assert (agent.user.is_staff, agent.user.is_superuser) == (True, False)


def test_the_last_admin_stays_admin(admin: Client, boss: Agent) -> None:
    page = reverse("admin:messaging_agent_change", args=[boss.pk])
    answer = admin.post(page, agent_fields(role="agent"))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.non_field_errors()
    boss.refresh_from_db()
    assert boss.role == "admin"


def test_switching_off_gives_the_conversations_back(admin: Client, boss: Agent) -> None:
    agent = make_agent()
    row = make_conversation(agent=agent)
    chosen = {"action": "switch_off", "_selected_action": [str(agent.pk), str(boss.pk)]}
    answer = admin.post(AGENTS, chosen, follow=True)
    agent.user.refresh_from_db()
    boss.user.refresh_from_db()
    row.refresh_from_db()
    assert (agent.user.is_active, boss.user.is_active) == (False, True)
    assert row.owner == "queue"
    assert {m.level_tag for m in answer.context["messages"]} == {"success", "error"}
    page = reverse("admin:messaging_agent_change", args=[agent.pk])
    assert admin.post(page, agent_fields()).status_code == 403


def test_teams_are_made_changed_and_removed(admin: Client) -> None:
    agent = make_agent()
    admin.post(reverse("admin:messaging_team_add"), {"name": "Returns", "agents": [str(agent.pk)]})
    team = Team.objects.get()
    assert list(team.agents.all()) == [agent]
    page = reverse("admin:messaging_team_change", args=[team.pk])
    assert "checked" in admin.get(page).content.decode()
    admin.post(page, {"name": "Refunds", "agents": []})
    team.refresh_from_db()
    assert (team.name, team.agents.count()) == ("Refunds", 0)
    admin.post(reverse("admin:messaging_team_delete", args=[team.pk]), {"post": "yes"})
    assert not Team.objects.exists()


def test_f116_a_team_with_conversations_is_not_removed(admin: Client) -> None:
    team = make_team()
    make_conversation(owner="queue", team=team)
    page = reverse("admin:messaging_team_delete", args=[team.pk])
    answer = admin.post(page, {"post": "yes"}, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert Team.objects.filter(pk=team.pk).exists()


def test_switching_a_user_off_switches_the_agent_off(admin: Client) -> None:
    agent = make_agent()
    row = make_conversation(agent=agent)
    page = reverse("admin:auth_user_change", args=[agent.user.pk])
    assert admin.get(page).status_code == 200
    answer = admin.post(page, {"username": agent.user.username, "email": "new@example.com"})
    assert answer.status_code == 302, answer.content.decode()
    row.refresh_from_db()
    user = get_user_model().objects.get(pk=agent.user.pk)
    assert (row.owner, user.is_active, user.email) == ("queue", False, "new@example.com")


def test_the_last_admin_cannot_be_switched_off_as_a_user(admin: Client, boss: Agent) -> None:
    page = reverse("admin:auth_user_change", args=[boss.user.pk])
    answer = admin.post(page, {"username": boss.user.username, "is_staff": "on"})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.non_field_errors()
    boss.user.refresh_from_db()
    assert boss.user.is_active


def test_a_contact_is_made_and_changed_and_its_name_is_not_in_the_log(admin: Client) -> None:
    admin.post(reverse("admin:messaging_contact_add"), contact_fields())
    contact = Contact.objects.get()
    assert contact.tags == ["vip", "wholesale"]
    assert contact.attributes == {"size": "42"}
    page = reverse("admin:messaging_contact_change", args=[contact.pk])
    answer = admin.post(page, contact_fields(name="Iara Melo", tags=""))
    assert answer.status_code == 302, answer.content.decode()
    contact.refresh_from_db()
    assert (contact.name, contact.tags, contact.phone) == ("Iara Melo", [], "+15550101234")
    log = " ".join(f"{e.object_repr} {e.change_message}" for e in LogEntry.objects.all())
    assert str(contact.pk) in log
    assert "Iara" not in log


def test_f116_a_wrong_phone_number_is_refused_beside_its_field(admin: Client) -> None:
    answer = admin.post(reverse("admin:messaging_contact_add"), contact_fields(phone="call me"))
    assert answer.status_code == 200
    assert "phone" in answer.context["adminform"].form.errors


def test_a_language_said_by_the_platform_is_kept(admin: Client) -> None:
    contact = make_contact(language="gn-PY")
    page = reverse("admin:messaging_contact_change", args=[contact.pk])
    admin.post(page, contact_fields(language="gn-PY"))
    contact.refresh_from_db()
    assert (contact.language, contact.name) == ("gn-PY", "Iara Reis")


def test_a_contact_links_to_its_conversations_and_is_deleted_with_them(admin: Client) -> None:
    row = make_conversation()
    page = reverse("admin:messaging_contact_change", args=[row.contact.pk])
    thread = reverse("admin:messaging_conversation_change", args=[row.pk])
    assert thread in admin.get(page).content.decode()
    name = row.contact.name
    chosen = {
        "action": "delete_selected",
        "_selected_action": [str(row.contact.pk)],
        "post": "yes",
    }
    admin.post(reverse("admin:messaging_contact_changelist"), chosen)
    other = make_contact(name="Only one")
    admin.post(reverse("admin:messaging_contact_delete", args=[other.pk]), {"post": "yes"})
    assert not Contact.objects.exists()
    assert "Only one" not in " ".join(LogEntry.objects.values_list("object_repr", flat=True))
    assert name not in " ".join(LogEntry.objects.values_list("object_repr", flat=True))


@pytest.mark.parametrize("query", ["q=Iara", "q=5550101234", "q=iara@example"])
def test_contacts_are_found_by_name_phone_and_mail(admin: Client, query: str) -> None:
    make_contact(name="Iara Reis", phone="+15550101234", email="iara@example.com")
    make_contact(name="Somebody else")
    page = reverse("admin:messaging_contact_changelist")
    found = admin.get(f"{page}?{query}").context["cl"].result_list
    assert [contact.name for contact in found] == ["Iara Reis"]


def test_contacts_are_filtered_by_channel(admin: Client) -> None:
    channel = make_channel()
    make_contact(name="There", channel=channel)
    make_contact(name="Elsewhere", channel=make_channel())
    page = reverse("admin:messaging_contact_changelist")
    query = f"{page}?addresses__channel__id__exact={channel.pk}"
    found = admin.get(query).context["cl"].result_list
    assert [contact.name for contact in found] == ["There"]
