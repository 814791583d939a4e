"""What a plan is made from: each metric's value and spread by duration, and how units come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Final

from assay.core.errors import DataError, ParameterError, nearest
from assay.core.provenance import LeftOut
from assay.params import Metric
from assay.stats.delta import linearise
from assay.stats.planning.outcomes import Mean, Rate, Scaled, design_effect

if TYPE_CHECKING:
    from assay.features.history import History, Stretch
    from assay.features.summary import Sample
    from assay.stats.planning.power import Outcome

WEEK: Final = 7
FEWEST: Final = 30
"""Units of the history that a spread needs before a plan may rest on it."""
RECENT: Final = 28
"""Windows of the history, the latest ones, whose mean size is expected of the experiment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What somebody says of a metric, where there is no history.

    Attributes:
        base: value of the control.
        sd: standard deviation that one unit adds; a rate has its own.
        rho: correlation with a covariate measured before.
        cluster, icc: units assigned together, and how alike they are (intraclass correlation).
    """

    base: float
    sd: float | None = None
    rho: float = 0.0
    cluster: float = 1.0
    icc: float = 0.0

    @classmethod
    def of(cls, values: Mapping[str, float]) -> Given:
        """The same from names and numbers.

        Raises:
            ParameterError: where a name is unknown, or the base is missing.
        """
        names = [field.name for field in fields(cls)]
        for name in values:
            if name not in names:
                raise ParameterError(f"unknown baseline {name!r}", remedy=nearest(name, names))
        if "base" not in values:
            raise ParameterError("a baseline without base, expected the control's value")
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A metric over the units of one duration.

    Attributes:
        n: units with a value; `valued`: their share of all units.
        rate: whether its values are zeros and ones alone.
        reason: why there is nothing to plan with.
    """

    base: float | None
    sd: float | None
    n: int
    valued: float
    rate: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A metric with what is known of it.

    Attributes:
        spread: by days; a duration that was not seen takes that of the nearest longer or shorter.
        rho_squared, seen: of what was known before; None where nothing can be said.
        inflation: of the variance, by clusters.
        group: units that are assigned together.
    """

    metric: Metric
    spread: Callable[[int | None], Spread]
    rho_squared: float | None = None
    seen: float | None = None
    inflation: float = 1.0
    group: float = 1.0

    def outcome(self, days: int | None, *, adjusted: bool) -> Outcome | None:
        """What is measured after so many days; None where nothing is known of it."""
        found = self.spread(days)
        if found.base is None or found.sd is None:
            return None
        plain: Outcome
        if found.rate:
            plain = Rate(base=found.base)
        else:
            plain = Mean(base=found.base, sd=found.sd, grows=found.base > 0)
        factor = self.inflation
        if adjusted and self.rho_squared:
            factor *= 1 - self.rho_squared
        return plain if factor == 1 else Scaled(of=plain, factor=factor, group=self.group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Units that an experiment meets in so many days."""

    units: int
    low: int | None
    high: int | None
    extrapolated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """All that a plan needs to know.

    Attributes:
        arrivals: by days; None where nobody knows how units come.
    """

    unit: str
    known: tuple[Known, ...]
    arrivals: Callable[[int], Arrivals] | None
    weekdays: tuple[float, ...] = ()
    days: int | None = None
    rows: int = 0
    first: date | None = None
    last: date | None = None
    left_out: tuple[LeftOut, ...] = ()


def basis_of(history: History) -> Basis:
    """The plan's basis, from the history."""
    layout, accrual = history.layout, history.accrual
    known = tuple(_known(history, metric) for metric in layout.metrics)
    return Basis(
        unit=layout.unit or "row",
        known=known,
        arrivals=None if accrual is None else _arrivals(history),
        weekdays=() if accrual is None else accrual.weekdays(),
        days=history.days,
        rows=history.rows,
        first=history.first,
        last=history.last,
        left_out=history.left_out,
    )


def basis_given(
    metrics: tuple[Metric, ...],
    given: Mapping[str, Given],
    *,
    unit: str,
    units_per_day: float | None,
) -> Basis:
    """The plan's basis, from what somebody says.

    Raises:
        ParameterError: where a metric has no base, or one that is no rate has no sd.
    """
    known = []
    for metric in metrics:
        mine = given.get(metric.name)
        if mine is None or (mine.sd is None and metric.kind != "rate"):
            lacking = "base" if mine is None else "sd"
            raise ParameterError(
                f"metric {metric.name!r} has no {lacking}, and there is no history to take it from",
                remedy=f"name data, or give it: baselines: {{{metric.name}: …}}",
            )
        spread = _said(metric, mine)
        known.append(
            Known(
                metric=metric,
                spread=partial(_always, spread),
                rho_squared=mine.rho**2 or None,
                seen=1.0 if mine.rho else None,
                inflation=design_effect(mine.cluster, mine.icc),
                group=mine.cluster,
            )
        )
    if units_per_day is not None and not units_per_day > 0:
        raise ParameterError(f"units_per_day={units_per_day}, expected more than 0")

    def arrivals(days: int) -> Arrivals:
        units = round((units_per_day or 0.0) * days)
        return Arrivals(units=units, low=None, high=None, extrapolated=False)

    return Basis(
        unit=unit,
        known=tuple(known),
        arrivals=arrivals if units_per_day else None,
        weekdays=(),
    )


