"""FAQs and rules: saved through the bot's services, published, imported, exported."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from bot import services, transfer
from bot.models import FAQ, Rule, Snapshot
from tests.factories import make_channel, make_faq, make_rule

ADD = reverse("admin:bot_faq_add")
LIST = reverse("admin:bot_faq_changelist")
IMPORT = reverse("admin:bot_faq_import_file")


def phrasings(*texts: str, faq: FAQ | None = None) -> dict[str, Any]:
    """The inline's part of the form: the rows there are, with their texts replaced."""
    rows = list(faq.phrasings.all()) if faq else []
    data: dict[str, Any] = {
        "phrasings-TOTAL_FORMS": len(texts),
        "phrasings-INITIAL_FORMS": len(rows),
        "phrasings-MIN_NUM_FORMS": 0,
        "phrasings-MAX_NUM_FORMS": 1000,
    }
    for number, text in enumerate(texts):
        data[f"phrasings-{number}-text"] = text
        if number < len(rows):
            data[f"phrasings-{number}-id"] = str(rows[number].pk)
        if faq:
            data[f"phrasings-{number}-faq"] = str(faq.pk)
    return data


def fields(**changed: Any) -> dict[str, Any]:
    return {
        "question": "Do you ship to islands?",
        "answer": "Yes, by boat.",
        "enabled": "on",
        "language": "en",
        "category": "Shipping",
        "keywords": "island, boat, island",
    } | changed


def test_a_new_faq_is_stored_with_its_phrasings_and_answers_at_once(admin: Client) -> None:
    channel = make_channel()
    answer = admin.post(
        ADD,
        fields(channels=[str(channel.pk)])
        | phrasings("shipping to an island", "deliver by boat", ""),
    )
    assert answer.status_code == 302, answer.content.decode()
    faq = FAQ.objects.get()
    assert faq.keywords == ["island", "boat"]
    assert faq.channels == [str(channel.pk)]
    assert [p.text for p in faq.phrasings.all()] == ["shipping to an island", "deliver by boat"]
    assert faq.history.first().history_user is not None
    said = services.match("shipping to an island", language="en", channel=str(channel.pk))
    assert said.decision.text == "Yes, by boat."


def test_an_edit_changes_phrasings_and_raises_the_version(admin: Client) -> None:
    faq = services.create_faq(question="Old?", answer="Old.", alternatives=["one", "two"])
    data = fields(language="pt-br") | phrasings("one", "two", "three", faq=faq)
    data["phrasings-1-DELETE"] = "on"
    answer = admin.post(reverse("admin:bot_faq_change", args=[faq.pk]), data)
    assert answer.status_code == 302, answer.content.decode()
    faq.refresh_from_db()
    assert [p.text for p in faq.phrasings.all()] == ["one", "three"]
    assert (faq.question, faq.version) == ("Do you ship to islands?", 2)


def test_what_the_service_refuses_is_shown_with_what_was_typed(admin: Client) -> None:
    answer = admin.post(ADD, fields(accept="0.3", suggest="0.6") | phrasings())
    assert answer.status_code == 200
    content = answer.content.decode()
    assert "Yes, by boat." in content
    assert "suggest may not be above accept" in content or "accept" in content
    assert not FAQ.objects.exists()
    assert answer.context["adminform"].form.errors


def test_own_thresholds_are_kept_and_taken_away(admin: Client) -> None:
    faq = services.create_faq(question="Q?", answer="A.", bands={"accept": 0.7})
    page = reverse("admin:bot_faq_change", args=[faq.pk])
    admin.post(page, fields(accept="0.8", suggest="0.4") | phrasings(faq=faq))
    faq.refresh_from_db()
    assert faq.bands == {"accept": 0.8, "suggest": 0.4}
    admin.post(page, fields(accept="", suggest="") | phrasings(faq=faq))
    faq.refresh_from_db()
    assert faq.bands == {}


def test_a_faq_for_a_channel_that_is_gone_does_not_become_one_for_all(admin: Client) -> None:
    gone = "0198c0de-0000-7000-8000-000000000001"
    faq = make_faq(channels=[gone])
    page = reverse("admin:bot_faq_change", args=[faq.pk])
    assert gone in admin.get(page).content.decode()
    admin.post(page, fields(channels=[gone]) | phrasings(faq=faq))
    faq.refresh_from_db()
    assert faq.channels == [gone]


