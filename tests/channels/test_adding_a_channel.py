"""A kind nobody has heard of works from its webhook to its answer with nothing but a class and a registry entry."""

import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from channels.base import Channel, ConfigField
from channels.errors import Permanent, WebhookRejected
from channels.reading import load_object
from channels.registry import CHANNELS
from channels.types import (
    ApiCall,
    Capabilities,
    InboundMessage,
    RawResponse,
    Receipt,
    Sender,
    WebhookRequest,
)
from messaging import webhooks
from messaging.models import Message
from messaging.services import channels, inbound, turns
from messaging.services.sending import Sender as Outbox

pytestmark = pytest.mark.django_db(transaction=True)


class Pigeon(Channel):
    """All that a kind needs: proof, reading, writing, and what an answer means."""

    kind = "pigeon"
    label = "Carrier pigeon"
    capabilities = Capabilities(max_text=140)
    fields = (
        ConfigField("loft", "Address of the loft"),
        ConfigField("whistle", "Whistle", secret=True),
    )

    def verify(self, request, config):
        given = request.headers.get("x-whistle", "").encode()
        if not config.get("whistle") or not hmac.compare_digest(given, config["whistle"].encode()):
            raise WebhookRejected("not our pigeon")

    def delivery_key(self, request):
        return str(load_object(request.body).get("ring"))

    def parse(self, request, config):
        note = load_object(request.body)
        key = str(note["ring"])
        return [InboundMessage(key, key, Sender(str(note["from"])), text=str(note["note"]))]

    def build(self, message, config):
        note = {"to": message.destination, "note": message.text}
        return [ApiCall("fly", "POST", f"{config['loft']}/fly", json=note)]

    def read(self, call, response: RawResponse):
        if response.status != 200:
            raise Permanent("the pigeon came back")
        return Receipt(external_id=load_object(response.body)["ring"])


@pytest.fixture
def loft(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """The kind, registered, and its platform: where it is, and what was sent to it."""
    flown: list[dict[str, str]] = []

    class Loft(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            flown.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            answer = json.dumps({"ring": f"out-{len(flown)}"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    monkeypatch.setitem(CHANNELS, "pigeon", Pigeon())
    server = HTTPServer(("127.0.0.1", 0), Loft)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", flown
    server.shutdown()
    server.server_close()


def test_a_new_kind_needs_its_class_and_one_registry_entry(loft):
    address, flown = loft
    channel = channels.create(
        kind="pigeon", name="Roof", config={"loft": address, "whistle": "tweet"}
    )

    def arrives(whistle: str) -> int:
        body = json.dumps({"ring": 7, "from": "ana", "note": "Quero falar com um atendente"})
        headers = {"content-type": "application/json", "x-whistle": whistle}
        request = WebhookRequest("POST", headers, {}, body.encode())
        return webhooks.accept("pigeon", str(channel.pk), request).status

    assert [arrives("tweet"), arrives("tweet"), arrives("hoot")] == [200, 200, 403]
    inbound.ingest_pending()
    turns.handle_pending()

    outbox = Outbox()
    outbox.wake()
    deadline = time.monotonic() + 10
    while Message.objects.filter(direction="out").exclude(status="sent").exists() or not flown:
        assert time.monotonic() < deadline, "the answer was not sent"
        time.sleep(0.02)
    outbox.close()

    received = Message.objects.get(direction="in")
    answer = Message.objects.filter(direction="out").first()
    assert received.text == "Quero falar com um atendente"
    assert received.conversation.owner == "queue"
    assert flown[0] == {"to": "ana", "note": answer.text}
    assert answer.external_id == "out-1"
