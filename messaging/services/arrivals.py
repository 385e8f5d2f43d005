"""What one inbound event changes: contact, address, conversation, message. Runs inside the ingester's transaction."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from channels.types import (
    ContactReachability,
    HumanEcho,
    InboundAttachment,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Sender,
)
from messaging.models import (
    Address,
    Attachment,
    Channel,
    Contact,
    Conversation,
    Direction,
    Message,
    MessageStatus,
    Owner,
    Status,
)
from messaging.services import conversations

MAX_TEXT = 65_536  # characters kept of one message (F-49)
CUT_MARK = " […]"


def store_message(channel: Channel, event: InboundMessage) -> Message | None:
    """Store an inbound message; None when it was seen before, even if it has been purged since."""
    if not remember(channel, Direction.IN, event.dedupe_key):
        return None
    address = _address(channel, event.sender)
    row = _conversation(channel, address, event)
    now = timezone.now()
    row.last_position += 1
    row.last_message_at = row.last_inbound_at = now
    row.waiting_since = row.waiting_since or now
    row.save()
    message = Message.objects.create(
        conversation=row,
        contact_id=address.contact_id,
        channel=channel,
        direction=Direction.IN,
        sender=Message.SenderKind.CONTACT,
        position=row.last_position,
        text=_cut(event.text),
        metadata=_metadata(channel, event),
        reply_to=_by_external_id(row, event.reply_to),
        reply_to_external_id=(event.reply_to or "")[:255],
        external_id=event.external_id[:255],
        status=MessageStatus.RECEIVED,
        platform_time=event.sent_at,
        bot_state=Message.BotState.PENDING,
    )
    _store_attachments(message, event.attachments)
    return message


def edit_message(channel: Channel, event: MessageEdited) -> None:
    """The contact changed a message: keep what it was, answer nothing (F-34)."""
    message = _inbound(channel, event.sender, event.external_id)
    if message is None or message.text == _cut(event.text):
        return
    edits = message.metadata.setdefault("edits", [])
    edits.append({"text": message.text, "until": timezone.now().isoformat()})
    del edits[:-20]
    message.text = _cut(event.text)
    message.save(update_fields=["text", "metadata"])


def delete_message(channel: Channel, event: MessageDeleted) -> None:
    """The contact took a message back: its text and its edits go."""
    rows = Message.objects.filter(
        channel=channel, direction=Direction.IN, external_id=event.external_id
    )
    rows.update(text="", metadata={"deleted": True})


def set_reachability(channel: Channel, event: ContactReachability) -> None:
    """The contact blocked or unblocked us."""
    since = None if event.reachable else (event.at or timezone.now())
    Address.objects.filter(channel=channel, external_id=event.sender.external_id).update(
        unreachable_since=since
    )


def change_address(channel: Channel, old: str, new: str) -> None:
    """A chat has a new id: conversations and addresses follow (F-71)."""
    here = Conversation.objects.filter(channel=channel)
    here.filter(destination=old).update(destination=new)
    here.filter(thread_key=old).update(thread_key=new)
    if not Address.objects.filter(channel=channel, external_id=new).exists():
        Address.objects.filter(channel=channel, external_id=old).update(external_id=new)


def store_echo(channel: Channel, event: HumanEcho) -> None:
    """A human answered in the platform's own app: the conversation is theirs, the bot falls silent."""
    if not remember(channel, Direction.OUT, event.dedupe_key):
        return
    address = _address(channel, event.recipient)
    found = _newest(channel, address, event.thread_key)
    row = conversations.lock((found or _create(channel, address, event.thread_key, "")).pk)
    with conversations.change(row, "claimed", cause="echo"):
        if row.status == Status.CLOSED:
            conversations.reopen_for(row, None)
        conversations.assign(row, row.agent)
        row.waiting_since = None
        row.last_position += 1
        row.last_message_at = timezone.now()
    Message.objects.create(
        conversation=row,
        contact_id=address.contact_id,
        channel=channel,
        direction=Direction.OUT,
        sender=Message.SenderKind.AGENT,
        position=row.last_position,
        text=_cut(event.text),
        external_id=event.external_id[:255],
        status=MessageStatus.SENT,
        sent_at=event.sent_at or timezone.now(),
    )


def remember(channel: Channel, direction: str, key: str) -> bool:
    """Note that an item was seen; False when it had been. A keyed hash, so that it says nothing by itself."""
    digest = salted_hmac("messaging.dedupe", key, algorithm="sha256").hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO messaging_dedupekey (channel_id, direction, key_hash, created_at) "
            "VALUES (%s, %s, %s, %s) ON CONFLICT (channel_id, direction, key_hash) DO NOTHING",
            [
                Channel._meta.pk.get_db_prep_value(channel.pk, connection),
                direction,
                digest,
                timezone.now(),
            ],
        )
        return bool(cursor.rowcount)


