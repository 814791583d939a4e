"""Tables of others' HTML, as pandas, Polars or Great Tables write them, as ours."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from assay.core.errors import RenderError
from assay.workbench.render.blocks import Cell, Column, Table
from assay.workbench.render.tables import ELLIPSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROWS: Final = 10_000
"""A page's table has no more; the others are counted."""
_DTYPE: Final = re.compile(
    r"str|bool|cat|enum|date|time|null|binary|object|unknown|[iuf]\d{1,3}"
    r"|(datetime|duration|list|array|struct|decimal|enum)\[.*\]"
)
"""What Polars prints under the names."""
_NUMBER: Final = re.compile(r"[-+−]?[$€£]?[\d., _\u202f]*\d([eE][-+]?\d+)?\s*%?")
_NOTHING: Final = frozenset({"…", "...", "null", "NaN", "None", "NaT", "<NA>", "nan"})
_LIMIT: Final = 1000
"""Columns or rows that one cell may span."""


@dataclass(slots=True)
class _Field:
    """A cell as it was written."""

    heads: bool
    columns: int
    rows: int
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


@dataclass(slots=True)
class Grid:
    """A table while it is read."""

    caption: str = ""
    head: list[list[_Field]] = field(default_factory=list)
    body: list[list[_Field]] = field(default_factory=list)
    foot: list[list[_Field]] = field(default_factory=list)
    _in: str = "tbody"
    _now: _Field | None = None
    _within: int = 0

    @property
    def empty(self) -> bool:
        """Whether it has no cell at all."""
        return not (self.head or self.body or self.foot)

    def opens(self, tag: str, given: Mapping[str, str]) -> None:
        """A tag inside the table begins; a table in a table is words of its cell."""
        if tag == "table":
            self._within += 1
        elif self._within:
            self.says(" ")
        elif tag in {"thead", "tbody", "tfoot"}:
            self._in = tag
        elif tag == "tr":
            self._rows.append([])
        elif tag in {"td", "th", "caption"}:
            self._now = _Field(tag == "th", _span(given, "colspan"), _span(given, "rowspan"))
            if tag != "caption" and self._rows:
                self._rows[-1].append(self._now)
        elif tag in {"br", "p", "div", "li"}:
            self.says(" ")

    def closes(self, tag: str) -> bool:
        """A tag ends; True where it is the table's own."""
        if tag == "table":
            self._within -= 1
            return self._within < 0
        if not self._within and tag == "caption" and self._now is not None:
            self.caption = self._now.text
        if not self._within and tag in {"td", "th", "caption"}:
            self._now = None
        return False

    def says(self, data: str) -> None:
        """Text inside the table."""
        if self._now is not None:
            self._now.words.append(data)

    @property
    def _rows(self) -> list[list[_Field]]:
        return {"thead": self.head, "tfoot": self.foot}.get(self._in, self.body)


def grid_table(grid: Grid, *, total: int | None, place: str) -> Table:
    """The table as the page sets it: one line of heads, every cell filled, notes in the caption.

    Args:
        grid: as it was read.
        total: how many rows the frame has, where its writer said so.
        place: names the cell in messages.

    Raises:
        RenderError: where it has no cells.
    """
    width = max((sum(f.columns for f in row) for row in (*grid.head, *grid.body)), default=0)
    if not width:
        raise RenderError(f"{place}: table without cells", remedy="show a table that has rows")
    head, body = grid.head, grid.body
    if not head and len(body) > 1:
        head, body = body[:1], body[1:]
    titles, head = _titles(head, width)
    notes = [row[0].text for row in grid.foot if len(row) == 1 and row[0].text]
    body = [*body, *(row for row in grid.foot if len(row) > 1)]
    heads = _leading_heads(body, width)
    names = [row for row in _filled(head, width) if any(row)]
    rows = _filled(body, width)
    if len(names) > 1 and all(_DTYPE.fullmatch(text) for text in names[-1]):
        names = names[:-1]  # Polars prints the types under the names
        rows = [[_unquoted(text) for text in row] for row in rows]
    labels = [_label(parts) for parts in zip_longest(*names, fillvalue="")] or [""] * width
    rows = [row for row in rows if any(row)]
    cut = sum(ELLIPSES.issuperset(row) for row in rows)
    count = total if total is not None and total > len(rows) - cut else len(rows)
    shown = rows[:ROWS]
    return Table(
        columns=tuple(
            Column(label=label, align="right" if _numeric([row[i] for row in rows]) else "left")
            for i, label in enumerate(labels)
        ),
        rows=tuple(tuple(Cell(text=text) for text in row) for row in shown),
        caption=" ".join(filter(None, [*titles, grid.caption, *notes])),
        total=count if count > len(shown) - cut else None,
        heads=heads,
    )


def _span(given: Mapping[str, str], name: str) -> int:
    value = given.get(name, "1")
    return min(int(value), _LIMIT) if value.isdecimal() and int(value) else 1


def _titles(head: list[list[_Field]], width: int) -> tuple[list[str], list[list[_Field]]]:
    """Lines above the heads that span the whole table are its title."""
    titles = []
    while len(head) > 1 and width > 1 and len(head[0]) == 1 and head[0][0].columns >= width:
        titles.append(head[0][0].text.rstrip(".") + ".")
        head = head[1:]
    return [title for title in titles if title != "."], head


def _leading_heads(body: Sequence[Sequence[_Field]], width: int) -> int | None:
    """How many columns name their rows; None where the table does not say so."""
    counts = [next((i for i, f in enumerate(row) if not f.heads), len(row)) for row in body]
    most = max(counts, default=0)
    return most if 0 < most < width else None


def _filled(rows: Sequence[Sequence[_Field]], width: int) -> list[list[str]]:
    """Every place with its text; a cell that spans several stands in each of them."""
    waiting: dict[int, tuple[int, str]] = {}
    filled = []
    for row in rows:
        given = iter(row)
        line: list[str] = []
        while len(line) < width:
            at = len(line)
            if at in waiting:
                left, text = waiting.pop(at)
                line.append(text)
                if left > 1:
                    waiting[at] = (left - 1, text)
                continue
            found = next(given, None)
            if found is None:
                line.append("")
                continue
            text, whole = found.text, len(row) == 1 and found.columns >= width > 1
            for i in range(min(found.columns, width - at)):
                line.append("" if whole and i else text)
                if found.rows > 1:
                    waiting[at + i] = (found.rows - 1, text)
        filled.append(line)
    return filled


def _label(parts: Sequence[str]) -> str:
    return " · ".join(dict.fromkeys(part for part in parts if part))


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _numeric(texts: list[str]) -> bool:
    given = [text for text in texts if text and text not in _NOTHING]
    return bool(given) and all(_NUMBER.fullmatch(text) for text in given)
