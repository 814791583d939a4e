"""How many units a registration needs, from the history or the figures that its sizing names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assay.analysis.experiments.design.basis import (
    WEEK,
    Arrivals,
    Basis,
    Given,
    basis_given,
    basis_of,
)
from assay.analysis.experiments.design.plan import Wish, plan_for
from assay.analysis.experiments.design.questions import YEAR, Questions
from assay.analysis.experiments.design.result import DesignResult
from assay.core.errors import ParameterError
from assay.data.read import scan
from assay.features.history import Layout, summarise_history

if TYPE_CHECKING:
    from assay.registration import Registration, Sizing


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What the planned number of units shows of a deciding metric.

    Attributes:
        power: chance of showing the effect of interest.
        detectable: lift that is shown with the wanted chance; None where no lift is.
    """

    metric: str
    power: float | None
    detectable: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What a registration needs, beside what it plans.

    Attributes:
        needed: the plan that shows the effect of interest.
        effect: that effect, as lift.
        planned: units that the registration plans, or that its period brings; None where it says
            neither.
        reach: of those, for each deciding metric.
    """

    needed: DesignResult
    effect: float
    planned: int | None
    reach: tuple[Reach, ...]

    @property
    def is_enough(self) -> bool:
        """Whether every deciding metric has the wanted power with what is planned."""
        return all((one.power or 0.0) >= self.needed.wanted for one in self.reach)

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "verdict": self.needed.verdict,
            "reason": self.needed.reason,
            "units": self.needed.size,
            "days": self.needed.days,
            "effect": self.effect,
            "power": self.needed.wanted,
            "planned_units": self.planned,
            "reach": [
                {"metric": one.metric, "power": one.power, "detectable": one.detectable}
                for one in self.reach
            ],
        }


def size_of(told: Registration) -> Size | None:
    """The size that a registration needs; None where it does not say what to take it from.

    Raises:
        ParameterError: where no effect is named, or a metric's baseline is missing.
        DataError: where the history cannot be read or lacks a column.
    """
    sizing = told.sizing
    if sizing is None:
        return None
    effect = sizing.effect or (told.plan.planned_effect if told.plan else None)
    if effect is None:
        raise ParameterError(
            "sizing names no effect, expected the lift that is to be seen",
            remedy="sizing: {effect: 0.04, …}, or plan: {planned_effect: 0.04, …}",
        )
    basis = _share_of(_basis(told, sizing), told.traffic)
    wish = Wish(
        effect=abs(effect),
        alpha=told.decision.alpha,
        power=sizing.power,
        split=tuple(told.shares.values()),
        plan=told.plan.design if told.plan else "once",
        looks=told.plan.count if told.plan else 1,
        spending=told.plan.spending if told.plan else "obrien-fleming",
        weeks=sizing.weeks,
        adjust=sizing.covariates,
    )
    needed, planned = plan_for(basis, wish), _planned(told, basis)
    answers = needed.verdict != "unknown" and planned is not None
    return Size(
        needed=needed,
        effect=wish.effect,
        planned=planned,
        reach=_reach(Questions(basis, wish), planned) if answers and planned else (),
    )


def _basis(told: Registration, sizing: Sizing) -> Basis:
    if sizing.data is None:
        given = {name: Given.of(values) for name, values in sizing.baselines.items()}
        return basis_given(told.metrics, given, unit=told.unit, units_per_day=sizing.units_per_day)
    layout = Layout(metrics=told.metrics, unit=told.unit, time=sizing.time, window=sizing.window)
    return basis_of(summarise_history(scan(sizing.data), layout))


def _share_of(basis: Basis, traffic: float) -> Basis:
    """The same where only a share of the units is let in."""
    whole = basis.arrivals
    if whole is None or traffic == 1:
        return basis

    def arrivals(days: int) -> Arrivals:
        met = whole(days)
        return replace(
            met,
            units=int(met.units * traffic),
            low=None if met.low is None else int(met.low * traffic),
            high=None if met.high is None else int(met.high * traffic),
        )

    return replace(basis, arrivals=arrivals)


def _planned(told: Registration, basis: Basis) -> int | None:
    if told.planned_units is not None:
        return told.planned_units
    if told.start is None or told.last_day is None or basis.arrivals is None:
        return None
    return basis.arrivals((told.last_day - told.start).days + 1).units


def _reach(ask: Questions, planned: int) -> tuple[Reach, ...]:
    days = None if ask.basis.arrivals is None else ask.days_of(planned, WEEK * YEAR)
    told = [ask.metric(known, days, planned) for known in ask.deciding]
    return tuple(
        Reach(metric=one.metric, power=one.power, detectable=one.detectable) for one in told
    )
