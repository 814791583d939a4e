"""Sums over calls as money a month, with what people and weeks add to their error."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.analysis.costs.opportunities.result import (
    DAYS_OF_MONTH,
    Opportunity,
    OpportunityKind,
    OpportunityState,
    Scope,
    Trial,
)
from assay.core.finding import Estimate, Evidence
from assay.features.sampled_calls import GROUPS
from assay.stats.level import Level
from assay.stats.random_groups import Total, of_totals, of_totals_of_company

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from assay.features.sampled_calls import SampledCalls

    Real = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LEAST_GROUPS = 8
"""Random groups with something to save; of fewer, a handful of units, no interval is to be had."""
LEAST_DAYS = 7
GOOD = frozenset({"advised", "try"})
MOST_AGENTS = 100
"""Agents that are looked at one by one: the dearest, whose savings are worth a decision."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ledger:
    """Priced calls, and how sums over them become money a month.

    Attributes:
        frame: of `features.priced_calls`, in the order of time.
        share: of the units that are in it.
        smallest_cell: of users, below which nothing is told of them.
    """

    frame: pl.DataFrame
    share: float
    first: date
    last: date
    days: int
    periods: int
    unit: str
    columns: frozenset[str]
    level: Level
    smallest_cell: int
    _kept: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(
        cls, calls: SampledCalls, priced: pl.DataFrame, *, level: Level, smallest_cell: int = 1
    ) -> Ledger:
        """The ledger of calls that have their prices."""
        return cls(
            frame=priced,
            share=calls.share,
            first=calls.first,
            last=calls.last,
            days=calls.days,
            periods=calls.periods,
            unit=calls.unit,
            columns=calls.columns,
            level=level,
            smallest_cell=smallest_cell,
        )

    @property
    def to_month(self) -> float:
        """What a sum over the calls is multiplied by, to be one of all calls in a month."""
        return DAYS_OF_MONTH / self.days / self.share

    def numbers(self, name: str) -> Real:
        """A column as numbers, 0 where there is none."""
        key = f"numbers of {name}"
        if key not in self._kept:
            self._kept[key] = self.frame[name].fill_null(0).to_numpy().astype(np.float64)
        return self._kept[key]  # type: ignore[no-any-return]

    def truths(self, name: str) -> Mask:
        """A column of true and false, false where there is none."""
        key = f"truths of {name}"
        if key not in self._kept:
            self._kept[key] = self.frame[name].fill_null(value=False).to_numpy()
        return self._kept[key]  # type: ignore[no-any-return]

    @property
    def place(self) -> NDArray[np.int64]:
        """Of each call, the number of its group and period."""
        if "place" not in self._kept:
            group, period = (self.frame[name].to_numpy() for name in ("group", "period"))
            self._kept["place"] = group.astype(np.int64) * self.periods + period
        return self._kept["place"]  # type: ignore[no-any-return]

    @property
    def configurations(self) -> NDArray[np.int64]:
        """Of each call, the number of its agent, provider and model, ordered by their names."""
        if "configurations" not in self._kept:
            names = ["agent_id", "provider", "model"]
            keys = self.frame.select(names)
            numbered = keys.unique().sort(names).with_row_index("number")
            found = keys.join(
                numbered, on=names, how="left", nulls_equal=True, maintain_order="left"
            )
            self._kept["configurations"] = found["number"].cast(pl.Int64).to_numpy()
        return self._kept["configurations"]  # type: ignore[no-any-return]

    def sums(self, *values: Real, of: Mask | slice = slice(None)) -> Real:
        """Groups × periods × values, which are those of all calls or of some."""
        place, size = self.place[of], GROUPS * self.periods
        added = [np.bincount(place, weights=value, minlength=size) for value in values]
        return (
            np.stack(added, axis=-1).astype(np.float64).reshape(GROUPS, self.periods, len(values))
        )

    def monthly(self, value: Real) -> Total:
        """A sum over calls, per month; without an error where there is one period."""
        if self.periods == 1:
            return Total(float(value.sum()) * self.to_month, 0.0, 1.0)
        return of_totals(self.sums(value)[..., 0]).scaled(self.to_month)

    def monthly_of(self, statistic: Callable[[Real], Real], sums: Real) -> Total:
        """A number made of sums over calls, which grows with them as they do, per month.

        Without an error where there is one period.
        """
        if self.periods == 1:
            return Total(float(statistic(sums.sum(axis=(0, 1)))) * self.to_month, 0.0, 1.0)
        return of_totals(sums, statistic).scaled(self.to_month)

    def monthly_of_company(self, value: Real, left_out: ArrayLike) -> Total:
        """A sum over calls whose parts depend on who else calls, per month.

        Args:
            value: what each call adds.
            left_out: the sum without each group of users.
        """
        if self.periods == 1:
            return self.monthly(value)
        return of_totals_of_company(self.sums(value)[..., 0], left_out).scaled(self.to_month)

    def regrouped(self) -> Ledger:
        """The same with each call as a unit, for calls that no person makes."""
        number = pl.int_range(pl.len()).hash()
        frame = self.frame.with_columns(unit=number, group=(number % GROUPS).cast(pl.Int32))
        return replace(self, frame=frame, unit="request")

    def estimate(self, total: Total, *, positive: bool = False) -> Estimate:
        """The total with its interval.

        As a ratio where it is a sum of amounts, none below zero (`positive`), or surely above zero
        anyway: such totals are skewed, and a symmetric interval lies too low.
        """
        low, high = total.interval(self.level)
        if positive or low > 0:
            low, high = total.positive_interval(self.level)
        return Estimate(value=total.value, low=low, high=high)

    def units(self, mask: Mask) -> int:
        """Different units among these calls."""
        return int(self.frame["unit"].filter(mask).n_unique())

    def agents(self) -> list[tuple[str, Mask]]:
        """Each agent's name and calls, of very many the dearest; one without a name where no call
        has one.
        """
        if "agents" not in self._kept:
            self._kept["agents"] = self._agents()
        return self._kept["agents"]  # type: ignore[no-any-return]

    def _agents(self) -> list[tuple[str, Mask]]:
        names = self.frame["agent_id"]
        money = self.frame.group_by("agent_id").agg(pl.col("spent_usd").sum())
        named = money.filter(pl.col("agent_id").is_not_null())
        dearest = named.sort(["spent_usd", "agent_id"], descending=[True, False])
        known = sorted(dearest["agent_id"].head(MOST_AGENTS))
        found = [(name, (names == name).fill_null(value=False).to_numpy()) for name in known]
        nobody = names.is_null().to_numpy()
        return [*found, ("", nobody)] if nobody.any() else found


