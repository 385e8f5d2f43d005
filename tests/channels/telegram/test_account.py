"""A bot is connected and let go against a real server, and its webhooks prove where they come from."""

import pytest

from channels.base import Setup
from channels.errors import (
    AccountProblem,
    ConfigError,
    RateLimited,
    RecipientGone,
    Transient,
    Uncertain,
    WebhookRejected,
)
from channels.registry import get
from channels.transport import deliver
from channels.types import FilePart, OutboundAttachment, OutboundMessage
from tests.channels.telegram.samples import CONFIG, SECRET, request
from tests.stand_ins.telegram import TelegramStandIn

TELEGRAM = get("telegram")
WEBHOOK = Setup(webhook_url="https://desk.example.com/webhooks/telegram/1")
TOKEN = CONFIG["token"]


@pytest.fixture
def api():
    with TelegramStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def config(api):
    api.add_bot(TOKEN)
    return CONFIG | {"api_base": api.url}


def test_connecting_learns_who_the_bot_is_and_registers_the_webhook(api, config):
    facts = TELEGRAM.connect(config, WEBHOOK)
    assert facts == {"username": "test_bot", "bot_id": 42, "name": "Stand-in"}
    webhook = api.bots[TOKEN].webhook
    assert (webhook["url"], webhook["secret_token"]) == (WEBHOOK.webhook_url, SECRET)
    assert set(webhook["allowed_updates"]) == {
        "message", "edited_message", "callback_query", "my_chat_member",
    }  # fmt: skip


@pytest.mark.parametrize(("mode", "setup"), [("polling", WEBHOOK), (None, Setup(webhook_url=None))])
def test_connecting_for_polling_takes_the_webhook_away(api, config, mode, setup):
    TELEGRAM.connect(config, WEBHOOK)
    TELEGRAM.connect(config | {"mode": mode}, setup)
    assert api.bots[TOKEN].webhook == {}


def test_disconnecting_takes_the_webhook_away(api, config):
    TELEGRAM.connect(config, WEBHOOK)
    TELEGRAM.disconnect(config)
    assert api.bots[TOKEN].webhook == {}


def test_f64_a_wrong_token_is_a_problem_of_the_account(config):
    with pytest.raises(AccountProblem) as caught:
        TELEGRAM.connect(config | {"token": "42:WRONG"}, WEBHOOK)
    assert "WRONG" not in str(caught.value)


def test_a_webhook_without_a_public_address_cannot_be_connected(config):
    with pytest.raises(AccountProblem, match="PUBLIC_URL"):
        TELEGRAM.connect(config | {"mode": "webhook"}, Setup(webhook_url=None))


def test_f01_a_webhook_without_a_secret_is_never_registered(api, config):
    with pytest.raises(AccountProblem):
        TELEGRAM.connect(config | {"webhook_secret": ""}, WEBHOOK)
    assert api.bots[TOKEN].webhook == {}


def test_a_refused_webhook_address_is_a_problem_of_the_account(api, config):
    api.fail_next("setWebhook", status=400, description="Bad Request: bad webhook: HTTPS needed")
    with pytest.raises(AccountProblem, match="HTTPS needed"):
        TELEGRAM.connect(config, WEBHOOK)


@pytest.mark.parametrize("fault", [{"reset": True}, {"html": True, "status": 502}, {"status": 500}])
def test_a_platform_in_trouble_can_be_connected_later(api, config, fault):
    api.fail_next("getMe", **fault)
    with pytest.raises(Transient):
        TELEGRAM.connect(config, WEBHOOK)
    assert TELEGRAM.connect(config, WEBHOOK)["bot_id"] == 42


def test_an_unreachable_platform_can_be_connected_later(config):
    with pytest.raises(Transient):
        TELEGRAM.connect(config | {"api_base": "http://127.0.0.1:9"}, WEBHOOK)


@pytest.mark.parametrize(
    ("mode", "public_url", "polls"),
    [
        (None, "", True),
        (None, "https://desk.example.com", False),
        ("polling", "https://desk.example.com", True),
        ("webhook", "", False),
    ],
)
def test_a_bot_polls_when_it_is_told_to_or_has_no_public_address(mode, public_url, polls):
    assert TELEGRAM.polls(CONFIG | {"mode": mode}, public_url) is polls


