"""The body of a page in Typst: each block is a call of a function of `assets/report.typ`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.workbench.render.escape import call, heading, printable, raw
from assay.workbench.render.head import DECISION
from assay.workbench.render.publication import file_name

if TYPE_CHECKING:
    from assay.workbench.render.blocks import Details, Figure, Listing, Markup, Note, Section, Table
    from assay.workbench.render.head import HeadTile

FIRST_ROWS: Final = 40
LINE: Final = 100
"""Characters of a table's line."""
MARGIN: Final = 3
"""Characters that fit into the margins of a cell."""
LEAST: Final = 24
"""Characters that a column of words can always be given."""


class TypstWriter:
    """Blocks for paper; text stands in string literals only."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

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
        return _raw("data-table", **_table(table, name))

    def note(self, note: Note) -> str:
        """A box."""
        return _raw("note-text", body=note.text, tone=note.tone)

    def details(self, details: Details) -> str:
        """An appendix."""
        blocks = []
        for block in details.blocks:
            value = block.model_dump()
            if "table" in value:
                value = {"table": _table(block.table, "")}  # type: ignore[union-attr]
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

    def image(self, alt: str, data: bytes, media: str) -> str:  # noqa: ARG002
        """Where the author's image lies."""
        name = file_name(data, media)
        self.files[name] = data
        return name


def _table(table: Table, name: str) -> dict[str, Any]:
    rows = table.rows[:FIRST_ROWS]
    total = table.total or len(table.rows)
    return {
        "number": name,
        "caption": table.caption,
        "name": table.label or name.lower().replace(" ", "-"),
        "columns": [
            {"label": column.label, "align": column.align, "part": part}
            for column, part in zip(table.columns, _parts(table), strict=True)
        ],
        "rows": [[cell.model_dump() for cell in row] for row in rows],
        "left": f"{len(rows)} of {total} rows" if total > len(rows) else "",
    }


def _parts(table: Table) -> list[int]:
    """The part of the free width that each column takes; 0 for one as wide as what it holds.

    The longest column of words takes what the others leave. Where that would be too little, all
    share the page by the length of what they hold.
    """
    held = [
        max(
            *(len(part) for part in column.label.split() or [""]),
            *(len(row[i].text) + 2 * bool(row[i].mark) for row in table.rows),
            MARGIN,
        )
        for i, column in enumerate(table.columns)
    ]
    words = [n if c.align == "left" else 0 for n, c in zip(held, table.columns, strict=True)]
    chosen = words.index(max(words))
    others = sum(held) - held[chosen] + MARGIN * len(held)
    if others + min(held[chosen], LEAST) <= LINE:
        return [int(i == chosen) for i in range(len(held))]
    return [min(max(length, MARGIN), LEAST) + MARGIN for length in held]


def _raw(function: str, **arguments: object) -> str:
    return raw(call(function, **arguments), "typst")
