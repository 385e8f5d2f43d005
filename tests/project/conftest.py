import pytest

from channels.types import WebhookReply, WebhookRequest
from project.edge import Edge
from tests.engines import free_port


class Door:
    """Stands where the webhook door stands: keeps what came, answers what it is told."""

    def __init__(self):
        self.came: list[tuple[str, str, WebhookRequest]] = []
        self.reply = WebhookReply()

    def __call__(self, kind, channel_id, request):
        self.came.append((kind, channel_id, request))
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


class Site:
    """A small WSGI application in Django's place: keeps the environ and the body of each request."""

    def __init__(self):
        self.environs: list[dict] = []
        self.bodies: list[bytes] = []
        self.closed = 0
        self.chunks: list[bytes] = [b"site"]
        self.status = "200 OK"

    def __call__(self, environ, start_response):
        self.environs.append(environ)
        self.bodies.append(environ["wsgi.input"].read())
        start_response(self.status, [("Content-Type", "text/plain")])
        return Body(self)


class Body:
    def __init__(self, site):
        self.site = site
        self.left = iter(site.chunks)

    def __iter__(self):
        return self.left

    def close(self):
        self.site.closed += 1


@pytest.fixture
def door():
    return Door()


@pytest.fixture
def site():
    return Site()


@pytest.fixture
def edge(door, site):
    return Edge(webhook=door, django=site)


@pytest.fixture
def free_tcp_port():
    return free_port()
