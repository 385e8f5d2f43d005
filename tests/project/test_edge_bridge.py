"""What Django sees behind the edge is what it sees behind any server, and the same rules hold on both ways."""

import asyncio
import io
import itertools
import json
import threading

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path as url

from channels.types import WebhookReply
from project.bridge import environ
from project.edge import Edge
from project.incoming import Incoming
from project.threads import Pool
from tests.project.edge_calls import HOST, Client, body, call, scope

DOOR = "/webhooks/mock/0190c1f4-5a3e-7c11-8d2f-0123456789ab"


# --- a small site of Django's


def echo(request, rest=""):
    return JsonResponse(
        {
            "host": request.get_host(),
            "secure": request.is_secure(),
            "length": request.META.get("CONTENT_LENGTH"),
            "body": request.body.decode("latin-1"),
            "post": request.POST.dict(),
            "files": {name: len(file.read()) for name, file in request.FILES.items()},
            "chunked": "HTTP_TRANSFER_ENCODING" in request.META,
        }
    )


def form(request):
    return JsonResponse(
        {
            "post": request.POST.dict(),
            "files": {name: len(file.read()) for name, file in request.FILES.items()},
        }
    )


class Watched:
    """A streaming response's content that knows how far it was read and whether it was closed."""

    read = 0
    closed = threading.Event()

    def __iter__(self):
        for number in range(100):
            type(self).read = number + 1
            yield b"%03d" % number + b"x" * 65_533

    def close(self):
        self.closed.set()


def endless(request):
    Watched.read = 0
    Watched.closed.clear()
    return StreamingHttpResponse(Watched())


def file(request):
    return FileResponse(io.BytesIO(b"f" * 1_000_000), filename="a.bin")


def boom(request):
    raise RuntimeError("secret 123")


def late_boom(request):
    def chunks():
        yield b"x" * 300_000
        raise RuntimeError("secret 123")

    return StreamingHttpResponse(chunks())


def cookies(request):
    response = HttpResponse(b"", status=204)
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


urlpatterns = [
    url("echo", echo),
    url("form", form),
    url("endless", endless),
    url("file", file),
    url("boom", boom),
    url("late-boom", late_boom),
    url("cookies", cookies),
    url("webhooks/<path:rest>", echo),
]


@pytest.fixture
def django_edge(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ]

    def make():
        return Edge(webhook=lambda *_: WebhookReply(), django=WSGIHandler())

    return make


def test_f36_a_chunked_body_comes_with_its_length(django_edge):
    headers = [HOST, (b"transfer-encoding", b"chunked")]
    got = call(django_edge(), "POST", "/echo", headers=headers, pieces=[b"ab", b"", b"c"])
    assert (got.json["body"], got.json["length"], got.json["chunked"]) == ("abc", "3", False)


def test_forms_and_files_arrive(django_edge):
    boundary = b"--b\r\n"
    content = (
        boundary
        + b'Content-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        + boundary
        + b'Content-Disposition: form-data; name="f"; filename="x.bin"\r\n\r\n'
        + b"z" * 2_000_000
        + b"\r\n--b--\r\n"
    )
    headers = [HOST, (b"content-type", b"multipart/form-data; boundary=b")]
    got = call(django_edge(), "POST", "/form", headers=headers, pieces=[content[:99], content[99:]])
    assert got.json == {"post": {"a": "1"}, "files": {"f": 2_000_000}}


def test_a_large_file_comes_whole_and_in_parts(django_edge):
    got = call(django_edge(), path="/file")
    assert got.body == b"f" * 1_000_000
    assert got.ended
    assert len(got.pieces) > 2
    assert got.headers["content-length"] == "1000000"


def test_head_has_the_headers_and_no_body(django_edge):
    got = call(django_edge(), "HEAD", "/file")
    assert (got.status, got.body, got.ended) == (200, b"", True)
    assert got.headers["content-length"] == "1000000"


