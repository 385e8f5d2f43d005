"""A connected channel: one bot, one number, one page, one web chat."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

import channels.registry
from bot.ids import new_id
from channels.base import Channel as Kind
from messaging.fields import EncryptedJSONField


class ConnectedChannels(models.Manager["Channel"]):
    """Channels that were not deleted."""

    def get_queryset(self) -> models.QuerySet["Channel"]:
        return super().get_queryset().filter(deleted_at=None)


class Channel(models.Model):
    """One account on one platform."""

    class Health(models.TextChoices):
        UNKNOWN = "unknown", _("not checked")
        OK = "ok", _("connected")
        UNREACHABLE = "unreachable", _("unreachable")
        REFUSED = "refused", _("refused")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=channels.registry.choices)
    name = models.CharField(_("name"), max_length=100)
    enabled = models.BooleanField(_("enabled"), default=True)
    config = EncryptedJSONField(_("configuration"), default=dict, editable=False)
    facts = models.JSONField(default=dict, editable=False)  # what the platform told us: bot name, …
    health = models.CharField(
        _("health"), max_length=20, choices=Health.choices, default=Health.UNKNOWN, editable=False
    )
    health_detail = models.CharField(max_length=300, blank=True, editable=False)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True, editable=False)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True, editable=False)
    pause_reason = models.CharField(max_length=100, blank=True, editable=False)
    retention_days = models.PositiveIntegerField(
        _("retention in days"),
        null=True,
        blank=True,
        help_text=_("Empty: the desk's own retention."),
    )
    keep_messages = models.BooleanField(_("keep messages for ever"), default=False)
    reopen_within_hours = models.PositiveIntegerField(_("reopen within hours"), default=24)
    max_automatic_replies = models.PositiveIntegerField(
        _("automatic replies in 10 minutes"),
        default=30,
        help_text=_("For each conversation; more than that is taken for a loop."),
    )
    poll_offset = models.BigIntegerField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)  # its conversations stay readable
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = models.Manager["Channel"]()
    connected = ConnectedChannels()

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def adapter(self) -> Kind:
        """The pure functions of this kind."""
        return channels.registry.get(self.kind)

    @property
    def config_readable(self) -> bool:
        """False when the configuration was encrypted with a key we do not have."""
        return self.config is not None

    def runtime_config(self) -> dict[str, Any]:
        """What the kind's functions are given: installation-wide defaults, platform facts, own configuration."""
        return {
            **settings.CHANNEL_DEFAULTS.get(self.kind, {}),
            **self.facts,
            **(self.config or {}),
        }

    def webhook_url(self) -> str | None:
        """Where the platform delivers; None without PUBLIC_URL."""
        if not settings.PUBLIC_URL:
            return None
        return f"{settings.PUBLIC_URL}/webhooks/{self.kind}/{self.id}"

    def public_config(self) -> dict[str, Any]:
        """The configuration without its secrets."""
        secret = {f.name for f in self.adapter.fields if f.secret or f.generated}
        return {key: value for key, value in (self.config or {}).items() if key not in secret}
