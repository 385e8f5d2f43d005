"""What lists can be narrowed by. Only what is declared here; a wrong value is 400."""

from datetime import UTC, datetime
from typing import Any

import django_filters as filters
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.utils import timezone
from django_filters.fields import IsoDateTimeField

from bot.models import FAQ, Language, Snapshot
from messaging import unanswered
from messaging.models import (
    Address,
    Contact,
    Conversation,
    Direction,
    Message,
    MessageStatus,
    Owner,
    Status,
    UnansweredQuestion,
)

MAX_SEARCH = 200  # characters


class HasItem(Func):
    """Whether a JSON list of strings holds a string. Django's own `contains` is missing on SQLite."""

    output_field = BooleanField()

    def __init__(self, name: str, value: str) -> None:
        super().__init__(F(name), Value(value))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._compiled(
            compiler, "EXISTS(SELECT 1 FROM json_each({list}) AS item WHERE item.value = {value})"
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._compiled(compiler, "({list} @> jsonb_build_array({value}::text))")

    def _compiled(self, compiler: Any, template: str) -> tuple[str, tuple[Any, ...]]:
        rows, value = self.get_source_expressions()
        list_sql, list_params = compiler.compile(rows)
        value_sql, value_params = compiler.compile(value)
        sql = template.format(list=list_sql, value=value_sql)
        return sql, (*list_params, *value_params)


class _UtcField(IsoDateTimeField):
    """A time without an offset is UTC, like everything the API answers."""

    def to_python(self, value: Any) -> datetime | None:
        try:
            with timezone.override(UTC):
                when: datetime | None = super().to_python(value)
            return when and when.astimezone(UTC)
        except OverflowError:  # the first or last day of the calendar, somewhere else on earth
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class UtcFilter(filters.IsoDateTimeFilter):
    field_class = _UtcField


def _search(**kwargs: Any) -> filters.CharFilter:
    return filters.CharFilter(max_length=MAX_SEARCH, **kwargs)


class ContactFilters(filters.FilterSet):
    search = _search(method="by_search", label="Name, phone, e-mail or address.")
    tag = filters.CharFilter(method="by_tag", max_length=50)
    channel = filters.UUIDFilter(method="by_channel")

    class Meta:
        model = Contact
        fields: list[str] = []

    def by_search(self, rows: QuerySet[Contact], _name: str, text: str) -> QuerySet[Contact]:
        address = Address.objects.filter(contact=OuterRef("pk"), external_id=text)
        return rows.filter(
            Q(name__icontains=text)
            | Q(phone__icontains=text)
            | Q(email__icontains=text)
            | Exists(address)
        )

    def by_tag(self, rows: QuerySet[Contact], _name: str, tag: str) -> QuerySet[Contact]:
        return rows.filter(HasItem("tags", tag))

    def by_channel(self, rows: QuerySet[Contact], _name: str, pk: Any) -> QuerySet[Contact]:
        return rows.filter(Exists(Address.objects.filter(contact=OuterRef("pk"), channel=pk)))


class MessageFilters(filters.FilterSet):
    contact = filters.UUIDFilter(field_name="contact_id")
    agent = filters.UUIDFilter(field_name="agent_id")
    conversation = filters.UUIDFilter(field_name="conversation_id")
    channel = filters.UUIDFilter(field_name="channel_id")
    direction = filters.ChoiceFilter(choices=Direction.choices)
    status = filters.ChoiceFilter(choices=MessageStatus.choices)
    sender = filters.ChoiceFilter(choices=Message.SenderKind.choices)
    campaign = filters.UUIDFilter(method="by_campaign")
    created_after = UtcFilter(field_name="created_at", lookup_expr="gte")
    created_before = UtcFilter(field_name="created_at", lookup_expr="lt")
    search = _search(field_name="text", lookup_expr="icontains")

    class Meta:
        model = Message
        fields: list[str] = []

    def by_campaign(self, rows: QuerySet[Message], _name: str, _pk: Any) -> QuerySet[Message]:
        return rows.none()


class ConversationFilters(filters.FilterSet):
    owner = filters.ChoiceFilter(choices=Owner.choices)
    status = filters.ChoiceFilter(choices=Status.choices)
    agent = filters.UUIDFilter(field_name="agent_id")
    channel = filters.UUIDFilter(field_name="channel_id")
    team = filters.UUIDFilter(field_name="team_id")

    class Meta:
        model = Conversation
        fields: list[str] = []


class UnansweredFilters(filters.FilterSet):
    state = filters.ChoiceFilter(choices=UnansweredQuestion.State.choices)
    faq = filters.UUIDFilter(field_name="faq_id")
    language = filters.ChoiceFilter(choices=Language.choices, method="by_miss")
    channel = filters.UUIDFilter(method="by_miss")
    search = _search(method="by_miss")
    created_after = UtcFilter(field_name="created_at", lookup_expr="gte")
    created_before = UtcFilter(field_name="created_at", lookup_expr="lt")
    seen_after = UtcFilter(field_name="last_seen_at", lookup_expr="gte")

    class Meta:
        model = UnansweredQuestion
        fields: list[str] = []

    def by_miss(
        self, rows: QuerySet[UnansweredQuestion], name: str, value: Any
    ) -> QuerySet[UnansweredQuestion]:
        column = {
            "language": "language",
            "channel": "message__channel",
            "search": "message__text__icontains",
        }[name]
        return unanswered.asked(rows, **{column: value})


class FaqFilters(filters.FilterSet):
    search = _search(field_name="question", lookup_expr="icontains")
    language = filters.ChoiceFilter(choices=Language.choices)
    category = filters.CharFilter(max_length=100)
    enabled = filters.ChoiceFilter(
        choices=[("true", "true"), ("false", "false")], method="by_enabled"
    )

    class Meta:
        model = FAQ
        fields: list[str] = []

    def by_enabled(self, rows: QuerySet[FAQ], _name: str, value: str) -> QuerySet[FAQ]:
        return rows.filter(enabled=value == "true")


class VersionFilters(filters.FilterSet):
    search = _search(method="by_search", label="Note or name of the author.")
    author = _search(field_name="author__username")
    created_after = UtcFilter(field_name="created_at", lookup_expr="gte")
    created_before = UtcFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Snapshot
        fields: list[str] = []

    def by_search(self, rows: QuerySet[Snapshot], _name: str, text: str) -> QuerySet[Snapshot]:
        return rows.filter(Q(note__icontains=text) | Q(author__username__icontains=text))
