"""`/metrics` for Prometheus: what waits, what went wrong, what was done. Labels never name a person.

All figures are read from the database, so every web process tells the same; each query has an index.
"""

import ipaddress
import secrets
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from messaging.models import (
    Conversation,
    DailyCounter,
    Delivery,
    Message,
    MessageStatus,
    Miss,
    Owner,
    Status,
    UnansweredQuestion,
)
from messaging.models.messages import UNSETTLED

_WATCHED = (*UNSETTLED, MessageStatus.UNCERTAIN)
_STUCK_DELIVERIES = (Delivery.State.PENDING, Delivery.State.ERROR)


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """The figures, for who may see them; 403 for others."""
    if not _allowed(request):
        return HttpResponseForbidden("Forbidden.\n", content_type="text/plain")
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _allowed(request: HttpRequest) -> bool:
    """Who has METRICS_TOKEN; without one, who connects from a private address and through no proxy."""
    if settings.METRICS_TOKEN:
        expected = f"Bearer {settings.METRICS_TOKEN}".encode()
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        return secrets.compare_digest(given, expected)
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        peer = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return peer.is_private or peer.is_loopback


class Desk(Collector):
    """Reads the desk's figures when they are asked for."""

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        now = timezone.now()
        yield from _messages(now)
        yield from _deliveries(now)
        yield from _queue(now)
        yield from _unanswered()
        yield _totals()


def _messages(now: datetime) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "balcao_outbound_messages",
        "Outbound messages that are not settled, by status",
        labels=["status"],
    )
    for status in _WATCHED:
        waiting.add_metric([status], Message.objects.filter(status=status).count())
    yield waiting
    oldest = Message.objects.filter(status__in=UNSETTLED).aggregate(t=Min("created_at"))["t"]
    yield GaugeMetricFamily(
        "balcao_outbound_oldest_seconds",
        "Age of the oldest message that waits to be sent",
        value=_age(oldest, now),
    )
    pending = Message.objects.filter(bot_state=Message.BotState.PENDING)
    facts = pending.aggregate(n=Count("id"), t=Min("created_at"))
    yield GaugeMetricFamily(
        "balcao_bot_pending_messages", "Messages that wait for the bot", value=facts["n"]
    )
    yield GaugeMetricFamily(
        "balcao_bot_oldest_seconds",
        "Age of the oldest message that waits for the bot",
        value=_age(facts["t"], now),
    )


def _deliveries(now: datetime) -> Iterator[Metric]:
    states = GaugeMetricFamily(
        "balcao_deliveries", "Raw webhooks that still need something, by state", labels=["state"]
    )
    for state in _STUCK_DELIVERIES:
        states.add_metric([state], Delivery.objects.filter(state=state).count())
    yield states
    pending = Delivery.objects.filter(state=Delivery.State.PENDING)
    yield GaugeMetricFamily(
        "balcao_deliveries_oldest_seconds",
        "Age of the oldest webhook that was not read yet",
        value=_age(pending.aggregate(t=Min("received_at"))["t"], now),
    )


def _queue(now: datetime) -> Iterator[Metric]:
    rows = Conversation.objects.filter(owner=Owner.QUEUE, status=Status.OPEN)
    facts = rows.aggregate(n=Count("id"), t=Min("waiting_since"))
    yield GaugeMetricFamily(
        "balcao_queue_conversations", "Conversations that wait for a human", value=facts["n"]
    )
    yield GaugeMetricFamily(
        "balcao_queue_oldest_seconds",
        "How long the first of them has waited",
        value=_age(facts["t"], now),
    )


def _unanswered() -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "balcao_ungrouped_misses",
        "Messages without an answer that were not grouped yet",
        value=Miss.objects.filter(question=None).count(),
    )
    state = UnansweredQuestion.State.OPEN
    yield GaugeMetricFamily(
        "balcao_unanswered_questions",
        "Unanswered questions that nobody has dealt with",
        value=UnansweredQuestion.objects.filter(state=state).count(),
    )


def _totals() -> Metric:
    """The desk's daily counters summed up: messages_in, answered_by_bot, escalated, …"""
    totals = CounterMetricFamily(
        "balcao_events", "What was counted since the desk was set up", labels=["event"]
    )
    rows = DailyCounter.objects.values_list("name").annotate(n=Sum("value")).order_by("name")
    for name, total in rows:
        totals.add_metric([name], total)
    return totals


def _age(moment: datetime | None, now: datetime) -> float:
    return max((now - moment).total_seconds(), 0.0) if moment else 0.0


REGISTRY = CollectorRegistry(auto_describe=False)
REGISTRY.register(Desk())
