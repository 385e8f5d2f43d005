"""contacts/: who may see, change and write to whom."""

import pytest

from messaging.models import Contact, Message
from tests.factories import (
    make_agent,
    make_attachment,
    make_channel,
    make_contact,
    make_conversation,
    make_message,
    make_team,
)

CONTACTS = "/api/v1/contacts/"
FIELDS = {
    "id",
    "name",
    "phone",
    "email",
    "language",
    "time_zone",
    "tags",
    "attributes",
    "addresses",
    "created_at",
}


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


@pytest.fixture
def foreign(db):
    """A conversation of a team bob is not in."""
    return make_conversation(owner="queue", team=make_team("Finance"))


def test_an_admin_makes_a_contact_with_addresses(admin):
    channel = make_channel()
    answer = admin.post(
        CONTACTS,
        {
            "name": " Ana Souza ",
            "phone": "+1 (555) 010-1234",
            "email": "ana@example.com",
            "language": "pt-BR",
            "time_zone": "America/Sao_Paulo",
            "tags": ["vip", "vip", " new "],
            "attributes": {"plan": "gold"},
            "addresses": [{"channel": str(channel.pk), "external_id": "ana-1"}],
        },
    )
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == FIELDS
    assert body["name"] == "Ana Souza"
    assert body["phone"] == "+15550101234"
    assert body["tags"] == ["vip", "new"]
    assert body["addresses"] == [{"channel": str(channel.pk), "external_id": "ana-1"}]
    assert body["created_at"].endswith("Z")
    assert admin.get(f"{CONTACTS}{body['id']}/").json() == body


def test_an_address_belongs_to_one_contact(admin):
    channel = make_channel()
    make_contact(channel=channel, external_id="taken")
    wanted = [{"channel": str(channel.pk), "external_id": "taken"}]
    refused = admin.post(CONTACTS, {"name": "Eve", "addresses": wanted})
    assert refused.status_code == 400
    assert set(refused.json()["fields"]) == {"addresses"}
    assert not Contact.objects.filter(name="Eve").exists()


def test_the_same_address_on_another_channel_is_another_one(admin):
    make_contact(channel=make_channel(), external_id="1")
    wanted = [{"channel": str(make_channel().pk), "external_id": "1"}]
    assert admin.post(CONTACTS, {"addresses": wanted}).status_code == 201


def test_an_agent_changes_what_is_named_and_nothing_else(agent):
    contact = make_contact(name="Ana", tags=["a"], channel=make_channel())
    answer = agent.patch(f"{CONTACTS}{contact.pk}/", {"tags": ["b"], "attributes": {"n": 1}})
    assert answer.status_code == 200
    contact.refresh_from_db()
    assert (contact.name, contact.tags, contact.attributes) == ("Ana", ["b"], {"n": 1})
    assert contact.addresses.count() == 1


def test_only_admins_change_where_a_contact_is_reached(agent, admin):
    channel = make_channel()
    contact = make_contact(channel=channel, external_id="old")
    wanted = {"addresses": [{"channel": str(channel.pk), "external_id": "new"}]}
    assert agent.patch(f"{CONTACTS}{contact.pk}/", wanted).status_code == 403
    assert contact.addresses.get().external_id == "old"
    assert admin.patch(f"{CONTACTS}{contact.pk}/", wanted).status_code == 200
    assert contact.addresses.get().external_id == "new"


def test_deleting_a_contact_takes_the_messages_along(admin):
    message = make_message()
    assert admin.delete(f"{CONTACTS}{message.contact_id}/").status_code == 204
    assert not Message.objects.exists()
    assert admin.get(f"{CONTACTS}{message.contact_id}/").status_code == 404


def test_filters_and_search(admin):
    web, mail = make_channel(), make_channel()
    ana = make_contact(name="Ana", phone="+15550101234", tags=["vip"], channel=web)
    bea = make_contact(name="Bea", email="bea@example.com", tags=["vip%"], channel=mail)
    assert ids(admin.get(CONTACTS, {"search": "aN"})) == [str(ana.pk)]
    assert ids(admin.get(CONTACTS, {"search": "0101"})) == [str(ana.pk)]
    assert ids(admin.get(CONTACTS, {"search": "BEA@"})) == [str(bea.pk)]
    assert ids(admin.get(CONTACTS, {"search": bea.addresses.get().external_id})) == [str(bea.pk)]
    assert ids(admin.get(CONTACTS, {"tag": "vip"})) == [str(ana.pk)]
    assert ids(admin.get(CONTACTS, {"tag": "vip%"})) == [str(bea.pk)]
    assert ids(admin.get(CONTACTS, {"channel": str(mail.pk)})) == [str(bea.pk)]
    assert ids(admin.get(CONTACTS, {"channel": str(mail.pk), "tag": "vip"})) == []


