"""What the data say once covariates and strata have taken out what was known beforehand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.experiments.effects.evidence import Adjustment
from assay.core.errors import DataError
from assay.features.summary import Sample, merged
from assay.stats.adjustment.covariates import AdjustedArms, cuped, imbalance, lin
from assay.stats.adjustment.stratified import Stratified, post_stratify
from assay.stats.contrasts import NormalContrast
from assay.stats.delta import linearise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assay.analysis.experiments.effects.evidence import Evidence
    from assay.params import Metric
    from assay.stats.moments import Moments

    Samples = Mapping[str, Sample]
    Weigh = Callable[[Samples], Evidence]

CHANGED: Final = 0.001
"""Below it, covariates that differ between arms are taken to have been changed by the treatment. As
low as the sample ratio's threshold, for the same reason: the check is made on every metric."""
_PER_SLOPE: Final = 10
"""Units that each arm needs per mean and slope; fewer fit their own noise."""
_OTHER_WAY: Final = "so few or so skewed values have another method"
_PER_STRATUM: Final = 2
"""Units that each arm needs in a stratum, for a variance of its own."""


def without_covariates(metric: Metric, sample: Sample) -> Sample:
    """The sample of the value alone, or of numerator and denominator."""
    parts = _parts(metric, sample.moments)
    if parts == len(sample.moments.mean):
        return sample
    rows = [[float(i == j) for j in range(len(sample.moments.mean))] for i in range(parts)]
    values = None if sample.values is None else sample.values[:parts]
    moments = sample.moments.project(rows, mean=sample.moments.mean[:parts])
    return replace(sample, moments=moments, values=values)


def as_mean(metric: Metric) -> Metric:
    """The metric as one number per unit, of which nothing but its mean and spread is known."""
    changes: dict[str, object] = {
        "kind": "mean",
        "value": metric.value or metric.name,
        "numerator": None,
        "denominator": None,
        "covariate": None,
        "covariates": [],
    }
    return metric.model_copy(update=changes)


def adjusted_evidence(  # noqa: PLR0913  what was found, of what, and by what to weigh it
    plain: Evidence,
    metric: Metric,
    samples: Samples,
    strata: Sequence[Samples],
    *,
    names: tuple[str, str],
    weigh: Weigh,
) -> Evidence:
    """The evidence by adjusted arm means, or the plain one with the reason why it stays.

    Args:
        plain: what the data say without covariates and strata.
        metric: what is measured.
        samples: of all arms.
        strata: the same within each stratum.
        names: of the treated arm and the control.
        weigh: which method one number per unit allows.
    """
    refusal = _unfit(plain, metric, samples, names)
    if refusal is not None:
        return _as_it_was(plain, metric, strata, refusal)
    columns = {arm: _one_column(metric, sample) for arm, sample in samples.items()}
    try:
        found = _adjusted(metric, columns) if metric.adjusters else None
        moved = _moved(columns, found)
        if not isinstance(weigh(moved).contrast, NormalContrast):
            return _as_it_was(plain, metric, strata, _OTHER_WAY)
        if strata:
            ready, units = _strata(metric, strata, samples, columns, found, names=names)
            return _stratified(plain, metric, post_stratify(ready, units), found, names=names)
    except DataError as error:
        return _as_it_was(plain, metric, strata, error.message)
    if found is None:
        return plain
    here, there = (list(samples).index(name) for name in names)
    level, covariance = found.level(there), found.covariance(here, there)
    gap = found.gap(here, there)
    return replace(
        plain,
        method=f"Welch t, {_named(metric, found)}",
        value=found.means[here].value,
        value_control=level.value,
        contrast=NormalContrast(
            gap=gap, control=level.value, control_variance=level.variance, covariance=covariance
        ),
        control_variance=level.variance,
        covariance=covariance,
        counts=None,
        events=None,
        adjustment=_told(metric, found, names=(here, there)),
        unadjusted=plain.contrast,
    )


