"""The people we talk with, and where they can be reached."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from bot.ids import new_id
from messaging.models.channels import Channel


class Contact(models.Model):
    """A person, across channels."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True, help_text=_("E.164"))
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["phone"], name="contact_by_phone", condition=~models.Q(phone="")),
            models.Index(fields=["email"], name="contact_by_email", condition=~models.Q(email="")),
        ]

    def __str__(self) -> str:
        return self.name or self.phone or self.email or str(self.id)


class Address(models.Model):
    """Where a contact is reached on one channel."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, related_name="addresses", verbose_name=_("contact")
    )
    channel = models.ForeignKey(
        Channel, on_delete=models.PROTECT, related_name="addresses", verbose_name=_("channel")
    )
    external_id = models.CharField(_("the platform's id"), max_length=255)
    unreachable_since = models.DateTimeField(_("blocked us since"), null=True, blank=True)
    last_inbound_at = models.DateTimeField(_("wrote last"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_id"], name="address_once_per_channel"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}:{self.external_id}"
