"""A request looks to Django as if its own handler had read it."""

import io

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from hypothesis import given
from hypothesis import strategies as st

from project.bridge import environ
from project.incoming import Incoming
from tests.project.edge_calls import HOST, scope

DOOR = "/webhooks/mock/0190c1f4-5a3e-7c11-8d2f-0123456789ab"


def through_the_bridge(given):
    return WSGIRequest(environ(given, Incoming.of(given), io.BytesIO(), 0))


REQUESTS = {
    "plain": scope(path="/admin/"),
    "query": scope(path="/api/v1/messages/", query=b"search=%C3%A9%20a&tag=1&tag=2&empty="),
    "path in UTF-8": scope(path="/chat/%C3%A9t%C3%A9/x%20y/"),
    "encoded slash": scope(path="/a%2Fb//c/../d;e"),
    "plus and percent": scope(path="/a+b%25c", query=b"q=a+b%2Bc"),
    "https": scope(scheme="https", server=("desk.example.com", "443")),
    "no client": scope(client=None),
    "no server": scope(server=None),
    "repeated header": scope(headers=[HOST, (b"accept", b"text/html"), (b"accept", b"*/*;q=0.8")]),
    "cookie": scope(headers=[HOST, (b"cookie", b"sessionid=abc; csrftoken=def")]),
    "underscore": scope(headers=[HOST, (b"x_forwarded_for", b"1.2.3.4"), (b"x-a", b"1")]),
    "latin-1 header": scope(headers=[HOST, (b"x-name", b"caf\xe9")]),
    "form": scope(
        "POST", headers=[HOST, (b"content-type", b"application/x-www-form-urlencoded; charset=x")]
    ),
    "multipart": scope(
        "POST", headers=[HOST, (b"content-type", b'multipart/form-data; boundary="a b"')]
    ),
    "host with port": scope(headers=[(b"host", b"localhost:8000")]),
    "IPv6 host": scope(headers=[(b"host", b"[::1]:8000")]),
    "method in lower case": scope("get"),
    "unknown method": scope("PROPFIND"),
    "asterisk": scope("OPTIONS", "*"),
    "conditional": scope(headers=[HOST, (b"if-none-match", b'"x"'), (b"range", b"bytes=0-9")]),
    "authorization": scope(headers=[HOST, (b"authorization", b"Bearer a.b.c")]),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_django_sees_the_request_that_its_own_asgi_handler_would(name):
    ours = through_the_bridge(REQUESTS[name])
    theirs = ASGIRequest(REQUESTS[name], io.BytesIO())
    meta = {key: value for key, value in ours.META.items() if not key.startswith("wsgi.")}
    assert meta.pop("SERVER_PROTOCOL") == "HTTP/1.1"
    assert meta.pop("PATH_INFO") == ours.path_info
    wanted = {key: value for key, value in theirs.META.items() if not key.startswith("wsgi.")}
    assert wanted.pop("PATH_INFO") == ours.path_info
    assert meta == wanted
    for what in ("method", "path_info", "scheme", "GET", "COOKIES", "content_type", "encoding"):
        assert getattr(ours, what) == getattr(theirs, what), what
    assert dict(ours.headers) == dict(theirs.headers)
    # An asterisk is no path; both give it a slash in front when they build an address.
    assert ours.path.lstrip("/") == theirs.path.lstrip("/")


def test_cookies_in_several_headers_are_one():
    """HTTP/2 clients may split them; joined by commas, as Django does it, the second would be lost."""
    given = scope(headers=[HOST, (b"cookie", b"a=1"), (b"cookie", b"b=2")])
    assert through_the_bridge(given).COOKIES == {"a": "1", "b": "2"}


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_no_path_and_no_query_breaks_the_bridge(path, query):
    """Whatever bytes come, percent-encoded or not, Django gets strings it can take."""
    raw = b"/" + path.replace(b"?", b"")
    given = scope(path="/", raw_path=raw, query=query)
    request = through_the_bridge(given)
    assert request.path.startswith("/")
    request.path.encode()
    assert request.META["QUERY_STRING"].encode("latin-1") == query


def test_a_prefix_is_the_script_name():
    request = through_the_bridge(scope(path="/desk/admin/", root_path="/desk"))
    assert (request.META["SCRIPT_NAME"], request.path_info) == ("/desk", "/admin/")
    assert request.path == "/desk/admin/"
