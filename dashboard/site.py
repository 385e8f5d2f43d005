"""The admin site of the desk."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from dashboard import access, bands, presence, queue, try_bot


class DeskSite(UnfoldAdminSite):
    """Unfold's site with our own door: staff by role."""

    index_title = _("Dashboard")
    index_template = "dashboard/home.html"
    login_template = "dashboard/login.html"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return access.is_staff(request)

    def extra_urls(self) -> list[URLPattern]:
        """Pages that belong to no model."""
        return [
            path("queue/", self.admin_view(self.queue), name="queue"),
            path("presence/", self.admin_view(presence.change), name="presence"),
            path("try/", self.admin_view(self.try_bot), name="try_bot"),
            path("try/faqs/", self.admin_view(try_bot.search), name="faq_search"),
            path("thresholds/", self.admin_view(self.thresholds), name="thresholds"),
        ]

    def queue(self, request: HttpRequest) -> HttpResponse:
        return queue.view(request, self.each_context(request))

    def try_bot(self, request: HttpRequest) -> HttpResponse:
        return try_bot.view(request, self.each_context(request))

    def thresholds(self, request: HttpRequest) -> HttpResponse:
        return bands.view(request, self.each_context(request))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The login page; 403 for somebody who is signed in but has no business here."""
        response: HttpResponse = super().login(request, extra_context)
        if request.user.is_authenticated and not self.has_permission(request):
            response.status_code = 403
        return response