def _parts(metric: Metric, moments: Moments) -> int:
    per = 1 if metric.covariate_missing == "refuse" else 2
    return max(len(moments.mean) - per * len(metric.adjusters), 1)


def _unfit(plain: Evidence, metric: Metric, samples: Samples, names: tuple[str, str]) -> str | None:
    """Why covariates cannot be used, if they cannot."""
    other_way = None if isinstance(plain.contrast, NormalContrast) else _OTHER_WAY
    if not metric.adjusters:
        return other_way
    first = next(iter(samples.values()))
    slopes = len(first.moments.mean) - _parts(metric, first.moments)
    for arm, sample in samples.items():
        if sample.n < _PER_SLOPE * (1 + slopes):
            return f"{sample.n} units of {arm} are too few for {slopes} slopes"
    if other_way is not None:
        return other_way
    here, there = (_one_column(metric, samples[name]).moments for name in names)
    p_value = imbalance(here, there)
    if p_value < CHANGED:
        told = " and ".join(metric.adjusters)
        return (
            f"{told} differs between the arms (p = {p_value:.2g}), as what was measured before"
            " exposure does not"
        )
    return None


def _one_column(metric: Metric, sample: Sample) -> Sample:
    """The sample with a ratio as one column, its covariates after it."""
    if _parts(metric, sample.moments) == 1:
        return sample
    moments = linearise(sample.moments)
    values = sample.values
    if values is not None:
        top, bottom = sample.moments.mean[:2]
        ratio = top / bottom
        values = (ratio + (values[0] - ratio * values[1]) / bottom, *values[2:])
    return replace(sample, moments=moments, values=values, successes=None)


def _adjusted(metric: Metric, columns: Samples) -> AdjustedArms:
    arms = [sample.moments for sample in columns.values()]
    if metric.adjustment == "cuped":
        return cuped(arms)
    values = [sample.values for sample in columns.values() if sample.values is not None]
    return lin(arms, values if len(values) == len(arms) else None)


def _moved(columns: Samples, found: AdjustedArms | None) -> Samples:
    """One number per unit: what the covariates leave of it, at their mean over all units."""
    moved = {}
    centre = merged(list(columns.values())).moments.mean[1:]
    for i, (arm, sample) in enumerate(columns.items()):
        theta = np.array(found.slopes[i] if found else ())
        weights = (1.0, *(-theta))
        gap = float(theta @ (np.array(sample.moments.mean[1:]) - centre)) if found else 0.0
        moments = sample.moments.project((weights,), mean=(sample.moments.mean[0] - gap,))
        values = sample.values
        if values is not None and found:
            values = (values[0] - theta @ (np.array(values[1:]) - np.array(centre)[:, None]),)
        moved[arm] = Sample(moments=moments, missing=sample.missing, values=values)
    return moved


def _strata(  # noqa: PLR0913  samples at every stage of their way
    metric: Metric,
    strata: Sequence[Samples],
    samples: Samples,
    columns: Samples,
    found: AdjustedArms | None,
    *,
    names: tuple[str, str],
) -> tuple[list[tuple[Moments, Moments]], list[int]]:
    """Both arms in each stratum; strata in which an arm has too few units are taken together."""
    large: list[Samples] = []
    small: list[Samples] = []
    for stratum in sorted(strata, key=lambda s: _fewest(s, names), reverse=True):
        (large if _fewest(stratum, names) >= _PER_STRATUM else small).append(stratum)
    while small and _fewest(together := _union(small), names) < _PER_STRATUM:
        if not large:
            raise DataError("no stratum has units of both arms, expected two of each in one")
        small.append(large.pop())
    ready = [*large, *([together] if small else [])]
    return [
        (
            _in_stratum(metric, stratum[names[0]], samples, columns, found, names[0]),
            _in_stratum(metric, stratum[names[1]], samples, columns, found, names[1]),
        )
        for stratum in ready
    ], [sum(sample.n for sample in stratum.values()) for stratum in ready]


