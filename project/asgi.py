"""The web process: `granian --interface asgi project.asgi:application`."""

from project.wsgi import application as django  # isort: skip - sets Django up before all else

from django.urls import get_resolver

from messaging import health, webhooks
from messaging.webchat import stream
from project.edge import Edge

application = Edge(
    webhook=webhooks.accept,
    django=django,
    streams={r"/chat/[^/]+/events/?": stream.open_stream},
    probes={"/healthz": health.live, "/readyz": health.ready},
    # The first person must not wait for the import of all views.
    warm=lambda: get_resolver().url_patterns,
)