def test_drafts_wait_until_they_are_published_with_a_note(admin: Client) -> None:
    services.update_settings(drafts=True)
    before = Snapshot.objects.count()
    admin.post(ADD, fields() | phrasings())
    assert Snapshot.objects.count() == before
    review = reverse("admin:desk_review")
    assert review in admin.get(LIST).content.decode()
    admin.post(review, {"note": "Islands", "seen": admin.get(review).context["seen"]})
    newest = Snapshot.objects.latest("version")
    assert (newest.note, newest.author is not None) == ("Islands", True)
    assert services.match("Do you ship to islands?", language="en").decision.text


def test_f115_switching_many_publishes_once_and_twice_is_the_same(admin: Client) -> None:
    rows = [make_faq(question=f"Question {n}?") for n in range(20)]
    services.publish()
    before = Snapshot.objects.count()
    chosen = {"action": "disable", "_selected_action": [str(row.pk) for row in rows]}
    assert admin.post(LIST, chosen).status_code == 302
    assert Snapshot.objects.count() == before + 1
    admin.post(LIST, chosen)
    assert not FAQ.objects.filter(enabled=True).exists()
    admin.post(LIST, chosen | {"action": "enable"})
    assert FAQ.objects.filter(enabled=True).count() == 20


def test_deleting_takes_a_faq_out_of_what_the_bot_says(admin: Client) -> None:
    faq = services.create_faq(question="Gone soon?", answer="Yes.", language="en")
    admin.post(reverse("admin:bot_faq_delete", args=[faq.pk]), {"post": "yes"})
    assert not FAQ.objects.exists()
    assert services.match("Gone soon?", language="en").decision.step != "exact"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=boat", {"Do you ship?"}),
        ("q=islander", {"Do you ship?"}),
        ("language__exact=pt-br", {"Onde fica?"}),
        ("enabled__exact=0", {"Onde fica?"}),
        ("category=Shipping", {"Do you ship?"}),
    ],
)
def test_the_list_is_searched_and_filtered(admin: Client, query: str, found: set[str]) -> None:
    make_faq("Do you ship?", "By boat.", alternatives=["islander"], category="Shipping")
    make_faq("Onde fica?", "Aqui.", language="pt-br", enabled=False, category="Lojas")
    shown = admin.get(f"{LIST}?{query}").context["cl"].result_list
    assert {row.question for row in shown} == found


def test_the_channel_filter_finds_faqs_of_that_channel_and_of_all(admin: Client) -> None:
    one, other = make_channel(), make_channel()
    make_faq("For all?")
    make_faq("For one?", channels=[str(one.pk)])
    make_faq("For the other?", channels=[str(other.pk)])
    shown = admin.get(f"{LIST}?on={one.pk}").context["cl"].result_list
    assert {row.question for row in shown} == {"For all?", "For one?"}


# --- files


def csv_file(*rows: dict[str, str]) -> SimpleUploadedFile:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["question", "answer", "language", "alternatives"])
    writer.writeheader()
    writer.writerows(rows)
    return SimpleUploadedFile("faqs.csv", out.getvalue().encode(), "text/csv")


GOOD = {"question": "Gift cards?", "answer": "Yes.", "language": "en", "alternatives": "voucher"}
BAD = {"question": "No answer?", "answer": "", "language": "en", "alternatives": ""}


def test_an_import_is_looked_at_first_then_confirmed_then_live(admin: Client) -> None:
    preview = admin.post(IMPORT, {"file": csv_file(GOOD, BAD)})
    assert preview.status_code == 200
    assert (preview.context["report"].created, len(preview.context["report"].rejected)) == (1, 1)
    assert "Gift cards?" in preview.content.decode()
    assert not FAQ.objects.exists()
    token = preview.context["token"]
    done = admin.post(IMPORT, {"token": token}, follow=True)
    assert [faq.question for faq in FAQ.objects.all()] == ["Gift cards?"]
    assert "1" in str(next(iter(done.context["messages"])))
    assert services.match("voucher", language="en").decision.text == "Yes."
    again = admin.post(IMPORT, {"token": token}, follow=True)
    assert again.redirect_chain[-1][0] == IMPORT
    assert FAQ.objects.count() == 1


