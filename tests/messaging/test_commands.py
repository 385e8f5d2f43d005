"""What the shell offers beside the running desk."""

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, get_commands, load_command_class

from bot import services
from messaging.models import Channel, Delivery, Message
from tests import factories as make

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    """A command as the shell calls it: parsed whole, in the order it is written."""
    name, *rest = arguments
    out = StringIO()
    command = load_command_class(get_commands()[name], name)
    parser = command.create_parser("manage.py", name)
    options = vars(parser.parse_args(rest))
    command.execute(*options.pop("args", ()), **{**options, "stdout": out})
    return out.getvalue()


@pytest.mark.parametrize(
    "order",
    [
        ["webchat", "--name", "Shop", "title=Hello there", "allowed_origins=https://a.example.com"],
        ["webchat", "title=Hello there", "allowed_origins=https://a.example.com", "--name", "Shop"],
    ],
)
def test_createchannel_takes_its_pairs_before_and_after_the_name(order: list[str]) -> None:
    said = run("createchannel", *order)
    channel = Channel.objects.get()
    assert str(channel.pk) in said
    assert (channel.name, channel.config["title"]) == ("Shop", "Hello there")
    assert channel.config["allowed_origins"] == ["https://a.example.com"]


@pytest.mark.parametrize("pair", ["nonsense", "colour=red"])
def test_createchannel_says_in_one_line_what_is_wrong(pair: str) -> None:
    with pytest.raises(CommandError) as refused:
        run("createchannel", "webchat", "--name", "Shop", pair)
    assert pair.partition("=")[0] in str(refused.value)
    assert not Channel.objects.exists()


def recorded(folder: Path, case: Any) -> str:
    path = folder / "case.json"
    path.write_text(json.dumps(case), encoding="utf-8")
    return str(path)


BODY = {"id": "1", "from": "ana", "text": "oi"}


@pytest.mark.parametrize(
    "case",
    [BODY, {"body": BODY, "expected": {}}, {"raw_body": json.dumps(BODY), "headers": {}}],
)
def test_replay_payload_takes_a_body_or_a_recorded_case(tmp_path: Path, case: Any) -> None:
    make.make_channel("mock")
    said = run("replay_payload", "mock", recorded(tmp_path, case))
    assert said.startswith("handled; 1 messages handled")
    message = Message.objects.get(direction="in")
    assert (message.text, message.bot_state) == ("oi", "done")


def test_replay_payload_plays_a_sequence_and_sees_repetitions(tmp_path: Path) -> None:
    make.make_channel("mock")
    said = run(
        "replay_payload",
        "mock",
        recorded(tmp_path, {"sequence": [{"body": BODY}, {"body": BODY}]}),
    )
    assert said.splitlines()[1].startswith("seen before")
    assert Message.objects.filter(direction="in").count() == 1
    assert Delivery.objects.count() == 1


def test_replay_payload_refuses_what_it_cannot_read_or_place(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no mock channel"):
        run("replay_payload", "mock", recorded(tmp_path, BODY))
    make.make_channel("mock")
    with pytest.raises(CommandError, match="missing"):
        run("replay_payload", "mock", str(tmp_path / "missing.json"))
    with pytest.raises(CommandError, match="unreadable"):
        run("replay_payload", "mock", recorded(tmp_path, [1, 2]))


@pytest.mark.parametrize("channel", ["abc", "11111111-1111-1111-1111-111111111111"])
def test_ask_refuses_a_channel_that_does_not_exist(channel: str) -> None:
    with pytest.raises(CommandError, match="no such channel"):
        run("ask", "oi", "--channel", channel)


def test_ask_answers_for_a_channel_and_stores_nothing() -> None:
    channel = make.make_channel()
    said = json.loads(run("ask", "oi", "--channel", str(channel.pk), "--json"))
    assert said.keys() >= {"decision", "step", "reply", "faq", "score", "candidates", "ms"}
    assert not Message.objects.exists()


def test_ask_says_which_words_counted_and_which_steps_passed() -> None:
    faq = services.create_faq(
        question="Where is my order?", answer="Under My orders.", language="en"
    )
    said = run("ask", "where is my oder zebra", "--language", "en")
    assert "passed: guard, human, payload, command, ask_human, rule, exact" in said
    assert "  oder → order" in said
    assert re.search(rf"  \d\.\d\d\d  Where is my order\?  \({faq.pk}\)", said)
    assert re.search(r"order [+-]\d\.\d  zebra -\d\.\d", said)
    assert "bands: accept 0.65, suggest 0.20, margin 0.05" in said


def test_ask_can_be_asked_of_the_drafts() -> None:
    services.update_settings(drafts=True)
    services.create_faq(question="Where is my order?", answer="Here.", language="en")
    asked = ("ask", "Where is my order?", "--language", "en", "--json")
    assert json.loads(run(*asked))["step"] == "miss"
    found = json.loads(run(*asked, "--drafts"))
    assert (found["step"], found["reply"]) == ("exact", "Here.")
    assert found["candidates"][0]["pieces"]