def _always(spread: Spread, days: int | None) -> Spread:
    """The same spread whatever the duration."""
    del days
    return spread


def _said(metric: Metric, given: Given) -> Spread:
    rate = metric.kind == "rate" and given.sd is None
    if rate and not 0 < given.base < 1:
        raise ParameterError(
            f"metric {metric.name!r} has base {given.base}, expected a rate between 0 and 1"
        )
    sd = sqrt(given.base * (1 - given.base)) if rate else given.sd
    return Spread(base=given.base, sd=sd, n=0, valued=1.0, rate=rate)


def _known(history: History, metric: Metric) -> Known:
    found = history.foreknown.get(metric.name)
    spreads = [(s.days, _spread(metric, s)) for s in history.stretches]

    def spread(days: int | None) -> Spread:
        if days is None or spreads[0][0] is None:
            return spreads[-1][1]
        return _between(spreads, days)

    return Known(
        metric=metric,
        spread=spread,
        rho_squared=None if found is None else found.rho_squared,
        seen=None if found is None else found.share,
    )


def _between(spreads: list[tuple[int | None, Spread]], days: int) -> Spread:
    """Between two durations that were seen, in proportion; outside, the nearest."""
    known = [(length or 0, spread) for length, spread in spreads]
    shorter = [one for one in known if one[0] <= days] or known[:1]
    longer = [one for one in known if one[0] >= days] or known[-1:]
    (low, here), (high, there) = shorter[-1], longer[0]
    if low == high or here.base is None or there.base is None:
        return here
    weight = (days - low) / (high - low)

    def mixed(one: float | None, other: float | None) -> float:
        return (1 - weight) * (one or 0.0) + weight * (other or 0.0)

    return Spread(
        base=mixed(here.base, there.base),
        sd=mixed(here.sd, there.sd),
        n=round(mixed(here.n, there.n)),
        valued=mixed(here.valued, there.valued),
        rate=here.rate,
    )


def _spread(metric: Metric, stretch: Stretch) -> Spread:
    sample = stretch.samples[metric.name]
    found = _moments(metric, sample) if metric.kind not in _OTHER else _other(metric, stretch)
    valued = min(1.0, sample.n / stretch.units) if stretch.units else 0.0
    rate = sample.successes is not None
    if rate and metric.numerator is not None:
        valued = 1.0  # units are trials
    reason = found if isinstance(found, str) else None
    base, sd = (None, None) if isinstance(found, str) else found
    return Spread(base=base, sd=sd, n=sample.n, valued=valued, rate=rate, reason=reason)


_OTHER: Final = ("quantile", "time_to_event")
"""Kinds that are no means over units."""


def _other(metric: Metric, stretch: Stretch) -> tuple[float, float] | str:
    if metric.kind == "time_to_event":
        return (
            "times until an event are not planned from history: plan them by their events"
            " (assay.stats.planning.outcomes.Hazard)"
        )
    found = stretch.quantiles.get(metric.name)
    if found is None:
        return f"too little history for the {metric.quantile:g} quantile of {metric.name}"
    return found


def _moments(metric: Metric, sample: Sample) -> tuple[float, float] | str:
    if sample.n < FEWEST:
        return f"too little history: {sample.n} units have a value, needs at least {FEWEST}"
    moments = sample.moments
    if len(moments.mean) > 1:
        try:
            moments = linearise(moments)
        except DataError as error:
            return error.message
    base, variance = moments.mean[0], moments.variance()
    if not variance > 0:
        return f"{metric.name} is the same for all units: nothing can be planned from it"
    if not (isfinite(base) and isfinite(variance)):
        return f"{metric.name} has no finite spread"
    return base, sqrt(variance)


def _arrivals(history: History) -> Callable[[int], Arrivals]:
    accrual = history.accrual
    if accrual is None:
        raise DataError("the history has no times")
    whole = accrual.met(accrual.days)[0]
    pace = accrual.pace()

    def arrivals(days: int) -> Arrivals:
        if days > accrual.days:
            units = round(whole + pace * (days - accrual.days))
            return Arrivals(units=units, low=None, high=None, extrapolated=True)
        met = accrual.met(days)
        return Arrivals(
            units=round(float(met[-RECENT:].mean())),
            low=int(met.min()),
            high=int(met.max()),
            extrapolated=False,
        )

    return arrivals
