"""From single figures to the published table."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

from assay.analysis.experiments.calibration import fixed, peeking
from assay.analysis.experiments.calibration.result import (
    CalibrationResult,
    FixedCell,
    FormulaSummary,
    LooksCell,
    Part,
    PeerCell,
)
from assay.analysis.experiments.calibration.rows import Row, allowance, beyond
from assay.core.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Cell = tuple[str, str, int, int, str]
OURS: Final = "ours"
SKIPPED: Final = "skipped: "
"""Begins the note of a row that could not be measured here."""
COMPARED: Final = (0.0, 0.5)
"""True lifts at which formulas are held beside each other."""


def tabulate(
    rows: Sequence[Row], *, scale: str, seed: int, made: str, version: str
) -> CalibrationResult:
    """What of all these figures a reader has to know.

    Args:
        rows: of all jobs, in their order.
        scale: how much was simulated.
        seed: of the whole.
        made: day, ISO.
        version: of Assay.
    """
    ours = [row for row in rows if row.by == OURS]
    judged = [row for row in ours if row.holds is not None]
    held = sum(bool(row.holds) for row in judged)
    cells = _by_cell(judged)
    parts = tuple(_part(name, judged) for name in dict.fromkeys(row.part for row in judged))
    faults = sorted((row for row in judged if not row.holds), key=beyond, reverse=True)
    apart = {fixed.PART, peeking.PART}
    return CalibrationResult(
        scale=scale,
        made=made,
        version=version,
        seed=seed,
        alpha=fixed.ALPHA,
        streams=max((row.streams for row in rows), default=0),
        cells=len(cells),
        cells_holding=sum(all(row.holds for row in mine) for mine in cells.values()),
        figures=len(judged),
        figures_holding=held,
        parts=parts,
        faults=tuple(faults),
        fixed=tuple(_fixed_cells(ours)),
        looks=tuple(_looks_cells(rows)),
        peers=tuple(_peer_cells(rows)),
        formulas=tuple(_formulas(rows)),
        others=tuple(
            row
            for row in ours
            if row.part not in apart and (row.holds is not None or row.note.startswith(SKIPPED))
        ),
        findings=tuple(_finding(part) for part in parts),
    )


def row_of(body: Mapping[str, object]) -> Row:
    """A row from its JSON form."""
    known = {field.name for field in fields(Row)}
    return Row(**{name: value for name, value in body.items() if name in known})  # type: ignore[arg-type]


def _cell(row: Row) -> Cell:
    return row.part, row.outcome, row.n, row.n_control, row.setting


def _by_cell(rows: Iterable[Row]) -> dict[Cell, list[Row]]:
    found: dict[Cell, list[Row]] = {}
    for row in rows:
        found.setdefault(_cell(row), []).append(row)
    return found


def _part(name: str, judged: Sequence[Row]) -> Part:
    mine = [row for row in judged if row.part == name]
    cells = _by_cell(mine)
    return Part(
        part=name,
        cells=len(cells),
        cells_holding=sum(all(row.holds for row in rows) for rows in cells.values()),
        figures=len(mine),
        figures_holding=sum(bool(row.holds) for row in mine),
        streams=max(row.streams for row in mine),
    )


def _values(rows: Iterable[Row], measure: str) -> list[float]:
    return [row.value for row in rows if row.measure == measure]


def _fixed_cells(ours: Sequence[Row]) -> Iterator[FixedCell]:
    for (part, outcome, n, n_control, _), rows in _by_cell(ours).items():
        if part != fixed.PART:
            continue
        covered = _values(rows, "coverage of the lift")
        positive = _values(rows, "false positives")
        sided = _values(rows, "misses to one side over the other")
        refused = [row for row in rows if row.measure == "refused"]
        yield FixedCell(
            outcome=outcome,
            n=n,
            n_control=n_control,
            variation=_values(rows, fixed.SPREAD)[0],
            streams=max(row.streams for row in rows),
            method=next((row.note for row in refused if row.lift == 0), refused[0].note),
            false_positives=positive[0] if positive else None,
            coverage_low=min(covered, default=None),
            coverage_high=max(covered, default=None),
            lopsided=max(sided, default=None),
            refused=max(row.value for row in refused),
            owed=any(row.holds is not None for row in refused if row.lift == 0),
            differing=max(_values(rows, "verdicts that differ"), default=0.0),
            holds=all(row.holds is not False for row in rows),
        )


def _looks_cells(rows: Sequence[Row]) -> Iterator[LooksCell]:
    for (part, outcome, n, _, setting), mine in _by_cell(rows).items():
        if part != peeking.PART:
            continue
        ours = [row for row in mine if row.by == OURS]
        others = {
            by: [row.value for row in mine if row.by == by] for by in (peeking.EACH, peeking.LINEAR)
        }
        yield LooksCell(
            outcome=outcome,
            setting=setting,
            n=n,
            streams=ours[0].streams,
            difference=max(_values(ours, peeking.DIFFERENCE)),
            lift=max(_values(ours, peeking.LIFT)),
            unanswered=max(_values(ours, peeking.UNANSWERED)),
            each=max(others[peeking.EACH]),
            linear=max(others[peeking.LINEAR]),
            limit=next(row.high for row in ours if row.high is not None),
            holds=all(row.holds is not False for row in ours),
            win=max(_values(ours, peeking.WIN), default=None),
        )


def _peer_cells(rows: Sequence[Row]) -> Iterator[PeerCell]:
    wanted = [row for row in rows if row.part == fixed.PART and row.lift in COMPARED]
    found: dict[tuple[Cell, float], dict[tuple[str, str], Row]] = {}
    for row in wanted:
        found.setdefault((_cell(row), row.lift or 0.0), {})[row.by, row.measure] = row
    for ((_, outcome, n, n_control, _), lift), mine in found.items():
        if ("linear delta", "coverage of the lift") not in mine:
            continue

        yield PeerCell(
            outcome=outcome,
            n=n,
            n_control=n_control,
            lift=lift,
            streams=mine["linear delta", "coverage of the lift"].streams,
            ours=_value(mine, OURS, "coverage of the lift"),
            linear=_value(mine, "linear delta", "coverage of the lift"),
            log=_value(mine, "log delta", "coverage of the lift"),
            naive=_value(mine, "naive", "coverage of the lift"),
            differing=_value(mine, "linear delta", "verdicts that differ"),
        )


def _formulas(rows: Sequence[Row]) -> Iterator[FormulaSummary]:
    """Over the same cells for everybody: those in which an answer must be given."""
    at_end = [row for row in rows if row.part == fixed.PART]
    owed = {
        (_cell(row), row.lift)
        for row in at_end
        if row.measure == "refused" and row.holds is not None
    }
    mine = [row for row in at_end if (_cell(row), row.lift) in owed]
    for by in dict.fromkeys(row.by for row in mine):
        covered = [row for row in mine if row.by == by and row.measure == "coverage of the lift"]
        if covered:
            least = [1 - fixed.ALPHA - allowance(fixed.ALPHA, row.streams) for row in covered]
            yield FormulaSummary(
                by=by,
                cells=len(covered),
                covering=sum(r.value >= low for r, low in zip(covered, least, strict=True)),
                lowest=min(row.value for row in covered),
                differing=max(
                    row.value
                    for row in mine
                    if row.by == by and row.measure == "verdicts that differ"
                ),
                coverages=tuple(sorted(round(row.value, 4) for row in covered)),
            )


def _value(mine: Mapping[tuple[str, str], Row], by: str, measure: str) -> float | None:
    row = mine.get((by, measure))
    return None if row is None else row.value


def _finding(part: Part) -> Finding:
    good = part.cells_holding == part.cells
    return Finding(
        key=f"calibration/{part.part}",
        what=part.part,
        state="holds" if good else "fails",
        tone="good" if good else "bad",
        needs_decision=False,
        evidence="rule",
        unit="share",
        size=None,
        lift=None,
        n=part.streams,
        confidence=1 - fixed.ALPHA,
        action="none" if good else "see the cells that fail",
        reason=f"{part.cells_holding} of {part.cells} cells hold",
    )