def test_every_cookie_is_sent(django_edge):
    async def run():
        client = Client(body(b""))
        events = []

        async def send(event):
            events.append(event)

        await django_edge()(scope(path="/cookies"), client.receive, send)
        return events

    start, *_ = asyncio.run(run())
    sent = [value for name, value in start["headers"] if name == b"set-cookie"]
    assert sent == [b"a=1; Path=/", b"b=2; Path=/"]
    assert start["status"] == 204


def test_an_error_in_a_view_is_djangos_500_and_tells_nothing(django_edge, caplog):
    got = call(django_edge(), path="/boom")
    assert got.status == 500
    assert b"secret" not in got.body


def test_an_error_in_the_middle_of_an_answer_cuts_it_off(django_edge, caplog):
    got = call(django_edge(), path="/late-boom")
    assert (got.status, got.ended) == (200, False)
    assert len(got.body) == 300_000
    assert "request_failed" in caplog.text


async def _until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def test_f38_a_slow_reader_holds_no_thread_and_is_not_read_ahead(django_edge):
    """One thread serves others while a client does not take its answer."""

    async def run():
        edge = django_edge()
        edge.django_pool = Pool("one", threads=1, jobs=10)
        slow, other = Client(body(b"")), Client(body(b""))
        slow.taking.clear()
        serving = asyncio.create_task(edge(scope(path="/endless"), slow.receive, slow.send))
        await _until(lambda: Watched.read)
        await edge(scope(path="/echo"), other.receive, other.send)
        read = Watched.read
        slow.taking.set()
        await serving
        return slow.got, other.got, read

    slow, other, read = asyncio.run(run())
    assert other.status == 200
    assert read <= 8
    assert len(slow.body) == 100 * 65_536
    assert slow.ended
    assert Watched.closed.is_set()


def test_a_reader_that_leaves_ends_its_answer(django_edge):
    async def run():
        client = Client(body(b""))
        client.left.set()
        await django_edge()(scope(path="/endless"), client.receive, client.send)
        return client.got

    got = asyncio.run(run())
    assert not got.ended
    assert Watched.read < 100
    assert Watched.closed.is_set()


def test_a_reader_that_takes_nothing_is_left(django_edge, monkeypatch):
    monkeypatch.setattr("project.answers.SEND_SECONDS", 0.05)

    async def run():
        client = Client(body(b""))
        edge = django_edge()

        async def send(event):
            if event["type"] == "http.response.body":
                await asyncio.Event().wait()

        async with asyncio.timeout(5):
            await edge(scope(path="/endless"), client.receive, send)

    asyncio.run(run())
    assert Watched.closed.is_set()


@pytest.mark.parametrize("chunks", [[], [b""], [b"a", b"b"], [b"x" * 600_000]])
def test_every_answer_is_closed_once(edge, site, chunks):
    site.chunks = chunks
    got = call(edge, path="/x")
    assert (got.body, got.ended) == (b"".join(chunks), True)
    assert site.closed == 1


def test_an_application_that_never_answers_is_a_500(door, caplog):
    got = call(Edge(webhook=door, django=lambda environ, start_response: [b"x"]))
    assert got.status == 500
    assert got.json["code"] == "error"


# --- the same rules on both ways

HOSTS = [
    [(b"host", b"localhost")],
    [(b"host", b"LOCALHOST:8000")],
    [(b"host", b"localhost.")],
    [(b"host", b"desk.example.com")],
    [(b"host", b"sub.example.org")],
    [(b"host", b"evil.example")],
    [(b"host", b"localhost.evil.example")],
    [(b"host", b"localhost:8000:9")],
    [(b"host", b"localhost:port")],
    [(b"host", b"[::1]:80")],
    [(b"host", b"127.0.0.1")],
    [(b"host", b"")],
    [(b"host", b" ")],
    [(b"host", b"a b")],
    [(b"host", b"localhost/../x")],
    [(b"host", b"user@localhost")],
    [(b"host", b"localhost\xe9")],
    [(b"host", b"*")],
    [(b"host", b".localhost")],
    [],
    [(b"host", b"evil.example"), (b"x-forwarded-host", b"localhost")],
    [(b"host", b"localhost"), (b"x-forwarded-host", b"evil.example")],
    [(b"host", b"localhost"), (b"x-forwarded-host", b"localhost, evil.example")],
]
RULES = [
    {},
    {"ALLOWED_HOSTS": ["*"]},
    {"ALLOWED_HOSTS": ["desk.example.com", ".example.org"]},
    {"ALLOWED_HOSTS": [], "DEBUG": True},
    {"USE_X_FORWARDED_HOST": True},
]