def test_a_forged_confirmation_imports_nothing(admin: Client) -> None:
    answer = admin.post(IMPORT, {"token": "../../etc/passwd"}, follow=True)
    assert answer.status_code == 200
    assert not FAQ.objects.exists()


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("faqs.csv", b"only,one\n1,2\n"),
        SimpleUploadedFile("faqs.xlsx", b"this is no spreadsheet"),
        SimpleUploadedFile("faqs.exe", b"MZ"),
        SimpleUploadedFile("faqs", b"\x00\xff"),
    ],
    ids=lambda file: file.name,
)
def test_f116_an_unreadable_file_is_an_error_in_the_form(
    admin: Client, file: SimpleUploadedFile
) -> None:
    file.seek(0)
    answer = admin.post(IMPORT, {"file": file})
    assert answer.status_code == 200
    assert answer.context["form"].errors["file"]


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_f113_an_export_holds_no_formula_and_comes_back_the_same(
    admin: Client, extension: str
) -> None:
    evil = '=HYPERLINK("https://example.com","x")'
    services.create_faq(
        question="+1 more?", answer=evil, alternatives=["@sum", "plain"], language="en"
    )
    before = list(services.exported_faqs())
    answer = admin.get(f"{LIST}export.{extension}/")
    assert answer.status_code == 200
    assert "faqs-" in answer.headers["Content-Disposition"]
    if extension == "csv":
        cells = [
            c for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))) for c in row
        ]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "-"))]
    rows = transfer.read(answer.content, extension)
    assert rows[0]["answer"] == evil
    preview = admin.post(IMPORT, {"file": SimpleUploadedFile(f"faqs.{extension}", answer.content)})
    assert preview.context["report"].unchanged == 1
    assert list(services.exported_faqs()) == before


# --- rules


def rule_fields(**changed: Any) -> dict[str, Any]:
    return {
        "name": "Offers",
        "enabled": "on",
        "priority": "50",
        "trigger": "keyword",
        "pattern": "offer, sale",
        "action": "reply",
        "reply": "Have a look:",
        "buttons-title": ["Shoes", "Hats", ""],
        "buttons-payload": ["shoes", "", ""],
        "tags": "sale; new",
    } | changed


def test_a_rule_is_made_with_buttons_and_tags_and_answers(admin: Client) -> None:
    answer = admin.post(reverse("admin:bot_rule_add"), rule_fields())
    assert answer.status_code == 302, answer.content.decode()
    rule = Rule.objects.get()
    assert rule.buttons == [
        {"title": "Shoes", "payload": "shoes"},
        {"title": "Hats", "payload": "Hats"},
    ]
    assert rule.tags == ["sale", "new"]
    assert services.match("any sale?").decision.rule == str(rule.pk)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"trigger": "regex", "pattern": "("}, "pattern"),
        ({"pattern": ""}, "pattern"),
        ({"reply": "", "buttons-title": [], "buttons-payload": []}, "reply"),
        ({"buttons-title": [""], "buttons-payload": ["lonely"]}, "buttons"),
        ({"action": "tag", "tags": ""}, "tags"),
        ({"action": "start_task"}, "action"),
        ({"priority": "x"}, "priority"),
    ],
)
def test_f116_a_wrong_rule_is_refused_beside_its_field(
    admin: Client, changed: dict[str, Any], field: str
) -> None:
    answer = admin.post(reverse("admin:bot_rule_add"), rule_fields(**changed))
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert not Rule.objects.exists()


def test_rules_are_changed_switched_and_deleted(admin: Client) -> None:
    rule = make_rule()
    page = reverse("admin:bot_rule_change", args=[rule.pk])
    admin.post(page, rule_fields())
    rule.refresh_from_db()
    assert (rule.name, rule.version) == ("Offers", 2)
    listing = reverse("admin:bot_rule_changelist")
    admin.post(listing, {"action": "disable", "_selected_action": [str(rule.pk)]})
    rule.refresh_from_db()
    assert not rule.enabled
    chosen = {"action": "delete_selected", "_selected_action": [str(rule.pk)], "post": "yes"}
    admin.post(listing, chosen)
    assert not Rule.objects.exists()