def _fewest(stratum: Samples, names: tuple[str, str]) -> int:
    return min(stratum[name].n if name in stratum else 0 for name in names)


def _union(strata: Sequence[Samples]) -> Samples:
    arms = dict.fromkeys(arm for stratum in strata for arm in stratum)
    return {arm: merged([s[arm] for s in strata if arm in s]) for arm in arms}


def _in_stratum(  # noqa: PLR0913, PLR0917  samples at every stage of their way
    metric: Metric,
    sample: Sample,
    samples: Samples,
    columns: Samples,
    found: AdjustedArms | None,
    arm: str,
) -> Moments:
    """An arm's units in one stratum, as the same one column as the whole arm's."""
    moments = sample.moments
    if _parts(metric, moments) > 1:  # about the ratio of the whole arm
        top, bottom = samples[arm].moments.mean[:2]
        ratio, (mine, below) = top / bottom, moments.mean[:2]
        rest = len(moments.mean) - 2
        weights = np.zeros((1 + rest, 2 + rest))
        weights[0, :2] = 1 / bottom, -ratio / bottom
        weights[1:, 2:] = np.eye(rest)
        value = ratio + (mine - ratio * below) / bottom
        moments = moments.project(weights.tolist(), mean=(value, *moments.mean[2:]))
    if found is None:
        return moments.column(0)
    theta = np.array(found.slopes[list(columns).index(arm)])
    centre = merged(list(columns.values())).moments.mean[1:]
    gap = float(theta @ (np.array(moments.mean[1:]) - centre))
    return moments.project(((1.0, *(-theta)),), mean=(moments.mean[0] - gap,))


def _stratified(
    plain: Evidence,
    metric: Metric,
    within: Stratified,
    found: AdjustedArms | None,
    *,
    names: tuple[str, str],
) -> Evidence:
    del names
    how = "post-stratified" if found is None else f"post-stratified, {_named(metric, found)}"
    return replace(
        plain,
        method=f"Welch t, {how}",
        value=within.treated,
        value_control=within.control.value,
        contrast=NormalContrast(
            gap=within.gap,
            control=within.control.value,
            control_variance=within.control.variance,
            covariance=within.covariance,
        ),
        control_variance=within.control.variance,
        covariance=within.covariance,
        counts=None,
        events=None,
        adjustment=_told(metric, found, how=how),
        unadjusted=plain.contrast,
    )


def _named(metric: Metric, found: AdjustedArms) -> str:
    if metric.adjustment == "cuped":
        return "adjusted by one slope (CUPED)"
    spread = "HC2" if found.robust else "variance per arm"
    return f"adjusted by a slope per arm (Lin, {spread})"


def _told(
    metric: Metric,
    found: AdjustedArms | None,
    *,
    names: tuple[int, int] = (0, 0),
    how: str = "",
) -> Adjustment:
    if found is None:
        return Adjustment(method=how, theta=None, rho_squared=None)
    here, there = (found.slopes[i] for i in names)
    labels = _labels(metric)
    one = len(here) == 1 and metric.adjustment == "cuped"
    return Adjustment(
        method=how or _named(metric, found),
        theta=here[0] if one else None,
        rho_squared=found.rho_squared,
        slopes=tuple(zip(labels, here, there, strict=True)),
    )


def _labels(metric: Metric) -> list[str]:
    if metric.covariate_missing == "refuse":
        return list(metric.adjusters)
    return [label for name in metric.adjusters for label in (name, f"{name} missing")]


def _as_it_was(
    plain: Evidence, metric: Metric, strata: Sequence[Samples], refusal: str
) -> Evidence:
    how = "post-stratified" if strata and not metric.adjusters else "adjusted"
    told = Adjustment(method=how, theta=None, rho_squared=None, refusal=refusal)
    return replace(plain, adjustment=told, unadjusted=plain.contrast)