@pytest.mark.parametrize("rules", RULES, ids=str)
def test_a_host_is_served_on_the_webhook_way_exactly_when_django_serves_it(django_edge, rules):
    with override_settings(**rules):
        edge, alone = django_edge(), WSGIHandler()
        answers = {
            str(headers): (
                call(edge, "POST", DOOR, headers=headers).status,
                _django_alone(alone, "POST", DOOR, headers)["status"],
                call(edge, "POST", "/echo", headers=headers).status,
            )
            for headers in HOSTS
        }
    assert {case: set(found) for case, found in answers.items() if len(set(found)) > 1} == {}
    assert {found[0] for found in answers.values()} == {200, 400}


def test_two_hosts_are_refused(django_edge):
    got = call(django_edge(), "POST", DOOR, headers=[HOST, HOST])
    assert (got.status, got.json["code"]) == (400, "bad_host")


PROXIES = [
    {},
    {"SECURE_HSTS_SECONDS": 60},
    {
        "SECURE_HSTS_SECONDS": 60,
        "SECURE_HSTS_PRELOAD": True,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    },
    {"SECURE_SSL_REDIRECT": True},
    {"SECURE_SSL_REDIRECT": True, "SECURE_SSL_HOST": "desk.example.com"},
    {"SECURE_SSL_REDIRECT": True, "SECURE_REDIRECT_EXEMPT": [r"^webhooks/"]},
    {
        "SECURE_SSL_REDIRECT": True,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    },
    {
        "SECURE_REFERRER_POLICY": None,
        "SECURE_CONTENT_TYPE_NOSNIFF": False,
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": None,
        "X_FRAME_OPTIONS": "SAMEORIGIN",
    },
]
FORWARDED = [[], [b"https"], [b"http"], [b"https, http"], [b"http, https"], [b"HTTPS"], [b""]]
COMPARED = (
    "strict-transport-security",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "location",
    "x-frame-options",
)


@pytest.mark.parametrize("rules", PROXIES, ids=str)
def test_security_headers_and_https_are_the_same_on_both_ways(django_edge, rules):
    with override_settings(**rules):
        edge, alone = django_edge(), WSGIHandler()
        for scheme, forwarded in itertools.product(("http", "https"), FORWARDED):
            headers = [HOST, *((b"x-forwarded-proto", value) for value in forwarded)]
            more = {"scheme": scheme, "query": b"a=%C3%A9"}
            ours = call(edge, "POST", DOOR, headers=headers, **more)
            theirs = _django_alone(alone, "POST", DOOR, headers, **more)
            case = (scheme, forwarded)
            assert ours.status == theirs["status"], case
            # A redirect leaves Django's stack before the framing header is set; ours has it too.
            for name in COMPARED[:-1] if ours.status == 301 else COMPARED:
                assert ours.headers.get(name) == theirs["headers"].get(name), (case, name)


def _django_alone(application, method, path, headers, **more):
    """What Django answers by itself, from the environ any WSGI server would make."""
    given = scope(method, path, headers=headers, **more)
    result = {}

    def start_response(status, sent):
        result.update(status=int(status[:3]), headers={k.lower(): v for k, v in sent})

    made = environ(given, Incoming.of(given), io.BytesIO(), 0)
    response = application(made, start_response)
    result["body"] = b"".join(response)
    response.close()
    return result


def test_errors_of_the_edge_carry_the_security_headers_too(django_edge):
    got = call(django_edge(), "POST", DOOR, headers=[(b"host", b"evil.example")])
    assert got.status == 400
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["x-frame-options"] == "DENY"
    assert json.loads(got.body)["request_id"] == got.headers["x-request-id"]
