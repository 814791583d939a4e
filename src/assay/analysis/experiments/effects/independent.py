"""How large the effect is: one metric, one arm against the control, in the metric's own units."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from assay.analysis.experiments.effects.adjusting import (
    adjusted_evidence,
    as_mean,
    without_covariates,
)
from assay.analysis.experiments.effects.choosing import amounts, chosen, nothing_seen
from assay.analysis.experiments.effects.evidence import ArmEvents, Counts, Effect, Events, Evidence
from assay.analysis.experiments.effects.kinds import evidence_of_counts, evidence_of_kind
from assay.core.errors import DataError
from assay.stats.comparisons.amounts import AmountContrast
from assay.stats.contrasts import NormalContrast
from assay.stats.delta import linearise
from assay.stats.means import SampleMean, sample_mean, welch_gap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.features.summary import Sample
    from assay.params import Metric
    from assay.stats.means import Gap
    from assay.stats.moments import Moments


def independent_effect(
    metric: Metric, samples: Mapping[str, Sample], *, arm: str, control: str, alpha: float
) -> Effect:
    """The effect between arms that share no unit, at one look; see `independent_evidence`."""
    return independent_evidence(metric, samples, arm=arm, control=control).at(alpha)


def independent_evidence(
    metric: Metric,
    samples: Mapping[str, Sample],
    *,
    arm: str,
    control: str,
    strata: Sequence[Mapping[str, Sample]] = (),
) -> Evidence:
    """What the data say between arms that share no unit.

    Args:
        metric: what is measured.
        samples: of all arms, since a covariate's slope is pooled over them.
        arm: compared with `control`.
        control: compared against.
        strata: the same samples within each stratum, where arms are to be compared within them.
    """
    if metric.kind in {"quantile", "time_to_event"} and {arm, control} <= samples.keys():
        return evidence_of_kind(metric, samples[arm], samples[control], names=(arm, control))
    bare = {name: without_covariates(metric, sample) for name, sample in samples.items()}
    plain = _plain_evidence(metric, bare, arm=arm, control=control)
    if plain.contrast is None or not (metric.adjusters or strata):
        return plain
    return adjusted_evidence(
        plain,
        metric,
        samples,
        strata,
        names=(arm, control),
        weigh=lambda values: _plain_evidence(as_mean(metric), values, arm=arm, control=control),
    )


def _plain_evidence(
    metric: Metric, samples: Mapping[str, Sample], *, arm: str, control: str
) -> Evidence:
    """What the data say when nothing but the metric itself is known of a unit."""
    one, other = samples.get(arm), samples.get(control)
    if one is None or other is None:
        return _nothing(one, other, f"no units in {control if other is None else arm}")
    found = _values(samples)
    if isinstance(found, str):
        return _nothing(one, other, found)
    treated, before = found[arm], found[control]
    counts = _counts(one, other, metric)
    base = Evidence(
        method=_name(metric, one),
        n=one.n,
        n_control=other.n,
        missing=one.missing,
        missing_control=other.missing,
        value=treated.mean[0],
        value_control=before.mean[0],
        counts=counts,
        events=_events(one, other, metric),
    )
    names = arm, control
    refused = _too_few(names, (one.n, other.n)) or nothing_seen(counts, names)
    if refused is not None:
        return replace(base, refusal=refused[0], growth=refused[1])
    here, there = sample_mean(treated), sample_mean(before)
    if counts is None and not here.variance + there.variance > 0:
        return replace(base, refusal="no variation within either arm")
    base = replace(base, control_variance=there.variance, covariance=-there.variance)
    other_way = chosen(one, other, counts, names)
    if other_way is not None and metric.distribution == "any":
        base = replace(
            base,
            method=other_way.method,
            reason=other_way.reason,
            contrast=other_way.contrast,
        )
    else:
        contrast = _normal(welch_gap(here, there), there, -there.variance)
        lean = None if counts is not None else amounts(one, other)
        if lean is not None and there.value > 0:
            contrast = AmountContrast.of(contrast, skewness=lean, n=one.n, m=other.n)
        base = replace(base, contrast=contrast)
    if metric.kind != "count" or _is_clustered(metric, one):
        return base
    return evidence_of_counts(base, metric, found, names=names)


def _values(samples: Mapping[str, Sample]) -> dict[str, Moments] | str:
    """Each arm's moments of the one column to compare, or why there are none."""
    raw = {arm: sample.moments for arm, sample in samples.items() if sample.n}
    empty = [arm for arm, sample in samples.items() if not sample.n]
    if empty:
        return f"no unit of {empty[0]} has a value"
    if any(len(moments.mean) > 1 for moments in raw.values()):  # numerator and denominator
        try:
            raw = {arm: linearise(moments) for arm, moments in raw.items()}
        except DataError as error:
            return error.message
    return raw


def _normal(gap: Gap, control: SampleMean, covariance: float) -> NormalContrast:
    return NormalContrast(
        gap=gap,
        control=control.value,
        control_variance=control.variance,
        covariance=covariance,
    )


def _counts(one: Sample, other: Sample, metric: Metric) -> Counts | None:
    if one.successes is not None and other.successes is not None:
        return (one.successes, one.n), (other.successes, other.n)
    plain = metric.kind == "rate" and metric.numerator is None and not _is_clustered(metric, one)
    if plain and metric.per_unit in {None, "any", "max"}:
        pairs = [(round(s.moments.mean[0] * s.n), s.n) for s in (one, other)]
        return pairs[0], pairs[1]
    return None


def _events(one: Sample, other: Sample, metric: Metric) -> Events | None:
    """Both arms' counts; None where values are no whole events, or a covariate adjusts them."""
    plain = metric.kind == "count" and metric.numerator is None and not metric.adjusters
    if not plain or _is_clustered(metric, one) or min(one.n, other.n) < 2:
        return None
    arms = [
        ArmEvents(sample.moments.mean[0] * sample.n, sample.n, sample.moments.variance())
        for sample in (one, other)
    ]
    if any(abs(arm.total - round(arm.total)) > 1e-6 * max(1.0, arm.total) for arm in arms):
        return None
    return Events((arms[0], arms[1]))


def _too_few(names: tuple[str, str], sizes: tuple[int, int]) -> tuple[str, float] | None:
    """Why there is no spread to tell, and how many times the data it would need."""
    for name, n in zip(names, sizes, strict=True):
        if n < 2:
            return f"not enough data: {n} unit in {name}, needs at least 2", 2.0
    return None


def _is_clustered(metric: Metric, sample: Sample) -> bool:
    """Whether a unit's one number was summed over a cluster, beside the number of its units."""
    return metric.numerator is None and len(sample.moments.mean) > 1


def _name(metric: Metric, sample: Sample) -> str:
    if _is_clustered(metric, sample):
        return "Welch t, delta method over clusters"
    if metric.numerator is not None and sample.successes is None:
        return "Welch t, delta method"
    return "Welch t" if metric.numerator is None else "Welch t on trials (binomial)"


def _nothing(one: Sample | None, other: Sample | None, refusal: str) -> Evidence:
    return Evidence(
        method="none",
        n=one.n if one else 0,
        n_control=other.n if other else 0,
        missing=one.missing if one else 0,
        missing_control=other.missing if other else 0,
        value=_mean(one),
        value_control=_mean(other),
        refusal=refusal,
    )


def _mean(sample: Sample | None) -> float | None:
    if sample is None or not sample.n or len(sample.moments.mean) > 1:
        return None
    return sample.moments.mean[0] if isfinite(sample.moments.mean[0]) else None
