"""What the bot had no answer for, in groups that ask the same.

No text is copied here: a miss points at its message and goes with it, a question without misses goes too.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bot.ids import new_id
from messaging.models.messages import Message


class UnansweredQuestion(models.Model):
    """Misses that ask the same. `times` counts all there ever were, purged ones too."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ATTACHED = "attached", _("attached")
        DISMISSED = "dismissed", _("dismissed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    times = models.PositiveIntegerField(_("times asked"), default=0)
    # Open with a FAQ: it was attached, and then missed again although that was published.
    faq_id = models.UUIDField(_("FAQ"), null=True, blank=True)
    known_from = models.PositiveIntegerField(null=True, blank=True)  # snapshot that knows it
    added = models.JSONField(default=list, blank=True)  # keys of the phrasings that attaching added
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    handled_at = models.DateTimeField(_("handled"), null=True, blank=True)
    created_at = models.DateTimeField(_("first asked"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last asked"), default=timezone.now)

    class Meta:
        verbose_name = _("unanswered question")
        verbose_name_plural = _("unanswered questions")
        ordering = ["-times", "-last_seen_at", "-id"]
        indexes = [
            models.Index(fields=["-last_seen_at", "-id"], name="unanswered_by_last_seen"),
            models.Index(fields=["state", "-times"], name="unanswered_by_state"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def came_back(self) -> bool:
        """Whether it is open because its FAQ did not help."""
        return self.state == self.State.OPEN and self.faq_id is not None


class Miss(models.Model):
    """One message that the bot had no answer for. Without a question until it is grouped."""

    class Cause(models.TextChoices):
        MISS = "miss", _("no answer found")
        NONE_OF_THESE = "none_of_these", _("offered in vain")
        NOT_HELPFUL = "not_helpful", _("answered in vain")

    id = models.BigAutoField(primary_key=True)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="miss")
    question = models.ForeignKey(
        UnansweredQuestion,
        on_delete=models.CASCADE,
        null=True,
        related_name="misses",
        db_index=False,  # `miss_of_question` begins with it
    )
    cause = models.CharField(max_length=15, choices=Cause.choices)
    language = models.CharField(max_length=10, blank=True)
    snapshot = models.PositiveIntegerField(null=True)  # that the bot spoke from
    key = models.CharField(max_length=32, blank=True)  # hash of the folded text, once grouped

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="miss_ungrouped", condition=Q(question=None)),
            models.Index(fields=["question", "id"], name="miss_of_question"),
            models.Index(fields=["key"], name="miss_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.cause} {self.message_id}"
