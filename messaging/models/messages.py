"""Messages both ways, the tries to send them, what came with them and why the bot said them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bot.ids import new_id
from messaging.models.agents import Agent
from messaging.models.channels import Channel
from messaging.models.contacts import Contact
from messaging.models.conversations import Conversation


class Direction(models.TextChoices):
    IN = "in", _("in")
    OUT = "out", _("out")


class MessageStatus(models.TextChoices):
    RECEIVED = "received", _("received")
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("sending")
    RETRY_WAIT = "retry_wait", _("waiting to retry")
    SENT = "sent", _("sent")
    DELIVERED = "delivered", _("delivered")
    READ = "read", _("read")
    FAILED = "failed", _("failed")
    UNCERTAIN = "uncertain", _("uncertain")
    EXPIRED = "expired", _("expired")
    CANCELLED = "cancelled", _("cancelled")


UNSETTLED = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.RETRY_WAIT)


class Message(models.Model):
    """One message. Outbound rows are the outbox: `status`, `next_attempt_at` and the lease drive the sender.

    `position` is the order inside the conversation, given by the database.
    """

    class SenderKind(models.TextChoices):
        CONTACT = "contact", _("contact")
        BOT = "bot", _("bot")
        AGENT = "agent", _("agent")
        CAMPAIGN = "campaign", _("campaign")
        SYSTEM = "system", _("system")

    class Lane(models.IntegerChoices):
        REPLY = 0, _("reply")
        BULK = 1, _("bulk")

    class BotState(models.TextChoices):
        """Where an inbound message is on its way through the bot."""

        NONE = "", _("not for the bot")
        PENDING = "pending", _("pending")
        DONE = "done", _("done")
        DEAD = "dead", _("given up")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        related_name="messages",
        verbose_name=_("conversation"),
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="messages", verbose_name=_("contact")
    )
    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="messages", verbose_name=_("channel")
    )
    agent = models.ForeignKey(
        Agent,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("agent"),
    )
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    sender = models.CharField(_("sender"), max_length=10, choices=SenderKind.choices)
    position = models.PositiveIntegerField()
    text = models.TextField(_("text"), blank=True)
    buttons = models.JSONField(default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)  # payload, command, forwarded, edits
    reply_to = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reply_to_external_id = models.CharField(max_length=255, blank=True)
    external_id = models.CharField(_("the platform's id"), max_length=255, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=MessageStatus.choices)
    error_code = models.CharField(_("error code"), max_length=60, blank=True)
    error_detail = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)
    platform_time = models.DateTimeField(_("the platform's time"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    # inbound: the bot's side
    bot_state = models.CharField(
        max_length=8, choices=BotState.choices, default=BotState.NONE, blank=True
    )
    bot_tries = models.PositiveSmallIntegerField(default=0)
    bot_due_at = models.DateTimeField(null=True, blank=True)

    # outbound: the sender's side
    lane = models.PositiveSmallIntegerField(choices=Lane.choices, default=Lane.REPLY)
    answers = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replies"
    )
    answer_index = models.PositiveSmallIntegerField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    parts_sent = models.PositiveSmallIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "position"], name="message_position_once"
            ),
            models.UniqueConstraint(
                fields=["answers", "answer_index"],
                condition=Q(answers__isnull=False),
                name="message_reply_once",
            ),
            models.CheckConstraint(
                condition=Q(direction="out") | Q(status="received"), name="message_in_is_received"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="message_due",
                condition=Q(status__in=["queued", "retry_wait"]),
            ),
            models.Index(
                fields=["conversation", "position"],
                name="message_unsettled_head",
                condition=Q(status__in=["queued", "sending", "retry_wait"]),
            ),
            models.Index(
                fields=["leased_until"], name="message_lease_over", condition=Q(status="sending")
            ),
            models.Index(fields=["id"], name="message_uncertain", condition=Q(status="uncertain")),
            models.Index(
                fields=["conversation", "position"],
                name="message_bot_pending",
                condition=Q(bot_state="pending"),
            ),
            models.Index(
                fields=["channel", "external_id"],
                name="message_by_external_id",
                condition=~Q(external_id=""),
            ),
            models.Index(fields=["channel", "created_at"], name="message_by_age"),
            models.Index(fields=["contact", "-id"], name="message_of_contact"),
            models.Index(fields=["agent", "-id"], name="message_of_agent"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Attachment(models.Model):
    """A file or a thing (location, contact card) that belongs to a message."""

    class State(models.TextChoices):
        REMOTE = "remote", _("at the platform")
        STORED = "stored", _("stored")
        UNAVAILABLE = "unavailable", _("unavailable")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    type = models.CharField(_("type"), max_length=20)
    name = models.CharField(_("name"), max_length=255, blank=True)
    mime = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    data = models.JSONField(default=dict, blank=True)
    platform_id = models.CharField(max_length=500, blank=True)
    file = models.FileField(upload_to="attachments/%Y/%m", blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.STORED)
    uploaded_by = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["created_at"], name="attachment_unused", condition=Q(message=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Attempt(models.Model):
    """One try to send one part of a message. Never changed."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="attempts", verbose_name=_("message")
    )
    number = models.PositiveSmallIntegerField(_("try"))  # of the try, from 1
    part = models.PositiveSmallIntegerField(_("part"), default=0)
    call = models.CharField(_("call"), max_length=60)  # e.g. "sendMessage"
    outcome = models.CharField(_("outcome"), max_length=20)  # ok, or the error's code
    provider_code = models.CharField(_("the platform's code"), max_length=60, blank=True)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    external_id = models.CharField(_("the platform's id"), max_length=255, blank=True)
    ms = models.PositiveIntegerField(_("ms"), default=0)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.call}: {self.outcome}"


class Decision(models.Model):
    """What the bot decided about one inbound message, and why."""

    message = models.OneToOneField(
        Message,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="decision",
        verbose_name=_("message"),
    )
    action = models.CharField(_("action"), max_length=10)
    step = models.CharField(_("step"), max_length=10)
    faq_id = models.UUIDField(_("FAQ"), null=True, blank=True)
    faq_version = models.PositiveIntegerField(null=True, blank=True)
    rule_id = models.UUIDField(_("rule"), null=True, blank=True)
    rule_version = models.PositiveIntegerField(null=True, blank=True)
    snapshot = models.PositiveIntegerField(_("snapshot"), null=True, blank=True)
    score = models.FloatField(_("score"), null=True, blank=True)
    runner_up = models.FloatField(_("runner-up"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    candidates = models.JSONField(
        _("candidates"), default=list, blank=True
    )  # [{faq, score, phrasing}]
    ms = models.FloatField(_("ms"), default=0)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = [
            models.Index(fields=["created_at", "step"], name="decision_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.step}: {self.action}"
