"""The humans behind the desk."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from bot.ids import new_id


class Role(models.TextChoices):
    ADMIN = "admin", _("admin")
    SUPERVISOR = "supervisor", _("supervisor")
    AGENT = "agent", _("agent")
    WORKER = "worker", _("worker")


class Team(models.Model):
    """Agents who share a queue."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Agent(models.Model):
    """A human who answers; exactly one for each user."""

    class Presence(models.TextChoices):
        AVAILABLE = "available", _("available")
        BUSY = "busy", _("busy")
        UNAVAILABLE = "unavailable", _("unavailable")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="agent",
        verbose_name=_("user"),
    )
    name = models.CharField(_("name"), max_length=150, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.AGENT)
    presence = models.CharField(
        _("status"), max_length=20, choices=Presence.choices, default=Presence.UNAVAILABLE
    )
    seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    capacity = models.PositiveSmallIntegerField(
        _("capacity"),
        default=5,
        validators=[MinValueValidator(0), MaxValueValidator(1000)],
        help_text=_("Open conversations this agent takes at the same time."),
    )
    teams = models.ManyToManyField(Team, related_name="agents", blank=True, verbose_name=_("teams"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name or self.user.get_username()

    @property
    def sees_everything(self) -> bool:
        """Admins and supervisors see all conversations."""
        return self.role in (Role.ADMIN, Role.SUPERVISOR)
