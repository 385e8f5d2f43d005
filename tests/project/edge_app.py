"""A small application behind the real edge, for tests that need a real server: see test_edge_granian.py."""

import asyncio
import json
import os
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

import django

django.setup()

from channels.types import WebhookReply  # noqa: E402
from messaging.webchat.stream import Opened  # noqa: E402
from project.edge import Edge  # noqa: E402
from project.incoming import BodyReader  # noqa: E402


def webhook(kind, channel_id, request):
    said = {"method": request.method, "length": len(request.body), "query": dict(request.query)}
    return WebhookReply(body=json.dumps(said), content_type="application/json")


def site(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1)
    if environ["PATH_INFO"] == "/large":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"x" * 65_536 for _ in range(320))
    body = environ["wsgi.input"].read()
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]


async def open_stream(scope):
    async def events():
        while True:
            yield b"data: tick\n\n"
            await asyncio.sleep(0.2)

    return Opened(events())


application = Edge(
    webhook=webhook,
    django=site,
    streams={r"/events": open_stream},
    probes={"/healthz": lambda: (200, {"status": "ok"})},
    bodies=BodyReader(idle=1.0, total=2.0),
)
