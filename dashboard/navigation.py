"""The sidebar: what this person may open, in groups."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse, reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboard import access, metrics

Item = dict[str, Any]


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's navigation structure, without what the role may not open."""
    groups: list[dict[str, Any]] = [
        {"items": [_item(_("Dashboard"), "space_dashboard", "index", access.STAFF)]},
        {"title": _("Service desk"), "separator": True, "items": _desk(request)},
        {"title": _("Bot"), "separator": True, "items": _bot(request)},
        {"title": _("Channels"), "separator": True, "items": _channels()},
        {"title": _("People"), "separator": True, "items": _people()},
        {"title": _("System"), "separator": True, "items": _system()},
    ]
    for group in groups:
        group["items"] = [i for i in group["items"] if access.allowed(request, i.pop("roles"))]
    return [group for group in groups if group["items"]]


def _desk(request: HttpRequest) -> list[Item]:
    queue = _item(_("Queue"), "hourglass_top", "queue", access.STAFF)
    waiting = metrics.waiting_count(request)
    if waiting:
        queue |= {"badge": str(waiting), "badge_variant": "warning"}
    return [
        queue,
        _item(_("Conversations"), "forum", "messaging_conversation_changelist", access.STAFF),
        _item(_("Messages"), "chat_bubble", "messaging_message_changelist", access.STAFF),
        _item(_("Contacts"), "contacts", "messaging_contact_changelist", access.STAFF),
    ]


def _bot(request: HttpRequest) -> list[Item]:
    unanswered = _item(
        _("Unanswered"), "contact_support", "messaging_unansweredquestion_changelist", access.ADMIN
    )
    open_questions = metrics.open_questions(request)
    if open_questions:
        unanswered |= {"badge": str(open_questions), "badge_variant": "info"}
    settings = _item(_("Settings"), "tune", "bot_botsettings_changelist", access.ADMIN)
    # the changelist sends on to the only row
    settings["active"] = lambda request: request.path.startswith(
        reverse("admin:bot_botsettings_changelist")
    )
    snapshots = _item(_("Snapshots"), "inventory_2", "bot_snapshot_changelist", access.ADMIN)
    # the check has an entry of its own below the same address
    snapshots["active"] = lambda request: (
        request.path.startswith(reverse("admin:bot_snapshot_changelist"))
        and request.path != reverse("admin:desk_check")
    )
    return [
        _item(_("Try the bot"), "science", "try_bot", access.STAFF),
        _item(_("FAQs"), "quiz", "bot_faq_changelist", access.STAFF),
        unanswered,
        _item(_("Rules"), "rule", "bot_rule_changelist", access.STAFF),
        _item(_("Thresholds"), "stacked_bar_chart", "thresholds", access.STAFF),
        settings,
        _item(_("Library check"), "health_and_safety", "desk_check", access.ADMIN),
        snapshots,
    ]


def _channels() -> list[Item]:
    return [
        _item(_("Channels"), "hub", "messaging_channel_changelist", access.ADMIN),
        _item(_("Deliveries"), "inbox", "messaging_delivery_changelist", access.ADMIN),
        _item(_("Attempts"), "outbox", "messaging_attempt_changelist", access.ADMIN),
        _item(_("Decisions"), "psychology", "messaging_decision_changelist", access.ADMIN),
    ]


def _people() -> list[Item]:
    return [
        _item(_("Agents"), "support_agent", "messaging_agent_changelist", access.STAFF),
        _item(_("Teams"), "groups", "messaging_team_changelist", access.STAFF),
        _item(_("Users"), "manage_accounts", "auth_user_changelist", access.ADMIN),
    ]


def _system() -> list[Item]:
    return [
        _item(_("Locked logins"), "lock_person", "axes_accessattempt_changelist", access.ADMIN),
        _item(_("Changes"), "history", "admin_logentry_changelist", access.ADMIN),
    ]


def _item(title: str | Promise, icon: str, name: str, roles: frozenset[str]) -> Item:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{name}"), "roles": roles}
