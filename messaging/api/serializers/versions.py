"""Bodies of faqs/versions/ and faqs/check/."""

from typing import Any

from rest_framework import serializers

from bot.checking import SEVERITY
from bot.models import Snapshot
from messaging.api.serializers.fields import RowSerializer

CHANGED_KINDS = ("faq", "rule", "settings")
FINDING_KINDS = tuple(SEVERITY)


class VersionSerializer(RowSerializer):
    author = serializers.CharField(source="author.username", allow_null=True, default=None)

    class Meta:
        model = Snapshot
        fields = ("version", "author", "note", "created_at", "faq_count", "rule_count")


class RollbackBody(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=400, required=False, allow_blank=True, default="")


class RollbackSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="What the bot speaks from now.")
    changed = serializers.BooleanField(help_text="False: it was that already.")


class FieldChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="A part of an object is written `texts.en.greeting`.")
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    added = serializers.ListField(child=serializers.JSONField(), help_text="Of a list.")
    removed = serializers.ListField(child=serializers.JSONField(), help_text="Of a list.")


class ItemChangeSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=CHANGED_KINDS)
    id = serializers.CharField()
    title = serializers.CharField()
    change = serializers.ChoiceField(choices=["added", "removed", "changed"])
    fields = FieldChangeSerializer(many=True)  # type: ignore[assignment]


class DiffSerializer(serializers.Serializer[Any]):
    """From the older to the newer; the draft is newer than every version."""

    before = serializers.CharField(help_text="A version; empty before the first.")
    after = serializers.CharField(help_text="A version, or `draft`.")
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    changed = serializers.IntegerField()
    items = ItemChangeSerializer(many=True)


class FindingFaq(serializers.Serializer[Any]):
    id = serializers.CharField()
    question = serializers.CharField()
    link = serializers.CharField(help_text="Its address in this API.")


class FindingSerializer(serializers.Serializer[Any]):
    severity = serializers.ChoiceField(choices=["error", "warning", "info"])
    kind = serializers.ChoiceField(choices=FINDING_KINDS)
    text = serializers.CharField()
    faqs = FindingFaq(many=True)
    phrasings = serializers.ListField(child=serializers.CharField())


class HealthSerializer(serializers.Serializer[Any]):
    faq = serializers.CharField()
    tested = serializers.IntegerField()
    found = serializers.IntegerField()


class CheckSerializer(serializers.Serializer[Any]):
    """`share` is that of the phrasings which, left out, still find their FAQ; null when none was tested."""

    state = serializers.ChoiceField(choices=["running", "done"])
    done = serializers.IntegerField(help_text="Steps, while it runs.")
    total = serializers.IntegerField()
    phrasings = serializers.IntegerField()
    tested = serializers.IntegerField()
    found = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    too_large = serializers.BooleanField(help_text="Too many phrasings for the self-test.")
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="Findings by kind.")
    findings = FindingSerializer(many=True)
    health = HealthSerializer(many=True)
