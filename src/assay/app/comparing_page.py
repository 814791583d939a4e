"""The page on which two versions stand side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.app.comparing import by, headline, verdict
from assay.app.tracing import notebook_of
from assay.present import changes
from assay.workbench.files import write_atomically
from assay.workbench.references import full_name
from assay.workbench.render.beside import Part, comparison_page, figure_pairs, table_changes
from assay.workbench.render.blocks import Cell, Column, Section, Table
from assay.workbench.render.head import Head, Tag, day

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from nbformat import NotebookNode

    from assay.analysis.comparing import FindingChange, Moved
    from assay.app.comparing import VersionDiff
    from assay.core.finding import Tone
    from assay.workbench.versions import Version

_TONES: dict[str, Tone] = {"beyond": "attention", "not comparable": "attention"}


def write_page(found: VersionDiff, file: Path) -> None:
    """Writes the page; what stood there is replaced when it is complete.

    Raises:
        ProjectError: where the folder cannot be written, or a version's notebook cannot be read.
        RenderError: where a notebook shows what cannot be published.
    """
    write_atomically(file, page_of(found))


def page_of(found: VersionDiff) -> str:
    """Decision first, then findings, figures, tables, numbers, and what both were made from."""
    before, after = notebook_of(found.before), notebook_of(found.after)
    parts = [
        *_decision(found),
        *_findings(found),
        *_figures(before, after),
        *_tables(before, after),
        *_numbers(found),
        _origins(found),
    ]
    return comparison_page(
        _head(found),
        parts,
        name=f"{full_name(found.before)} → {full_name(found.after)}",
        as_of=str(found.after.manifest.get("as_of")),
    )


def _head(found: VersionDiff) -> Head:
    comparison = found.comparison
    report, set_name = found.after.manifest["report"], found.after.manifest["set"]
    flipped = next((flip for flip in comparison.flips if flip.what == "state"), None)
    if flipped is not None:
        tag = Tag(text=f"{flipped.before} → {flipped.after}", tone="attention")
        title = f"The verdict went from {flipped.before} to {flipped.after}"
    elif comparison.beyond:
        tag = Tag(text="changed", tone="attention")
        title = _counted(comparison.beyond, comparison.judged)
    elif comparison.differs:
        tag = Tag(text="no clear change", tone="neutral")
        title = "Nothing moved by more than the errors explain"
    else:
        tag = Tag(text="same", tone="good")
        title = "Both versions say the same"
    return Head(
        eyebrow=("Comparison", report, *(() if set_name == "default" else (set_name,))),
        tags=(tag,),
        title=title,
        subtitle=str((found.after.result.get("brief") or {}).get("title", "")),
        meta=(("Before", _named(found.before)), ("After", _named(found.after))),
    )


def _counted(beyond: int, judged: int) -> str:
    effects = "effect" if judged == 1 else "effects"
    return f"{beyond} of {judged} {effects} moved by more than the errors explain"


def _named(version: Version) -> str:
    as_of = day(str(version.manifest.get("as_of")))
    return f"{as_of}, {full_name(version).rpartition('-')[2]}"


def _decision(found: VersionDiff) -> Iterator[Part]:
    flips = [("the report", flip) for flip in found.comparison.flips]
    flips += [(each.key, flip) for each in found.comparison.findings for flip in each.flips]
    if flips:
        rows = [(about, flip.what, flip.before, flip.after) for about, flip in flips]
        yield Part(
            section=Section(heading="What is decided or claimed otherwise", nav="Decision"),
            tables=(_table(("About", "What", "Before", "After"), rows),),
        )


def _findings(found: VersionDiff) -> Iterator[Part]:
    shown = [each for each in found.comparison.findings if each.kind != "same"]
    lead = " ".join((*found.comparison.remarks, found.rule))
    yield Part(
        section=Section(
            heading=headline(found.comparison).partition(": ")[2].capitalize(),
            nav="Findings",
            lead=lead,
        ),
        tables=(_finding_table(shown),) if shown else (),
    )


def _finding_table(findings: Sequence[FindingChange]) -> Table:
    rows: list[tuple[str | Cell, ...]] = []
    for each in findings:
        if each.kind != "changed":
            told = each.title_after or each.title_before
            was, now = (told if each.kind == kind else "–" for kind in ("vanished", "appeared"))
            rows.append((each.key, "", was, now, "–", Cell(text=each.kind, tone="attention")))
            continue
        rows.extend((each.key, name, *_moved(moved, name)) for name, moved in each.parts)
    return _table(("Finding", "", "Before", "After", "Changed by", "Reading"), rows)


def _moved(moved: Moved, kind: changes.Kind) -> tuple[str, str, str, Cell]:
    return (
        changes.estimate(moved.before, moved.unit_before, kind),
        changes.estimate(moved.after, moved.unit, kind),
        by(moved).removeprefix(", by ") or "–",
        Cell(text=verdict(moved, changes.JUDGED_SHORT), tone=_TONES.get(moved.judged, "neutral")),
    )


def _figures(before: NotebookNode, after: NotebookNode) -> Iterator[Part]:
    if pairs := figure_pairs(before, after):
        lead = "Both versions’ charts, on the same scale where the charts name one."
        yield Part(
            section=Section(heading="Figures side by side", nav="Figures", lead=lead), pairs=pairs
        )


def _tables(before: NotebookNode, after: NotebookNode) -> Iterator[Part]:
    if tables := table_changes(before, after):
        yield Part(
            section=Section(
                heading="Tables that changed",
                nav="Tables",
                lead="Cells that are printed otherwise; rows are matched by their first cell.",
            ),
            tables=tables,
        )


def _numbers(found: VersionDiff) -> Iterator[Part]:
    moved = [each for each in found.comparison.numbers if each.differs]
    if not moved:
        return
    beyond = sum(each.judged == "beyond" for each in moved)
    rows = [(each.name, *_moved(each, "level")) for each in moved]
    yield Part(
        section=Section(
            heading=f"{len(moved)} of {len(found.comparison.numbers)} other numbers differ, "
            f"{beyond} by more than the errors explain",
            nav="Other numbers",
        ),
        folded=(
            (
                "All numbers that differ",
                _table(("Number", "Before", "After", "Changed by", "Reading"), rows),
            ),
        ),
    )


def _origins(found: VersionDiff) -> Part:
    rows = [
        (origin.part, origin.name or "–", origin.before, origin.after, origin.note or "–")
        for origin in found.origins
    ]
    heading = "What differs in what they were made from" if rows else "Made from the same"
    lead = "" if rows else "Inputs, parameters, code, packages and Python are the same."
    return Part(
        section=Section(heading=heading, nav="Made from", lead=lead),
        tables=(_table(("Part", "Name", "Before", "After", "How far"), rows),) if rows else (),
    )


def _table(labels: Sequence[str], rows: Sequence[Sequence[str | Cell]]) -> Table:
    return Table(
        columns=tuple(Column(label=label) for label in labels),
        rows=tuple(
            tuple(cell if isinstance(cell, Cell) else Cell(text=cell) for cell in row)
            for row in rows
        ),
    )
