"""The questions that a plan puts to what is known of metrics and units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, inf, sqrt
from typing import TYPE_CHECKING, Final

from scipy.special import ndtr

from assay.analysis.experiments.conclusions.methods import unit_of
from assay.analysis.experiments.design.basis import WEEK, Arrivals, Basis, Known
from assay.analysis.experiments.design.result import (
    CurvePoint,
    Look,
    MetricPlan,
    PlanKind,
    Sizing,
)
from assay.core.errors import ParameterError
from assay.stats.multiplicity.dunnett import dunnett_critical
from assay.stats.planning.outcomes import Mean, Rate
from assay.stats.planning.planned_looks import expected_fraction, planned_looks, stopped
from assay.stats.planning.power import Claim, Split, detectable, power, units_needed
from assay.stats.planning.rare_rates import is_rare, rare_detectable, rare_power, rare_units

if TYPE_CHECKING:
    from assay.params import Metric
    from assay.stats.planning.power import Outcome

YEAR: Final = 52
"""Weeks: an experiment that takes longer is no answer."""
ANYTIME_LOOKS: Final = 28
"""Looks at which a sequence that may be read at any time is taken to be read."""
RARE: Final = 20
"""Expected successes or failures of the smallest arm below which normal formulas are doubtful."""
SCALES: Final = (0.5, 1.0, 2.0)
"""Multiples of the effect of interest whose sizes are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the experiment is to show, and how.

    Attributes:
        effect: lift that is to be seen, in each metric's better direction; `effects` for single
            metrics.
        alpha: one minus the confidence, two-sided; power: chance of showing the effect.
        split: shares of the arms on any scale, the control first.
        plan: when the data may be looked at; `looks` and `spending` of a group-sequential one.
        weeks: that one is ready to wait.
        adjust: intervals use what units did before (CUPED).
    """

    experiment: str = ""
    effect: float = 0.05
    effects: Mapping[str, float] = field(default_factory=dict)
    alpha: float = 0.05
    power: float = 0.8
    split: tuple[float, ...] = (1.0, 1.0)
    plan: PlanKind = "once"
    looks: int = 4
    spending: str = "obrien-fleming"
    weeks: int = 8
    adjust: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise ParameterError(f"alpha={self.alpha}, expected between 0 and 1")
        if not self.alpha < self.power < 1:
            raise ParameterError(f"power={self.power}, expected above alpha and below 1")
        if len(self.split) < 2 or not all(0 < share < inf for share in self.split):
            raise ParameterError(f"split={self.split}, expected two or more positive shares")
        if not all(0 < effect < inf for effect in (self.effect, *self.effects.values())):
            raise ParameterError(f"effect={self.effect}, {self.effects}, expected positive lifts")
        if not (self.weeks >= 1 and self.looks >= 1):
            raise ParameterError(f"weeks={self.weeks}, looks={self.looks}, expected 1 or more")


class Questions:
    """The questions that a plan puts to its basis, with what the wish says filled in."""

    def __init__(self, basis: Basis, wish: Wish) -> None:
        self.basis, self.wish = basis, wish
        primary = [known for known in basis.known if known.metric.role == "primary"]
        self.deciding = primary or list(basis.known)
        self.alpha, self.correction = _alpha_each(wish, len(self.deciding))
        whole = sum(wish.split)
        self.split = Split(treated=min(wish.split[1:]) / whole, control=wish.split[0] / whole)
        count = ANYTIME_LOOKS if wish.plan == "anytime" else wish.looks
        self.looks = planned_looks(wish.plan, looks=count, alpha=self.alpha, spending=wish.spending)

    def reason(self, known: Known) -> str | None:
        """Why nothing can be planned with this metric."""
        found = known.spread(None)
        if found.reason:
            return found.reason
        effect, bound = self.effect(known.metric), self.bound(known.metric)
        if known.metric.role != "guardrail" and abs(effect) <= abs(bound):
            return (
                f"the effect of interest ({abs(effect):.3g}) lies inside the region too small to"
                f" matter (±{abs(bound):.3g})"
            )
        if found.base == 0:
            return "the metric is 0 on average: a lift has nothing to be relative to"
        if found.rate and not 0 < (found.base or 0.0) * (1 + effect) < 1:
            return f"a rate of {found.base:.3g} cannot change by {effect:+.3g} of itself"
        return None

    def effect(self, metric: Metric) -> float:
        """The lift that is to be seen, signed; none where a margin is to be kept."""
        if metric.role == "guardrail" and metric.margin:
            return 0.0
        return self.sign(metric) * self.wish.effects.get(metric.name, self.wish.effect)

    def bound(self, metric: Metric) -> float:
        """The lift that the interval has to exclude, signed."""
        if metric.role == "guardrail":
            return -self.sign(metric) * (metric.margin or 0.0)
        return self.sign(metric) * (metric.equivalence or 0.0)

    @staticmethod
    def sign(metric: Metric) -> float:
        """1 where more is better, −1 where less is."""
        return 1.0 if metric.better == "up" else -1.0

    def claim(self, metric: Metric) -> Claim:
        """What is to be shown: an interval of confidence 1 − alpha on the good side of a bound."""
        return Claim(
            alpha=self.alpha / 2,
            side="up" if metric.better == "up" else "down",
            bound=self.bound(metric),
            lift=True,
            looks=self.looks,
        )

    def power(self, known: Known, days: int | None, units: float, effect: float) -> float | None:
        """Chance of the claim with so many units of all arms."""
        outcome = known.outcome(days, adjusted=self.wish.adjust)
        if outcome is None or self.reason(known):
            return None
        mine = units * known.spread(days).valued
        if not mine * min(self.split.treated, self.split.control) >= outcome.fewest:
            return 0.0
        change, claim = effect * abs(outcome.base), self.claim(known.metric)
        if (rate := self.rare(outcome, change, mine)) is not None:
            return rare_power(rate, change, mine, claim=claim, split=self.split)
        return power(outcome, change, mine, claim=claim, split=self.split)

    def rare(self, outcome: Outcome, change: float, units: float) -> Rate | None:
        """The outcome, where it is a rate that is not taken for normal and has an exact answer."""
        if self.looks is not None or not isinstance(outcome, Rate):
            return None
        return outcome if is_rare(outcome, change, units, split=self.split) else None

    def detectable(
        self, known: Known, days: int | None, units: float, *, adjusted: bool
    ) -> float | None:
        """The lift that is shown with the wanted power by so many units of all arms."""
        outcome = known.outcome(days, adjusted=adjusted)
        if outcome is None or known.spread(None).reason or not outcome.base:
            return None
        mine = units * known.spread(days).valued
        if not mine * min(self.split.treated, self.split.control) >= outcome.fewest:
            return None
        claim, wanted = self.claim(known.metric), self.wish.power
        found = detectable(outcome, mine, wanted=wanted, claim=claim, split=self.split)
        if (rate := self.rare(outcome, found or 0.0, mine)) is not None:
            found = rare_detectable(rate, mine, wanted=wanted, claim=claim, split=self.split)
        return None if found is None else found / abs(outcome.base)

    def needed(
        self, known: Known, days: int | None, effect: float, *, adjusted: bool
    ) -> int | None:
        """Units of all arms that show this lift, with values as after so many days."""
        outcome = known.outcome(days, adjusted=adjusted)
        if outcome is None or not outcome.base:
            return None
        change, (low, high) = effect * abs(outcome.base), outcome.reach
        if not low < change < high:
            return None
        claim, wanted = self.claim(known.metric), self.wish.power
        found = units_needed(outcome, change, wanted=wanted, claim=claim, split=self.split)
        if found is not None and (rate := self.rare(outcome, change, found)) is not None:
            found = rare_units(
                rate, change, near=found, wanted=wanted, claim=claim, split=self.split
            )
        valued = known.spread(days).valued
        return None if found is None or not valued else ceil(found / valued - 1e-9)

    def met(self, days: int) -> Arrivals:
        """Units that come in so many days."""
        if self.basis.arrivals is None:
            raise ParameterError("nothing is known of how units come")
        return self.basis.arrivals(days)

    def first_days(self, known: Known | None = None, effect: float | None = None) -> int | None:
        """The first whole number of weeks after which the claim has its power."""
        asked = self.deciding if known is None else [known]
        for week in range(1, YEAR + 1):
            days = WEEK * week
            units = self.met(days).units
            found = [
                self.power(k, days, units, self.effect(k.metric) if effect is None else effect)
                for k in asked
            ]
            if all(one is not None and one >= self.wish.power for one in found):
                return days
        return None

    def units(self, days: int | None) -> int | None:
        """Size of the plan: what comes in its days, or what the deciding metrics need."""
        if days is not None:
            return self.met(days).units
        needs = [
            self.needed(k, self._longest(), self.effect(k.metric), adjusted=self.wish.adjust)
            for k in self.deciding
        ]
        known = [need for need in needs if need is not None]
        return max(known) if len(known) == len(needs) else None

    def _longest(self) -> int | None:
        return None if self.basis.arrivals is None else WEEK * YEAR

    def metric(self, known: Known, days: int | None, units: int | None) -> MetricPlan:
        """What the plan means for one metric."""
        metric, effect = known.metric, self.effect(known.metric)
        reason, spread = self.reason(known), known.spread(days)
        at = None if units is None or reason else units
        lifts = {
            adjusted: None if at is None else self.detectable(known, days, at, adjusted=adjusted)
            for adjusted in (True, False)
        }
        rates = [spread.base or 0.0, (spread.base or 0.0) * (1 + effect)]
        fewest = min(min(rate, 1 - rate) for rate in rates) if spread.rate else None
        arm = min(self.split.treated, self.split.control)
        return MetricPlan(
            metric=metric.name,
            kind=metric.kind,
            role=metric.role,
            better=metric.better,
            unit=unit_of(metric),
            base=spread.base,
            sd=spread.sd,
            n=spread.n,
            valued=spread.valued,
            effect=effect,
            bound=self.bound(metric),
            decides=known in self.deciding,
            power=None if at is None else self.power(known, days, at, effect),
            detectable=lifts[self.wish.adjust],
            detectable_plain=lifts[False],
            sizes=() if reason else tuple(self._sizes(known)),
            seen_before=known.seen,
            rho_squared=known.rho_squared,
            adjusted=self.wish.adjust and bool(known.rho_squared),
            rare=None if fewest is None or at is None else at * arm * fewest * spread.valued,
            exact=at is not None and self._exact(known, days, at, effect),
            reason=reason,
        )

    def _exact(self, known: Known, days: int | None, units: float, effect: float) -> bool:
        outcome = known.outcome(days, adjusted=self.wish.adjust)
        if outcome is None:
            return False
        mine = units * known.spread(days).valued
        return self.rare(outcome, effect * abs(outcome.base), mine) is not None

    def _sizes(self, known: Known) -> list[Sizing]:
        effect = self.effect(known.metric)
        found = []
        for lift in [effect * scale for scale in SCALES] if effect else [0.0]:
            if known.metric.role != "guardrail" and abs(lift) <= abs(self.bound(known.metric)):
                continue
            when = None
            if self.basis.arrivals is not None:
                when = self.first_days(known, lift)
            after = when or self._longest()
            found.append(
                Sizing(
                    lift=lift,
                    units=self.needed(known, after, lift, adjusted=self.wish.adjust),
                    units_plain=self.needed(known, after, lift, adjusted=False),
                    days=when,
                )
            )
        return found

    def curve(self, weeks: int) -> tuple[CurvePoint, ...]:
        """What could be seen of the first deciding metric after each week."""
        first = self.deciding[0]
        points = []
        for week in range(1, weeks + 1):
            days = WEEK * week
            met = self.met(days)
            points.append(
                CurvePoint(
                    days=days,
                    units=met.units,
                    low=met.low,
                    high=met.high,
                    extrapolated=met.extrapolated,
                    detectable=self.detectable(first, days, met.units, adjusted=self.wish.adjust),
                    plain=self.detectable(first, days, met.units, adjusted=False),
                    power=self.power(first, days, met.units, self.effect(first.metric)),
                )
            )
        return tuple(points)

    def drift(self, days: int | None, units: int | None) -> float | None:
        """Expected statistic of the first deciding metric at the end of the plan."""
        first = self.deciding[0]
        outcome = first.outcome(days, adjusted=self.wish.adjust)
        if outcome is None or units is None:
            return None
        mine = units * first.spread(days).valued
        found = _estimate(outcome, self.effect(first.metric), mine, self.claim(first.metric), self)
        return abs(found)

    def look_table(self, days: int | None, units: int | None) -> tuple[Look, ...]:
        """Each look: when, which bound, and how likely the experiment has ended by it."""
        drift = self.drift(days, units)
        if self.looks is None or drift is None or units is None or self.wish.plan == "anytime":
            return ()
        ended, null = stopped(self.looks, drift), stopped(self.looks, 0.0)
        rows = zip(self.looks.fractions, self.looks.bounds, ended, null, strict=True)
        return tuple(
            Look(
                fraction=fraction,
                days=None if days is None else self.days_of(fraction * units, days),
                units=ceil(fraction * units - 1e-9),
                bound=bound,
                stops=here,
                stops_null=there,
            )
            for fraction, bound, here, there in rows
        )

    def days_of(self, units: float, most: int) -> int:
        """The first day by which so many units have come."""
        low, high = 1, most
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.met(middle).units < units else (low, middle)
        return low

    def inflation(self) -> float:
        """Size of the plan over that of one look at the end."""
        if self.looks is None:
            return 1.0
        sizes = [
            units_needed(
                Mean(base=0.0, sd=1.0, normal=True),
                0.1,
                wanted=self.wish.power,
                claim=Claim(alpha=self.alpha / 2, side="up", looks=looks),
            )
            for looks in (self.looks, None)
        ]
        return (sizes[0] or inf) / (sizes[1] or inf)

    def expected(self, days: int | None, units: int | None) -> tuple[float | None, float | None]:
        """Mean days until the plan ends: under the effect of interest, and under none."""
        drift = self.drift(days, units)
        if self.looks is None or drift is None or days is None or units is None:
            return None, None
        found = [expected_fraction(self.looks, d) for d in (drift, 0.0)]
        return tuple(float(self.days_of(f * units, days)) for f in found)  # type: ignore[return-value]


def _estimate(outcome: Outcome, effect: float, units: float, claim: Claim, ask: Questions) -> float:
    found = outcome.estimator(
        effect * abs(outcome.base), units * ask.split.treated, units * ask.split.control, claim
    )
    return found.shift / found.error if found.error > 0 else 0.0


def _alpha_each(wish: Wish, deciding: int) -> tuple[float, str]:
    """The error of one comparison, and in words what it pays for.

    As the analysis corrects: Dunnett's method for one deciding metric in several arms, and for
    several metrics Holm's, whose first step divides alpha by the number of comparisons.
    """
    treated = len(wish.split) - 1
    if deciding > 1:
        return wish.alpha / (deciding * treated), f"shared by {deciding * treated} comparisons"
    if treated == 1:
        return wish.alpha, ""
    loadings = [sqrt(share / (share + wish.split[0])) for share in wish.split[1:]]
    critical = dunnett_critical(wish.alpha, loadings, inf)
    return 2 * float(ndtr(-critical)), f"{treated} arms share one control (Dunnett)"
