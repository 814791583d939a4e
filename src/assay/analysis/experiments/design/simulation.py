"""The plan put to the test: simulated experiments on the history's own units."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from assay.analysis.experiments.design.questions import ANYTIME_LOOKS
from assay.analysis.experiments.design.result import Operating
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.stats.planning.planned_looks import planned_looks, stopped
from assay.stats.planning.simulation import Trial, simulate, standard_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.analysis.experiments.design.result import DesignResult, MetricPlan
    from assay.stats.planning.simulation import Floats, Outcomes
    from assay.stats.sequential.looks import Looks

RUNS: Final = 2_000
FEWEST_RUNS: Final = 500
DRAWS: Final = 10_000_000
"""Units drawn in all for one question: larger plans are simulated less often."""
FEWEST_UNITS: Final = 100
"""Units of the history that a simulation needs."""


def simulated(
    plan: DesignResult,
    values: Mapping[str, Sequence[Floats]],
    *,
    runs: int = RUNS,
) -> DesignResult:
    """The plan with what comes of it under no change, and under the effect of interest.

    Of the first deciding metric: how often a change is claimed, how long it takes, and by how much
    the changes that are claimed exaggerate the true one. Nothing is added where the plan has no
    size, the history too few units, power is exact already, or the
    metric is no mean.

    Args:
        plan: of `plan_for`.
        values: of `features.history.unit_values`, over as many days as the plan has.
        runs: simulated experiments per question, fewer where the plan is large.
    """
    first = next((one for one in plan.metrics if one.decides), None)
    columns = values.get(first.metric, ()) if first is not None else ()
    if first is None or first.reason or first.exact or plan.size is None:
        return plan
    if plan.verdict == "unreachable" or first.kind == "quantile":
        return plan
    if not columns or len(columns[0]) < FEWEST_UNITS:
        return plan
    mine = plan.size * first.valued * _worth(first)
    runs = max(FEWEST_RUNS, min(runs, int(DRAWS / mine)))
    rng = np.random.default_rng(plan.seed)
    try:
        found = tuple(
            _operating(plan, first, columns, lift, runs, rng) for lift in (0.0, first.effect)
        )
    except DataError:
        return plan
    return replace(plan, operating=found, operating_from=len(columns[0]))


def _operating(  # noqa: PLR0913, PLR0917  private: one question to one plan
    plan: DesignResult,
    first: MetricPlan,
    columns: Sequence[Floats],
    lift: float,
    runs: int,
    rng: np.random.Generator,
) -> Operating:
    fractions, bounds = _bounds(plan)
    whole = (plan.size or 0) * first.valued * _worth(first)
    trial = Trial(
        lift=lift,
        bound=first.bound if lift else 0.0,
        treated=[max(2, round(f * whole * min(plan.arms[1:]))) for f in fractions],
        control=[max(2, round(f * whole * plan.arms[0])) for f in fractions],
        bounds=bounds,
    )
    ended = simulate(columns, trial, runs=runs, rng=rng)
    sign = -1 if first.better == "down" else 1
    right = ended.side == sign
    share = float(right.mean()) if lift else float((ended.side != 0).mean())
    at = np.array(fractions)[ended.look]
    return Operating(
        metric=first.metric,
        lift=lift,
        runs=runs,
        claimed=share,
        claimed_error=standard_error(share, runs),
        wrong=float((ended.side == -sign).mean()),
        predicted=first.power if lift else _false_claims(plan),
        units=round(float(at.mean()) * (plan.size or 0)),
        days=_days(plan, ended),
        exaggeration=float((ended.estimate[right] / lift).mean()) if lift and right.any() else None,
        estimate=Estimate(
            value=float(np.median(ended.estimate)),
            low=float(np.quantile(ended.estimate, 0.05)),
            high=float(np.quantile(ended.estimate, 0.95)),
        ),
    )


def _worth(first: MetricPlan) -> float:
    """Units that one unit stands for, where a covariate takes out part of its variance."""
    return 1 / (1 - (first.rho_squared or 0.0)) if first.adjusted else 1.0


def _false_claims(plan: DesignResult) -> float:
    """How often a plan claims a change, on either side, where there is none."""
    looks = _looks(plan)
    return plan.alpha_each if looks is None else stopped(looks, 0.0)[-1]


def _bounds(plan: DesignResult) -> tuple[tuple[float, ...], tuple[float, ...]]:
    looks = _looks(plan)
    if looks is None:
        return (1.0,), (-float(ndtri(plan.alpha_each / 2)),)
    return looks.fractions, looks.bounds


def _looks(plan: DesignResult) -> Looks | None:
    count = ANYTIME_LOOKS if plan.plan == "anytime" else max(1, len(plan.looks))
    return planned_looks(
        plan.plan,
        looks=count,
        alpha=plan.alpha_each,
        spending=plan.spending or "obrien-fleming",
    )


def _days(plan: DesignResult, ended: Outcomes) -> float | None:
    """Mean days until the end: by the looks' days, or in proportion to units where none are set."""
    if plan.days is None:
        return None
    when = [look.days for look in plan.looks]
    if not when or None in when:
        return float(plan.days) if plan.plan == "once" else None
    return float(np.array(when, dtype=float)[ended.look].mean())
