"""What goes with an answer, to and from files."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from bot import services, transfer
from bot.models import FAQ
from messaging.services.answers import import_faqs
from tests.factories import make_attachment, make_channel

pytestmark = pytest.mark.django_db

OTHER = "01a20106-6669-77b8-95d5-a52727c0f5b4"


@pytest.mark.parametrize("extension", ["csv", "xlsx", "json", "yaml"])
def test_an_export_brings_all_of_it_back(extension: str, tmp_path: Path, capsys: Any) -> None:
    file = make_attachment(file="attachments/a.pdf")
    channel = make_channel()
    services.create_faq(
        question="Onde?",
        answer="Aqui, {first_name}.",
        answers={"en": "Here.\nReally.", "es": "=AQUÍ()"},
        buttons=[
            {"title": "Frete | e mais", "payload": f"faq:{OTHER}"},
            {"title": "Loja", "url": "https://loja.example", "titles": {"en": "Shop"}},
        ],
        attachments=[file.pk],
        bands={"accept": 0.7, "suggest": 0.25},
        overrides={"mock": {"pt-br": "Cá."}, str(channel.pk): {"en": "Here!"}},
    )
    before = list(services.exported_faqs())
    path = str(tmp_path / f"faqs.{extension}")
    call_command("export_faqs", path)
    call_command("import_faqs", path)
    assert "created 0, updated 0, unchanged 1, rejected 0" in capsys.readouterr().out
    FAQ.objects.all().delete()
    call_command("import_faqs", path)
    assert list(services.exported_faqs()) == before


def imported(*rows: dict[str, Any]) -> FAQ:
    report = import_faqs(rows)
    assert not report.rejected, report.rejected
    return FAQ.objects.get()


def test_a_column_changes_its_language_alone_and_an_empty_one_takes_it_away() -> None:
    row = {"question": "Onde?", "answer": "Aqui."}
    imported(row | {"answers": {"en": "Here.", "es": "Acá."}})
    assert imported(row | {"answer_en": "Over here."}).answers == {"en": "Over here.", "es": "Acá."}
    assert imported(row | {"answer_es": "", "answer_pt-br": ""}).answers == {"en": "Over here."}
    assert imported(row).answers == {"en": "Over here."}
    assert imported(row | {"answers": {}}).answers == {}


def test_thresholds_stay_without_a_column_and_an_empty_cell_takes_one_away() -> None:
    row = {"question": "Onde?", "answer": "Aqui."}
    assert imported(row | {"accept": "0,8", "suggest": 0.25}).bands == {
        "accept": 0.8,
        "suggest": 0.25,
    }
    assert imported(row).bands == {"accept": 0.8, "suggest": 0.25}
    assert imported(row | {"accept": ""}).bands == {"suggest": 0.25}
    assert imported(row | {"accept": "0.9"}).bands == {"accept": 0.9, "suggest": 0.25}
    assert imported(row | {"bands": {"accept": 0.5}}).bands == {"accept": 0.5}
    assert imported(row | {"bands": {}}).bands == {}


def test_columns_are_known_by_several_names() -> None:
    table = "pergunta;resposta;resposta_en;answer_pt;answer_fr;botões\nOnde?;Aqui.;Here.;;Ici.;"
    [row] = rows = transfer.read((table + "Sair\n").encode(), "csv")
    assert transfer.unknown_columns(rows) == ["answer_fr"]
    assert transfer.translations_of(row) == {"pt-br": "", "en": "Here."}
    assert transfer.fields_of(row)["buttons"] == [{"title": "Sair", "payload": "Sair"}]


def test_buttons_are_written_one_a_line() -> None:
    rows = [
        {
            "question": "Onde?",
            "answer": "Aqui.",
            "buttons": [{"title": "A", "payload": "x"}, {"title": "B", "url": "https://b.example"}],
        }
    ]
    table = transfer.write(rows, "csv").decode()
    assert "A => x\nB => https://b.example" in table


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"answers": "Here"}, "answers"),
        ({"answers": ["Here"]}, "answers"),
        ({"overrides": "{nope"}, "overrides"),
        ({"overrides": '"x"'}, "overrides"),
        ({"buttons": {"title": "A"}}, "buttons"),
        ({"buttons": [7]}, "buttons"),
        ({"buttons": "[" * 5000}, "buttons"),
        ({"answer_en": {"a": 1}}, "text"),
        ({"answer_en": "Hi {nome}"}, "{nome}"),
        ({"answer_pt-br": "Outra."}, "answers"),
        ({"attachments": [OTHER]}, "attachments"),
        ({"overrides": {"pigeon": "Pru."}}, "overrides"),
        ({"accept": "high"}, "accept"),
        ({"accept": "nan"}, "bands"),
        ({"accept": "0.2", "suggest": "0.5"}, "bands"),
        ({"bands": [0.5]}, "bands"),
        ({"bands": {"margin": 0.5}}, "bands"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_wrong_row_is_rejected_with_its_reason(wrong: dict[str, Any], said: str) -> None:
    report = import_faqs([{"question": "Onde?", "answer": "Aqui.", **wrong}])
    assert len(report.rejected) == 1
    assert said in report.rejected[0].reason
    assert not FAQ.objects.exists()


def test_a_mere_text_for_a_channel_is_in_the_faqs_own_language() -> None:
    row = {"question": "Where?", "answer": "Here.", "language": "en"}
    assert imported(row | {"overrides": {"mock": "Here!"}}).overrides == {"mock": {"en": "Here!"}}