# --- sending, end to end over a socket


def send(config, **message):
    for call in TELEGRAM.build(OutboundMessage("t", "7", **message), config):
        receipt = TELEGRAM.read(call, deliver(call, timeout_s=2))
    return receipt


def test_a_sent_text_arrives(api, config):
    receipt = send(config, text="Olá! 👋")
    (call,) = api.bots[TOKEN].sent()
    assert (call.chat, call.text) == (7, "Olá! 👋")
    assert int(receipt.external_id) > 0


def test_a_sent_file_arrives_with_its_caption_and_name(api, config, tmp_path):
    (tmp_path / "stored").write_bytes(b"%PDF")
    attachment = OutboundAttachment(
        "document", str(tmp_path / "stored"), "nota.pdf", "application/pdf", 4
    )
    send(config, text="123", attachments=(attachment,))
    (call,) = api.bots[TOKEN].sent("sendDocument")
    assert call.files["document"] == ("nota.pdf", "application/pdf", b"%PDF")
    assert call.text == "123"
    assert call.chat == 7


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"reset": True}, Uncertain),
        ({"hang": 3}, Uncertain),
        ({"html": True}, Uncertain),
        ({"half_body": True}, Uncertain),
        ({"body": b""}, Uncertain),
        ({"retry_after": 3}, RateLimited),
        ({"status": 403, "description": "Forbidden: bot was blocked by the user"}, RecipientGone),
        ({"status": 500}, Transient),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_f61_f65_a_fault_of_the_platform_has_its_class_and_the_next_message_goes_out(
    api, config, fault, error
):
    api.fail_next("sendMessage", **fault)
    with pytest.raises(error):
        send(config, text="um")
    assert send(config, text="dois").external_id


# --- proof of origin


def test_f01_only_the_right_secret_is_let_in():
    TELEGRAM.verify(request({}), CONFIG)
    for secret in (None, "", "wrong", SECRET + "x", SECRET.upper()):
        with pytest.raises(WebhookRejected):
            TELEGRAM.verify(request({}, secret=secret), CONFIG)


@pytest.mark.parametrize("unset", [None, ""])
def test_f01_an_unset_secret_refuses_everything(unset):
    for given in (None, "", "None"):
        with pytest.raises(WebhookRejected):
            TELEGRAM.verify(request({}, secret=given), CONFIG | {"webhook_secret": unset})


@pytest.mark.parametrize("secret", ["sécret", "\udce9", "🔑"])
def test_f02_a_secret_that_is_not_ascii_is_refused_without_an_error(secret):
    with pytest.raises(WebhookRejected):
        TELEGRAM.verify(request({}, secret=secret), CONFIG)


# --- configuration


def test_a_configuration_needs_a_token_that_fits_into_an_address():
    assert TELEGRAM.clean_config({"token": " 42:ABC-def_1 "})["token"] == "42:ABC-def_1"
    for token in ("", "42:A/../B", "a b", "42:A?x", "42:é"):
        with pytest.raises(ConfigError) as caught:
            TELEGRAM.clean_config({"token": token})
        assert list(caught.value.fields) == ["token"]


def test_a_client_cannot_point_the_bot_at_another_server():
    with pytest.raises(ConfigError) as caught:
        TELEGRAM.clean_config({"token": "42:A", "api_base": "http://169.254.169.254"})
    assert list(caught.value.fields) == ["api_base"]


def test_a_mode_is_one_of_two():
    with pytest.raises(ConfigError):
        TELEGRAM.clean_config({"token": "42:A", "mode": "both"})


def test_the_names_of_files_cannot_forge_headers(api, config, tmp_path):
    (tmp_path / "stored").write_bytes(b"x")
    (call,) = TELEGRAM.build(
        OutboundMessage(
            "t",
            "7",
            attachments=(
                OutboundAttachment(
                    "document", str(tmp_path / "stored"), 'a"\r\nX: y.pdf', "application/pdf", 1
                ),
            ),
        ),
        config,
    )
    assert isinstance(call.files[0], FilePart)
    deliver(call)
    (arrived,) = api.bots[TOKEN].sent("sendDocument")
    assert set(arrived.files) == {"document"}
    assert arrived.files["document"][2] == b"x"
