"""Bodies of unanswered/."""

from typing import Any

from rest_framework import serializers

from messaging.api.serializers.fields import RowSerializer, UtcDateTimeField, texts
from messaging.models import Miss, UnansweredQuestion
from messaging.services.replays import MOST, OUTCOMES
from messaging.services.unanswered import MAX_PHRASING, MOST_TEXTS
from messaging.unanswered import TEXT_SHOWN

_CUT = f"The first {TEXT_SHOWN} characters."


class UnansweredSerializer(RowSerializer):
    """Messages the bot had no answer for, that ask the same. Read from what the retention left of them."""

    text = serializers.CharField(help_text=f"The first example. {_CUT}")
    faq = serializers.UUIDField(source="faq_id", allow_null=True)
    came_back = serializers.BooleanField(
        help_text="It was attached and published, and then missed again."
    )
    times = serializers.IntegerField(help_text="All there ever were, purged ones too.")
    contacts = serializers.IntegerField(source="facts.contacts")
    waiting = serializers.IntegerField(
        source="facts.waiting", help_text="Conversations in the queue."
    )
    languages = serializers.ListField(source="facts.languages", child=serializers.CharField())
    channels = serializers.ListField(source="facts.channels", child=serializers.UUIDField())

    class Meta:
        model = UnansweredQuestion
        fields: tuple[str, ...] = (
            "id",
            "state",
            "text",
            "times",
            "contacts",
            "waiting",
            "languages",
            "channels",
            "faq",
            "came_back",
            "handled_at",
            "created_at",
            "last_seen_at",
        )


class ExampleSerializer(serializers.Serializer[Any]):
    """One way it was asked; case, accents and punctuation aside."""

    text = serializers.SerializerMethodField(help_text=_CUT)
    times = serializers.IntegerField()
    message = serializers.UUIDField(help_text="The newest one.")
    conversation = serializers.UUIDField()
    channel = serializers.UUIDField()
    language = serializers.CharField()
    last_seen_at = UtcDateTimeField(source="last")

    def get_text(self, row: Any) -> str:
        return str(row.text)[:TEXT_SHOWN]


class NearSerializer(serializers.Serializer[Any]):
    """A FAQ that may be meant, with the matcher's confidence."""

    faq = serializers.UUIDField()
    question = serializers.CharField()
    score = serializers.FloatField()
    phrasing = serializers.CharField()


class UnansweredDetail(UnansweredSerializer):
    examples = ExampleSerializer(many=True)
    conversations = serializers.ListField(
        child=serializers.UUIDField(), help_text="That wait in the queue, the longest first."
    )
    nearest = NearSerializer(many=True)

    class Meta(UnansweredSerializer.Meta):
        fields = (*UnansweredSerializer.Meta.fields, "examples", "conversations", "nearest")


class AttachBody(serializers.Serializer[Any]):
    faq = serializers.UUIDField()
    texts = texts(
        MAX_PHRASING,
        max_length=MOST_TEXTS,
        required=False,
        allow_null=True,
        default=None,
        help_text="The phrasings to add; without them the examples.",
    )


class ReopenBody(serializers.Serializer[Any]):
    take_back = serializers.BooleanField(
        default=False, help_text="Remove the phrasings that attaching added."
    )


class ReplayBody(serializers.Serializer[Any]):
    last = serializers.IntegerField(min_value=1, max_value=MOST, default=200)
    drafts = serializers.BooleanField(
        default=False, help_text="As if everything were published now."
    )


class ShareSerializer(serializers.Serializer[Any]):
    """How many messages came to which end."""

    answered = serializers.IntegerField()
    offered = serializers.IntegerField()
    missed = serializers.IntegerField()
    passed_on = serializers.IntegerField(help_text="To a human, by a rule or because asked for.")


class LineSerializer(serializers.Serializer[Any]):
    message = serializers.UUIDField()
    question = serializers.UUIDField(allow_null=True, help_text="Null until it is grouped.")
    text = serializers.SerializerMethodField(help_text=_CUT)
    language = serializers.CharField()
    channel = serializers.UUIDField()
    asked_at = UtcDateTimeField()
    cause = serializers.ChoiceField(choices=Miss.Cause.choices)
    then = serializers.ChoiceField(choices=OUTCOMES)
    now = serializers.ChoiceField(choices=OUTCOMES, source="now.outcome")
    faq = serializers.CharField(source="now.faq", help_text="That answers, or is offered first.")
    score = serializers.FloatField(source="now.score", allow_null=True)
    gained = serializers.BooleanField()

    def get_text(self, row: Any) -> str:
        return str(row.text)[:TEXT_SHOWN]


class ReplaySerializer(serializers.Serializer[Any]):
    """The last misses, asked again; nothing is stored."""

    complete = serializers.BooleanField(help_text="False when the time was up before the last one.")
    gained = serializers.IntegerField()
    then = ShareSerializer()
    now = ShareSerializer()
    results = LineSerializer(source="lines", many=True)