def _address(channel: Channel, sender: Sender) -> Address:
    """Where the sender is reached; a person seen for the first time becomes a contact."""
    address = (
        Address.objects.select_related("contact")
        .filter(channel=channel, external_id=sender.external_id)
        .first()
    )
    if address is None:
        contact = Contact.objects.create(
            name=sender.name[:200],
            phone=sender.phone[:32],
            email=sender.email[:254],
            language=sender.language[:10],
        )
        return Address.objects.create(
            contact=contact,
            channel=channel,
            external_id=sender.external_id[:255],
            last_inbound_at=timezone.now(),
        )
    address.last_inbound_at = timezone.now()
    address.unreachable_since = None
    address.save(update_fields=["last_inbound_at", "unreachable_since"])
    if sender.name and not address.contact.name:
        address.contact.name = sender.name[:200]
        address.contact.save(update_fields=["name"])
    return address


def _conversation(channel: Channel, address: Address, event: InboundMessage) -> Conversation:
    """The locked conversation a message belongs to: the open one, one reopened, or a new one."""
    found = _newest(channel, address, event.thread_key)
    if found is None:
        made = _create(channel, address, event.thread_key, event.destination)
        return conversations.lock(made.pk)
    row = conversations.lock(found.pk)
    if row.status == Status.SNOOZED:
        with conversations.change(row, "woken", cause="message"):
            conversations.reopen_for(row, None)
    elif row.status == Status.CLOSED:
        closed_for = timezone.now() - (row.closed_at or row.created_at)
        if closed_for > timedelta(hours=channel.reopen_within_hours):
            made = _create(channel, address, event.thread_key, event.destination, previous=row)
            return conversations.lock(made.pk)
        with conversations.change(row, "reopened", cause="message"):
            conversations.reopen_for(row, None)
    return row


def _newest(channel: Channel, address: Address, thread_key: str) -> Conversation | None:
    """The open conversation of this thread, else the one closed last. A group's belongs to the group."""
    rows = Conversation.objects.filter(channel=channel, thread_key=thread_key[:255])
    if not thread_key:
        rows = rows.filter(contact=address.contact_id)
    return rows.exclude(status=Status.CLOSED).first() or _last_closed(rows)


def _last_closed(rows: QuerySet[Conversation]) -> Conversation | None:
    return rows.filter(status=Status.CLOSED).order_by("-closed_at", "-id").first()


def _create(
    channel: Channel,
    address: Address,
    thread_key: str,
    destination: str,
    *,
    previous: Conversation | None = None,
) -> Conversation:
    return Conversation.objects.create(
        contact_id=address.contact_id,
        channel=channel,
        thread_key=thread_key[:255],
        destination=(destination or address.external_id)[:255],
        language=address.contact.language,
        previous=previous,
        last_agent=previous.last_agent if previous else None,
        team=previous.team if previous else None,
        owner=Owner.BOT,
    )


def _metadata(channel: Channel, event: InboundMessage) -> dict[str, Any]:
    """What the bot's turn needs later and no column holds; only what is not the default."""
    facts: dict[str, Any] = {
        "payload": event.payload,
        "command": event.command,
        "command_args": event.command_args or None,
        "forwarded": event.forwarded or None,
        "addressed": None if event.addressed else False,
        "automatic": event.automatic or None,
        "sequence": event.sequence,
        "stale": _is_stale(channel, event) or None,
    }
    return {key: value for key, value in facts.items() if value is not None}


def _is_stale(channel: Channel, event: InboundMessage) -> bool:
    """Whether the platform would refuse an answer by now: such a message is kept, not answered (F-24)."""
    window = channel.adapter.capabilities.reply_window_hours
    if window is None or event.sent_at is None:
        return False
    return timezone.now() - event.sent_at > timedelta(hours=window)


def _store_attachments(message: Message, items: tuple[InboundAttachment, ...]) -> None:
    Attachment.objects.bulk_create(
        Attachment(
            message=message,
            type=item.type,
            name=item.name[:255],
            mime=item.mime[:100],
            size=item.size if item.size is not None and item.size >= 0 else None,
            data=dict(item.data),
            platform_id=item.platform_id[:500],
            state=Attachment.State.REMOTE if item.platform_id else Attachment.State.STORED,
        )
        for item in items
    )


def _by_external_id(row: Conversation, external_id: str | None) -> Message | None:
    """The quoted message: by its own id, or by that of one of its parts."""
    if not external_id:
        return None
    here = Message.objects.filter(conversation__channel=row.channel_id, contact=row.contact_id)
    return (
        here.filter(external_id=external_id).first()
        or here.filter(attempts__external_id=external_id).first()
    )


def _inbound(channel: Channel, sender: Sender, external_id: str) -> Message | None:
    return Message.objects.filter(
        channel=channel,
        direction=Direction.IN,
        external_id=external_id,
        contact__addresses__channel=channel,
        contact__addresses__external_id=sender.external_id,
    ).first()


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(CUT_MARK)] + CUT_MARK
