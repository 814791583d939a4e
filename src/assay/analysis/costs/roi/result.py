"""The worth of a change, what it rests on, and what would turn it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, Self

from assay.core.finding import Estimate, Evidence, Finding
from assay.core.provenance import LeftOut
from assay.core.units import NONE, SHARE, USD, Count, Number, Probability, Share, UnitOf, Usd
from assay.params import Amount, Guess

if TYPE_CHECKING:
    from collections.abc import Sequence

Design = Literal["randomised", "compared", "before-after"]
"""Drawn at random; with a comparison group that was not; without one."""
Source = Literal["measured", "declared", "booked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What no data say, and somebody declared.

    Attributes:
        value: USD that one unit of the metric's numerator is worth.
        of: what that unit is: "a solved task".
        costs: what the change costs beside the use of models.
        months: how far ahead is counted.
        kept: share of the effect that is left after a year.
        discount: rate a year.
        volume: denominators a month that the change will reach; None: those of all units since the
            change.
        reached: units that it will reach, for costs per unit; None: all units since the change.
    """

    value: Guess
    of: str
    costs: tuple[Amount, ...]
    months: int
    kept: Guess
    discount: Guess
    volume: Guess | None = None
    reached: float | None = None

    @classmethod
    def declared(  # noqa: PLR0913  each assumption is told apart
        cls,
        *,
        value: object,
        of: str = "one",
        costs: Sequence[object] = (),
        months: int = 24,
        kept: object = 1.0,
        discount: object = 0.0,
        volume: object = None,
        reached: float | None = None,
    ) -> Self:
        """The assumptions as parameters give them: numbers, or tables of likely, low and high."""
        return cls(
            value=Guess.model_validate(value),
            of=of,
            costs=tuple(Amount.model_validate(one) for one in costs),
            months=months,
            kept=Guess.model_validate(kept),
            discount=Guess.model_validate(discount),
            volume=None if volume is None else Guess.model_validate(volume),
            reached=reached,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the change did to one metric, per unit of its denominator.

    Attributes:
        before, after: the ratio of those who had the change.
        compared_before, compared_after: that of the others, None without any.
        effect: what is left beyond what happened to the others, or beyond what was before.
        relative: the effect over what would have been without it.
        adjusted: share of the difference before that was taken off.
        month: what the effect comes to in a month at the volume seen.
    """

    name: str
    unit: str
    better: Literal["up", "down"]
    before: Annotated[float | None, UnitOf("unit")]
    after: Annotated[float, UnitOf("unit")]
    compared_before: Annotated[float | None, UnitOf("unit")]
    compared_after: Annotated[float | None, UnitOf("unit")]
    effect: Annotated[Estimate, UnitOf("unit")]
    relative: Share | None
    adjusted: Number
    month: Annotated[Estimate, NONE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """One input of the worth: its middle, its range of 90 %, and what its doubt does.

    Attributes:
        at_low, at_high: net present value with the input at either end, all others at their middle.
        spread: part of the worth's spread that goes with it.
        turning: the value at which the worth is zero, None where none is, or it was not asked.
    """

    key: str
    name: str
    unit: str
    source: Source
    likely: Annotated[float, UnitOf("unit")]
    low: Annotated[float, UnitOf("unit")]
    high: Annotated[float, UnitOf("unit")]
    at_low: Usd
    at_high: Usd
    spread: Share
    turning: Annotated[float | None, UnitOf("unit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What is left after a month: what came in less what was paid, discounted."""

    month: Count
    net: Annotated[Estimate, USD]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One cost over the whole time, discounted.

    Attributes:
        source: `declared`, `measured`, or which entries of expenses it is taken from.
    """

    name: str
    source: str
    every: str
    amount: Annotated[Estimate, USD]
    whole: Annotated[Estimate, USD]


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The same comparison within the days before the change, when there was nothing to find.

    Attributes:
        clear: whether its interval holds zero, as it should.
    """

    unit: str
    effect: Annotated[Estimate, UnitOf("unit")]
    clear: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoiResult:
    """The record of kind `cost-roi`.

    Attributes:
        subject: what was changed.
        design, evidence: how the effect is known.
        worth: net present value, with its interval.
        positive: chance that it is above zero.
        gained, paid: present values of what the change brings and of what it costs.
        roi: net present value over what is paid: the ratio of the two means, and quantiles of the
            ratio; None where nothing is paid.
        even: months until what came in covers what was paid; an end beyond the horizon is None.
        even_chance: chance that it does within the horizon.
        outcomes: 50 equally likely net present values.
        drivers: inputs, the one that matters most first.
        value: USD per unit of the metric, as declared.
        volume: denominators a month that are counted on; `volume_of`: what they are.
        more: units per group from which the sign of the worth would be known at this effect, None
            where it is known, or no number of units would tell.
    """

    subject: str
    design: Design
    evidence: Evidence
    confidence: Share
    changed_on: str
    first: str
    last: str
    before_days: Count
    after_days: Count
    unit: str
    treated: Count
    compared: Count
    months: Count
    draws: Count
    measured: tuple[Measured, ...]
    earlier: Earlier | None
    volume: Number
    volume_of: str
    worth: Annotated[Estimate, USD]
    positive: Probability
    gained: Annotated[Estimate, USD]
    paid: Annotated[Estimate, USD]
    roi: Annotated[Estimate | None, SHARE]
    even: Annotated[Estimate | None, "months"]
    even_chance: Probability
    course: tuple[Balance, ...]
    outcomes: Annotated[tuple[float, ...], USD]
    costs: tuple[Cost, ...]
    drivers: tuple[Driver, ...]
    more: Count | None
    left_out: tuple[LeftOut, ...]
    findings: tuple[Finding, ...]
