"""What differs between two contents, field by field."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.diffing import FieldChange, compare, counted

FAQ = {
    "id": "a",
    "question": "Where?",
    "answer": "Here.",
    "alternatives": ["where is it", "place"],
    "accept": None,
    "version": 1,
}
RULE = {"id": "r", "name": "Offers", "buttons": [], "priority": 10, "version": 1}
SETTINGS = {"accept": 0.65, "texts": {"en": {"greeting": "Hi"}}}


def content(faqs: Any = (FAQ,), rules: Any = (RULE,), settings: Any = None) -> dict[str, Any]:
    return {"faqs": list(faqs), "rules": list(rules), "settings": settings or SETTINGS}


def test_rows_are_added_removed_and_changed() -> None:
    other = {**FAQ, "id": "b", "question": "When?"}
    found = compare(content(), content([{**FAQ, "answer": "There."}, other], []))
    assert [(item.kind, item.title, item.change) for item in found] == [
        ("faq", "Where?", "changed"),
        ("faq", "When?", "added"),
        ("rule", "Offers", "removed"),
    ]
    assert found[0].fields == (FieldChange("answer", "Here.", "There."),)
    assert ("question", None, "When?") in [change[:3] for change in found[1].fields]
    assert counted(found) == {"added": 1, "removed": 1, "changed": 1, "same": 0}


def test_lists_tell_what_came_and_what_went() -> None:
    after = {**FAQ, "alternatives": ["place", "which place"]}
    (found,) = compare(content(), content([after]))
    (change,) = found.fields
    assert (change.added, change.removed) == (("which place",), ("where is it",))


def test_an_order_that_changed_is_a_change_without_additions() -> None:
    (found,) = compare(content(), content([{**FAQ, "alternatives": ["place", "where is it"]}]))
    (change,) = found.fields
    assert (change.name, change.added, change.removed) == ("alternatives", (), ())


def test_objects_are_taken_apart() -> None:
    texts = {"en": {"greeting": "Hello"}, "es": {"greeting": "Hola"}}
    (found,) = compare(content(), content(settings={**SETTINGS, "texts": texts}))
    assert (found.kind, found.id) == ("settings", "settings")
    assert [change[:3] for change in found.fields] == [
        ("texts.en.greeting", "Hi", "Hello"),
        ("texts.es.greeting", None, "Hola"),
    ]


def test_versions_of_rows_and_fields_that_are_empty_or_missing_are_no_difference() -> None:
    after = {**FAQ, "version": 9, "answers": {}, "buttons": [], "category": ""}
    assert not compare(content(), content([after]))


def test_numbers_and_truth_values_are_told_apart() -> None:
    (found,) = compare(content(), content([{**FAQ, "accept": 0}]))
    assert found.fields == (FieldChange("accept", None, 0),)


def test_unchanged_rows_are_there_when_asked_for() -> None:
    assert [item.change for item in compare(content(), content(), same=True)] == ["same"] * 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
ROWS = st.lists(
    st.builds(
        lambda pk, more: {**more, "id": pk},
        st.sampled_from("abcdef"),
        st.dictionaries(st.sampled_from(["question", "answer", "name", "x"]), JSON),
    ),
    max_size=5,
    unique_by=lambda row: row["id"],
)
CONTENTS = st.builds(content, ROWS, ROWS, st.dictionaries(st.text(min_size=1, max_size=5), JSON))


@given(CONTENTS)
def test_a_content_does_not_differ_from_itself(one: dict[str, Any]) -> None:
    assert not compare(one, one)


@given(CONTENTS, CONTENTS)
def test_backwards_additions_are_removals(one: dict[str, Any], other: dict[str, Any]) -> None:
    there = counted(compare(one, other))
    back = counted(compare(other, one))
    assert (there["added"], there["removed"]) == (back["removed"], back["added"])
    assert there["changed"] == back["changed"]
