"""A conversation, who has it, and everything that happened to it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bot.ids import new_id
from messaging.models.agents import Agent, Team
from messaging.models.channels import Channel
from messaging.models.contacts import Contact


class Owner(models.TextChoices):
    BOT = "bot", _("bot")
    QUEUE = "queue", _("queue")
    AGENT = "agent", _("agent")


class Status(models.TextChoices):
    OPEN = "open", _("open")
    SNOOZED = "snoozed", _("snoozed")
    CLOSED = "closed", _("closed")


class Conversation(models.Model):
    """Messages with one contact (or one group) on one channel, until it is closed.

    Only `messaging.services` changes it. `epoch` counts the takers of the conversation's lease:
    a write made under an older epoch changes nothing.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="conversations", verbose_name=_("contact")
    )
    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="conversations", verbose_name=_("channel")
    )
    thread_key = models.CharField(max_length=255, blank=True)  # group chat or mail thread
    destination = models.CharField(max_length=255, blank=True)  # where answers go
    owner = models.CharField(_("owner"), max_length=10, choices=Owner.choices, default=Owner.BOT)
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.OPEN
    )
    agent = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="conversations",
        verbose_name=_("agent"),
    )
    last_agent = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    team = models.ForeignKey(
        Team,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="conversations",
        verbose_name=_("team"),
    )
    previous = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    priority = models.SmallIntegerField(_("priority"), default=0)  # higher is served first
    tags = models.JSONField(_("tags"), default=list, blank=True)
    language = models.CharField(max_length=10, blank=True)
    session = models.PositiveIntegerField(default=1)  # of the bot; a new one starts from nothing
    misses = models.PositiveSmallIntegerField(default=0)  # in this session
    offered = models.JSONField(default=list, blank=True)  # options last offered in this session
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    first_response_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    last_message_at = models.DateTimeField(_("last message"), null=True, blank=True)
    last_position = models.PositiveIntegerField(default=0)  # of its messages
    epoch = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    looping = models.BooleanField(default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "contact", "thread_key"],
                condition=~Q(status="closed"),
                name="conversation_one_open",
            ),
            models.CheckConstraint(
                condition=Q(owner="agent") | Q(agent=None), name="conversation_agent_only_as_owner"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-priority", "waiting_since", "id"],
                name="conversation_queue",
                condition=Q(owner="queue", status="open"),
            ),
            models.Index(
                fields=["agent", "status"],
                name="conversation_of_agent",
                condition=Q(owner="agent"),
            ),
            models.Index(
                fields=["snoozed_until"],
                name="conversation_snooze_due",
                condition=Q(status="snoozed"),
            ),
            models.Index(fields=["contact", "-id"], name="conversation_of_contact"),
            models.Index(fields=["last_inbound_at"], name="conversation_recent_inbound"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}/{self.contact_id}"


class Escalation(models.Model):
    """One hand-over of a conversation to the humans' queue."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="escalations",
        verbose_name=_("conversation"),
    )
    reason = models.CharField(_("reason"), max_length=200)
    team = models.ForeignKey(
        Team,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("team"),
    )
    summary = models.TextField(_("summary"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(closed_at=None),
                name="escalation_one_open",
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class ConversationEvent(models.Model):
    """One change of a conversation: who, why, from what, to what. Never changed, never personal."""

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="events",
        verbose_name=_("conversation"),
    )
    kind = models.CharField(max_length=40)  # claimed, escalated, closed, note, …
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    cause = models.CharField(max_length=200, blank=True)
    before = models.JSONField(default=dict)  # owner, status, agent, team
    after = models.JSONField(default=dict)
    note = models.TextField(blank=True)  # agents' notes; goes with the messages
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["conversation", "id"], name="event_of_conversation"),
            models.Index(fields=["created_at"], name="event_by_age"),
        ]

    def __str__(self) -> str:
        return self.kind
