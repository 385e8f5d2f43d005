"""Where every address leads."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from messaging import metrics
from messaging.api.views.docs import Docs, Schema

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    re_path(r"^api/schema/?$", Schema.as_view(), name="schema"),
    re_path(r"^docs/?$", Docs.as_view(), name="docs"),
    path("api/v1/", include("messaging.api.urls")),
    path("metrics", metrics.view),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("messaging.webchat.urls")),
]

handler400 = "messaging.api.errors.bad_request"
handler403 = "messaging.api.errors.forbidden"
handler404 = "messaging.api.errors.not_found"
handler500 = "messaging.api.errors.server_error"
