"""A change's effect, priced, less its costs: drawn often enough to tell the chance of a gain."""

from __future__ import annotations

from math import ceil, inf
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy.special import ndtri

from assay.analysis.costs.roi.model import DRAWS, drawn, model_of, ranges
from assay.analysis.costs.roi.result import (
    Balance,
    Cost,
    Driver,
    Earlier,
    Measured,
    RoiResult,
)
from assay.core.errors import ParameterError
from assay.core.finding import Estimate, Finding
from assay.core.guesses import BookedAmount
from assay.stats.differences import FEWEST, effects
from assay.stats.net_present_value import break_even_months, swings, turning_point

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from assay.analysis.costs.roi.model import Model
    from assay.analysis.costs.roi.result import Assumptions, Design, Source
    from assay.core.finding import Evidence, Tone
    from assay.features.before_after import BeforeAfter
    from assay.params import Guess, Metric
    from assay.stats.differences import Effects

    Floats = NDArray[np.float64]

DOTS: Final = 50
LINEAR: Final = frozenset({"effect", "value", "volume"})
"""Inputs beside costs of which it is told where they would turn the worth, which is linear."""
LONGEST: Final = 120
"""Months beyond which nobody should count on anything."""
_EVIDENCE: Final[dict[Design, Evidence]] = {
    "randomised": "randomised",
    "compared": "before-after",
    "before-after": "before-after",
}
_NAMES: Final = {
    "effect": "Effect",
    "usage": "Use of models a month",
    "volume": "Volume a month",
    "value": "Worth of",
    "kept": "Effect left after a year",
    "discount": "Discount rate a year",
}
_UNITS: Final = {"usage": "USD", "value": "USD", "kept": "share", "discount": "share"}


def assess_return(  # noqa: PLR0913  data, assumptions, and how they are meant
    given: BeforeAfter,
    assumed: Assumptions,
    *,
    subject: str,
    changed_on: date,
    unit: str = "user_id",
    random: bool = False,
    alpha: float = 0.05,
    smallest_cell: int = 10,
    draws: int = DRAWS,
) -> RoiResult:
    """What the change is worth, with its interval, its chance and what matters.

    Args:
        given: what units did before and since; the first metric is what the change is to better,
            the second, if there is one, what the use of models costs in USD.
        assumed: what no data say.
        subject: what was changed.
        changed_on: the first day with the change.
        unit: column of the units.
        random: whether chance alone decided who had it.
        alpha: one minus the confidence of intervals.
        smallest_cell: fewest units of a group that may be told.
        draws: how many; their quantiles are the interval.

    Raises:
        ParameterError: where an assumption is impossible.
        DataError: where a group has too few units, or nothing was measured.
    """
    _check(assumed, given, random=random, smallest=max(smallest_cell, FEWEST))
    metric, level = given.metrics[0], 1 - alpha
    found = effects(given.treated, given.comparison, random=random)
    model = model_of(given, assumed, better=metric.better)
    inputs = ranges(given, assumed)
    at = drawn(found, inputs, draws=draws)
    worth, gained, paid = model.worth(at), model.gained(at), model.paid(at)
    design: Design = "before-after"
    if given.comparison:
        design = "randomised" if random else "compared"
    start, flows = model.flows(at)
    even = break_even_months(start, flows)
    middles = {name: one.likely for name, one in inputs.items()} | dict(
        zip(("effect", "usage"), found.values, strict=False)
    )
    whole = _estimate(worth, alpha)
    positive = float((worth > 0).mean())
    drivers = _drivers(model, at, worth, middles, metric, assumed)
    result_of = _measured(given, found, level)
    return RoiResult(
        subject=subject,
        design=design,
        evidence=_EVIDENCE[design],
        confidence=level,
        changed_on=str(changed_on),
        first=str(given.first),
        last=str(given.last),
        before_days=given.before_days,
        after_days=given.after_days,
        unit=unit,
        treated=given.treated[0].n,
        compared=given.comparison[0].n if given.comparison else 0,
        months=assumed.months,
        draws=draws,
        measured=result_of,
        earlier=_earlier(given, metric, random=random, level=level),
        volume=inputs["volume"].likely,
        volume_of=_volume_of(metric),
        worth=whole,
        positive=positive,
        gained=_estimate(gained, alpha),
        paid=_estimate(paid, alpha),
        roi=_over(worth, paid, alpha),
        even=_even(even, alpha),
        even_chance=float(np.isfinite(even).mean()),
        course=_course(start, flows, alpha),
        outcomes=tuple(float(v) for v in np.quantile(worth, (np.arange(DOTS) + 0.5) / DOTS)),
        costs=_costs(model, at, assumed, alpha),
        drivers=drivers,
        more=_more(given, found, drivers, whole),
        left_out=given.left_out,
        findings=(_finding(subject, whole, positive, design, given, level),),
    )


