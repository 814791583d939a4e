"""The published table, as frozen records: what holds, what does not, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from assay.analysis.experiments.calibration.rows import Row
from assay.core.finding import Finding
from assay.core.units import NONE, SHARE, Count, Number, Probability, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the simulated designs.

    Attributes:
        cells: kinds of data, sizes and settings; a cell holds where all its figures do.
        figures: judged numbers of all cells, at all lifts.
        streams: simulated experiments behind a figure, of the cell that has the most.
    """

    part: str
    cells: Count
    cells_holding: Count
    figures: Count
    figures_holding: Count
    streams: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedCell:
    """One look at a fixed end: one kind of outcome, size and split, over all lifts.

    Attributes:
        variation: standard deviation of a unit's value over its mean, without an effect.
        method: what answered, with its share of the streams.
        false_positives: None where no stream got an answer.
        coverage_low, coverage_high: of the lift, least and most over the true lifts.
        lopsided: misses to one side over the other, most over the lifts; None where not judged.
        refused: streams without an answer, most over the lifts.
        owed: whether an answer must be given.
        differing: streams whose verdict depends on whether difference or lift is looked at.
    """

    outcome: str
    n: Count
    n_control: Count
    variation: Number
    streams: Count
    method: str
    false_positives: Share | None
    coverage_low: Share | None
    coverage_high: Share | None
    lopsided: Annotated[float | None, NONE]
    refused: Share
    owed: bool
    differing: Share
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksCell:
    """Many looks: how often any of them misses the truth, most over the true lifts.

    Attributes:
        each: of intervals that hold for one look only.
        linear: of the linear delta interval with the same multipliers.
        win: how often the chance to win, by a flat prior, ever exceeds 95 % on either side though
            there is no effect; None where that was not simulated.
    """

    outcome: str
    setting: str
    n: Count
    streams: Count
    difference: Share
    lift: Share
    unanswered: Share
    each: Share
    linear: Share
    limit: Share
    holds: bool
    win: Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerCell:
    """Coverage of the lift by ours and by others' formulas, on the same draws.

    Attributes:
        differing: streams in which the linear formula's verdict is not that of the difference.
    """

    outcome: str
    n: Count
    n_control: Count
    lift: Share
    streams: Count
    ours: Share | None
    linear: Share | None
    log: Share | None
    naive: Share | None
    differing: Share | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormulaSummary:
    """One way to an interval of the lift, over all cells of a fixed end that must be answered.

    Attributes:
        by: "ours", or the formula.
        cells: kind of outcome, size, split and lift.
        covering: cells whose coverage is at least .95, less what chance explains.
        lowest: coverage, over the cells.
        differing: streams whose verdict is not that of the difference, most over the cells.
        coverages: of each cell, ascending.
    """

    by: str
    cells: Count
    covering: Count
    lowest: Share
    differing: Share
    coverages: Annotated[tuple[float, ...], SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationResult:
    """Everything that the report on calibration prints.

    Attributes:
        scale: full, quick or test.
        made: day of the simulation, ISO.
        version: of Assay.
        faults: figures outside their bands, farthest first.
        others: judged figures of all parts but the two that have tables of their own.
    """

    scale: str
    made: str
    version: str
    seed: Count
    alpha: Probability
    streams: Count
    cells: Count
    cells_holding: Count
    figures: Count
    figures_holding: Count
    parts: tuple[Part, ...]
    faults: tuple[Row, ...]
    fixed: tuple[FixedCell, ...]
    looks: tuple[LooksCell, ...]
    peers: tuple[PeerCell, ...]
    formulas: tuple[FormulaSummary, ...]
    others: tuple[Row, ...]
    findings: tuple[Finding, ...] = ()
