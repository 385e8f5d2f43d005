"""The mock takes what a test wants to come in, and refuses what no platform would send."""

import json

import pytest

from channels.mock import Mock
from channels.types import InboundMessage, Rejected, StatusUpdate
from tests.channels.mock.samples import proven


def event(**body):
    (found,) = Mock().parse(proven(json.dumps(body).encode()), {})
    return found


def test_a_message_may_bring_everything_a_platforms_can():
    message = event(
        id=5, **{"from": "7"}, name="Ana", text="oi", reply_to="mock-1", payload="faq:1",
        attachments=[{"type": "image", "name": "a.png", "mime": "image/png", "size": 10}],
    )  # fmt: skip
    assert isinstance(message, InboundMessage)
    assert (message.external_id, message.sender.name, message.reply_to) == ("5", "Ana", "mock-1")
    assert message.payload == "faq:1"
    assert (message.attachments[0].type, message.attachments[0].size) == ("image", 10)


def test_a_receipt_tells_what_became_of_something_sent():
    assert event(status="read", external_id="mock-1") == StatusUpdate("read", external_id="mock-1")


@pytest.mark.parametrize(
    "body",
    [
        {"from": "7", "text": "no id"},
        {"id": "1", "text": "nobody"},
        {"id": True, "from": "7"},
        {"id": 2**70, "from": "7"},
        {"id": "x" * 201, "from": "7"},
        {"id": "1", "from": "7", "text": ["oi"]},
        {"id": "1", "from": "7", "attachments": [{"type": "hologram"}]},
        {"status": "eaten", "external_id": "mock-1"},
        {"status": ["read"], "external_id": "mock-1"},
        {"status": "read"},
    ],
    ids=str,
)
def test_f18_an_item_of_the_wrong_shape_is_rejected(body):
    assert isinstance(event(**body), Rejected)