def _check(assumed: Assumptions, given: BeforeAfter, *, random: bool, smallest: int) -> None:
    if not 1 <= assumed.months <= LONGEST:
        raise ParameterError(f"months={assumed.months}, expected 1 to {LONGEST}")
    _check_within("discount", assumed.discount, -0.5, 1.0, "a rate a year, 0.08 for 8 %")
    _check_within("kept", assumed.kept, 0.0, 1.0, "a share, 0.85 for 85 %")
    _check_within("value", assumed.value, 0.0, inf, "what one more is worth, in USD")
    if assumed.volume is not None:
        _check_within("volume", assumed.volume, 0.0, inf, "how many a month")
    if assumed.reached is not None and not 0 <= assumed.reached < inf:
        raise ParameterError(f"reached={assumed.reached:g}, expected how many units: 0 or more")
    if random and not given.comparison:
        raise ParameterError(
            "random: true, but there is nobody to compare with", remedy="name group and treated"
        )
    groups = [("treated", given.treated)]
    groups += [("compared", given.comparison)] if given.comparison else []
    for name, group in groups:
        if group[0].n < smallest:
            raise ParameterError(
                f"{group[0].n} {name} units, expected {smallest} or more",
                remedy="wait for more, or name a wider group",
            )


def _check_within(name: str, guess: Guess, low: float, high: float, meant: str) -> None:
    for end in guess.ends:
        if not low <= end <= high:
            limits = f"{low:g} or more" if high == inf else f"{low:g} to {high:g}"
            raise ParameterError(f"{name}={end:g}, expected {limits}", remedy=f"it is {meant}")


def _measured(given: BeforeAfter, found: Effects, level: float) -> tuple[Measured, ...]:
    told = []
    for i, metric in enumerate(given.metrics):
        low, high = found.interval(level, i)
        effect = Estimate(value=found.values[i], low=low, high=high)
        groups = [given.treated, *([given.comparison] if given.comparison else [])]
        months = given.after_days / (365.25 / 12)
        volume = sum(float(one[i].after_of.sum()) for one in groups) / months
        before, after = found.treated[i]
        without = after - found.values[i]
        compared = found.comparison[i] if found.comparison else (None, None)
        told.append(
            Measured(
                name=metric.name,
                unit=metric.unit or "1",
                better=metric.better,
                before=before,
                after=after,
                compared_before=compared[0],
                compared_after=compared[1],
                effect=effect,
                relative=found.values[i] / without if without > 0 else None,
                adjusted=found.adjusted[i],
                month=Estimate(
                    value=found.values[i] * volume, low=low * volume, high=high * volume
                ),
            )
        )
    return tuple(told)


def _earlier(given: BeforeAfter, metric: Metric, *, random: bool, level: float) -> Earlier | None:
    """The same comparison where nothing had changed; None where the days before do not allow it."""
    if given.before_days < 2 or any(
        not (one.after_of.sum() > 0 and one.before_of.sum() > 0) for one in given.earlier
    ):
        return None
    mine, *others = given.earlier
    found = effects([mine], [others[0]] if others else None, random=random)
    low, high = found.interval(level)
    return Earlier(
        unit=metric.unit or "1",
        effect=Estimate(value=found.values[0], low=low, high=high),
        clear=low <= 0 <= high,
    )


def _drivers(  # noqa: PLR0913, PLR0917  the model, its draws and what they mean
    model: Model,
    draws: Mapping[str, Floats],
    worth: Floats,
    middles: Mapping[str, float],
    metric: Metric,
    assumed: Assumptions,
) -> tuple[Driver, ...]:
    names = _NAMES | {f"cost {i}": cost.name for i, cost in enumerate(assumed.costs)}
    names |= {"effect": metric.name, "value": f"{_NAMES['value']} {assumed.of}"}
    monthly = {"usage": middles["volume"] * (model.usage or 0.0)}
    found = []
    for one in swings(model.worth, draws, worth, middles):
        of_cost = one.name.startswith("cost ")
        unit = "USD" if of_cost else _UNITS.get(one.name, "1")
        turning, scale = None, monthly.get(one.name, 1.0)
        if one.name in LINEAR or of_cost:
            turning = turning_point(model.worth, middles, one.name)
        found.append(
            Driver(
                key=one.name,
                name=names[one.name],
                unit=(metric.unit or "1") if one.name == "effect" else unit,
                source=_source(one.name, assumed),
                likely=middles[one.name] * scale,
                low=one.low * scale,
                high=one.high * scale,
                at_low=one.at_low,
                at_high=one.at_high,
                spread=one.share,
                turning=turning if turning is not None and np.isfinite(turning) else None,
            )
        )
    return tuple(found)


