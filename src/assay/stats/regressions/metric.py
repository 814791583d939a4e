"""All statistics of a metric together: one verdict whose error holds for the whole family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assay.core.errors import DataError
from assay.stats.regressions.comparison import Comparison, Verdict, judge
from assay.stats.regressions.gap import gap_between

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.stats.regressions.rules import Rules
    from assay.stats.regressions.run import Run

WEIGHTS: Final = {"typical": 0.8, "p50": 0.03, "p95": 0.1, "p99": 0.04, "mean": 0.03}
"""How the chance of a false alarm is divided: most to what shows a change of all requests best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricVerdict:
    """A metric's verdict, and those of its statistics.

    Attributes:
        verdict: "regression" where any statistic got worse, "improvement" where one got better and
            none worse; else what is said of the first.
        decided_by: the statistic behind it, the surest of those with that verdict.
        statistics: by name, in the order of their weights' table.
        left_out: statistics that not all runs have, with too few requests for them.
    """

    verdict: Verdict
    decided_by: str
    statistics: Mapping[str, Comparison]
    left_out: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Of the statistic that decided."""
        return f"{self.decided_by}: {self.statistics[self.decided_by].reason}"


def compare_metric(
    baseline: Sequence[Run],
    candidate: Sequence[Run],
    *,
    rules: Rules,
    weights: Mapping[str, float] = WEIGHTS,
) -> MetricVerdict:
    """Whether any part of a distribution changed between two sets of runs.

    Each statistic is compared as by `compare_runs`; the p-values of each direction are corrected by
    Holm's method with weights, so that any false regression has at most the chance `rules.alpha`.
    Statistics whose expectation depends on the number of requests (a tail quantile, with the few
    beyond it) are compared only where every run shows them.

    Raises:
        DataError: where a side has no run, or the runs share no statistic.

    References:
        Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal
        of Statistics 6, sec. 4 (weights).
    """
    for name, side in (("baseline", baseline), ("candidate", candidate)):
        if not side:
            raise DataError(f"the {name} has no run, expected one or more")
    runs = [*baseline, *candidate]
    asked = [name for name in weights if weights[name] > 0]
    shown = [name for name in asked if all(name in run.values for run in runs)]
    if not shown:
        raise DataError(f"no run shows all of one statistic among {', '.join(weights)}")
    total = sum(weights[name] for name in shown)
    shares = {name: weights[name] / total for name in shown}
    gaps = {
        name: gap_between(
            [run.values[name] for run in baseline],
            [run.values[name] for run in candidate],
            rules=rules,
            errors=(
                [run.errors[name] for run in baseline],
                [run.errors[name] for run in candidate],
            ),
        )
        for name in shown
    }
    above = {name: gap.p_above() for name, gap in gaps.items()}
    higher = _adjusted(above, shares)
    lower = _adjusted({name: 1 - p for name, p in above.items()}, shares)
    worse, better = (higher, lower) if rules.sign > 0 else (lower, higher)
    found = {
        name: judge(gap, rules, tails=(worse[name], better[name]), level=rules.alpha * shares[name])
        for name, gap in gaps.items()
    }
    decided = _decided(found)
    return MetricVerdict(
        verdict=found[decided].verdict,
        decided_by=decided,
        statistics=found,
        left_out=tuple(name for name in asked if name not in shown),
    )


def _adjusted(p_values: Mapping[str, float], shares: Mapping[str, float]) -> dict[str, float]:
    """Weighted Holm: at most alpha exactly where the step-down method rejects."""
    left, highest, found = 1.0, 0.0, {}
    for name in sorted(p_values, key=lambda name: p_values[name] / shares[name]):
        highest = max(highest, min(1.0, p_values[name] * left / shares[name]))
        found[name] = highest
        left = max(left - shares[name], 0.0)
    return found


def _decided(found: Mapping[str, Comparison]) -> str:
    """The statistic that the metric's verdict is taken from."""
    worse = [name for name, each in found.items() if each.verdict == "regression"]
    better = [name for name, each in found.items() if each.verdict == "improvement"]
    if worse:
        return min(worse, key=lambda name: found[name].p_worse)
    if better:
        return min(better, key=lambda name: found[name].p_better)
    return next(iter(found))