def test_f101_an_agent_sees_no_contact_of_another_team(agent, supervisor, foreign):
    mine = make_conversation(owner="queue")
    never_wrote = make_contact()
    path = f"{CONTACTS}{foreign.contact_id}/"
    assert sorted(ids(agent.get(CONTACTS))) == sorted([str(mine.contact_id), str(never_wrote.pk)])
    assert agent.get(path).status_code == 404
    assert agent.patch(path, {"name": "x"}).status_code == 404
    assert agent.post(f"{path}messages/", {"text": "x"}).status_code == 404
    assert ids(agent.get(CONTACTS, {"channel": str(foreign.channel_id)})) == []
    assert str(foreign.contact_id) in ids(supervisor.get(CONTACTS))


def test_a_message_is_stored_and_answered_at_once_as_queued(agent, bob):
    conversation = make_conversation()
    asked = make_message(conversation)
    file = make_attachment(uploaded_by=bob)
    answer = agent.post(
        f"{CONTACTS}{conversation.contact_id}/messages/",
        {"text": "On its way.", "reply_to": str(asked.pk), "attachments": [str(file.pk)]},
    )
    assert answer.status_code == 201
    body = answer.json()
    assert body["status"] == "queued"
    assert body["agent"] == str(bob.pk)
    assert body["sender"] == "agent"
    assert body["reply_to"] == str(asked.pk)
    assert body["attachments"] == [str(file.pk)]
    assert body["sent_at"] is body["external_id"] is body["error"] is body["campaign"] is None
    conversation.refresh_from_db()
    assert (conversation.owner, conversation.agent_id) == ("agent", bob.pk)


def test_writing_into_a_colleagues_conversation_is_409_with_the_owner(agent, supervisor):
    colleague = make_agent()
    conversation = make_conversation(agent=colleague)
    path = f"{CONTACTS}{conversation.contact_id}/messages/"
    refused = agent.post(path, {"text": "hi"})
    assert refused.status_code == 409
    body = refused.json()
    assert (body["code"], body["owner"], body["agent"]) == ("owned", "agent", str(colleague.pk))
    assert not Message.objects.exists()
    assert supervisor.post(path, {"text": "hi"}).status_code == 201


def test_the_first_message_to_somebody_who_never_wrote(agent):
    channel = make_channel()
    contact = make_contact(channel=channel, external_id="new-person")
    answer = agent.post(f"{CONTACTS}{contact.pk}/messages/", {"text": "Hello"})
    assert answer.status_code == 201
    unreachable = make_contact()
    refused = agent.post(f"{CONTACTS}{unreachable.pk}/messages/", {"text": "Hello"})
    assert refused.status_code == 400
    assert set(refused.json()["fields"]) == {"channel"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": "   "}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"text": ["x"]}, "text"),
        ({"text": "x", "attachments": "abc"}, "attachments"),
        ({"text": "x", "attachments": ["abc"]}, "attachments"),
        (
            {"text": "x", "attachments": ["00000000-0000-0000-0000-000000000000"]},
            "attachments",
        ),
        ({"text": "x", "reply_to": "abc"}, "reply_to"),
        ({"text": "x", "reply_to": "00000000-0000-0000-0000-000000000000"}, "reply_to"),
        ({"text": "x", "channel": 5}, "channel"),
    ],
)
def test_a_message_that_cannot_be_sent_names_the_field(agent, body, field):
    conversation = make_conversation()
    answer = agent.post(f"{CONTACTS}{conversation.contact_id}/messages/", body)
    assert answer.status_code == 400
    assert {name.split(".")[0] for name in answer.json()["fields"]} == {field}
    assert not Message.objects.exists()


def test_f101_a_reply_or_a_file_of_somebody_elses_is_refused(agent):
    conversation = make_conversation()
    path = f"{CONTACTS}{conversation.contact_id}/messages/"
    foreign_file = make_attachment(uploaded_by=make_agent())
    assert agent.post(path, {"text": "x", "attachments": [str(foreign_file.pk)]}).status_code == 400
    elsewhere = make_message(make_conversation())
    assert agent.post(path, {"text": "x", "reply_to": str(elsewhere.pk)}).status_code == 400
    assert Message.objects.count() == 1


def test_the_list_needs_the_same_queries_for_any_number_of_rows(
    admin, django_assert_max_num_queries
):
    channel = make_channel()
    for _ in range(12):
        make_contact(channel=channel)
    with django_assert_max_num_queries(4):
        assert len(ids(admin.get(CONTACTS))) == 12
