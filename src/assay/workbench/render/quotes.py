"""What a report prints, text by text, and the numbers in it that come from nowhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from assay.workbench.render.blocks import (
    Details,
    Figure,
    Note,
    Pairs,
    Paragraph,
    Prose,
    Section,
    Table,
    Tabled,
)
from assay.workbench.render.collect import collect
from assay.workbench.trace.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

    from assay.workbench.render.blocks import Block

Json = dict[str, Any]

MOST_ROWS: Final = 200
"""Of one table; what lies behind them is data, not what a reader reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A piece of print: where it stands, and what stands in its row and above it."""

    place: str
    text: str
    row: str = ""
    near: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfounded:
    """A printed number that is not in the result, with the words around it."""

    place: str
    number: str
    excerpt: str


def unfounded(notebook: NotebookNode, result: Json, manifest: Json) -> tuple[Unfounded, ...]:
    """Numbers of head, prose, tables and figures' words that are not in the result.

    Code, printed output, live charts and what was HTML are not read. What may be quoted beside the
    numbers of the result is told by `constants_of`.

    Raises:
        RenderError: where the notebook shows what cannot be published.
    """
    sources = Sources(result, manifest)
    return tuple(
        Unfounded(
            place=each.place,
            number=quoted.printed.text,
            excerpt=_around(each.text, quoted.printed.start, quoted.printed.end),
        )
        for each in texts_of(notebook, result)
        for quoted in sources.quoted(each.text, row=each.row, near=each.near)
        if not quoted.known
    )


def texts_of(notebook: NotebookNode, result: Json) -> Iterator[Text]:
    """Everything that a reader reads, in order: the head, then each cell."""
    yield from _head(result.get("brief") or {})
    near = section = ""
    for placed in collect(notebook.cells):
        if isinstance(placed.block, Section):
            near, section = placed.block.heading, placed.block.nav or placed.block.heading
        elif isinstance(placed.block, Details):
            section = placed.block.summary
        for text in _block(placed.block, placed.place, near):
            yield replace(text, section=section)


def _head(brief: Json) -> Iterator[Text]:
    for name in ("title", "subtitle", "look"):
        yield Text(place="head", text=brief.get(name) or "")
    decision = brief.get("decision") or {}
    for name in ("title", "text", "note"):
        yield Text(place="decision", text=decision.get(name) or "")
    for fact in decision.get("facts") or ():
        yield Text(place="decision", text=fact["value"], row=fact["label"])
    for tile in brief.get("tiles") or ():
        parts = [str(tile.get(name) or "") for name in ("value", "interval", "detail")]
        row = " ".join((tile["name"], *parts))
        yield from (Text(place="tile", text=part, row=row) for part in parts)


def _block(block: Block, place: str, near: str) -> Iterator[Text]:
    match block:
        case Section():
            yield Text(place=place, text=block.heading)
            yield Text(place=place, text=block.lead, near=near)
        case Prose() | Note():
            yield Text(place=place, text=block.text, near=near)
        case Table():
            yield Text(place=place, text=block.caption, near=near)
            yield from _rows(block, place, near)
        case Figure():
            yield Text(place=place, text=block.caption, near=near)
            yield Text(place=place, text=block.alt, near=near)
        case Details():
            for inner in block.blocks:
                match inner:
                    case Paragraph():
                        yield Text(place=place, text=inner.p)
                    case Pairs():
                        yield from (Text(place=place, text=v, row=k) for k, v in inner.dl)
                    case Tabled():
                        yield from _block(inner.table, place, near)
                    case _:
                        continue
        case _:
            return


def _rows(table: Table, place: str, near: str) -> Iterator[Text]:
    labels = [column.label for column in table.columns]
    for row in table.rows[:MOST_ROWS]:
        said = " ".join(cell.text for cell in row)
        for label, cell in zip(labels, row, strict=True):
            yield Text(
                place=place, text=cell.text, row=f"{label} {said}", near=f"{table.caption} {near}"
            )


def _around(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - 40) : start], text[end : end + 30]
    return " ".join(f"{before}{text[start:end]}{after}".split())
