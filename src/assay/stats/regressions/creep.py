"""Regressions in steps too small to be seen one by one, found against a far baseline."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr

from assay.core.errors import DataError
from assay.stats.regressions.comparison import Comparison, compare_runs
from assay.stats.regressions.gap import gap_between

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.stats.regressions.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Creep:
    """What became of a statistic over several versions.

    Attributes:
        steps: each version against the one before it.
        whole: the last against the first, at half of alpha.
        slope: change per version along a line through all versions, with its p-value of no
            worsening; shares of the baseline, or differences.
        p_slope: one-sided, of no worsening.
        worse: whether the versions got worse on the whole, by `smallest` or more.
        seen: places of the steps that show a regression by themselves.
    """

    steps: tuple[Comparison, ...]
    whole: Comparison
    slope: float
    p_slope: float
    worse: bool
    seen: tuple[int, ...]

    @property
    def creeping(self) -> bool:
        """Whether the whole way is worse though no single step is seen to be."""
        return self.worse and not self.seen


def creep(versions: Sequence[Sequence[float]], *, rules: Rules) -> Creep:
    """Whether versions became worse little by little.

    Two questions share the chance of a false alarm, half each: whether the last version is worse
    than the first, and whether a line through all versions rises. The line uses every run in
    between, and so sees a steady creep sooner.

    Args:
        versions: values of the runs of each, the oldest first; three or more.
        rules: what counts as a change; `smallest` is that of the whole way.

    Raises:
        DataError: with fewer than three versions, or a value that cannot be compared.

    References:
        Abelson & Tukey (1963), Efficient utilization of non-numerical information in quantitative
        analysis, Annals of Mathematical Statistics 34 (linear contrasts over ordered groups).
    """
    if len(versions) < 3:
        raise DataError(f"{len(versions)} versions, expected three or more to see a creep")
    halved = replace(rules, alpha=rules.alpha / 2)
    steps = tuple(
        compare_runs(before, after, rules=rules) for before, after in itertools.pairwise(versions)
    )
    whole = compare_runs(versions[0], versions[-1], rules=halved)
    slope, error, freedom = _line(versions, rules)
    p_slope = float(stdtr(freedom, -rules.sign * slope / error))
    way = slope * (len(versions) - 1)
    rises = p_slope < halved.alpha and rules.sign * way >= rules.threshold
    return Creep(
        steps=steps,
        whole=whole,
        slope=float(np.expm1(slope)) if rules.relative else slope,
        p_slope=p_slope,
        worse=whole.verdict == "regression" or rises,
        seen=tuple(place for place, step in enumerate(steps) if step.verdict == "regression"),
    )


def _line(versions: Sequence[Sequence[float]], rules: Rules) -> tuple[float, float, float]:
    """Slope per version over all runs, its error, and its degrees of freedom."""
    sides = [gap_between(runs, runs, rules=rules).baseline for runs in versions]
    places = np.repeat(np.arange(len(sides), dtype=float), [side.n for side in sides])
    values = np.concatenate([side.values for side in sides])
    centred = places - places.mean()
    scale = float(centred @ centred)
    slope = float(centred @ values) / scale
    freedom = sum(side.n - 1 for side in sides)
    squares = sum(side.squares for side in sides)
    variance = max(squares / max(freedom, 1), (squares + rules.run_sd**2) / (freedom + 1))
    return slope, sqrt(variance / scale), max(float(freedom), 2.0)
