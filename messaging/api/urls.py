"""Addresses under /api/v1/. With or without the slash at the end: a redirect would lose a body (F-37)."""

from django.urls import URLPattern, URLResolver, re_path
from rest_framework.routers import SimpleRouter

from messaging.api.views import (
    agents,
    attachments,
    auth,
    channels,
    contacts,
    conversations,
    knowledge,
    messages,
    unanswered,
    versions,
)

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("channels", channels.Channels, basename="channels")
router.register("contacts", contacts.Contacts, basename="contacts")
router.register("messages", messages.Messages, basename="messages")
router.register("conversations", conversations.Conversations, basename="conversations")
router.register("queue", conversations.Queue, basename="queue")
router.register("teams", agents.Teams, basename="teams")
router.register("agents", agents.Agents, basename="agents")
router.register("attachments", attachments.Attachments, basename="attachments")
router.register("faqs/versions", versions.Versions, basename="versions")
router.register("faqs", knowledge.Faqs, basename="faqs")
router.register("rules", knowledge.Rules, basename="rules")
router.register("unanswered", unanswered.Unanswered, basename="unanswered")

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^auth/token/?$", auth.Login.as_view(), name="token"),
    re_path(r"^auth/token/refresh/?$", auth.Refresh.as_view(), name="token-refresh"),
    re_path(r"^auth/token/verify/?$", auth.Verify.as_view(), name="token-verify"),
    re_path(r"^auth/logout/?$", auth.Logout.as_view(), name="logout"),
    re_path(
        r"^settings/?$",
        knowledge.Settings.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="settings",
    ),
    re_path(r"^faqs/check/?$", versions.Check.as_view({"get": "retrieve"}), name="faqs-check"),
    *router.urls,
]
