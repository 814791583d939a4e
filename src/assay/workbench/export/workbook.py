"""Sheets as one workbook: frozen heads, filters, numbers with their format, and no formula."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from assay.workbench.export.sheets import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.workbench.export.content import Content
    from assay.workbench.export.sheets import Value

_LONGEST: Final = 32_767
_MOST_ROWS: Final = 1_048_575
_EXACT: Final = 2**53
_NAME: Final = 31
_FORMATS: Final = {
    "share": "0.00%",
    "probability": "0.0000",
    "count": "#,##0",
    "days": "#,##0.##",
    "USD": '"$"#,##0.00####',
    "EUR": '"€"#,##0.00####',
}
_GENERAL: Final = "General"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]00:00)?")
_PRINTED: Final = re.compile(
    r"(?P<sign>[+\-−]?)(?P<whole>\d{1,3}(?:[\u202f\u00a0 ]\d{3})+|\d+)(?:\.(?P<part>\d+))?"
    r"(?P<percent>[\u202f\u00a0 ]?%)?"
)


def workbook(content: Content, sheets: Sequence[Sheet]) -> bytes:
    """The file; the same version gives the same bytes."""
    import xlsxwriter  # noqa: PLC0415  only where it is asked for

    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    book = xlsxwriter.Workbook(buffer, options)
    created = _moment(str(content.manifest.get("created", "")))
    book.set_properties({"title": content.title[:250], "created": created})
    writer = _Writer(book=book)
    for sheet in (_about(content, sheets), *sheets):
        writer.write(sheet)
    book.close()
    return buffer.getvalue()


def _about(content: Content, sheets: Sequence[Sheet]) -> Sheet:
    manifest = content.manifest
    rows: list[tuple[Value, ...]] = [
        ("Finding", content.title),
        ("What", content.subtitle),
        ("Report", str(manifest.get("report", ""))),
        ("Set", str(manifest.get("set", ""))),
        ("Version", content.version),
        ("Data through", str(manifest.get("as_of", ""))),
        ("Run again with", str(manifest.get("command", ""))),
    ]
    rows += [(sheet.name, sheet.about) for sheet in sheets]
    return Sheet(name="Report", columns=("About", "What it says"), rows=tuple(rows))


@dataclass(slots=True)
class _Writer:
    book: Any
    formats: dict[tuple[tuple[str, object], ...], Any] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def write(self, sheet: Sheet) -> None:
        page = self.book.add_worksheet(self._name(sheet.name))
        head = self._format(bold=True, bottom=1, text_wrap=True, valign="top")
        for x, column in enumerate(sheet.columns):
            page.write_string(0, x, column[:_LONGEST], head)
        unit_at = sheet.columns.index(sheet.units) if sheet.units else None
        for y, row in enumerate(sheet.rows[:_MOST_ROWS], 1):
            unit = str(row[unit_at] or "") if unit_at is not None else ""
            for x, value in enumerate(row):
                measured = unit if sheet.columns[x] in {"value", "low", "high"} else ""
                self._cell(page, y, x, value, unit=measured, printed=sheet.printed)
        page.freeze_panes(1, 0)
        if sheet.rows and sheet.columns:
            page.autofilter(0, 0, min(len(sheet.rows), _MOST_ROWS), len(sheet.columns) - 1)
        for x, column in enumerate(sheet.columns):
            longest = max(
                (len(str(row[x])) for row in sheet.rows[:200] if row[x] is not None), default=0
            )
            page.set_column(x, x, min(max(len(column), longest) + 2, 60))

    def _cell(self, page: Any, y: int, x: int, value: Value, *, unit: str, printed: bool) -> None:  # noqa: ANN401, PLR0913
        if value is None:
            return
        if isinstance(value, bool):
            page.write_boolean(y, x, value)
        elif isinstance(value, int | float) and abs(value) <= _EXACT:
            number_format = _FORMATS.get(unit) or (_whole(value) and "#,##0") or _GENERAL
            page.write_number(y, x, value, self._format(num_format=number_format))
        elif isinstance(value, str) and (day := _dated(value)) is not None:
            shape = "yyyy-mm-dd" if _DAY.fullmatch(value) else "yyyy-mm-dd hh:mm:ss"
            page.write_datetime(y, x, day, self._format(num_format=shape))
        elif printed and (found := _PRINTED.fullmatch(str(value))) is not None:
            page.write_number(y, x, _number(found), self._format(num_format=_shape(found)))
        else:
            page.write_string(y, x, str(value)[:_LONGEST])

    def _name(self, wanted: str) -> str:
        clean = re.sub(r"[\[\]:*?/\\']", " ", wanted)[:_NAME].strip() or "Table"
        name, number = clean, 1
        while name.lower() in self.names:
            number += 1
            name = f"{clean[: _NAME - 4]} {number}"
        self.names.add(name.lower())
        return name

    def _format(self, **options: object) -> Any:  # noqa: ANN401  xlsxwriter's own type
        key = tuple(sorted(options.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(options)
        return self.formats[key]


def _whole(value: float) -> bool:
    return isinstance(value, int)


def _number(found: re.Match[str]) -> float:
    digits = re.sub(r"\D", "", found["whole"])
    value = float(f"{digits}.{found['part'] or 0}")
    signed = -value if found["sign"] in {"-", "−"} else value
    return signed / 100 if found["percent"] else signed


def _shape(found: re.Match[str]) -> str:
    """The format in which the number looks as it did on the page."""
    grouped = not found["whole"].isdigit()
    shape = ("#,##0" if grouped else "0") + (
        f".{'0' * len(found['part'])}" if found["part"] else ""
    )
    shape += "%" if found["percent"] else ""
    return f"+{shape};-{shape};{shape}" if found["sign"] == "+" else shape


def _dated(text: str) -> date | None:
    """Day or moment of an ISO text; spreadsheets know no time zone, so it is in UTC."""
    if not (_DAY.fullmatch(text) or _MOMENT.fullmatch(text)):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year < 1900:  # before the calendar of spreadsheets
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.date() if _DAY.fullmatch(text) else moment


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    except ValueError:
        return datetime(1980, 1, 1)  # noqa: DTZ001  xlsxwriter takes none with a zone