def _source(key: str, assumed: Assumptions) -> Source:
    """Where an input is from."""
    if key in {"effect", "usage"} or (key == "volume" and assumed.volume is None):
        return "measured"
    if key.startswith("cost ") and isinstance(assumed.costs[int(key[5:])], BookedAmount):
        return "booked"
    return "declared"


def _costs(
    model: Model, draws: Mapping[str, Floats], assumed: Assumptions, alpha: float
) -> tuple[Cost, ...]:
    found = [
        Cost(
            name=cost.name,
            source=cost.source if isinstance(cost, BookedAmount) else "declared",
            every=cost.every,
            amount=Estimate(value=cost.likely, low=cost.ends[0], high=cost.ends[1]),
            whole=_estimate(model.cost(f"cost {i}", draws), alpha),
        )
        for i, cost in enumerate(assumed.costs)
    ]
    if model.usage is not None:
        monthly = draws["usage"] * draws["volume"] * model.usage
        found.append(
            Cost(
                name="Use of models",
                source="measured",
                every="month",
                amount=_estimate(monthly, alpha),
                whole=_estimate(model.used(draws), alpha),
            )
        )
    return tuple(found)


def _course(start: Floats, flows: Floats, alpha: float) -> tuple[Balance, ...]:
    left = np.concatenate([-start[:, None], flows], axis=1).cumsum(axis=1)
    return tuple(
        Balance(month=month, net=_estimate(left[:, month], alpha)) for month in range(left.shape[1])
    )


def _estimate(draws: Floats, alpha: float) -> Estimate:
    """Mean and quantiles; a mean outside of them, as of a rare disaster, is told as the median."""
    low, middle, high = (float(v) for v in np.quantile(draws, [alpha / 2, 0.5, 1 - alpha / 2]))
    mean = float(draws.mean())
    return Estimate(value=mean if low <= mean <= high else middle, low=low, high=high)


def _over(worth: Floats, paid: Floats, alpha: float) -> Estimate | None:
    """Net present value over what is paid: of sums, never a mean of ratios."""
    if not paid.mean() > 0:
        return None
    value = float(worth.mean() / paid.mean())
    if np.quantile(paid, alpha / 2) <= 0:
        return Estimate(value=value, low=None, high=None)
    low, high = (float(v) for v in np.quantile(worth / paid, [alpha / 2, 1 - alpha / 2]))
    return Estimate(value=min(max(value, low), high), low=low, high=high)


def _even(months: Floats, alpha: float) -> Estimate | None:
    """Median and quantiles of the break-even, None where most draws never get there."""
    low, middle, high = (
        float(np.quantile(months, q, method="higher")) for q in (alpha / 2, 0.5, 1 - alpha / 2)
    )
    if not np.isfinite(middle):
        return None
    return Estimate(value=middle, low=low, high=high if np.isfinite(high) else None)


def _more(
    given: BeforeAfter, found: Effects, drivers: Sequence[Driver], whole: Estimate
) -> int | None:
    """Units per group from which this effect would lie on one side of the turning point."""
    if (whole.low or 0.0) > 0 or (whole.high or 0.0) < 0:
        return None
    effect = next((one for one in drivers if one.key == "effect"), None)
    if effect is None or effect.turning is None:
        return None
    distance = abs(found.values[0] - effect.turning)
    reach = float(ndtri(0.975) + ndtri(0.8)) * found.standard_error()
    smaller = min([given.treated[0].n, *([given.comparison[0].n] if given.comparison else [])])
    if not distance > 0 or reach / distance > 100:
        return None
    return max(smaller + 1, ceil(smaller * (reach / distance) ** 2))


def _volume_of(metric: Metric) -> str:
    if metric.kind != "ratio":
        return "units"
    return metric.denominator or "rows"


def _finding(  # noqa: PLR0913, PLR0917  what is claimed, and from what
    subject: str,
    worth: Estimate,
    positive: float,
    design: Design,
    given: BeforeAfter,
    level: float,
) -> Finding:
    state, tone, action = _verdict(worth, design)
    n = given.treated[0].n + (given.comparison[0].n if given.comparison else 0)
    return Finding(
        key="roi/worth",
        what=subject,
        state=state,
        tone=tone,
        needs_decision=state != "undecided",
        evidence=_EVIDENCE[design],
        unit="USD",
        size=worth,
        lift=None,
        n=n,
        confidence=level,
        action=action,
        reason=f"chance of a gain {positive:.2f}",
    )


def _verdict(
    worth: Estimate, design: Design
) -> tuple[Literal["pays", "does not pay", "undecided"], Tone, str]:
    if (worth.low or 0.0) > 0:
        sure = design == "randomised"
        return "pays", "good", "keep it" if sure else "keep it, and confirm the effect"
    if (worth.high or 0.0) < 0:
        return "does not pay", "bad", "take it back, or make it cheaper"
    return "undecided", "neutral", "measure longer, or lower the costs"
