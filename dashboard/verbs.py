"""The verbs of a conversation as small forms. Each calls one service function and nothing else."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from messaging.models import Agent, Conversation, Owner, Role, Status, Team
from messaging.services import conversations, outbound


class Verb(forms.Form):
    """One thing an agent can do to a conversation."""

    name: str
    label: str | Promise
    icon: str
    done: str | Promise

    def run(self, conversation: UUID, by: Agent) -> None:
        """Do it. The form is valid. Raises ServiceError."""
        raise NotImplementedError

    @classmethod
    def offered(cls, row: Conversation, by: Agent | None) -> bool:
        """Whether the button makes sense now; the service decides when it is pressed."""
        return row.status != Status.CLOSED


class Reply(Verb):
    name, label, icon, done = "reply", _("Send"), "send", _("Sent.")
    text = forms.CharField(max_length=outbound.MAX_TEXT, widget=forms.Textarea)

    def run(self, conversation: UUID, by: Agent) -> None:
        outbound.send_message(by=by, conversation=conversation, text=self.cleaned_data["text"])


class Claim(Verb):
    name, label, icon, done = "claim", _("Claim"), "back_hand", _("It is yours.")

    def run(self, conversation: UUID, by: Agent) -> None:
        conversations.claim(conversation=conversation, agent=by)

    @classmethod
    def offered(cls, row: Conversation, by: Agent | None) -> bool:
        return row.status != Status.CLOSED and (by is None or row.agent_id != by.pk)


class Release(Verb):
    name, label, icon, done = "release", _("Give to the bot"), "smart_toy", _("The bot has it.")

    def run(self, conversation: UUID, by: Agent) -> None:
        conversations.release(conversation=conversation, by=by)

    @classmethod
    def offered(cls, row: Conversation, by: Agent | None) -> bool:
        return row.status != Status.CLOSED and row.owner != Owner.BOT


class Close(Verb):
    name, label, icon, done = "close", _("Close"), "check_circle", _("Closed.")

    def run(self, conversation: UUID, by: Agent) -> None:
        conversations.close(conversation=conversation, by=by)


class Reopen(Verb):
    name, label, icon, done = "reopen", _("Reopen"), "restart_alt", _("Open again.")

    def run(self, conversation: UUID, by: Agent) -> None:
        conversations.reopen(conversation=conversation, by=by)

    @classmethod
    def offered(cls, row: Conversation, by: Agent | None) -> bool:
        return row.status != Status.OPEN


class Transfer(Verb):
    name, label, icon, done = "transfer", _("Transfer"), "swap_horiz", _("Transferred.")
    to = forms.ChoiceField(label=_("To"), widget=UnfoldAdminSelectWidget)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (_("Teams"), [(f"team:{pk}", name) for pk, name in _teams()]),
            (_("Agents"), [(f"agent:{agent.pk}", str(agent)) for agent in _agents()]),
        ]

    def run(self, conversation: UUID, by: Agent) -> None:
        kind, _colon, pk = self.cleaned_data["to"].partition(":")
        target = {"agent": None, "team": None} | {kind: UUID(pk)}
        conversations.transfer(
            conversation=conversation, by=by, note=self.cleaned_data["note"], **target
        )


class Escalate(Verb):
    name, label, icon, done = "escalate", _("Escalate"), "priority_high", _("It is in the queue.")
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=200, widget=UnfoldAdminTextInputWidget
    )
    team = forms.ChoiceField(label=_("Team"), required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [("", "–"), *((str(pk), name) for pk, name in _teams())]  # type: ignore[attr-defined]

    def run(self, conversation: UUID, by: Agent) -> None:
        team = self.cleaned_data["team"]
        conversations.escalate(
            conversation=conversation,
            by=by,
            reason=self.cleaned_data["reason"],
            team=UUID(team) if team else None,
        )


class Snooze(Verb):
    name, label, icon, done = "snooze", _("Snooze"), "snooze", _("Snoozed.")
    until = forms.DateTimeField(
        label=_("Until"),
        required=False,
        help_text=_("Empty: until the contact writes."),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )

    def run(self, conversation: UUID, by: Agent) -> None:
        conversations.snooze(conversation=conversation, by=by, until=self.cleaned_data["until"])

    @classmethod
    def offered(cls, row: Conversation, by: Agent | None) -> bool:
        return row.status == Status.OPEN


class Note(Verb):
    name, label, icon, done = "note", _("Note"), "sticky_note_2", _("Noted.")
    text = forms.CharField(
        label=_("Only agents see it"),
        max_length=5000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    def run(self, conversation: UUID, by: Agent) -> None:
        conversations.add_note(conversation=conversation, by=by, text=self.cleaned_data["text"])

    @classmethod
    def offered(cls, row: Conversation, by: Agent | None) -> bool:
        return True


VERBS: dict[str, type[Verb]] = {
    verb.name: verb
    for verb in (Reply, Claim, Release, Transfer, Escalate, Snooze, Close, Reopen, Note)
}


def bar(row: Conversation, by: Agent | None) -> list[Verb]:
    """The verbs to show above a conversation, unbound."""
    shown = [verb for verb in VERBS.values() if verb is not Reply and verb.offered(row, by)]
    return [verb(auto_id=f"id_{verb.name}_%s") for verb in shown]


def _teams() -> list[tuple[UUID, str]]:
    return list(Team.objects.values_list("pk", "name"))


def _agents() -> list[Agent]:
    rows = Agent.objects.filter(user__is_active=True).exclude(role=Role.WORKER)
    return list(rows.select_related("user"))
