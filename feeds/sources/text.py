"""From bytes to a table of text: encoding, dialect, header and the shape of every line."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass, field

from ..errors import ConfigError, unknown_name
from ..refusal import refuse
from ..series import Finding, Outcome
from .columns import canonical
from .door import MAX_COLUMNS

#: Declared dialects: separator and decimal mark.
DIALECTS: dict[str, tuple[str, str]] = {
    "comma": (",", "."),
    "semicolon": (";", "."),
    "semicolon, decimal comma": (";", ","),
    "tab": ("\t", "."),
}
DECIMAL_COMMA = re.compile(r"-?\d{1,3}(?:\.\d{3})+,\d+|-?\d+,\d+")
THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+")
DATE_LIKE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{8}$")


@dataclass
class Table:
    """Cells as text: one list a row, the file's line number of each row, what was repaired."""

    file: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    ends_with_newline: bool = True
    decimal: str = "."
    is_plain: bool = False  # ASCII without underscores: float() reads such cells as anybody does
    findings: list[Finding] = field(default_factory=list)

    def say(self, rule: str, outcome: Outcome, detail: str, row: int | None = None) -> None:
        self.findings.append(Finding(self.file, rule, outcome, detail, row=row))


def parse_text(file: str, payload: bytes, dialect: str = "auto") -> Table:
    """Return the table of a CSV payload, with encoding and dialect repairs as findings.

    Raises
    ------
    AuditRefused
        If the payload is no CSV text of prices; the message names the cause and the line.
    """
    if dialect != "auto" and dialect not in DIALECTS:
        raise ConfigError(unknown_name("dialect", dialect, ["auto", *DIALECTS]))
    table = Table(file, [], [], [])
    text = _decode(table, payload)
    _refuse_error_page(file, text)
    lines = text.split("\n")
    table.ends_with_newline = lines[-1] == ""
    lines = lines[:-1] if table.ends_with_newline else lines
    separator, decimal = _dialect(table, lines, dialect)
    # A quote is the one mark that a plain split reads wrongly.
    is_quoted = '"' in text
    cells = _cells(table, lines, separator, is_quoted)
    table.is_plain = text.isascii() and "_" not in text
    holds_commas = is_quoted or separator != ","
    table.decimal = decimal or (_decimal_mark(table) if holds_commas else ".")
    _check_header(table, cells)
    return table


def _decode(table: Table, payload: bytes) -> str:
    if not payload.strip():
        raise refuse(table.file, "empty file", "the file holds nothing")
    if payload.startswith(b"\xef\xbb\xbf"):
        payload = payload[3:]
        table.say("byte-order mark", "repaired", "removed", row=1)
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        row = payload.count(b"\n", 0, error.start) + 1
        detail = f"byte {payload[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        raise refuse(table.file, "encoding", detail, row=row) from None
    if "\r" in text:
        table.say("line ends", "repaired", "carriage returns turned into plain line ends")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _refuse_error_page(file: str, text: str) -> None:
    """Refuse what a throttled or failed download leaves behind."""
    start = text.lstrip()[:2000]
    shown = start.split("\n")[0][:60]
    if start.startswith("<"):
        raise refuse(file, "error page", f"an HTML or XML page, not prices: {shown!r}", row=1)
    if start.startswith(("{", "[")):
        kind = "a JSON answer" if _is_json(text) else "text that begins like JSON"
        raise refuse(file, "error page", f"{kind}, not prices: {shown!r}", row=1)
    if re.match(r"(?:error\D{0,3})?(?:429\b|too many requests|rate limit)", start, re.IGNORECASE):
        detail = f"{shown!r}: the source throttled the download; fetch again later"
        raise refuse(file, "error page", detail, row=1)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _dialect(table: Table, lines: list[str], dialect: str) -> tuple[str, str]:
    if dialect != "auto":
        return DIALECTS[dialect]
    head = lines[0]
    separator = max(",;\t", key=head.count)
    if separator != "," and head.count(separator):
        table.say("dialect", "repaired", f"cells are separated by {separator!r}", row=1)
        return separator, ""
    return ",", "."


def _cells(table: Table, lines: list[str], separator: str, is_quoted: bool) -> list[list[str]]:
    """Return the header's cells; fill the table's rows, refusing a line of another width."""
    if is_quoted:
        table.header, *rows = _quoted(table.file, lines, separator)
    else:
        table.header, *rows = _split(lines, separator)
    width = len(table.header)
    if width > MAX_COLUMNS:
        raise refuse(table.file, "size limit", f"{width} columns; at most {MAX_COLUMNS}", row=1)
    blank: list[int] = []
    if all(len(cells) == width for cells in rows):
        table.rows, table.lines = rows, list(range(2, len(rows) + 2))
        return [table.header]
    for number, cells in enumerate(rows, start=2):
        if len(cells) == width:
            table.rows.append(cells)
            table.lines.append(number)
        elif not any(cell.strip() for cell in cells):
            blank.append(number)
        else:
            raise _wrong_width(table, number, len(cells), number == len(rows) + 1)
    if blank:
        table.say("blank line", "repaired", f"{len(blank)} blank lines passed over", row=blank[0])
    return [table.header]


def _split(lines: list[str], separator: str) -> list[list[str]]:
    """Return each line's cells; in one split where all lines are as wide as the first."""
    others = lines[0].count(separator)
    if any(line.count(separator) != others for line in lines):
        return [line.split(separator) for line in lines]
    cells, width = separator.join(lines).split(separator), others + 1
    return [cells[start : start + width] for start in range(0, len(cells), width)]


def _quoted(file: str, lines: list[str], separator: str) -> list[list[str]]:
    try:
        rows = [next(csv.reader([line], delimiter=separator, strict=True), []) for line in lines]
    except csv.Error as error:
        raise refuse(file, "shape", f"quotes are not closed: {error}") from None
    return rows


def _wrong_width(table: Table, row: int, found: int, is_last: bool) -> Exception:
    width = len(table.header)
    rule = "cut file" if is_last and found < width else "shape"
    detail = f"{found} cells where the header has {width}"
    return refuse(table.file, rule, detail, row=row)


def _decimal_mark(table: Table) -> str:
    """Return the decimal mark of a file that is not comma-separated, if the cells prove it."""
    sample = [cell.strip() for row in table.rows for cell in row if "," in cell]
    if not sample:
        return "."
    if all(DECIMAL_COMMA.fullmatch(cell) for cell in sample) and not all(
        THOUSANDS.fullmatch(cell) for cell in sample
    ):
        table.say("dialect", "repaired", "decimal commas read as decimal points")
        return ","
    raise refuse(
        table.file,
        "dialect",
        f"cells such as {sample[0]!r} may hold decimal or thousands commas; declare the dialect "
        f"(one of {', '.join(map(repr, DIALECTS))})",
    )


def _check_header(table: Table, cells: list[list[str]]) -> None:
    head = [cell.strip() for cell in cells[0]]
    if DATE_LIKE.match(head[0]) and canonical(head[0]) is None:
        detail = f"the first line is data ({head[0]!r}); a header such as Date,Open,High,Low,Close"
        raise refuse(table.file, "no header", f"{detail},Volume is needed", row=1)
    if not any(canonical(name) for name in head):
        detail = f"no column name is known in the first line {','.join(head)[:80]!r}"
        raise refuse(table.file, "no header", detail, row=1)
