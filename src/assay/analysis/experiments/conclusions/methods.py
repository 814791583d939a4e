"""How a comparison was made, told from what really ran."""

from __future__ import annotations

from math import isclose
from typing import TYPE_CHECKING, Final

from assay.analysis.experiments.result import Alternative, Method, Slope
from assay.core.finding import Estimate

if TYPE_CHECKING:
    from assay.analysis.experiments.effects.evidence import Effect
    from assay.features.design import Design
    from assay.features.summary import Summary
    from assay.params import Metric
    from assay.stats.means import Difference


_SAME: Final = 1e-9
"""Critical values that differ by less, as a share, are one."""


def unit_of(metric: Metric) -> str:
    """The unit that a metric is printed in: its own, or what its kind implies."""
    if metric.unit is not None:
        return metric.unit
    shares = {"pass@k", "pass^k"}
    if metric.kind in shares or (metric.kind == "rate" and metric.per_unit != "sum"):
        return "share"
    return "count" if metric.kind == "count" else "1"


def method_of(
    effect: Effect, metric: Metric, summary: Summary, unit: str, *, corrected: Effect | None = None
) -> Method:
    """The method's name and its own numbers.

    Args:
        effect: by itself.
        metric: as declared.
        summary: the data.
        unit: in which the metric is printed.
        corrected: the same effect at the level that its family leaves it.
    """
    gap, raw, adjustment = effect.difference, effect.unadjusted, effect.adjustment
    return Method(
        name=effect.method,
        reason=effect.reason,
        per_unit=_per_unit(metric, summary.design),
        unit=unit,
        standard_error=gap.standard_error if gap else None,
        degrees_of_freedom=gap.degrees_of_freedom if gap else None,
        critical_value=gap.critical_value if gap else None,
        critical_value_adjusted=_other_critical(effect, corrected),
        fieller_g=effect.lift.g if effect.lift else None,
        theta=adjustment.theta if adjustment else None,
        rho_squared=adjustment.rho_squared if adjustment else None,
        unadjusted=_estimate(raw) if raw else None,
        remarks=(*effect.remarks, *_limited(metric, summary)),
        adjustment=adjustment.method if adjustment else None,
        adjustment_refusal=adjustment.refusal if adjustment else None,
        slopes=tuple(
            Slope(covariate=name, slope=here, slope_control=there)
            for name, here, there in (adjustment.slopes if adjustment else ())
        ),
        also=tuple(
            Alternative(
                name=other.name,
                unit=unit,
                p_value=other.p_value,
                difference=_estimate(other.difference) if other.difference else None,
            )
            for other in effect.also
        ),
    )


def _other_critical(effect: Effect, corrected: Effect | None) -> float | None:
    """The corrected interval's own critical value, None where it is that of the raw one."""
    if effect.difference is None or corrected is None or corrected.difference is None:
        return None
    raw, other = effect.difference.critical_value, corrected.difference.critical_value
    return None if isclose(raw, other, rel_tol=_SAME) else other


def _estimate(found: Difference) -> Estimate:
    return Estimate(value=found.value, low=found.low, high=found.high)


def _limited(metric: Metric, summary: Summary) -> tuple[str, ...]:
    """How far values were let reach, where that was declared."""
    limits = summary.limits.get(metric.name, ())
    names = [metric.numerator, metric.denominator or "rows"] if metric.numerator else [None]
    told = []
    for name, (low, high) in zip(names, limits, strict=False):
        ends = [f"from {low:.6g}"] if low is not None else []
        ends += [f"up to {high:.6g}"] if high is not None else []
        told.append(f"{name or 'values'} {' '.join(ends)} count, those beyond as the limit")
    return tuple(told)


def _per_unit(metric: Metric, design: Design) -> str:
    if design.design == "paired":
        return _per_group(metric, design.pairing, reduce="mean")
    if design.unit is not None:
        return _per_group(metric, design.unit, reduce="sum")
    if metric.kind == "rate" and metric.numerator is not None:
        return f"{metric.numerator} of {metric.denominator}, added over rows"
    return f"{metric.value or metric.numerator}, one row per unit"


def _per_group(metric: Metric, group: str, *, reduce: str) -> str:
    if metric.kind in {"pass@k", "pass^k"}:
        passes = "one" if metric.kind == "pass@k" else "all"
        return f"chance that {passes} of {metric.k} trials of a {group} has {metric.value}"
    if metric.numerator is not None:
        return f"sums of {metric.numerator} and {metric.denominator or 'its rows'} per {group}"
    if metric.value is None:
        return f"rows per {group}"
    anyhow = metric.kind == "rate" and reduce == "sum" and metric.per_unit in {None, "any", "max"}
    if anyhow:
        return f"whether any row of the {group} has {metric.value}"
    default = "sum" if metric.kind == "count" else reduce
    return f"{metric.per_unit or default} of {metric.value} per {group}"
