"""Pages by key: nothing is lost or doubled while rows come and go."""

import itertools
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from messaging.api import pagination
from messaging.models import Contact, Conversation
from tests.factories import make_channel, make_contact, make_conversation

CONTACTS = "/api/v1/contacts/"


def follow(client, url, direction="next"):
    """All pages from `url` on, as lists of ids."""
    while url:
        page = client.get(url).json()
        yield [row["id"] for row in page["results"]]
        url = page[direction]


def newest_first():
    return [str(pk) for pk in Contact.objects.order_by("-id").values_list("pk", flat=True)]


def test_an_empty_list_is_one_empty_page(admin):
    assert admin.get(CONTACTS).json() == {"next": None, "previous": None, "results": []}


def test_pages_follow_each_other_both_ways(admin):
    for _ in range(7):
        make_contact()
    ids = newest_first()
    pages = list(follow(admin, f"{CONTACTS}?page_size=3"))
    assert pages == [ids[0:3], ids[3:6], ids[6:7]]
    first = admin.get(f"{CONTACTS}?page_size=3").json()
    assert first["previous"] is None
    last = admin.get(admin.get(first["next"]).json()["next"]).json()
    assert last["next"] is None
    backwards = list(follow(admin, last["previous"], "previous"))
    assert backwards == [ids[3:6], ids[0:3]]


def test_the_links_keep_the_filters(admin):
    for _ in range(3):
        make_contact(tags=["vip"])
    page = admin.get(f"{CONTACTS}?page_size=2&tag=vip").json()
    query = parse_qs(urlsplit(page["next"]).query)
    assert query["tag"] == ["vip"]
    assert query["page_size"] == ["2"]


def test_a_cursor_of_another_list_is_refused(admin):
    for _ in range(2):
        make_conversation(owner="queue", channel=make_channel())
    url = admin.get("/api/v1/queue/?page_size=1").json()["next"]
    cursor = parse_qs(urlsplit(url).query)["cursor"][0]
    assert admin.get(f"{CONTACTS}?cursor={cursor}").status_code == 400


@given(
    size=st.integers(1, 5),
    before=st.integers(0, 12),
    arriving=st.lists(st.integers(0, 2), max_size=8),
    leaving=st.sets(st.integers(0, 11), max_size=4),
)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_row_is_lost_or_doubled_while_rows_come_and_go(admin, size, before, arriving, leaving):
    Contact.objects.all().delete()
    for _ in range(before):
        make_contact()
    there = newest_first()
    gone = {there[n] for n in leaving if n < before}
    arriving = iter(arriving)
    seen = []
    for number, page in enumerate(follow(admin, f"{CONTACTS}?page_size={size}")):
        seen += page
        for _ in range(next(arriving, 0)):
            make_contact()
        if number == 0:
            Contact.objects.filter(pk__in=gone - set(seen)).delete()
            gone -= set(seen)
    assert len(seen) == len(set(seen))
    assert seen == [pk for pk in there if pk not in gone]


@given(
    rows=st.lists(st.tuples(st.integers(-1, 1), st.integers(0, 2)), max_size=9),
    size=st.integers(1, 4),
)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_queue_is_paged_in_its_own_order_both_ways(admin, rows, size):
    Conversation.objects.all().delete()
    channel = make_channel()
    for priority, minute in rows:
        make_conversation(
            channel=channel,
            contact=make_contact(channel=channel),
            owner="queue",
            priority=priority,
            waiting_since=datetime(2026, 1, 1, 12, minute, tzinfo=UTC),
        )
    order = Conversation.objects.order_by("-priority", "waiting_since", "id")
    expected = [str(pk) for pk in order.values_list("pk", flat=True)]
    pages, url, last = [], f"/api/v1/queue/?page_size={size}", None
    positions = []
    while url:
        last = admin.get(url).json()
        pages.append([row["id"] for row in last["results"]])
        positions += [row["position"] for row in last["results"]]
        url = last["next"]
    assert list(itertools.chain(*pages)) == expected
    assert positions == list(range(1, len(expected) + 1))
    assert list(follow(admin, last["previous"], "previous")) == pages[-2::-1]


@given(st.text(max_size=60))
def test_f105_any_text_is_a_cursor_or_refused(text):
    try:
        direction, values = pagination.decode_cursor(text)
    except ValidationError:
        return
    assert direction in ("n", "p")
    assert all(isinstance(value, str) for value in values)


@given(
    st.sampled_from("np"),
    st.lists(
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
        min_size=1,
        max_size=3,
    ),
)
def test_a_cursor_says_what_it_was_made_of(direction, values):
    cursor = pagination.encode_cursor(direction, values)
    assert pagination.decode_cursor(cursor) == (direction, values)


@pytest.mark.parametrize(
    ("raw", "expected"), [(None, 50), ("1", 1), ("100", 100), ("101", 100), ("999999999", 100)]
)
def test_page_sizes(raw, expected):
    assert pagination.page_size(raw) == expected
