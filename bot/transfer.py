"""FAQs as rows of a file: CSV, XLSX, JSON or YAML, read from bytes and written to bytes.

One row is one FAQ; `alternatives`, `keywords`, `channels` and `attachments` are lists, in a cell one
item a line (or, written by hand, separated by "|"); what is nested is flat in a table (bot.cells). Cells of CSV and XLSX that a spreadsheet would take for a
formula are written with a ' in front, which reading takes away again.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
import yaml
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException

from bot import cells

FIELDS = (
    "id",
    "question",
    "alternatives",
    "keywords",
    "answer",
    "answers",
    "buttons",
    "attachments",
    "overrides",
    "bands",
    "language",
    "category",
    "channels",
    "enabled",
)
# Of a table.
_FLAT = {"answers": cells.ANSWERS, "bands": cells.BANDS}
COLUMNS = tuple(column for name in FIELDS for column in _FLAT.get(name, (name,)))
LISTS = frozenset({"alternatives", "keywords", "channels", "attachments"})
REASON = "reason"  # the column that says why a row was rejected

MOST_BYTES = 20_000_000
MOST_ROWS = 50_000
_MOST_UNPACKED = 200_000_000  # bytes of an XLSX file's parts
_MOST_DEPTH = 10  # of YAML
_CELL = 32_767  # characters Excel takes in a cell

_OTHER_NAMES = {
    "phrasings": "alternatives", "frases": "alternatives", "variações": "alternatives",
    "alternativas": "alternatives", "pergunta": "question", "resposta": "answer",
    "palavras-chave": "keywords", "idioma": "language", "categoria": "category",
    "canais": "channels", "ativo": "enabled", "ativa": "enabled", "motivo": REASON,
    "botões": "buttons", "botoes": "buttons", "anexos": "attachments",
}  # fmt: skip

_FORMULA = re.compile(r"(?m)^(['\"]*[=+\-@\t\r＝＋－＠])")
_ESCAPED = re.compile(r"(?m)^'(?=['\"]*[=+\-@\t\r＝＋－＠])")
_TRUE = frozenset({"true", "1", "yes", "sim", "y", "s", "x", "verdadeiro", "si", "sí"})
_FALSE = frozenset({"false", "0", "no", "nao", "não", "n", "falso"})

Row = dict[str, Any]

csv.field_size_limit(2_000_000)


class Unreadable(ValueError):
    """The file as a whole cannot be read or written; the message is one line for people."""


def formats() -> tuple[str, ...]:
    """The file extensions, without a dot."""
    return tuple(_READERS)


def read(data: bytes, extension: str) -> list[Row]:
    """The rows of a file: dicts by column, values as the format gives them. Raises Unreadable.

    Columns may be named in Portuguese. Something else than a row (in JSON and YAML) comes as an
    empty row, so that rows keep their numbers.
    """
    reader = _READERS.get(extension.lower())
    if reader is None:
        raise Unreadable(f"unknown format .{extension}: use {', '.join(_READERS)}")
    if len(data) > MOST_BYTES:
        raise Unreadable(f"the file is larger than {MOST_BYTES // 1_000_000} MB")
    rows = reader(data)
    if len(rows) > MOST_ROWS:
        raise Unreadable(f"the file has more than {MOST_ROWS} rows")
    named = [{_column(name): value for name, value in row.items()} for row in rows]
    missing = [name for name in ("question", "answer") if not any(name in row for row in named)]
    if named and missing:
        raise Unreadable(f"no column is named {' or '.join(missing)}")
    return named


def write(rows: Iterable[Mapping[str, Any]], extension: str, *, reasons: bool = False) -> bytes:
    """The file with these rows; `reasons` adds the column that rejected rows have. Raises Unreadable."""
    writer = _WRITERS.get(extension.lower())
    if writer is None:
        raise Unreadable(f"unknown format .{extension}: use {', '.join(_WRITERS)}")
    return writer(list(rows), (REASON,) if reasons else ())


def fields_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The FAQ fields a row gives, ready for the services; blank language and enabled are left out.

    The answers and thresholds of a table's columns are for `translations_of` and `cells.bands_in`. Raises ValueError with a sentence.
    """
    given: dict[str, Any] = {}
    for name in FIELDS[1:]:
        if name not in row:
            continue
        value = row[name]
        if name in LISTS:
            given[name] = _items(name, value)
        elif name in cells.NESTED:
            given[name] = cells.nested(name, value)
        elif name == "enabled":
            if value not in (None, ""):
                given[name] = _truth(value)
        elif name != "language" or _cell_text(value).strip():
            given[name] = _cell_text(value)
    return given


def translations_of(row: Mapping[str, Any]) -> dict[str, str]:
    """The answer by language, of the languages the row has a column for; "" takes it away.

    Raises ValueError with a sentence.
    """
    return {tag: _cell_text(text).strip() for tag, text in cells.answers_in(row).items()}


