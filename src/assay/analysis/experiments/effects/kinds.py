"""Kinds of metrics with methods of their own: counts, quantiles, times until an event."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.experiments.effects.evidence import Evidence
from assay.core.errors import DataError
from assay.stats.comparisons.counts import count_mean, dispersion
from assay.stats.comparisons.quantiles import ArmQuantile, QuantileContrast, needed
from assay.stats.comparisons.survival import log_rank, restricted_mean
from assay.stats.contrasts import NormalContrast
from assay.stats.level import Level
from assay.stats.means import welch_gap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.features.summary import Sample
    from assay.params import Metric
    from assay.stats.moments import Moments

DOUBT: Final = 0.05
"""Below it, counts are taken to scatter more than a Poisson's."""
_TWICE: Final = 2.0
"""Room, in 95 % intervals, that a quantile needs on its thinner side."""


def evidence_of_counts(
    plain: Evidence, metric: Metric, arms: Mapping[str, Moments], *, names: tuple[str, str]
) -> Evidence:
    """The evidence with the dispersion told, and by the declared distribution if there is one.

    A Poisson that the data contradict is not used: it would be too sure.
    """
    here, there = arms[names[0]], arms[names[1]]
    try:
        found = dispersion((here, there))
    except DataError:
        return plain
    over = found.p_value < DOUBT
    told = (
        f"variance is {found.index:.3g} times the mean within arms"
        f" (over-dispersion p = {found.p_value:.2g}): "
    )
    if metric.distribution == "any":
        told += "the interval is by the variance as it is"
        if over:
            told += "; a Poisson's would be too narrow"
        return replace(plain, remarks=(told,))
    poisson = metric.distribution == "poisson" and not over
    if metric.distribution == "poisson" and over:
        told += "a Poisson, as declared, would be too sure, so a negative binomial is used"
    else:
        told += f"the declared {metric.distribution.replace('_', ' ')} is used"
    means = [count_mean(arm, 0.0 if poisson else found.excess) for arm in (here, there)]
    if not min(mean.variance for mean in means) > 0:
        return plain
    return replace(
        plain,
        method="Poisson" if poisson else "negative binomial",
        contrast=NormalContrast(
            gap=welch_gap(*means),
            control=means[1].value,
            control_variance=means[1].variance,
            covariance=-means[1].variance,
        ),
        control_variance=means[1].variance,
        covariance=-means[1].variance,
        remarks=(told,),
    )


def evidence_of_kind(
    metric: Metric, one: Sample, other: Sample, *, names: tuple[str, str]
) -> Evidence:
    """What the data say of a quantile or of the time until an event.

    Args:
        metric: of one of these kinds.
        one: the treated arm, with its values.
        other: the control.
        names: of both.
    """
    base = Evidence(
        method="none",
        n=one.n,
        n_control=other.n,
        missing=one.missing,
        missing_control=other.missing,
        value=None,
        value_control=None,
    )
    if one.values is None or other.values is None:
        return replace(base, refusal="the units' values are not at hand")
    if metric.kind == "quantile":
        return _of_quantile(base, metric, one, other, names)
    return _of_time(base, metric, one, other)


def _of_quantile(
    base: Evidence, metric: Metric, one: Sample, other: Sample, names: tuple[str, str]
) -> Evidence:
    at = metric.quantile or 0.5
    arms = [ArmQuantile(np.sort((sample.values or ())[0]), at) for sample in (one, other)]
    here, there = arms
    base = replace(base, method="order statistics", value=here.value, value_control=there.value)
    enough = needed(at)
    for arm, name in zip(arms, names, strict=True):
        if arm.n < enough:
            units = "1 unit" if arm.n == 1 else f"{arm.n:,} units"
            said = f"not enough data: {units} in {name}, a quantile of {at:g} needs {enough:,}"
            return replace(base, refusal=said, growth=enough / arm.n)
    contrast = QuantileContrast(here, there)
    low, high = there.ends(_TWICE)
    spread = ((high - low) / (2 * _TWICE)) ** 2
    bounds = contrast.at(Level(DOUBT)).difference
    if not bounds.high > bounds.low:
        return replace(base, refusal="no variation around the quantile in either arm")
    return replace(base, contrast=contrast, control_variance=spread, covariance=-spread)


def _of_time(base: Evidence, metric: Metric, one: Sample, other: Sample) -> Evidence:
    horizon = metric.horizon or 0.0
    data = [(sample.values[0], sample.values[1]) for sample in (one, other) if sample.values]
    try:
        means = [restricted_mean(times, events, horizon) for times, events in data]
        gap = welch_gap(*means)
    except DataError as error:
        return replace(base, refusal=error.message)
    test = log_rank(data[0], data[1])
    told = f"log-rank test over all times: chi-square {test.statistic:.4g}, p = {test.p_value:.2g}"
    if test.hazard_ratio is not None:
        told += f"; hazard ratio {test.hazard_ratio:.3g} by Peto's one step"
    return replace(
        base,
        method="restricted mean time (Kaplan–Meier), Welch t",
        value=means[0].value,
        value_control=means[1].value,
        contrast=NormalContrast(
            gap=gap,
            control=means[1].value,
            control_variance=means[1].variance,
            covariance=-means[1].variance,
        ),
        control_variance=means[1].variance,
        covariance=-means[1].variance,
        remarks=(told,),
    )
