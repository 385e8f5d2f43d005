"""Channels: connecting, changing, checking. Secrets go in and never come out."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib import messages as banner
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

import channels.registry
from dashboard import access, metrics, words
from dashboard.base import ServiceAdmin, badge, moment
from dashboard.forms.channel import OWN_FIELDS, POLICY_FIELDS, PREFIX, asked, form_class
from messaging.models import Channel
from messaging.services import channels as service
from messaging.services.errors import Invalid, ServiceError

HEALTH_COLORS = {
    Channel.Health.OK.value: "success",
    Channel.Health.UNREACHABLE.value: "warning",
    Channel.Health.REFUSED.value: "danger",
}


@admin.register(Channel)
class ChannelAdmin(ServiceAdmin):
    """The form is valid first; the platform is asked after the transaction is over."""

    viewers = editors = access.ADMIN
    list_display = (
        "named",
        "kind_label",
        badge("health", _("health"), HEALTH_COLORS),
        "enabled",
        moment("checked_at", _("checked")),
    )
    list_filter = (("kind", ChoicesDropdownFilter), ("health", ChoicesDropdownFilter), "enabled")
    search_fields = ("name",)
    change_form_outer_before_template = "dashboard/includes/channel_head.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        return Channel.connected.order_by("name", "id")

    @display(description=_("name"), header=True, ordering="name")
    def named(self, row: Channel) -> list[str]:
        account = row.facts.get("username") or row.facts.get("name") or ""
        return [row.name, metrics.shorten(str(account), 60), row.name[:1].upper()]

    @display(description=_("kind"), ordering="kind")
    def kind_label(self, row: Channel) -> str:
        return row.adapter.label

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}  # removing a channel is done one by one, with its page read first

    # --- the form

    def get_form(
        self, request: HttpRequest, obj: Channel | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        kind = channels.registry.get(obj.kind if obj else self._kind(request))
        made = form_class(kind, (obj.config or {}) if obj else None)
        kwargs |= {"form": made, "fields": (*OWN_FIELDS, *POLICY_FIELDS)}
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        kind = channels.registry.get(obj.kind if obj else self._kind(request))
        config = [PREFIX + item.name for item in asked(kind)]
        shown: list[Any] = [(kind.label, {"fields": [*OWN_FIELDS, *config]})]
        shown.append((_("Rules of this channel"), {"fields": POLICY_FIELDS}))
        return shown

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"name": channels.registry.get(self._kind(request)).label}

    def _kind(self, request: HttpRequest) -> str:
        kind = request.GET.get("kind", "")
        if kind not in channels.registry.CHANNELS:
            raise Http404
        return kind

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not object_id and request.GET.get("kind", "") not in channels.registry.CHANNELS:
            return self._choose(request)
        response = super().changeform_view(request, object_id, form_url, extra_context)
        work: Callable[[], Channel] | None = getattr(request, "channel_work", None)
        if work is None:
            return response
        try:
            row = work()
        except ServiceError as error:
            request.service_error = _for_form(error)  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)
        return self._finish(request, row, added=not object_id)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Only remember what to do: the platform is asked outside of the transaction."""

        def work() -> Channel:
            row = self.store(request, obj, form, change)
            rules = {name: form.cleaned_data[name] for name in POLICY_FIELDS}
            Channel.objects.filter(pk=row.pk).update(**rules)
            request.channel_message = self.construct_change_message(  # type: ignore[attr-defined]
                request, form, [], not change
            )
            return row

        request.channel_work = work  # type: ignore[attr-defined]

    def store(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> Channel:
        values = form.cleaned_data
        if not change:
            return service.create(
                kind=form.kind.kind,
                name=values["name"],
                config={k: v for k, v in form.config().items() if v not in (None, "", [])},
                enabled=values["enabled"],
            )
        config = form.config() if form.config_changed() else None
        return service.update(
            channel=obj.pk, name=values["name"], config=config, enabled=values["enabled"]
        )

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Logged in `_finish`, when it has really been done."""

    log_change = log_addition

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        return HttpResponse(status=204)

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        return HttpResponse(status=204)

    def _finish(self, request: HttpRequest, row: Channel, *, added: bool) -> HttpResponse:
        message = request.channel_message  # type: ignore[attr-defined]
        if added:
            super().log_addition(request, row, message)
            return super().response_add(request, row)  # type: ignore[no-any-return]
        super().log_change(request, row, message)
        return super().response_change(request, row)  # type: ignore[no-any-return]

    def _choose(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | {
            "title": _("Connect a channel"),
            "opts": self.opts,
            "kinds": [channels.registry.get(kind) for kind, _label in channels.registry.choices()],
        }
        return TemplateResponse(request, "dashboard/channel_kinds.html", context)

    # --- other pages

    def get_urls(self) -> list[URLPattern]:
        check = path(
            "<uuid:pk>/check/", self.admin_site.admin_view(self.check_now), name="desk_check"
        )
        return [check, *super().get_urls()]

    @method_decorator(require_POST)
    def check_now(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Ask the platform whether the credentials still hold."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        try:
            row = service.check(channel=pk)
        except ServiceError as error:
            banner.error(request, words.problem(error))
            return redirect("admin:messaging_channel_changelist")
        text = f"{row.get_health_display()} {row.health_detail}".strip()
        good = row.health == Channel.Health.OK
        banner.add_message(request, banner.SUCCESS if good else banner.ERROR, text)
        return redirect("admin:messaging_channel_change", pk)

    def delete_model(self, request: HttpRequest, obj: Channel) -> None:
        service.delete(channel=obj.pk)


def _for_form(error: ServiceError) -> ServiceError:
    """The same error with the names the form's fields have."""
    if not isinstance(error, Invalid):
        return error
    return Invalid({_form_name(name): why for name, why in error.fields.items()})


def _form_name(name: str) -> str:
    return PREFIX + name.removeprefix("config.") if name.startswith("config.") else name