def unknown_columns(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Columns that mean nothing to us and are left out."""
    names = {name for row in rows for name in row}
    return sorted(names - {*FIELDS, *COLUMNS, REASON})


def _column(name: object) -> str:
    known = str(name or "").strip().lower()
    return _OTHER_NAMES.get(known) or cells.column(known)


def _items(name: str, value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list):
        if not all(isinstance(item, str | int | float) for item in value):
            raise ValueError(f"{name}: a list of texts is needed")
        return [_cell_text(item) for item in value]
    text = _cell_text(value)
    return [part for part in text.split("\n" if "\n" in text else "|") if part.strip()]


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = _cell_text(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("enabled: write true or false")


def _cell_text(value: object) -> str:
    """A cell as text: whole numbers without a decimal point, nothing for an empty one."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict | list):
        raise ValueError("a text is needed where the file has a list or an object")  # noqa: TRY004
    return str(value)


# --- reading -------------------------------------------------------------------------------------


def _decoded(data: bytes) -> str:
    """Text in UTF-8, or in what Excel writes on a Western Windows."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _read_csv(data: bytes) -> list[Row]:
    text = _decoded(data)
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return _table(reader)
    except csv.Error as error:
        raise Unreadable(f"line {reader.line_num} is not CSV: {error}") from None


def _read_xlsx(data: bytes) -> list[Row]:
    try:
        _check_unpacked(data)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        return _table(book.worksheets[0].iter_rows(values_only=True))
    except Unreadable:
        raise
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        ParseError,
        LookupError,
        ValueError,
        TypeError,
        OSError,
        EOFError,
    ):
        raise Unreadable("this is not an XLSX file") from None


def _check_unpacked(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _MOST_UNPACKED:
            raise Unreadable("the file is too large when unpacked")


def _table(lines: Iterable[Sequence[Any]]) -> list[Row]:
    """Rows below a header line; wholly empty lines are left out."""
    rows: list[Row] = []
    header: list[str] | None = None
    for line in lines:
        if header is None:
            header = [str(name or "") for name in line]
        elif any(value not in (None, "") for value in line):
            if len(rows) == MOST_ROWS:
                raise Unreadable(f"the file has more than {MOST_ROWS} rows")
            rows.append({n: _unescaped(v) for n, v in zip(header, line, strict=False) if n})
    return rows


def _unescaped(value: Any) -> Any:
    return _ESCAPED.sub("", value) if isinstance(value, str) else value


def _read_json(data: bytes) -> list[Row]:
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"this is not JSON: {error}") from None
    return _objects(content)


def _read_yaml(data: bytes) -> list[Row]:
    text = _decoded(data)
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise Unreadable("YAML aliases (*name) are not taken")
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _MOST_DEPTH:
                raise Unreadable("the YAML is nested too deep")
        content = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise Unreadable("this is not YAML: " + " ".join(str(error).split())[:200]) from None
    return _objects(content)


def _objects(content: object) -> list[Row]:
    if isinstance(content, dict):
        content = content.get("faqs")
    if not isinstance(content, list):
        raise Unreadable("a list of FAQs is needed")
    return [item if isinstance(item, dict) else {} for item in content]


# --- writing -------------------------------------------------------------------------------------


def _cells(row: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    plain = cells.flat(row)
    return [_FORMULA.sub(r"'\1", _joined(plain.get(name))) for name in columns]


def _joined(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, list):
        return "" if value is None else str(value)
    text = "\n".join(str(item) for item in value)
    # A last new line says that a "|" in a single item belongs to it.
    return text + "\n" if len(value) == 1 and "|" in text else text


def _write_csv(rows: Sequence[Mapping[str, Any]], more: Sequence[str]) -> bytes:
    columns = (*COLUMNS, *more)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(_cells(row, columns) for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _write_xlsx(rows: Sequence[Mapping[str, Any]], more: Sequence[str]) -> bytes:
    columns = (*COLUMNS, *more)
    table = [_cells(row, columns) for row in rows]
    for number, line in enumerate(table, 2):
        if max(map(len, line)) > _CELL:
            raise Unreadable(f"row {number} is too long for XLSX: use CSV, JSON or YAML")
        if any(ILLEGAL_CHARACTERS_RE.search(cell) for cell in line):
            raise Unreadable(f"row {number} holds characters XLSX cannot keep")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("FAQs")
    sheet.append(list(columns))
    for line in table:
        sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _ordered(rows: Sequence[Mapping[str, Any]], more: Sequence[str]) -> list[Row]:
    names = (*FIELDS, *cells.ANSWERS, *cells.BANDS, *more)
    return [{name: row[name] for name in names if name in row} for row in rows]


def _write_json(rows: Sequence[Mapping[str, Any]], more: Sequence[str]) -> bytes:
    return json.dumps(_ordered(rows, more), ensure_ascii=False, indent=2).encode() + b"\n"


class _WithoutAliases(yaml.CSafeDumper):
    """Writes a list out each time it is met: aliases are not read back."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write_yaml(rows: Sequence[Mapping[str, Any]], more: Sequence[str]) -> bytes:
    return yaml.dump(
        _ordered(rows, more),
        Dumper=_WithoutAliases,
        allow_unicode=True,
        sort_keys=False,
        width=100,
    ).encode()


_READERS: dict[str, Callable[[bytes], list[Row]]] = {
    "csv": _read_csv,
    "xlsx": _read_xlsx,
    "json": _read_json,
    "yaml": _read_yaml,
    "yml": _read_yaml,
}
_WRITERS: dict[str, Callable[[Sequence[Mapping[str, Any]], Sequence[str]], bytes]] = {
    "csv": _write_csv,
    "xlsx": _write_xlsx,
    "json": _write_json,
    "yaml": _write_yaml,
    "yml": _write_yaml,
}
