"""The web chat used by a page of another site, in a real browser, against the running desk."""

import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.live import LiveDesk

pytestmark = pytest.mark.browser

VISIT = """async ({ desk, channel }) => {
    const json = { "Content-Type": "application/json" };
    const post = (path, body, more = {}) =>
        fetch(desk + path, { method: "POST", headers: { ...json, ...more }, body: JSON.stringify(body) });
    const { token } = await (await post(`/chat/${channel}/session`, {})).json();
    const proof = { Authorization: `Bearer ${token}` };
    const stop = AbortSignal.timeout(15_000);
    const last = { "Last-Event-ID": "" };
    const stream = await fetch(`${desk}/chat/${channel}/events`, { headers: { ...proof, ...last }, signal: stop });
    const sent = await post(`/webhooks/webchat/${channel}`, { token, id: "m-1", text: "oi, tudo bem?" });
    const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
    let heard = "";
    while (!heard.includes('"direction":"out"')) heard += (await reader.read()).value;
    const past = await fetch(`${desk}/chat/${channel}/messages`, { headers: proof });
    const { results } = await past.json();
    const read = await post(`/chat/${channel}/read`, { up_to: results.at(-1).id }, proof);
    return [sent.status, results.map(({ direction }) => direction), read.status];
}"""
LOOK = """async ({ desk, channel, token }) => {
    const headers = { Authorization: `Bearer ${token}` };
    const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" };
    const calls = [
        [`/chat/${channel}/session`, post],
        [`/chat/${channel}/messages`, { headers }],
        [`/chat/${channel}/events`, { headers }],
        [`/webhooks/webchat/${channel}`, post],
    ];
    const tries = calls.map(([path, options]) => fetch(desk + path, options).then(() => "seen", () => "refused"));
    return Promise.all(tries);
}"""


class _Shop(SimpleHTTPRequestHandler):
    """An empty page of a site that is not the desk."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Shop</title>")

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def shop(browser: Any) -> Iterator[Any]:
    """A page of another origin: the same machine, but another port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        yield page
        context.close()
        server.shutdown()


def test_a_page_of_a_listed_site_chats_by_fetch(shop: Any, live_desk: LiveDesk) -> None:
    origin = shop.evaluate("() => location.origin")
    channel = live_desk.create_channel("webchat", allowed_origins=[origin])["id"]
    seen = shop.evaluate(VISIT, {"desk": live_desk.base_url, "channel": channel})
    assert seen == [200, ["in", "out"], 204]


@pytest.mark.parametrize("listed", [[], ["https://www.example.com"]])
def test_f111_a_page_of_a_site_that_is_not_listed_is_shown_nothing(
    shop: Any, live_desk: LiveDesk, listed: list[str]
) -> None:
    channel = live_desk.create_channel("webchat", allowed_origins=listed)["id"]
    ours = {"Origin": live_desk.base_url}
    session = httpx.post(
        f"{live_desk.base_url}/chat/{channel}/session", json={}, headers=ours, timeout=10
    )
    assert session.status_code == 200
    given = {"desk": live_desk.base_url, "channel": channel, "token": session.json()["token"]}
    assert shop.evaluate(LOOK, given) == ["refused"] * 4
