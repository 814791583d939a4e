"""What simulation says of intervals like these: the published cell nearest to each comparison."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log, sqrt
from typing import TYPE_CHECKING, Any, Final

from assay.analysis.experiments.calibration import RECORD
from assay.analysis.experiments.effects.choosing import SCORE
from assay.core.units import Count, Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assay.analysis.experiments.effects.evidence import Effect
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
        looks: of a cell with many looks, its rule and looks: coverage is then that of all of them.
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
    looks: str = ""


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
    effects: Iterable[tuple[Metric, str, Effect]],
    table: Mapping[str, Any] | None = None,
    *,
    rule: str = "",
) -> Cited | None:
    """What the table has of these effects; None where this version ships none.

    Cells are compared by the units of both arms and by the spread of a unit's value over its mean,
    all as ratios; only those count that the comparison's own method answered.

    Args:
        effects: metric, arm, effect.
        table: JSON form of a `CalibrationResult`; by default the one that came with this version.
        rule: begin of what the cells of many looks call the plan's rule; "" for a fixed end, whose
            cells say nothing of intervals under a plan.
    """
    table = shipped() if table is None else table
    if table is None:
        return None
    cells = _of_rule(table, rule) if rule else table["fixed"]
    found = (_nearest(metric, arm, effect, cells) for metric, arm, effect in effects)
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


def rule_of(design: str, spending: str | None) -> str:
    """What cells of many looks call a plan's rule.

    >>> rule_of("once", None), rule_of("group-sequential", "pocock")
    ('', 'group-sequential, pocock')
    """
    named = {
        "anytime": "confidence sequence",
        "group-sequential": f"group-sequential, {spending}",
    }
    return named.get(design, "")


def _of_rule(table: Mapping[str, Any], rule: str) -> list[dict[str, Any]]:
    """Cells of many looks under the rule, in the form of those of a fixed end.

    They are of two arms of one size, answered by Welch and Fieller (few successes by the score),
    and the share of experiments in which no look missed stands for the coverage.
    """
    variation = {cell["outcome"]: cell["variation"] for cell in table["fixed"]}
    return [
        {
            **cell,
            "n_control": cell["n"],
            "variation": variation[cell["outcome"]],
            "method": None,
            "coverage_low": 1 - cell["lift"],
            "coverage_high": 1 - cell["lift"],
        }
        for cell in table["looks"]
        if cell["setting"].startswith(rule) and cell["outcome"] in variation
    ]


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
        if not _answered(cell["method"], effect.method, metric):
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
        looks=best.get("setting", ""),
    )


def _answered(told: str | None, method: str, metric: Metric) -> bool:
    """Whether a cell, told as `Welch t 97 %, refused 3 %`, was mostly answered by the method.

    Cells of many looks tell no method: theirs are named here.
    """
    if told is None:
        plain = {"Welch t", "Welch t, delta method"}
        return method in (plain | {SCORE} if metric.kind == "rate" else plain)
    return told.rsplit(" %", 1)[0].startswith(f"{method} ") and told[len(method) + 1].isdigit()
