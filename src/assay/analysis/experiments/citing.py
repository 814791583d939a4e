"""What simulation says of intervals like these: the published cell nearest to each comparison."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log, sqrt
from typing import TYPE_CHECKING, Any, Final

from assay.analysis.experiments.calibration import RECORD
from assay.core.units import Count, Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assay.analysis.experiments.evidence import Effect
    from assay.params import Metric

_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "rate": ("rate",),
    "ratio": ("ratio",),
    "count": ("negative binomial",),
    "mean": ("normal", "lognormal", "revenue"),
}
"""First words of the simulated outcomes that stand for a kind of metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestCell:
    """The simulated cell that is most like a comparison, and how often its intervals held.

    Attributes:
        method: of both, the comparison and the cell.
        outcome, n, n_control: of the cell.
        streams: simulated experiments for each true lift.
        coverage_low, coverage_high: of the lift's interval, over the true lifts.
        holds: whether the cell's figures lie in their bands.
    """

    metric: str
    arm: str
    method: str
    outcome: str
    n: Count
    n_control: Count
    streams: Count
    coverage_low: Share
    coverage_high: Share
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """The published table, and what of it is nearest to this experiment.

    Attributes:
        made, version: when it was simulated, with which Assay.
        confidence: of the simulated intervals.
        nearest: one per comparison whose method was simulated for its kind of metric.
    """

    made: str
    version: str
    confidence: Share
    streams: Count
    cells: Count
    cells_holding: Count
    nearest: tuple[NearestCell, ...]


def cite(
    effects: Iterable[tuple[Metric, str, Effect]], table: Mapping[str, Any] | None = None
) -> Cited | None:
    """What the table has of these effects; None where this version ships none.

    Cells are compared by the units of both arms and by the spread of a unit's value over its mean,
    all as ratios; only those count that the comparison's own method answered.

    Args:
        effects: metric, arm, effect.
        table: JSON form of a `CalibrationResult`; by default the one that came with this version.
    """
    table = shipped() if table is None else table
    if table is None:
        return None
    found = (_nearest(metric, arm, effect, table["fixed"]) for metric, arm, effect in effects)
    return Cited(
        made=table["made"],
        version=table["version"],
        confidence=1 - table["alpha"],
        streams=table["streams"],
        cells=table["cells"],
        cells_holding=table["cells_holding"],
        nearest=tuple(cell for cell in found if cell is not None),
    )


@cache
def shipped() -> dict[str, Any] | None:
    """The table that came with this version, as plain JSON."""
    found = files("assay.analysis.experiments.calibration") / RECORD
    if not found.is_file():
        return None
    table: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
    return table


def _nearest(
    metric: Metric, arm: str, effect: Effect, cells: Iterable[Mapping[str, Any]]
) -> NearestCell | None:
    kinds = _KINDS.get(metric.kind, ())
    size, before = effect.n_control, effect.value_control
    if not before or not effect.control_variance > 0 or effect.difference is None:
        return None
    variation = sqrt(effect.control_variance * size) / abs(before)
    best, least = None, float("inf")
    for cell in cells:
        if not cell["outcome"].startswith(kinds) or cell["coverage_low"] is None:
            continue
        if not _answered(cell["method"], effect.method):
            continue
        off = (effect.n / cell["n"], size / cell["n_control"], variation / cell["variation"])
        distance = sum(log(ratio) ** 2 for ratio in off)
        if distance < least:
            best, least = cell, distance
    if best is None:
        return None
    return NearestCell(
        metric=metric.name,
        arm=arm,
        method=effect.method,
        outcome=best["outcome"],
        n=best["n"],
        n_control=best["n_control"],
        streams=best["streams"],
        coverage_low=best["coverage_low"],
        coverage_high=best["coverage_high"],
        holds=best["holds"],
    )


def _answered(told: str, method: str) -> bool:
    """Whether a cell, told as `Welch t 97 %, refused 3 %`, was mostly answered by the method."""
    return told.rsplit(" %", 1)[0].startswith(f"{method} ") and told[len(method) + 1].isdigit()
