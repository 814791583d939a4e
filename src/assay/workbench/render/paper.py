"""The body of a page in Typst: each block is a call of a function of `assets/report.typ`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.workbench.render.escape import call, heading, printable, raw
from assay.workbench.render.head import DECISION
from assay.workbench.render.publication import file_name
from assay.workbench.render.tables import TALL, left_out
from assay.workbench.render.words import Say

if TYPE_CHECKING:
    from assay.workbench.render.blocks import (
        Details,
        Figure,
        Listing,
        Live,
        Markup,
        Note,
        Section,
        Table,
    )
    from assay.workbench.render.head import HeadTile

ON_SCREEN: Final = "This part is drawn by a script; it stands in the page only."
LINE: Final = 116
"""Characters of a table's line, of which many are digits and narrow."""
WIDEST: Final = 130
"""Characters of columns at their narrowest that a line of paper holds."""
MARGIN: Final = 3
"""Characters that fit into the margins of a cell."""
SHORT: Final = 9
LONG: Final = 30
"""Characters for which the share of a column of words is reckoned, at least and at most."""


class TypstWriter:
    """Blocks for paper; text stands in string literals only."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.inserts: dict[str, str] = {}
        self.say: Say = Say()

    def decision(self, decision: dict[str, Any]) -> str:
        """The card that says what to do."""
        facts = [(fact["label"], fact["value"]) for fact in decision.get("facts", ())]
        return _raw(
            "decision",
            title=decision["title"],
            body=decision.get("text", ""),
            note=decision.get("note", ""),
            tone=decision.get("tone", "neutral"),
            facts=facts,
            name=DECISION,
        )

    def tiles(self, found: tuple[HeadTile, ...]) -> str:
        """At most four headline numbers."""
        shown = [
            {
                "name": tile.name,
                "value": tile.value,
                "interval": tile.interval,
                "detail": tile.detail,
                "tone": tile.tone,
                "spark": tile.spark,
            }
            for tile in found
        ]
        return _raw("tiles", items=shown)

    def section(self, section: Section) -> str:
        """Heading with its id, and the lead."""
        lead = _raw("lead", body=section.lead) if section.lead else ""
        return f"## {heading(section.heading, 'typst')} {{#{section.id}}}\n\n{lead}"

    def table(self, table: Table, name: str) -> str:
        """Numbered where it has a caption."""
        return _raw("data-table", **self._table(table, name))

    def note(self, note: Note) -> str:
        """A box."""
        return _raw("note-text", body=note.text, tone=note.tone)

    def details(self, details: Details) -> str:
        """An appendix."""
        blocks = []
        for block in details.blocks:
            value = block.model_dump()
            if "table" in value:
                value = {"table": self._table(block.table, "")}  # type: ignore[union-attr]
            blocks.append(value)
        return _raw("appendix", summary=details.summary, name=details.id, blocks=blocks)

    def figure(self, figure: Figure, name: str) -> str:
        """Numbered, with its words."""
        target = file_name(figure.data, figure.media)
        self.files[target] = figure.data
        return _raw(
            "picture",
            file=target,
            alt=figure.alt,
            wide=figure.width or 0,
            caption=figure.caption,
            number=name,
            name=figure.label or name.lower().replace(" ", "-"),
        )

    def listing(self, listing: Listing) -> str:
        """Printed text, or code."""
        return _raw("listing", body=listing.text, language=listing.language)

    def markup(self, markup: Markup) -> str:
        """What was HTML."""
        return _raw("paragraphs", items=[p for p in printable(markup.text).split("\n\n") if p])

    def live(self, live: Live) -> str:  # noqa: ARG002
        """Paper runs no script."""
        return _raw("note-text", body=ON_SCREEN, tone="neutral")

    def image(self, alt: str, data: bytes, media: str) -> str:  # noqa: ARG002
        """Where the author's image lies."""
        name = file_name(data, media)
        self.files[name] = data
        return name

    def _table(self, table: Table, name: str) -> dict[str, Any]:
        kept = _fitting(table)
        left = [left_out(table, self.say), *self._columns_left(len(table.columns) - kept)]
        if kept < len(table.columns):
            rows = tuple(row[:kept] for row in table.rows)
            table = table.model_copy(update={"columns": table.columns[:kept], "rows": rows})
        rows = table.rows[:TALL]
        return {
            "number": name,
            "caption": table.caption,
            "name": table.label or name.lower().replace(" ", "-"),
            "columns": _columns(table),
            "rows": [[cell.model_dump() for cell in row] for row in rows],
            "left": ". ".join(filter(None, left)),
        }

    def _columns_left(self, number: int) -> list[str]:
        words = "… {} more columns in the page"
        return [self.say(words).format(self.say.count(number))] if number else []


def _fitting(table: Table) -> int:
    """How many columns the paper holds, from the left; more would be printed over each other."""
    width = 0
    for i, column in enumerate(table.columns):
        cell = max((len(row[i].text) for row in table.rows), default=0)
        least = min(cell, LONG) if column.align == "right" else min(cell, SHORT)
        width += max(least, min(len(column.label), SHORT), 2) + MARGIN
        if width > WIDEST and i:
            return i
    return len(table.columns)


def _columns(table: Table) -> list[dict[str, Any]]:
    """How wide each column is.

    `part` is its share of the free width; 0 for one as wide as what it holds. The longest column
    of words takes what the others leave. Where that would be too little, all longer columns of
    words share it, and numbers keep their line as long as there is room. `head` is the width in
    characters of a label that must break, since it is far longer than the numbers below; 0 where
    it need not.
    """
    cells = [
        max((len(row[i].text) + 2 * bool(row[i].mark) for row in table.rows), default=0)
        for i, _ in enumerate(table.columns)
    ]
    labels = [len(column.label) for column in table.columns]
    words = [column.align == "left" for column in table.columns]
    heads = [
        0 if is_words or label <= cell + SHORT else max(cell, SHORT)
        for cell, label, is_words in zip(cells, labels, words, strict=True)
    ]
    held = [
        (head or max(cell, label)) + MARGIN
        for cell, label, head in zip(cells, labels, heads, strict=True)
    ]
    return [
        {"label": column.label, "align": column.align, "part": part, "head": head}
        for column, part, head in zip(table.columns, _parts(cells, held, words), heads, strict=True)
    ]


def _parts(cells: list[int], held: list[int], words: list[bool]) -> list[int]:
    lengths = [length * is_words for length, is_words in zip(held, words, strict=True)]
    *others, most = sorted(lengths)
    short = any(words) and max(others, default=0) <= LONG + MARGIN
    if short and sum(held) - most + min(most, LONG) <= LINE:
        return [int(i == lengths.index(most)) for i, _ in enumerate(held)]
    shared = [
        min(cell, LONG) + MARGIN if is_words and cell > SHORT else 0
        for cell, is_words in zip(cells, words, strict=True)
    ]
    kept = sum(length for length, part in zip(held, shared, strict=True) if not part)
    if any(shared) and kept + 2 * SHORT * sum(map(bool, shared)) <= LINE:
        return shared
    return [min(max(cell, SHORT), LONG) + MARGIN for cell in cells]


def _raw(function: str, **arguments: object) -> str:
    return raw(call(function, **arguments), "typst")
