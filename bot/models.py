"""What the bot knows: FAQs, rules, settings and the snapshots published from them."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from bot.ids import new_id


class Language(models.TextChoices):
    PT_BR = "pt-br", _("Portuguese")
    EN = "en", _("English")
    ES = "es", _("Spanish")


class FAQ(models.Model):
    """A question customers ask, in all its phrasings, and the one answer to it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    question = models.CharField(_("question"), max_length=500)
    answer = models.TextField(_("answer"), max_length=20_000)
    keywords = models.JSONField(
        _("keywords"),
        default=list,
        blank=True,
        help_text=_("Words that point at this FAQ, a list of strings."),
    )
    language = models.CharField(
        _("language"), max_length=10, choices=Language.choices, default=Language.PT_BR
    )
    category = models.CharField(_("category"), max_length=100, blank=True)
    channels = models.JSONField(
        _("channels"),
        default=list,
        blank=True,
        help_text=_("Ids of the channels this FAQ is for; empty means all."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    bands = models.JSONField(
        _("own thresholds"),
        default=dict,
        blank=True,
        help_text=_('{"accept": 0.7, "suggest": 0.4}, where they differ from the settings.'),
    )
    # {language: text}, in other languages than the FAQ's own.
    answers = models.JSONField(_("answer in other languages"), default=dict, blank=True)
    # [{title, payload | url, titles?: {language: title}}]
    buttons = models.JSONField(_("buttons"), default=list, blank=True)
    # Ids of uploaded files; who keeps them knows this list (bot.services.files).
    attachments = models.JSONField(_("files"), default=list, blank=True)
    # {channel id or kind: {language: text}}
    overrides = models.JSONField(_("answer by channel"), default=dict, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("FAQ")
        verbose_name_plural = _("FAQs")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["language", "category"], name="faq_by_language_category"),
        ]

    def __str__(self) -> str:
        return self.question


class Phrasing(models.Model):
    """Another way to ask a FAQ's question."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    faq = models.ForeignKey(FAQ, on_delete=models.CASCADE, related_name="phrasings")
    text = models.CharField(_("phrasing"), max_length=500)

    class Meta:
        verbose_name = _("phrasing")
        verbose_name_plural = _("phrasings")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["faq", "text"], name="phrasing_once_per_faq"),
        ]

    def __str__(self) -> str:
        return self.text


class Rule(models.Model):
    """When this is said, do that. Tried before the FAQs, lowest priority number first."""

    class Trigger(models.TextChoices):
        KEYWORD = "keyword", _("keyword")
        REGEX = "regex", _("regular expression")
        PAYLOAD = "payload", _("button")
        NO_TEXT = "no_text", _("message without text")
        OUT_OF_HOURS = "out_of_hours", _("out of opening hours")

    class Action(models.TextChoices):
        REPLY = "reply", _("reply")
        ESCALATE = "escalate", _("escalate")
        CLOSE = "close", _("close the conversation")
        TAG = "tag", _("tag the conversation")
        START_TASK = "start_task", _("start a task")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(_("name"), max_length=200)
    enabled = models.BooleanField(_("enabled"), default=True)
    priority = models.IntegerField(
        _("priority"), default=100, help_text=_("Lower numbers are tried first.")
    )
    trigger = models.CharField(_("trigger"), max_length=20, choices=Trigger.choices)
    pattern = models.CharField(
        _("pattern"),
        max_length=4096,
        blank=True,
        help_text=_("Keywords separated by commas, a regular expression, or a button's payload."),
    )
    action = models.CharField(_("action"), max_length=20, choices=Action.choices)
    reply = models.TextField(_("reply"), max_length=20_000, blank=True)
    buttons = models.JSONField(
        _("buttons"), default=list, blank=True, help_text=_("A list of {title, payload}.")
    )
    tags = models.JSONField(_("tags"), default=list, blank=True)
    channels = models.JSONField(_("channels"), default=list, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["priority", "id"]

    def __str__(self) -> str:
        return self.name


class Snapshot(models.Model):
    """What was published, whole and unchanging. The newest version is the one the bot speaks from."""

    version = models.PositiveIntegerField(primary_key=True)
    content = models.JSONField()
    digest = models.CharField(max_length=64)  # SHA-256 of the content: names its copies in caches
    note = models.CharField(_("note"), max_length=500, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("author"),
    )
    created_at = models.DateTimeField(_("published"), auto_now_add=True)
    faq_count = models.PositiveIntegerField(_("FAQs"), default=0)
    rule_count = models.PositiveIntegerField(_("rules"), default=0)

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        ordering = ["-version"]

    def __str__(self) -> str:
        return f"v{self.version}"


def _share(**extra: Any) -> models.FloatField[float, float]:
    return models.FloatField(
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        **extra,
    )


class BotSettings(models.Model):
    """How the bot behaves. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    accept = _share(verbose_name=_("accept"), default=0.65)
    suggest = _share(verbose_name=_("suggest"), default=0.2)
    margin = _share(verbose_name=_("margin"), default=0.05)
    min_informative = models.PositiveSmallIntegerField(
        _("minimum informative length"),
        default=3,
        help_text=_("Letters a message needs before it is matched against the FAQs."),
    )
    bands = models.JSONField(
        _("thresholds by language"),
        default=dict,
        blank=True,
        help_text=_('{"en": {"accept": 0.7}}, where a language differs from the values above.'),
    )
    misses_before_escalation = models.PositiveSmallIntegerField(
        _("misses before escalation"), default=1, validators=[MinValueValidator(1)]
    )
    drafts = models.BooleanField(
        _("drafts"),
        default=False,
        help_text=_("Changes wait until they are published."),
    )
    default_language = models.CharField(
        _("default language"), max_length=10, choices=Language.choices, default=Language.PT_BR
    )
    texts = models.JSONField(
        _("texts"),
        default=dict,
        blank=True,
        help_text=_("By language: the texts that differ from the built-in ones."),
    )
    opening_hours = models.JSONField(
        _("opening hours"),
        default=list,
        blank=True,
        help_text=_(
            'A list of {"weekday": 0–6, "start": "09:00", "end": "18:00"}; empty means always open.'
        ),
    )
    time_zone = models.CharField(_("time zone"), max_length=60, default="America/Sao_Paulo")
    feedback = models.BooleanField(
        _("ask whether it helped"),
        default=False,
        help_text=_("Two buttons under each answer of a FAQ, where the channel has buttons."),
    )
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("bot settings")
        verbose_name_plural = _("bot settings")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="bot_settings_one_row"),
            models.CheckConstraint(
                condition=models.Q(suggest__lte=models.F("accept")),
                name="bot_settings_bands_in_order",
            ),
        ]

    def __str__(self) -> str:
        return "settings"


class LibraryCheck(models.Model):
    """A check of a whole library, asked for and perhaps still running; one for each content."""

    digest = models.CharField(primary_key=True, max_length=64)  # SHA-256 of what is checked
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)  # steps; 0 before it began
    report = models.JSONField(null=True)  # as `bot.checking.Report`, when it is done
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("library check")
        verbose_name_plural = _("library checks")
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return self.digest[:12]
