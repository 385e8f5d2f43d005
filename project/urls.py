"""Where every address leads."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from messaging import metrics
from messaging.api.views.docs import Docs, Schema

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    re_path(r"^api/schema/?$", Schema.as_view(), name="schema"),
    re_path(r"^docs/?$", Docs.as_view(), name="docs"),
    path("api/v1/", include("messaging.api.urls")),
    path("metrics", metrics.view),
    # What people type and browsers ask for unasked. Nothing that was sent is ever redirected.
    path("admin", require_safe(RedirectView.as_view(url="/admin/", query_string=True))),
    path("favicon.ico", require_safe(RedirectView.as_view(url=static("webchat/logo.svg")))),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("messaging.webchat.urls")),
]

handler400 = "messaging.api.errors.bad_request"
handler403 = "messaging.api.errors.forbidden"
handler404 = "messaging.api.errors.not_found"
handler500 = "messaging.api.errors.server_error"
