"""Addresses that belong to no room of the desk."""

import pytest


@pytest.mark.parametrize(
    ("path", "target"),
    [("/admin?next=1", "/admin/?next=1"), ("/favicon.ico", "/static/webchat/logo.svg")],
)
def test_what_people_type_leads_on(client, path, target):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, target)


@pytest.mark.parametrize("path", ["/admin", "/favicon.ico", "/metrics/", "/docs/x"])
def test_f37_what_is_sent_is_never_redirected(client, path):
    answer = client.post(path, {"a": "b"})
    assert answer.status_code in (404, 405)
