"""How large the effect is where both arms worked on the same items."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Final

from assay.analysis.experiments.effects.evidence import Effect, Evidence
from assay.stats.comparisons.paired_rates import PairedCounts, PairedRateContrast, mcnemar_exact
from assay.stats.contrasts import Contrast, NormalContrast
from assay.stats.means import paired_gap, sample_mean
from assay.stats.resampling.paired_bootstrap import PairedBootstrap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assay.features.summary import Pairs
    from assay.params import Metric
    from assay.stats.moments import Moments

    Array = NDArray[np.float64]

SKEW_LIMIT: Final = 0.1
"""|skewness| / √n of the differences within items, up to which Student's t stands.

The first term of its Edgeworth expansion says by how much each side's miss rate is off at 95 %:
φ(z)(2z² + 1)/6 · skewness/√n, about 0.085 of it; at this limit 0.85 of 2.5 per cent,
so that one side is missed at most twice as often as the other."""
MOST_SKEWED: Final = 50_000
"""Items beyond which resampling would take longer than a reader waits; Student's t stands."""
MOST_BESIDE: Final = 2_000
"""Items up to which the bootstrap is shown beside a Student's t that needs no help."""
FEWEST_ITEMS: Final = 3
"""Items that an interval needs."""

STUDENT: Final = "paired t"
BOOTSTRAP: Final = "paired bootstrap-t"
MCNEMAR: Final = "McNemar mid-p"


def paired_effect(metric: Metric, pairs: Pairs, *, alpha: float) -> Effect:
    """The effect between arms that worked on the same items, at one look."""
    return paired_evidence(metric, pairs).at(alpha)


def paired_evidence(metric: Metric, pairs: Pairs, *, seed: int = 0) -> Evidence:
    """What the data say between arms that worked on the same items.

    Success or failure once per item and arm: McNemar. Anything else is averaged per item, and the
    items are the sample: Student's t where the differences are symmetric enough, the studentised
    bootstrap of items otherwise; the one that is not used stands beside the other.

    Args:
        metric: what is measured.
        pairs: of an arm with the control.
        seed: of the bootstrap.
    """
    moments, columns = pairs.moments, pairs.values
    if len(moments.mean) == 4:
        found = _linearised(moments, columns)
        if isinstance(found, str):
            return _nothing(pairs, found)
        moments, columns = found
    return _estimated(metric, pairs, moments, columns, seed)


def _estimated(
    metric: Metric,
    pairs: Pairs,
    moments: Moments,
    columns: tuple[Array, ...] | None,
    seed: int,
) -> Evidence:
    value, before = moments.mean
    base = Evidence(
        method=STUDENT,
        n=moments.n,
        n_control=moments.n,
        missing=pairs.missing,
        missing_control=pairs.missing,
        value=value,
        value_control=before,
        paired=True,
    )
    if moments.n < FEWEST_ITEMS:
        few = f"not enough data: {moments.n} shared items, needs at least {FEWEST_ITEMS}"
        return replace(base, refusal=few, growth=FEWEST_ITEMS / max(moments.n, 1))
    gap = sample_mean(moments.project(((1.0, -1.0),), mean=(value - before,)))
    if not gap.variance > 0:
        return replace(base, refusal="the difference is the same in every item")
    control = sample_mean(moments.column(1))
    covariance = moments.covariance(0, 1) / moments.n - control.variance
    student = NormalContrast(
        gap=paired_gap(gap),
        control=before,
        control_variance=control.variance,
        covariance=covariance,
    )
    told = replace(base, contrast=student, control_variance=control.variance, covariance=covariance)
    if columns is None:
        return told
    counts = _counts(metric, columns)
    return _mcnemar(told, counts) if counts else _resampled(told, student, columns, seed)


def _resampled(
    told: Evidence, student: NormalContrast, columns: tuple[Array, ...], seed: int
) -> Evidence:
    """Student's t and the bootstrap beside it, or the other way round."""
    skewed = _is_skewed(columns[0] - columns[1])
    if len(columns[0]) > (MOST_SKEWED if skewed else MOST_BESIDE):
        return told
    bootstrap = PairedBootstrap(columns[0], columns[1], seed=seed)
    if skewed:
        return replace(told, method=BOOTSTRAP, contrast=bootstrap, also=((STUDENT, student),))
    return replace(told, also=((BOOTSTRAP, bootstrap),))


def _mcnemar(told: Evidence, counts: PairedCounts) -> Evidence:
    also: list[tuple[str, Contrast | float]] = [("McNemar exact", mcnemar_exact(counts))]
    if told.contrast is not None:
        also.append((STUDENT, told.contrast))
    return replace(told, method=MCNEMAR, contrast=PairedRateContrast(counts), also=tuple(also))


def _counts(metric: Metric, columns: tuple[Array, ...]) -> PairedCounts | None:
    """Items by success in both arms; None where values are no single successes and failures."""
    one, other = columns
    if metric.kind != "rate" or not (_is_binary(one) and _is_binary(other)):
        return None
    first, second = one > 0, other > 0
    return PairedCounts(
        both=int((first & second).sum()),
        treated=int((first & ~second).sum()),
        control=int((~first & second).sum()),
        neither=int((~first & ~second).sum()),
    )


def _is_binary(values: Array) -> bool:
    return bool(((values == 0) | (values == 1)).all())


def _is_skewed(differences: Array) -> bool:
    centred = differences - differences.mean()
    spread = sqrt(float((centred**2).mean()))
    skewness = float(((centred / spread) ** 3).mean())
    return abs(skewness) > SKEW_LIMIT * sqrt(len(differences))


def _linearised(
    moments: Moments, columns: tuple[Array, ...] | None
) -> tuple[Moments, tuple[Array, ...] | None] | str:
    """Ratios of sums as means of one column per arm, or why they cannot be."""
    weights, ratios, linear = [], [], []
    for k in (0, 2):
        bottom = moments.mean[k + 1]
        if bottom == 0:
            return "denominators sum to zero in an arm"
        ratio = moments.mean[k] / bottom
        row = [0.0] * 4
        row[k], row[k + 1] = 1 / bottom, -ratio / bottom
        weights.append(row)
        ratios.append(ratio)
        if columns is not None:
            linear.append(ratio + (columns[k] - ratio * columns[k + 1]) / bottom)
    return moments.project(weights, mean=ratios), tuple(linear) or None


def _nothing(pairs: Pairs, refusal: str) -> Evidence:
    return Evidence(
        method="none",
        n=pairs.moments.n,
        n_control=pairs.moments.n,
        missing=pairs.missing,
        missing_control=pairs.missing,
        value=None,
        value_control=None,
        refusal=refusal,
        paired=True,
    )
