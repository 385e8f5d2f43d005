"""The web process: `granian --interface asgi project.asgi:application`."""

from project.wsgi import application as django  # isort: skip - sets Django up before all else

from django.db import connection
from django.urls import get_resolver

from messaging import health, webhooks
from messaging.webchat import stream
from project.edge import Edge
from project.threads import Pool

# SQLite has one writer: threads that wait for each other there only make everyone slower.
_webhook_threads = 1 if connection.vendor == "sqlite" else 4

application = Edge(
    webhook=webhooks.accept,
    django=django,
    webhook_pool=Pool("webhook", threads=_webhook_threads, jobs=512),
    streams={r"/chat/[^/]+/events/?": stream.open_stream},
    probes={"/healthz": health.live, "/readyz": health.ready},
    # The first person must not wait for the import of all views.
    warm=lambda: get_resolver().url_patterns,
)
