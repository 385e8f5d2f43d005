"""Where every address leads."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from messaging import metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("metrics", metrics.view),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("messaging.webchat.urls")),
]
