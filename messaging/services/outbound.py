"""Putting messages into the outbox. Nothing is sent here: `messaging.services.sending` does that."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from bot.services.files import files_in_answers
from messaging import selectors
from messaging.models import (
    Address,
    Agent,
    Attachment,
    Contact,
    Conversation,
    Direction,
    Message,
    MessageStatus,
    Owner,
    Role,
    Status,
)
from messaging.nudges import nudge_outbound
from messaging.services import conversations
from messaging.services.counters import count
from messaging.services.errors import Conflict, Forbidden, Invalid, NotVisible

MAX_TEXT = 20_000  # characters; longer than any channel takes in one part
# An answer that could not be sent for so long would confuse more than help.
_BOT_LIFETIME = timedelta(hours=24)
_AGENT_LIFETIME = timedelta(days=7)


def send_message(
    *,
    by: Agent,
    text: str,
    contact: UUID | None = None,
    conversation: UUID | None = None,
    attachments: Sequence[UUID] = (),
    reply_to: UUID | None = None,
    channel: UUID | None = None,
) -> Message:
    """A human answers: stored and queued, the conversation becomes theirs, the bot falls silent.

    Names either the conversation, or the contact (then the newest conversation on `channel`, or on the
    channel last used). Raises Invalid, NotVisible, or Conflict when a colleague has it.
    """
    text = text.strip()
    _check_text(text, attachments)
    with transaction.atomic():
        row = _conversation_for(by, contact, conversation, channel)
        conversations.refuse_owned(row, by)
        quoted = _quoted(row, reply_to)
        _take_over(row, by)
        message = enqueue(
            row,
            sender=Message.SenderKind.AGENT,
            text=text,
            agent=by,
            reply_to=quoted,
        )
        _attach(message, attachments, by)
        row.waiting_since = None
        row.first_response_at = row.first_response_at or timezone.now()
        row.save()
        count("messages_out", row.channel_id)
    return message


def enqueue(
    row: Conversation,
    *,
    sender: str,
    text: str,
    agent: Agent | None = None,
    buttons: Sequence[dict[str, str]] = (),
    answers: Message | None = None,
    reply_to: Message | None = None,
) -> Message:
    """Append one outbound message to a locked conversation; the caller saves `row` and commits."""
    row.last_position += 1
    row.last_message_at = timezone.now()
    message = Message.objects.create(
        conversation=row,
        contact_id=row.contact_id,
        channel_id=row.channel_id,
        agent=agent,
        direction=Direction.OUT,
        sender=sender,
        position=row.last_position,
        text=text,
        buttons=list(buttons),
        reply_to=reply_to,
        answers=answers,
        answer_index=0 if answers else None,
        status=MessageStatus.QUEUED,
        next_attempt_at=Now(),
        expires_at=_expiry(row, agent),
    )
    nudge_outbound()
    return message


def retry(*, message: UUID, by: Agent) -> Message:
    """Queue a failed, uncertain or expired message again: a new attempt that really sends."""
    with transaction.atomic():
        visible = selectors.visible_messages(by).filter(pk=message, direction=Direction.OUT)
        found = visible.values_list("conversation_id", flat=True).first()
        if found is None:
            raise NotVisible
        row = conversations.lock(found)
        conversations.refuse_owned(row, by)
        allowed = (MessageStatus.FAILED, MessageStatus.UNCERTAIN, MessageStatus.EXPIRED)
        queued = Message.objects.filter(pk=message, status__in=allowed).update(
            status=MessageStatus.QUEUED,
            next_attempt_at=Now(),
            tries=0,
            expires_at=_expiry(row, by),
            error_code="",
            error_detail="",
        )
        if not queued:
            raise Conflict(
                "not_retryable", "Only failed, uncertain or expired messages can be sent again."
            )
        nudge_outbound()
    return Message.objects.get(pk=message)


def _check_text(text: str, attachments: Sequence[UUID]) -> None:
    if not text and not attachments:
        raise Invalid({"text": "A message needs a text or an attachment."})
    if len(text) > MAX_TEXT:
        raise Invalid({"text": f"A message has at most {MAX_TEXT} characters."})


def _conversation_for(
    by: Agent, contact: UUID | None, conversation: UUID | None, channel: UUID | None
) -> Conversation:
    """The locked conversation to write into, made when the contact can be reached but has none."""
    if by.role == Role.WORKER:
        raise Forbidden
    if conversation:
        found = selectors.visible_conversations(by).filter(pk=conversation).first()
        if found is None:
            raise NotVisible
        return conversations.lock(found.pk)
    person = selectors.visible_contacts(by).filter(pk=contact).first() if contact else None
    if person is None:
        raise NotVisible
    on_channel: dict[str, Any] = {"channel": channel} if channel else {}
    rows = Conversation.objects.filter(
        contact=person, thread_key="", channel__deleted_at=None, **on_channel
    )
    newest = (
        rows.exclude(status=Status.CLOSED).order_by("-id").first()
        or rows.order_by("-last_message_at", "-id").first()
    )
    if newest is None:
        return _start(person, channel)
    if not selectors.visible_conversations(by).filter(pk=newest.pk).exists():
        raise NotVisible
    return conversations.lock(newest.pk)


def _start(person: Contact, channel: UUID | None) -> Conversation:
    """The first conversation with somebody who never wrote, where the channel allows that."""
    addresses = Address.objects.filter(
        contact=person, channel__deleted_at=None, channel__enabled=True
    )
    if channel:
        addresses = addresses.filter(channel=channel)
    address = addresses.select_related("channel").order_by("-last_inbound_at", "id").first()
    if address is None:
        raise Invalid({"channel": "This contact has no address on such a channel."})
    if not address.channel.adapter.capabilities.starts_conversations:
        raise Invalid({"channel": "On this channel the contact has to write first."})
    made = Conversation.objects.create(
        contact=person,
        channel=address.channel,
        owner=Owner.BOT,
        destination=address.external_id,
        language=person.language,
    )
    return conversations.lock(made.pk)


def _take_over(row: Conversation, by: Agent) -> None:
    """The human who speaks owns the conversation from now on."""
    if row.status == Status.CLOSED:
        with conversations.change(row, "reopened", actor=by, cause="message"):
            conversations.reopen_for(row, by)
    elif row.agent_id != by.id or row.status == Status.SNOOZED:
        with conversations.change(row, "claimed", actor=by, cause="message"):
            conversations.assign(row, by)
    else:
        conversations.cancel_bot_replies(row)


def _quoted(row: Conversation, reply_to: UUID | None) -> Message | None:
    if reply_to is None:
        return None
    quoted = Message.objects.filter(pk=reply_to, conversation__contact=row.contact_id).first()
    if quoted is None or quoted.channel_id != row.channel_id:
        raise Invalid({"reply_to": "There is no such message in this conversation."})
    return quoted


def _attach(message: Message, attachments: Sequence[UUID], by: Agent) -> None:
    """Give uploads to the message; each can be used once."""
    if not attachments:
        return
    free = Attachment.objects.filter(pk__in=attachments, message=None)
    free = free.exclude(pk__in=files_in_answers())  # a FAQ has them for good
    if not by.sees_everything:
        free = free.filter(uploaded_by=by)
    if free.update(message=message) != len(set(attachments)):
        raise Invalid({"attachments": "There is no such unused attachment."})


def _expiry(row: Conversation, agent: Agent | None) -> datetime | None:
    """Until when it makes sense to send: the channel's reply window, else a lifetime."""
    window = row.channel.adapter.capabilities.reply_window_hours
    if window and row.last_inbound_at:
        return row.last_inbound_at + timedelta(hours=window)
    return timezone.now() + (_AGENT_LIFETIME if agent else _BOT_LIFETIME)
