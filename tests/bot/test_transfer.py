"""FAQs to and from files."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import services, transfer
from bot.models import FAQ, Snapshot
from tests.factories import make_channel

FORMATS = ("csv", "xlsx", "json", "yaml")

# What the services leave in a text: no control characters, no half characters, trimmed.
texts = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\ufffe\uffff\x85"
    ),
    max_size=30,
).map(str.strip)
lines = texts.map(lambda text: " ".join(text.split()))
hostile = st.sampled_from(
    ["=1+1", "+5511", "-x", "@SUM(A1)", "'=x", '"=x', "''+1", "a|b", "|", "x\n=1+1", "＝1", "_x000D_", "true", "12", "1.0", "null", "~", "- a", "a,b;c"]
)  # fmt: skip
titles = (lines | hostile.filter(lambda t: "\n" not in t) | st.just("[a => b")).filter(bool)
buttons = st.one_of(
    st.fixed_dictionaries({"title": titles, "payload": titles}),
    st.fixed_dictionaries({"title": titles, "url": st.just("https://a.example/b?c=1")}),
    st.fixed_dictionaries(
        {"title": titles, "payload": titles, "titles": st.dictionaries(st.just("en"), titles)}
    ),
)
items = st.lists((lines | hostile.filter(lambda t: "\n" not in t)).filter(bool), max_size=4)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "question": (lines | hostile).filter(bool),
            "answer": st.one_of(texts, hostile, st.tuples(texts, hostile).map("\n".join)).filter(
                bool
            ),
            "alternatives": items,
            "keywords": items,
            "answers": st.dictionaries(st.sampled_from(["en", "es"]), texts.filter(bool)),
            "buttons": st.lists(buttons, max_size=3),
            "attachments": st.lists(st.uuids().map(str), max_size=2),
            "overrides": st.dictionaries(
                st.sampled_from(["sms", "mock"]), st.dictionaries(st.just("en"), texts), max_size=2
            ),
            "language": st.sampled_from(["pt-br", "en", "es"]),
            "category": lines,
            "channels": st.just([]),
            "enabled": st.booleans(),
        }
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("extension", FORMATS)
@given(rows=rows)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_f113_what_is_written_is_read_again_the_same(
    extension: str, rows: list[dict[str, Any]]
) -> None:
    read = transfer.read(transfer.write(rows, extension), extension)
    assert [brought(row) for row in read] == rows


def brought(row: dict[str, Any]) -> dict[str, Any]:
    """All a row gives, whatever the shape of its file."""
    columns = {tag: text for tag, text in transfer.translations_of(row).items() if text}
    fields = transfer.fields_of(row)
    return {**fields, "answers": fields.get("answers", columns)}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "'=", '"=', "＝"])
def test_f113_no_cell_starts_like_a_formula(start: str) -> None:
    row = {
        "question": f"{start}cmd()",
        "answer": f"ok\n{start}cmd()",
        "alternatives": ["x", f"{start}1"],
    }
    table = list(csv.reader(io.StringIO(transfer.write([row], "csv").decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(transfer.write([row], "xlsx"))).worksheets[0]
    cells = [*table[1], *(cell.value or "" for cell in sheet[2])]
    assert not any(
        line.lstrip('"').startswith(tuple("=+-@\t＝")) for c in cells for line in c.split("\n")
    )
    assert not any(cell.data_type == "f" for cell in sheet[2])


def test_files_made_by_hand_are_read() -> None:
    semicolons = "Pergunta;Frases;Resposta;Ativo\nOnde está?;cadê|e agora;Aqui.;não\n;;;\n".encode(
        "cp1252"
    )
    [row] = transfer.read(semicolons, "csv")
    assert transfer.fields_of(row) == {
        "question": "Onde está?", "alternatives": ["cadê", "e agora"], "answer": "Aqui.", "enabled": False,
    }  # fmt: skip
    numbers = openpyxl.Workbook()
    numbers.active.append(["question", "answer", "keywords", "note"])
    numbers.active.append([2024, 5.0, None, "x"])
    out = io.BytesIO()
    numbers.save(out)
    found = transfer.read(out.getvalue(), "xlsx")
    assert transfer.fields_of(found[0]) == {"question": "2024", "answer": "5", "keywords": []}
    assert transfer.unknown_columns(found) == ["note"]
    assert (
        transfer.read(b'{"faqs": [{"question": "a", "answer": "b"}]}', "json")[0]["question"] == "a"
    )


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"xl/{number}.xml", b" " * 70_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "extension", "reason"),
    [
        (b"x", "pdf", "unknown format"),
        (b"", "xlsx", "not an XLSX"),
        (b"PK\x03\x04garbage", "xlsx", "not an XLSX"),
        (b"{", "json", "not JSON"),
        (b"[" * 200_000, "json", "not JSON"),
        (b"7", "json", "a list of FAQs"),
        (b"\xff\xfe{", "json", "not JSON"),
        (b"a: [", "yaml", "not YAML"),
        (b"- &a {question: x, answer: y}\n- *a", "yaml", "aliases"),
        (b"[" * 5_000, "yaml", "nested too deep"),
        (b"!!python/object/apply:os.system [x]", "yaml", "not YAML"),
        (b'question,answer\n"a,b', "csv", "line 2 is not CSV"),
        (b"a,b\n1,2\n", "csv", "no column is named question or answer"),
        (b"question\n1\n", "csv", "no column is named answer"),
        (b"question,answer\n" + b"a,b\n" * 50_001, "csv", "more than 50000 rows"),
        (b"x" * 20_000_001, "csv", "larger than 20 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    data: bytes, extension: str, reason: str
) -> None:
    with pytest.raises(transfer.Unreadable, match=reason) as error:
        transfer.read(data, extension)
    assert "\n" not in str(error.value)


def test_a_file_that_unpacks_to_far_too_much_is_not_unpacked() -> None:
    with pytest.raises(transfer.Unreadable, match="unpacked"):
        transfer.read(_bomb(), "xlsx")


def test_a_cell_that_excel_would_cut_is_refused() -> None:
    with pytest.raises(transfer.Unreadable, match="row 2 is too long"):
        transfer.write([{"question": "x", "answer": "y" * 32_768}], "xlsx")


def test_a_character_that_xlsx_cannot_keep_is_refused() -> None:
    with pytest.raises(transfer.Unreadable, match="row 2 holds characters"):
        transfer.write([{"question": "x", "answer": "y\x07"}], "xlsx")


# --- into the database ---------------------------------------------------------------------------


def row(number: int, **given: Any) -> dict[str, Any]:
    return {"question": f"Pergunta {number}?", "answer": "Sim.", **given}


@pytest.mark.django_db
def test_a_thousand_faqs_make_one_snapshot() -> None:
    report = services.import_faqs([row(n, alternatives=[f"variação {n}"]) for n in range(1_000)])
    assert (report.created, Snapshot.objects.count()) == (1_000, 1)
    assert services.match("variação 567").decision.text == "Sim."


@pytest.mark.django_db
def test_the_same_file_again_changes_nothing() -> None:
    services.import_faqs([row(1), row(2)])
    again = services.import_faqs(list(services.exported_faqs()))
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    assert Snapshot.objects.count() == 1


@pytest.mark.django_db
def test_a_row_changes_the_faq_with_its_id_or_its_question_and_language() -> None:
    services.import_faqs([row(1, category="a"), row(2)])
    first, second = FAQ.objects.order_by("pk")
    report = services.import_faqs(
        [
            {"id": str(first.pk), "question": "Outra?", "answer": "Não."},
            row(2, id="of another desk", answer="Talvez."),
            row(2, language="en"),
        ]
    )
    assert (report.created, report.updated) == (1, 2)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.question, first.category, second.answer) == ("Outra?", "a", "Talvez.")


@pytest.mark.django_db
def test_a_faq_that_is_gone_comes_back_with_its_id_and_a_version_of_its_own() -> None:
    gone = services.create_faq(question="Onde?", answer="Aqui.")
    rows = list(services.exported_faqs())
    services.delete_faq(faq=gone.pk)
    report = services.import_faqs([*rows, {**rows[0], "question": "Outra?"}])
    assert (report.created, [r.reason for r in report.rejected]) == (1, ["the same FAQ as row 1"])
    back = FAQ.objects.get()
    assert (back.pk, back.version) == (gone.pk, 2)
    assert services.import_faqs([row(1, id="7")]).created == 1


@pytest.mark.django_db
def test_wrong_rows_are_rejected_and_the_others_taken() -> None:
    report = services.import_faqs(
        [
            row(1),
            row(2, answer=""),
            row(3, enabled="maybe"),
            {},
            row(1),
            row(4, alternatives=[{}]),
            row(5),
        ]
    )
    assert report.created == 2
    assert [(r.number, r.reason.partition(":")[0]) for r in report.rejected] == [
        (2, "answer"), (3, "enabled"), (4, "question"), (5, "the same FAQ as row 1"), (6, "alternatives"),
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_dry_run_says_what_would_happen_and_changes_nothing() -> None:
    report = services.import_faqs([row(1), row(2, answer="")], dry_run=True)
    assert (report.created, len(report.rejected)) == (1, 1)
    assert not FAQ.objects.exists()
    assert not Snapshot.objects.exists()


# --- commands ------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("extension", FORMATS)
def test_an_export_can_be_imported(extension: str, tmp_path: Path, capsys: Any) -> None:
    services.create_faq(
        question="Onde?", answer="=AQUI()", alternatives=["cadê", "a|b"], keywords=["x"]
    )
    before = list(services.exported_faqs())
    call_command("export_faqs", str(tmp_path / f"faqs.{extension}"))
    FAQ.objects.all().delete()
    call_command("import_faqs", str(tmp_path / f"faqs.{extension}"))
    assert "created 1, updated 0, unchanged 0, rejected 0" in capsys.readouterr().out
    assert list(services.exported_faqs()) == before


@pytest.mark.django_db
@pytest.mark.parametrize("extension", FORMATS)
def test_rejected_rows_are_written_beside_the_file_with_the_reason(
    extension: str, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / f"faqs.{extension}"
    path.write_bytes(
        transfer.write([row(1), row(2, language="de", alternatives=["a", "b"])], extension)
    )
    call_command("import_faqs", str(path))
    rejected = (tmp_path / f"faqs.rejected.{extension}").read_bytes()
    [again] = transfer.read(rejected, extension)
    assert again[transfer.REASON].startswith("row 2: language")
    assert transfer.fields_of(again)["alternatives"] == ["a", "b"]
    assert "rejected 1" in capsys.readouterr().out


@pytest.mark.django_db
def test_columns_that_mean_nothing_are_said_and_left_out(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "faqs.csv").write_text("question,answer,mood\nOnde?,Aqui.,good\n")
    call_command("import_faqs", str(tmp_path / "faqs.csv"))
    assert "columns left out: mood" in capsys.readouterr().err
    assert FAQ.objects.get().answer == "Aqui."


@pytest.mark.django_db
def test_a_dry_run_of_the_command_changes_nothing(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "faqs.json"
    path.write_bytes(transfer.write([row(n) for n in range(600)], "json"))
    call_command("import_faqs", str(path), "--dry-run")
    shown = capsys.readouterr()
    assert "would be created 600" in shown.out
    assert "500 of 600 rows" in shown.err
    assert not FAQ.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_faqs", str(tmp_path / "no.csv"))
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(CommandError, match="this is not JSON"):
        call_command("import_faqs", str(tmp_path / "bad.json"))
    with pytest.raises(CommandError, match="unknown format"):
        call_command("export_faqs", str(tmp_path / "x.pdf"))
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_faqs", str(tmp_path / "no" / "x.csv"))


@pytest.mark.django_db
def test_ask_prints_the_decision_and_stores_nothing(capsys: Any) -> None:
    faq = services.create_faq(question="Onde está meu pedido?", answer="Aqui.")
    before = Snapshot.objects.count()
    call_command("ask", "onde está meu pedido", "--json")
    said = json.loads(capsys.readouterr().out)
    assert said.pop("ms") >= 0
    [candidate] = said["candidates"]
    assert said | {"candidates": []} == said | {
        "decision": "reply", "step": "exact", "reply": "Aqui.", "faq": str(faq.pk), "score": 1.0,
        "candidates": [],
    }  # fmt: skip
    assert (candidate["faq"], candidate["phrasing"]) == (str(faq.pk), "Onde está meu pedido?")
    call_command("ask", "quero um atendente", "--language", "pt-br")
    assert capsys.readouterr().out.startswith("escalate by ask_human (asked)")
    assert Snapshot.objects.count() == before


@pytest.mark.django_db
def test_ask_speaks_for_one_channel(capsys: Any) -> None:
    channel = str(make_channel().pk)
    services.create_faq(question="Onde está meu pedido?", answer="Aqui.", channels=[channel])
    call_command("ask", "onde está meu pedido", "--channel", channel, "--json")
    assert json.loads(capsys.readouterr().out)["decision"] == "reply"
    call_command("ask", "onde está meu pedido", "--json")
    assert json.loads(capsys.readouterr().out)["decision"] == "escalate"
