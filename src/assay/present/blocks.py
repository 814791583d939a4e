"""What stands between the figures: section heads, tables, notes, and what is folded away.

Each block is a notebook output in a neutral form, which the page sets in its own type, beside plain
HTML for JupyterLab.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final, Literal

from assay.core.errors import RenderError
from assay.core.finding import Tone

SECTION: Final = "application/vnd.assay.section+json"
TABLE: Final = "application/vnd.assay.table+json"
NOTE: Final = "application/vnd.assay.note+json"
DETAILS: Final = "application/vnd.assay.details+json"

Align = Literal["left", "right"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """The head of a section: a finding, and one sentence about what follows.

    Attributes:
        nav: what the side menu calls it, the same in every report.
        part: under which the side menu folds it, with its neighbours of the same part.
    """

    nav: str
    heading: str
    lead: str = ""
    part: str = ""

    def _repr_mimebundle_(self, **_: object) -> Json:
        body = {"nav": self.nav, "heading": self.heading, "lead": self.lead}
        if self.part:
            body["part"] = self.part
        page = f"<h2>{escape(self.heading)}</h2>" + (
            f"<p>{escape(self.lead)}</p>" if self.lead else ""
        )
        return {
            SECTION: body,
            "text/html": page,
            "text/plain": f"{self.heading}\n{self.lead}".strip(),
        }


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell that carries a verdict: a word, a tone, and a sign beside it.

    Attributes:
        tag: set as a label rather than as text.
    """

    text: str
    tone: Tone = "neutral"
    mark: str = ""
    tag: bool = False

    def as_json(self) -> Json:
        """The cell's neutral form; what is not set is left out."""
        body: Json = {"text": self.text, "tone": self.tone}
        if self.mark:
            body["mark"] = self.mark
        return body | ({"tag": True} if self.tag else {})


Cell = str | Mark


@dataclass(frozen=True, slots=True)
class Table:
    """A table of printed cells.

    Attributes:
        columns: label and alignment, numbers to the right.

    Raises:
        RenderError: where a row has more or fewer cells than there are columns.
    """

    caption: str
    columns: Sequence[tuple[str, Align]]
    rows: Sequence[Sequence[Cell]]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise RenderError(
                    f"a row of table {self.caption!r} has {len(row)} cells, "
                    f"expected {len(self.columns)}"
                )

    def as_json(self) -> Json:
        """The table's neutral form."""
        return {
            "caption": self.caption,
            "columns": [{"label": label, "align": align} for label, align in self.columns],
            "rows": [
                [cell.as_json() if isinstance(cell, Mark) else cell for cell in row]
                for row in self.rows
            ],
        }

    def _repr_mimebundle_(self, **_: object) -> Json:
        lines = ["\t".join(label for label, _ in self.columns)]
        lines += ["\t".join(_text(cell) for cell in row) for row in self.rows]
        return {
            TABLE: self.as_json(),
            "text/html": _table_html(self),
            "text/plain": "\n".join(lines),
        }


@dataclass(frozen=True, slots=True)
class Note:
    """A remark in plain words that a reader must not miss."""

    text: str
    tone: Tone = "neutral"

    def _repr_mimebundle_(self, **_: object) -> Json:
        return {
            NOTE: {"text": self.text, "tone": self.tone},
            "text/html": f"<blockquote>{escape(self.text)}</blockquote>",
            "text/plain": self.text,
        }


@dataclass(frozen=True, slots=True)
class Terms:
    """Names and what they stand for, in order."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Lead:
    """A paragraph that leads to another report: a link where that is published beside this one.

    Attributes:
        to: `<report>/<set>`.
    """

    text: str
    to: str


Block = str | Lead | Terms | Table


@dataclass(frozen=True, slots=True)
class Details:
    """What only some will read: folded on the page, an appendix on paper.

    Attributes:
        blocks: paragraphs, lists of terms, tables.
        listed: whether the side menu names it; what belongs to a section need not be.
    """

    summary: str
    id: str
    blocks: Sequence[Block] = field(default=())
    listed: bool = True

    def _repr_mimebundle_(self, **_: object) -> Json:
        body = {
            "summary": self.summary,
            "id": self.id,
            "blocks": [_block_json(block) for block in self.blocks],
            **({} if self.listed else {"listed": False}),
        }
        inner = "".join(_block_html(block) for block in self.blocks)
        page = f"<details><summary>{escape(self.summary)}</summary>{inner}</details>"
        return {DETAILS: body, "text/html": page, "text/plain": self.summary}


def _text(cell: Cell) -> str:
    return f"{cell.mark} {cell.text}".strip() if isinstance(cell, Mark) else cell


def _table_html(table: Table) -> str:
    def line(tag: str, cells: Sequence[str]) -> str:
        aligned = zip(cells, table.columns, strict=True)
        return "".join(
            f'<{tag} style="text-align:{align}">{escape(cell)}</{tag}>'
            for cell, (_, align) in aligned
        )

    head = line("th", [label for label, _ in table.columns])
    rows = "".join(f"<tr>{line('td', [_text(cell) for cell in row])}</tr>" for row in table.rows)
    return (
        f"<table><caption>{escape(table.caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _block_json(block: Block) -> Json:
    if isinstance(block, str):
        return {"p": block}
    if isinstance(block, Lead):
        return {"p": block.text, "beside": block.to}
    if isinstance(block, Terms):
        return {"dl": [list(pair) for pair in block.pairs]}
    return {"table": block.as_json()}


def _block_html(block: Block) -> str:
    if isinstance(block, str):
        return f"<p>{escape(block)}</p>"
    if isinstance(block, Lead):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, Terms):
        pairs = (f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in block.pairs)
        return f"<dl>{''.join(pairs)}</dl>"
    return _table_html(block)
