"""The bot's settings form, and the fields that keep JSON away from people."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bot import services, texts
from dashboard.forms.lists import ButtonsWidget, HoursField, HoursWidget, WordsField
from dashboard.forms.pairs import PairsField

PAGE = reverse("admin:bot_botsettings_change", args=[1])


def fields(**changed: Any) -> dict[str, Any]:
    return {
        "accept": "0.7",
        "suggest": "0.3",
        "margin": "0.05",
        "min_informative": "3",
        "misses_before_escalation": "2",
        "default_language": "en",
        "time_zone": "America/Sao_Paulo",
        "opening_hours-shown": "1",
        "opening_hours-0-start": ["09:00", "14:00"],
        "opening_hours-0-end": ["12:00", "18:00"],
        "opening_hours-5-start": ["22:00"],
        "opening_hours-5-end": ["02:00"],
        "texts__en__greeting": "Hello you",
        "texts__pt-br__away": "Voltamos {opening}.",
        "bands__en__accept": "0.8",
    } | changed


def test_settings_are_saved_through_the_form(admin: Client) -> None:
    services.update_settings(bands={"en": {"min_informative": 5}, "es": {"accept": 0.9}})
    answer = admin.post(PAGE, fields())
    assert answer.status_code == 302, answer.content.decode()
    row = services.get_settings()
    assert (row.accept, row.misses_before_escalation, row.drafts) == (0.7, 2, False)
    assert row.opening_hours == [
        {"weekday": 0, "start": "09:00", "end": "12:00"},
        {"weekday": 0, "start": "14:00", "end": "18:00"},
        {"weekday": 5, "start": "22:00", "end": "02:00"},
    ]
    assert row.texts == {"en": {"greeting": "Hello you"}, "pt-br": {"away": "Voltamos {opening}."}}
    assert row.bands == {"en": {"min_informative": 5, "accept": 0.8}}
    content = admin.get(PAGE).content.decode()
    assert "Hello you" in content
    assert 'value="22:00"' in content
    assert texts.DEFAULTS["es"].rephrase in content  # the built-in text as the placeholder


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"suggest": "0.9"}, "suggest"),
        ({"accept": "7"}, "accept"),
        ({"opening_hours-0-end": ["12:00", ""]}, "opening_hours"),
        ({"opening_hours-0-start": ["25:99", "14:00"]}, "opening_hours"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"misses_before_escalation": "0"}, "misses_before_escalation"),
    ],
)
def test_f116_wrong_settings_are_refused_beside_their_field(
    admin: Client, changed: dict[str, Any], field: str
) -> None:
    answer = admin.post(PAGE, fields(**changed))
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert services.get_settings().misses_before_escalation == 1


def test_thresholds_of_a_language_must_fit_the_others(admin: Client) -> None:
    answer = admin.post(PAGE, fields(bands__es__suggest="0.95"))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.non_field_errors()


def test_there_is_one_row_and_no_second(admin: Client) -> None:
    listing = admin.get(reverse("admin:bot_botsettings_changelist"))
    assert listing.headers["Location"] == PAGE
    assert admin.get(reverse("admin:bot_botsettings_add")).status_code == 403
    assert admin.get(reverse("admin:bot_botsettings_delete", args=[1])).status_code == 403


words = st.lists(
    st.text(st.characters(exclude_characters=",;\n\r", exclude_categories=("C",)), min_size=1)
    .map(str.strip)
    .filter(bool),
    unique=True,
)


@given(words)
def test_a_list_of_words_is_shown_and_read_back_the_same(value: list[str]) -> None:
    field = WordsField()
    assert field.clean(field.prepare_value(value)) == value


names = st.text(st.characters(exclude_characters=":", categories=("L", "N")), min_size=1)
values = st.one_of(st.integers(), st.booleans(), st.lists(st.integers()), names)


@given(st.dictionaries(names, values))
def test_pairs_that_are_not_touched_keep_their_types(value: dict[str, Any]) -> None:
    field = PairsField()
    field.known = value
    assert field.clean(field.prepare_value(value)) == value


def test_pairs_need_a_name_and_a_colon() -> None:
    assert PairsField().clean("size: 42\r\n\r\nnote: a: b") == {"size": "42", "note": "a: b"}
    for wrong in ("nonsense", ": value"):
        with pytest.raises(ValidationError):
            PairsField().clean(wrong)


times = st.times().map(lambda time: time.strftime("%H:%M"))
intervals = st.builds(
    lambda day, start, end: {"weekday": day, "start": start, "end": end},
    st.integers(0, 6),
    times,
    times,
)


@given(st.lists(intervals, max_size=20))
def test_opening_hours_are_read_back_as_they_were_shown(rows: list[dict[str, Any]]) -> None:
    posted = QueryDict(mutable=True)
    for row in rows:
        posted.appendlist(f"hours-{row['weekday']}-start", row["start"])
        posted.appendlist(f"hours-{row['weekday']}-end", row["end"])
    read = HoursWidget().value_from_datadict(posted, {}, "hours")
    order = lambda row: (row["weekday"], row["start"], row["end"])  # noqa: E731
    assert sorted(HoursField(required=False).clean(read), key=order) == sorted(rows, key=order)


def test_buttons_without_anything_are_left_out() -> None:
    posted = QueryDict("b-title=Yes&b-payload=y&b-title=&b-payload=&b-title=No&b-payload=")
    assert ButtonsWidget().value_from_datadict(posted, {}, "b") == [
        {"title": "Yes", "payload": "y"},
        {"title": "No", "payload": ""},
    ]
