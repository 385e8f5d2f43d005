"""Contacts: who they are, where they are reached, what was said."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from bot.models import Language
from dashboard import access, metrics
from dashboard.base import LongListAdmin, NamelessLogMixin, ServiceAdmin, moment
from dashboard.export import ExportsRows, SafeResource
from dashboard.forms.lists import WordsField
from dashboard.forms.pairs import PairsField
from dashboard.forms.zones import zone_choices
from messaging.models import Address, Agent, Contact
from messaging.services import contacts

FIELDS = ("name", "phone", "email", "language", "time_zone", "tags", "attributes")
NEWEST = 10  # conversations shown


class ContactForm(forms.ModelForm[Contact]):
    tags = WordsField(label=_("Tags"))
    attributes = PairsField(label=_("Attributes"))
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", "–"), *Language.choices],
        widget=UnfoldAdminSelectWidget,
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False, choices=zone_choices, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = Contact
        fields = FIELDS
        widgets: ClassVar[dict[str, Any]] = {"name": UnfoldAdminTextInputWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attributes"].known = self.instance.attributes or {}  # type: ignore[attr-defined]
        spoken = self.instance.language
        if spoken and spoken not in Language.values:
            # As the platform said it; only what is chosen here may change it.
            self.fields["language"].choices += [(spoken, spoken)]  # type: ignore[attr-defined]


class AddressInline(TabularInline):
    model = Address
    fields = readonly_fields = ("channel", "external_id", "unreachable_since", "last_inbound_at")
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Address]:
        return super().get_queryset(request).select_related("channel")  # type: ignore[no-any-return]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.is_staff(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission


class ContactResource(SafeResource):
    class Meta:
        model = Contact
        fields = ("id", "name", "phone", "email", "language", "time_zone", "created_at")


@admin.register(Contact)
class ContactAdmin(NamelessLogMixin, ExportsRows, ServiceAdmin, LongListAdmin):
    """Saved by the contacts service; names stay out of the log of changes."""

    editors = access.STAFF
    adders = deleters = access.ADMIN
    form = ContactForm
    scanned = None  # somebody looked for may have been here for years
    resource_classes: ClassVar[list[Any]] = [ContactResource]
    inlines = (AddressInline,)
    list_display = (
        "person",
        "phone",
        "email",
        "language",
        "tag_list",
        moment("created_at", _("created")),
    )
    list_filter = (
        ("addresses__channel", RelatedDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    search_fields = ("name", "phone", "email")
    search_help_text = _("Name, phone or e-mail")
    readonly_fields = ("conversation_links", "created_at")
    fieldsets = (
        (None, {"fields": FIELDS}),
        (_("conversations"), {"fields": ("conversation_links", "created_at")}),
    )

    @display(description=_("name"), header=True)
    def person(self, contact: Contact) -> list[str]:
        name = metrics.shorten(str(contact), 60)
        return [name, "", name[:1].upper()]

    @display(description=_("tags"))
    def tag_list(self, contact: Contact) -> str:
        return ", ".join(map(str, contact.tags or [])) or "–"

    @display(description=_("newest"))
    def conversation_links(self, contact: Contact) -> SafeString:
        rows = contact.conversations.select_related("channel").order_by("-pk")[:NEWEST]
        lines = [
            (
                reverse("admin:messaging_conversation_change", args=[row.pk]),
                date_format(localtime(row.created_at), "SHORT_DATETIME_FORMAT"),
                row.channel.name,
                row.get_status_display(),
            )
            for row in rows
        ]
        if not lines:
            return format_html("{}", "–")
        link = '<p><a class="text-link" href="{}">{} · {} · {}</a></p>'
        return format_html_join("", link, lines)

    def store(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Contact:
        values = {name: form.cleaned_data[name] for name in FIELDS}
        if not change:
            return contacts.create(**values)
        changed = {name: values[name] for name in FIELDS if name in form.changed_data}
        by = access.agent_of(request) or Agent(role="admin")
        return contacts.update(contact=obj.pk, by=by, **changed)

    def delete_model(self, request: HttpRequest, obj: Contact) -> None:
        contacts.delete(contact=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Contact]) -> None:
        for pk in list(queryset.values_list("pk", flat=True)):
            contacts.delete(contact=pk)
