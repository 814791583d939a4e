"""HTML of a notebook's output: its tables as tables, the rest without anything that acts."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from assay.core.errors import RenderError
from assay.workbench.render.blocks import Cell, Column, Markup, Table
from assay.workbench.render.escape import printable

FIRST_ROWS: Final = 200
_KEPT: Final = frozenset(
    [
        "p",
        "br",
        "hr",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "small",
        "sub",
        "sup",
        "code",
        "pre",
        "kbd",
        "samp",
        "var",
        "blockquote",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "span",
        "div",
    ]
)
_VOID: Final = frozenset({"br", "hr"})
_BREAKS: Final = frozenset(
    [
        "p",
        "br",
        "hr",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "div",
    ]
)
_DROPPED: Final = frozenset(
    ["script", "style", "head", "title", "template", "noscript", "object", "svg"]
)
_HEADINGS: Final = dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "p")
_DTYPE: Final = re.compile(r"^[a-z]+[0-9]*(\[.*\]|\(.*\))?$")


def tables(source: str, *, place: str) -> tuple[Table, ...]:
    """Every table in it, as pandas, Polars or Great Tables write them."""
    reader = _Tables()
    reader.feed(printable(source))
    reader.close()
    return tuple(_table(found, place) for found in reader.found if found.head or found.body)


def markup(source: str, *, place: str) -> Markup:
    """What may stand on a page of it: text and plain formatting, without attributes.

    Raises:
        RenderError: where nothing is left, as with output that is drawn by a script.
    """
    cleaner = _Cleaner()
    cleaner.feed(printable(source))
    cleaner.close()
    if not cleaner.text.strip():
        raise RenderError(
            f"{place}: HTML output without any text, drawn by a script perhaps",
            remedy="show a Vega-Lite chart, or an image with `#| fig-alt`",
        )
    return Markup(html=cleaner.html(), text=re.sub(r"\n{3,}", "\n\n", cleaner.text).strip())


@dataclass(slots=True)
class _Rows:
    caption: str = ""
    head: list[list[str]] = field(default_factory=list)
    body: list[list[str]] = field(default_factory=list)


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[_Rows] = []
        self._in: list[str] = []
        self._cell: list[str] | None = None
        self._span = 1
        self._skip = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            self._skip += 1
        elif tag == "table":
            self.found.append(_Rows())
        elif tag in {"thead", "tbody", "tfoot"}:
            self._in.append(tag)
        elif tag == "tr" and self.found:
            self._rows().append([])
        elif tag in {"td", "th", "caption"} and self.found:
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), 100) if span.isdigit() else 1
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _DROPPED:
            self._skip = max(0, self._skip - 1)
        elif tag in {"thead", "tbody", "tfoot"} and self._in:
            self._in.pop()
        elif self._cell is not None and tag in {"td", "th", "caption"}:
            text = " ".join("".join(self._cell).split())
            rows = self._rows()
            if tag == "caption":
                self.found[-1].caption = text
            elif rows:
                rows[-1].extend([text, *[""] * (self._span - 1)])
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._skip:
            self._cell.append(data)

    def _rows(self) -> list[list[str]]:
        last = self.found[-1]
        return last.head if self._in and self._in[-1] == "thead" else last.body


def _table(found: _Rows, place: str) -> Table:
    head = [row for row in found.head if any(row)] or found.body[:1]
    body = found.body if found.head else found.body[1:]
    if len(head) > 1 and all(_DTYPE.match(text) for text in head[-1]):
        head = head[:-1]  # Polars prints the types under the names
        body = [[_unquoted(text) for text in row] for row in body]
    width = max((len(row) for row in (*head, *body)), default=0)
    if not width:
        raise RenderError(f"{place}: table without cells", remedy="show a table that has rows")
    labels = [
        " ".join(parts).strip() for parts in zip(*(_wide(row, width) for row in head), strict=True)
    ]
    rows = [_wide(row, width) for row in body]
    columns = tuple(
        Column(label=label, align="right" if _numeric([row[i] for row in rows]) else "left")
        for i, label in enumerate(labels)
    )
    return Table(
        columns=columns,
        rows=tuple(tuple(Cell(text=text) for text in row) for row in rows[:FIRST_ROWS]),
        caption=found.caption,
        total=len(rows) if len(rows) > FIRST_ROWS else None,
    )


def _wide(row: list[str], width: int) -> list[str]:
    return [*row, *[""] * (width - len(row))]


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _numeric(texts: list[str]) -> bool:
    given = [text for text in texts if text and text not in {"…", "...", "null", "NaN", "None"}]
    return bool(given) and all(
        re.fullmatch(r"[-+−]?[\d., _]*\d([eE][-+]?\d+)?\s*%?", t) for t in given
    )


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._open: list[str] = []
        self._skip = 0
        self.text = ""

    def html(self) -> str:
        return "".join(self._out) + "".join(f"</{tag}>" for tag in reversed(self._open))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _DROPPED:
            self._skip += 1
            return
        kept = _HEADINGS.get(tag, tag)
        if kept not in _KEPT or self._skip:
            return
        self._out.append(f"<{kept}>")
        if kept not in _VOID:
            self._open.append(kept)
        if kept in _BREAKS:
            self.text += "\n"

    def handle_endtag(self, tag: str) -> None:
        if tag in _DROPPED:
            self._skip = max(0, self._skip - 1)
            return
        kept = _HEADINGS.get(tag, tag)
        if kept not in self._open or self._skip:
            return
        while (last := self._open.pop()) != kept:
            self._out.append(f"</{last}>")
        self._out.append(f"</{kept}>")
        if kept in _BREAKS:
            self.text += "\n"

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self._out.append(html.escape(data))
            self.text += data
