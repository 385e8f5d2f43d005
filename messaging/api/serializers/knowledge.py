"""Bodies of faqs/, rules/ and settings/."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.serializers import ListSerializer

from bot.models import FAQ, BotSettings, Language, Rule
from bot.services.answers import ADDRESS, MOST_BUTTONS, MOST_FILES, PAYLOAD_BYTES, TITLE
from messaging.api.serializers.fields import TEXT_LENGTH, RowSerializer, ids, texts
from messaging.services.feedback import Ratings, ratings_of

MAX_PHRASINGS = 200
PHRASING = 500  # characters
INT32 = 2_147_483_647


class FaqButton(serializers.Serializer[Any]):
    """Either `payload` or `url`. A payload `faq:<id>` leads to another FAQ."""

    title = serializers.CharField(max_length=TITLE)
    payload = serializers.CharField(max_length=PAYLOAD_BYTES, required=False, allow_blank=True)
    url = serializers.CharField(max_length=ADDRESS, required=False, allow_blank=True)
    titles = serializers.DictField(
        child=serializers.CharField(max_length=TITLE, allow_blank=True),
        required=False,
        help_text="By language, where it differs from `title`.",
    )


def _by_language(**kwargs: Any) -> serializers.DictField:
    text = serializers.CharField(max_length=TEXT_LENGTH, allow_blank=True)
    return serializers.DictField(child=text, **kwargs)


class FaqSerializer(RowSerializer):
    alternatives = serializers.SerializerMethodField()
    keywords = serializers.ListField(child=serializers.CharField())
    channels = serializers.ListField(child=serializers.UUIDField())
    bands = serializers.DictField(child=serializers.FloatField())
    answers = _by_language()
    buttons = serializers.ListField(child=FaqButton())
    attachments = serializers.ListField(child=serializers.UUIDField())
    overrides = serializers.DictField(child=_by_language())
    helpful = serializers.SerializerMethodField(help_text="Times its answer was said to help.")
    not_helpful = serializers.SerializerMethodField(help_text="Times it was said not to.")

    class Meta:
        model = FAQ
        fields = (
            "id",
            "question",
            "alternatives",
            "keywords",
            "answer",
            "language",
            "category",
            "channels",
            "enabled",
            "bands",
            "answers",
            "buttons",
            "attachments",
            "overrides",
            "helpful",
            "not_helpful",
            "version",
            "created_at",
            "updated_at",
        )

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_alternatives(self, row: FAQ) -> list[str]:
        return [phrasing.text for phrasing in row.phrasings.all()]

    def get_helpful(self, row: FAQ) -> int:
        return self._ratings(row).helpful

    def get_not_helpful(self, row: FAQ) -> int:
        return self._ratings(row).not_helpful

    def _ratings(self, row: FAQ) -> Ratings:
        """Those of this FAQ; counted once for all of a page."""
        if self._known is None:
            page = self.parent.instance if isinstance(self.parent, ListSerializer) else [row]
            self._known = ratings_of([faq.pk for faq in page or ()])
        return self._known.get(row.pk, Ratings())

    _known: dict[UUID, Ratings] | None = None


class FaqChange(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=PHRASING, required=False)
    alternatives = texts(PHRASING, max_length=MAX_PHRASINGS, required=False)
    keywords = texts(100, required=False)
    answer = serializers.CharField(max_length=TEXT_LENGTH, required=False)
    language = serializers.ChoiceField(choices=Language.choices, required=False)
    category = serializers.CharField(max_length=100, required=False, allow_blank=True)
    channels = ids(required=False, help_text="Empty: all.")
    enabled = serializers.BooleanField(required=False)
    bands = serializers.DictField(
        child=serializers.FloatField(min_value=0, max_value=1),
        required=False,
        help_text="`accept` and `suggest` of this FAQ alone.",
    )
    answers = _by_language(
        required=False, help_text="In other languages; where one is missing, `answer` is said."
    )
    buttons = serializers.ListField(child=FaqButton(), required=False, max_length=MOST_BUTTONS)
    attachments = ids(
        required=False,
        max_length=MOST_FILES,
        help_text="Of uploaded files; a copy goes with each answer.",
    )
    overrides = serializers.DictField(
        child=_by_language(),
        required=False,
        help_text="By the id of a channel or the name of a kind, then by language: said instead.",
    )


class FaqBody(FaqChange):
    question = serializers.CharField(max_length=PHRASING)
    answer = serializers.CharField(max_length=TEXT_LENGTH)


class PublishBody(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class SnapshotSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()


class MatchBody(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=TEXT_LENGTH, allow_blank=True, trim_whitespace=False)
    language = serializers.ChoiceField(choices=Language.choices, required=False, default="")
    channel = serializers.UUIDField(required=False, allow_null=True, default=None)


class ButtonBody(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)
    payload = serializers.CharField(max_length=200)


class ShownButton(serializers.Serializer[Any]):
    """Comes back as `payload`, or opens `url`; the other one is empty."""

    title = serializers.CharField()
    payload = serializers.CharField()
    url = serializers.CharField()


class PieceSerializer(serializers.Serializer[Any]):
    """A word of the message, as it was read."""

    text = serializers.CharField()
    weight = serializers.FloatField(
        help_text="How far it moved the log odds of this FAQ: above 0 for it, below 0 against it."
    )
    met = serializers.CharField(help_text='The word of the phrasing it was found as, or "".')


class CandidateSerializer(serializers.Serializer[Any]):
    faq = serializers.CharField()
    score = serializers.FloatField()
    phrasing = serializers.CharField(help_text="The one that came closest.")
    pieces = PieceSerializer(many=True)


class RepairSerializer(serializers.Serializer[Any]):
    written = serializers.CharField()
    read = serializers.CharField()


class BandsSerializer(serializers.Serializer[Any]):
    """The thresholds of the best candidate; of the language where there is none."""

    accept = serializers.FloatField()
    suggest = serializers.FloatField()
    margin = serializers.FloatField()
    min_informative = serializers.IntegerField()


class MatchSerializer(serializers.Serializer[Any]):
    """What the bot would do, and why; nothing is stored."""

    decision = serializers.ChoiceField(
        choices=["reply", "suggest", "rephrase", "escalate", "silent"]
    )
    step = serializers.CharField()
    reason = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    faq = serializers.CharField(allow_null=True)
    reply = serializers.CharField()
    buttons = ShownButton(many=True)
    attachments = serializers.ListField(child=serializers.UUIDField())
    passed = serializers.ListField(
        child=serializers.CharField(), help_text="The steps before, which did not decide."
    )
    language = serializers.CharField(help_text="The bot's, for this message.")
    read = serializers.CharField(help_text="The message as it was compared: folded and repaired.")
    repairs = RepairSerializer(many=True)
    bands = BandsSerializer()
    candidates = CandidateSerializer(many=True)
    ms = serializers.FloatField(help_text="The decision; explaining it takes longer.")


class RuleSerializer(RowSerializer):
    buttons = serializers.ListField(child=ButtonBody())
    tags = serializers.ListField(child=serializers.CharField())
    channels = serializers.ListField(child=serializers.UUIDField())

    class Meta:
        model = Rule
        fields = (
            "id",
            "name",
            "enabled",
            "priority",
            "trigger",
            "pattern",
            "action",
            "reply",
            "buttons",
            "tags",
            "channels",
            "version",
            "created_at",
            "updated_at",
        )


class RuleChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, required=False)
    enabled = serializers.BooleanField(required=False)
    priority = serializers.IntegerField(
        min_value=-INT32, max_value=INT32, required=False, help_text="Lower is tried first."
    )
    trigger = serializers.ChoiceField(choices=Rule.Trigger.choices, required=False)
    pattern = serializers.CharField(
        max_length=4096, required=False, allow_blank=True, trim_whitespace=False
    )
    action = serializers.ChoiceField(choices=Rule.Action.choices, required=False)
    reply = serializers.CharField(max_length=TEXT_LENGTH, required=False, allow_blank=True)
    buttons = serializers.ListField(child=ButtonBody(), required=False, max_length=20)
    tags = texts(50, required=False)
    channels = ids(required=False, help_text="Empty: all.")


class RuleBody(RuleChange):
    name = serializers.CharField(max_length=200)
    trigger = serializers.ChoiceField(choices=Rule.Trigger.choices)
    action = serializers.ChoiceField(choices=Rule.Action.choices)


class IntervalBody(serializers.Serializer[Any]):
    """Open from `start` to `end`; "24:00" is midnight at the end of the day."""

    weekday = serializers.IntegerField(min_value=0, max_value=6, help_text="0 is Monday.")
    start = serializers.RegexField(r"^[0-2][0-9]:[0-5][0-9]$")
    end = serializers.RegexField(r"^[0-2][0-9]:[0-5][0-9]$")


class SettingsSerializer(RowSerializer):
    """How the bot behaves."""

    bands = serializers.DictField(help_text="By language: the thresholds that differ.")
    texts = serializers.DictField(help_text="By language: what differs from the built-in texts.")
    opening_hours = serializers.ListField(child=IntervalBody())

    class Meta:
        model = BotSettings
        fields = (
            "misses_before_escalation",
            "drafts",
            "accept",
            "suggest",
            "margin",
            "min_informative",
            "bands",
            "default_language",
            "texts",
            "opening_hours",
            "time_zone",
            "feedback",
            "updated_at",
        )


class BandNumber(serializers.FloatField):
    """A threshold; a whole number stays one: min_informative takes nothing else."""

    def to_internal_value(self, data: Any) -> float:
        number = super().to_internal_value(data)
        return int(number) if number.is_integer() else number


class SettingsChange(serializers.Serializer[Any]):
    misses_before_escalation = serializers.IntegerField(min_value=1, max_value=20, required=False)
    drafts = serializers.BooleanField(required=False)
    accept = serializers.FloatField(min_value=0, max_value=1, required=False)
    suggest = serializers.FloatField(min_value=0, max_value=1, required=False)
    margin = serializers.FloatField(min_value=0, max_value=1, required=False)
    min_informative = serializers.IntegerField(min_value=1, max_value=100, required=False)
    bands = serializers.DictField(
        child=serializers.DictField(child=BandNumber()),
        required=False,
        help_text="By language: accept, suggest, margin (0 to 1), min_informative (1 to 100, whole).",
    )
    default_language = serializers.ChoiceField(choices=Language.choices, required=False)
    texts = serializers.DictField(
        child=serializers.DictField(
            child=serializers.CharField(max_length=TEXT_LENGTH, allow_blank=True)
        ),
        required=False,
        help_text="By language: greeting, help, escalation_notice, away, rephrase, …",
    )
    opening_hours = serializers.ListField(
        child=IntervalBody(), required=False, max_length=100, help_text="Empty: always open."
    )
    time_zone = serializers.CharField(max_length=60, required=False)
    feedback = serializers.BooleanField(
        required=False, help_text="Ask under each answer of a FAQ whether it helped."
    )