@dataclass(frozen=True, slots=True, eq=False)
class Sized:
    """An opportunity, and what each call adds to its saving, in USD."""

    opportunity: Opportunity
    worth: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """What is proposed, before it is known whether it saves.

    Attributes:
        state: what it is where its saving is surely above zero.
        why: the reason then; `why_not`: the reason where it is not.
    """

    key: str
    kind: OpportunityKind
    what: str
    whom: str
    scope: Scope
    state: OpportunityState
    evidence: Evidence
    why: str
    why_not: str
    risks: tuple[str, ...]
    trial: Trial | None = None


def agent_idea(  # noqa: PLR0913  an idea's parts
    kind: OpportunityKind,
    name: str,
    *,
    what: str,
    state: OpportunityState,
    evidence: Evidence,
    why: str,
    why_not: str,
    risks: tuple[str, ...],
    trial: Trial | None = None,
) -> Idea:
    """What is proposed to one agent, or to calls without one (an empty name)."""
    return Idea(
        key=f"{kind}/{name}" if name else kind,
        kind=kind,
        what=what,
        whom=name,
        scope=Scope(agent_id=name),
        state=state,
        evidence=evidence,
        why=why,
        why_not=why_not,
        risks=risks,
        trial=trial,
    )


def told(
    idea: Idea, ledger: Ledger, concerned: Mask, worth: Real, *, saving: Total | None = None
) -> Sized:
    """The idea with its saving, advised or to be tried only where that is surely above zero.

    Args:
        idea: what is proposed.
        ledger: whose calls.
        concerned: calls that it is about.
        worth: what each call adds to the saving; which groups have any tells whether an interval
            can be had at all.
        saving: USD a month; None takes the sum of what calls add.
    """
    amount = ledger.monthly(worth) if saving is None else saving
    known = bool(ledger.truths("priced")[concerned].any())
    spend = float(ledger.numbers("spent_usd")[concerned].sum()) * ledger.to_month
    units = ledger.units(concerned)
    if ledger.unit == "user" and units < ledger.smallest_cell:
        known, spend = False, 0.0
    groups = np.unique(ledger.frame["group"].to_numpy()[concerned & (worth != 0)]).size
    estimate = ledger.estimate(amount, positive=saving is None and not (worth < 0).any())
    state, reason = _state(idea, ledger, estimate, groups=groups, known=known or spend > 0)
    if ledger.unit == "user" and units < ledger.smallest_cell:
        reason = f"fewer than {ledger.smallest_cell} users"
    return Sized(
        Opportunity(
            key=idea.key,
            kind=idea.kind,
            what=idea.what,
            whom=idea.whom,
            scope=idea.scope,
            state=state,
            evidence=idea.evidence,
            saving=None if state == "not enough data" else estimate,
            spend=spend if known or spend else None,
            confidence=1 - ledger.level.alpha,
            n=units,
            unit=ledger.unit,
            days=float(ledger.days),
            reason=reason,
            risks=idea.risks,
            trial=idea.trial if state in GOOD else None,
        ),
        worth.astype(np.float32),
    )


def _state(
    idea: Idea, ledger: Ledger, saving: Estimate, *, groups: int, known: bool
) -> tuple[OpportunityState, str]:
    if not known:
        return "not enough data", "their model has no price in the price book"
    if ledger.days < LEAST_DAYS:
        few = f"{ledger.days} days do not tell what a month costs; at least {LEAST_DAYS} would"
        return "not enough data", few
    if not saving.value:
        return "no evidence", idea.why_not
    if groups < LEAST_GROUPS:
        return "not enough data", f"too few {ledger.unit}s have anything to save"
    if (saving.low or 0.0) > 0:
        return idea.state, idea.why
    return "no evidence", idea.why_not
