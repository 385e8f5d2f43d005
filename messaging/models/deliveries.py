"""The inbox: raw webhook bodies, and the keys that tell a repetition."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from bot.ids import new_id
from messaging.models.channels import Channel


class Delivery(models.Model):
    """A raw webhook body, committed before it is answered."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        HANDLED = "handled", _("handled")
        IGNORED = "ignored", _("ignored")
        REJECTED = "rejected", _("rejected")
        ERROR = "error", _("error")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("channel")
    )
    platform_key = models.CharField(_("the platform's id"), max_length=255, null=True, blank=True)
    headers = models.JSONField(default=dict)  # only those the kind reads when it parses
    body = models.BinaryField()
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PENDING
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    received_at = models.DateTimeField(_("received"), db_default=Now())

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "platform_key"], name="delivery_once_per_platform_key"
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "id"], name="delivery_pending", condition=Q(state="pending")
            ),
            models.Index(fields=["id"], name="delivery_error", condition=Q(state="error")),
            models.Index(fields=["received_at"], name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DedupeKey(models.Model):
    """That an item was seen: a keyed hash, without any text. Outlives the message (at least 35 days)."""

    id = models.BigAutoField(primary_key=True)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    direction = models.CharField(max_length=3)
    key_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "direction", "key_hash"], name="dedupe_key_once"
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="dedupe_key_by_age")]

    def __str__(self) -> str:
        return self.key_hash


class PendingReceipt(models.Model):
    """A receipt that came before we had stored what it is for; tried again for 15 minutes."""

    id = models.BigAutoField(primary_key=True)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=255)
    status = models.CharField(max_length=12)
    error_code = models.CharField(max_length=60, blank=True)
    error_detail = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["channel", "external_id"], name="pending_receipt_by_id"),
            models.Index(fields=["created_at"], name="pending_receipt_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} {self.status}"
