"""Two versions' figures and tables, matched and set side by side on a page of their own."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from nbformat.v4 import new_notebook

from assay.core.errors import RenderError
from assay.workbench.render import svg
from assay.workbench.render.blocks import Cell, Column, Figure, Section, Table
from assay.workbench.render.charts import draw
from assay.workbench.render.collect import collect
from assay.workbench.render.html import asset, environment
from assay.workbench.render.outline import Entry
from assay.workbench.render.publication import Publication
from assay.workbench.render.shell import html_page
from assay.workbench.render.words import Say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbformat import NotebookNode

    from assay.workbench.render.head import Head

NARROW: Final = 400
"""Width of each of two charts; they are drawn anew, so that their words keep their size."""
Shown = TypeVar("Shown", Figure, Table)
OWN_SCALES: Final = "Each chart has its own scale."


@dataclass(frozen=True, slots=True, kw_only=True)
class FigurePair:
    """One figure in both versions, None where it is in one only; `note` tells of the scales."""

    before: Figure | None
    after: Figure | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of the page: its head, then tables, figures, and what is folded away."""

    section: Section
    tables: tuple[Table, ...] = ()
    pairs: tuple[FigurePair, ...] = ()
    folded: tuple[tuple[str, Table], ...] = ()


def figure_pairs(before: NotebookNode, after: NotebookNode) -> tuple[FigurePair, ...]:
    """Figures of both notebooks by label, or by cell and place in it; drawn on common scales.

    Raises:
        RenderError: where a notebook shows what cannot be published.
    """
    old, new = (_shown(notebook, Figure) for notebook in (before, after))
    keys = [*new, *(key for key in old if key not in new)]
    return tuple(_pair(old.get(key), new.get(key), number) for number, key in enumerate(keys, 1))


def table_changes(before: NotebookNode, after: NotebookNode) -> tuple[Table, ...]:
    """One table for each whose printed cells differ: row, column, before, after."""
    old, new = (_shown(notebook, Table) for notebook in (before, after))
    found = []
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = old.get(key), new.get(key)
        rows = list(_changed_cells(was, now))
        if rows:
            caption = (now or was or Table(columns=(), rows=())).caption
            found.append(_table(caption, ("Row", "Column", "Before", "After"), rows))
    return tuple(found)


def comparison_page(head: Head, parts: Sequence[Part], *, name: str, as_of: str) -> str:
    """The self-contained page: no request, no chart that needs a script."""
    blocks: Any = environment().get_template("blocks.html.j2").module
    named = {f"part-{number}": part for number, part in enumerate(parts, 1)}
    template = environment().get_template("comparison_body.html.j2")
    body = template.render(parts=named, blocks=blocks, say=Say())
    figures = [f for part in parts for pair in part.pairs for f in (pair.before, pair.after) if f]
    publication = Publication(
        language="html",
        notebook=new_notebook(),  # type: ignore[no-untyped-call]
        head=head,
        nav=tuple(Entry(label=part.section.nav, id=id_) for id_, part in named.items()),
        report=name,
        set_name="",
        version="",
        as_of=as_of,
        lang="en",
        charts=False,
        dark={light: dark for figure in figures for light, dark in figure.dark.items()},
    )
    return html_page(
        publication, body, template="comparison.html.j2", more_style=asset("comparison.css")
    )


def _shown(notebook: NotebookNode, kind: type[Shown]) -> dict[str, Shown]:
    """What code cells show, by label or by the cell's id and the place among its like."""
    found: dict[str, Shown] = {}
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code":
            continue
        shown = [each.block for each in collect([cell]) if isinstance(each.block, kind)]
        for place, block in enumerate(shown, 1):
            own = f"{cell.get('id') or number} {place}"
            found[block.label or own] = block
    return found


def _pair(before: Figure | None, after: Figure | None, number: int) -> FigurePair:
    specs = [None if f is None else copy.deepcopy(f.spec) for f in (before, after)]
    note = ""
    if specs[0] is not None and specs[1] is not None:
        note = _on_common_scales(specs[0], specs[1])
    elif before is not None and after is not None:
        note = OWN_SCALES
    drawn = [
        None if figure is None else _narrow(figure, spec, f"{when}-{number}")
        for figure, spec, when in zip((before, after), specs, ("before", "after"), strict=True)
    ]
    return FigurePair(before=drawn[0], after=drawn[1], note=note)


def _narrow(figure: Figure, spec: dict[str, Any] | None, prefix: str) -> Figure:
    """Drawn for half the page; where that fails, the drawing that the version has."""
    data = figure.data
    if spec is not None:
        if "width" in spec:
            spec["width"] = NARROW
        try:
            data = draw(spec, prefix).encode()
        except RenderError:
            data = figure.data
    if figure.media == "image/svg+xml":
        data = svg.clean(data, prefix=prefix, place=prefix).encode()
    return replace(figure, data=data)


def _on_common_scales(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Widens scales that both charts fix, in place; what to tell of the scales otherwise."""
    one, other = (dict(_scales(spec, "")) for spec in (before, after))
    if not one or one.keys() != other.keys():
        return OWN_SCALES
    for place, scale in one.items():
        ends = (*scale["domain"], *other[place]["domain"])
        scale["domain"] = other[place]["domain"] = [min(ends), max(ends)]
    return ""


def _scales(value: object, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    match value:
        case dict() if at.endswith("/scale") and _is_span(value.get("domain")):
            yield at, value
        case dict():
            for key, item in value.items():
                if key not in {"data", "datasets"}:
                    yield from _scales(item, f"{at}/{key}")
        case list():
            for place, item in enumerate(value):
                yield from _scales(item, f"{at}/{place}")


def _is_span(domain: object) -> bool:
    match domain:
        case [int() | float(), int() | float()]:
            return True
        case _:
            return False


def _changed_cells(
    before: Table | None, after: Table | None
) -> Iterator[tuple[str, str, str, str]]:
    if before is None or after is None:
        yield ("all", "", "–" if before is None else "there", "–" if after is None else "there")
        return
    columns = [column.label for column in after.columns]
    if columns != [column.label for column in before.columns]:
        yield "head", "", ", ".join(c.label for c in before.columns), ", ".join(columns)
        return
    old, new = _rows(before), _rows(after)
    for name in [*new, *(name for name in old if name not in new)]:
        was, now = old.get(name), new.get(name)
        if was is None or now is None:
            yield name, "", "–" if was is None else "there", "–" if now is None else "there"
            continue
        for label, one, other in zip(columns, was, now, strict=True):
            if one.text != other.text:
                yield name, label, one.text or "–", other.text or "–"


def _rows(table: Table) -> dict[str, tuple[Cell, ...]]:
    """Rows by their first cell, or by as many as tell them apart."""
    for width in range(1, len(table.columns) + 1):
        names = [" · ".join(cell.text for cell in row[:width]) for row in table.rows]
        if len(set(names)) == len(names):
            return dict(zip(names, table.rows, strict=True))
    return {str(number): row for number, row in enumerate(table.rows, 1)}


def _table(caption: str, labels: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    return Table(
        columns=tuple(Column(label=label) for label in labels),
        rows=tuple(tuple(Cell(text=text) for text in row) for row in rows),
        caption=caption,
    )
