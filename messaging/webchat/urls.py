"""Addresses of the web chat. `/chat/<channel>/events` is served by the edge, not by Django."""

from django.urls import path

from messaging.webchat import views

app_name = "webchat"

urlpatterns = [
    path("", views.page, name="home"),
    path("chat/<uuid:channel_id>/", views.page, name="page"),
    path("chat/<uuid:channel_id>/session", views.session, name="session"),
    path("chat/<uuid:channel_id>/messages", views.messages, name="messages"),
    path("chat/<uuid:channel_id>/read", views.read, name="read"),
    path(
        "chat/<uuid:channel_id>/attachments/<uuid:attachment_id>",
        views.attachment,
        name="attachment",
    ),
]
