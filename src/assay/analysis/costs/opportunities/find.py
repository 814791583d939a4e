"""Rows and prices → what could be saved, ranked by money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from assay.analysis.costs.opportunities.caching import prefix_caching, replay
from assay.analysis.costs.opportunities.elsewhere import elsewhere
from assay.analysis.costs.opportunities.joint import taken_in_turn
from assay.analysis.costs.opportunities.lengths import shorter
from assay.analysis.costs.opportunities.money import MOST_AGENTS, Ledger, Sized
from assay.analysis.costs.opportunities.repeats import duplicates, failures, retries
from assay.analysis.costs.opportunities.result import NotLooked, OpportunitiesResult
from assay.analysis.costs.opportunities.shares import shared_caching
from assay.analysis.costs.opportunities.timing import batches, idle
from assay.features.implausible import with_apart
from assay.features.prefixes import prefixes_of
from assay.features.priced_calls import with_token_prices
from assay.features.sampled_calls import sampled_calls
from assay.stats.level import Level

if TYPE_CHECKING:
    from collections.abc import Collection

    from assay.analysis.costs.opportunities.result import (
        CacheReplay,
        Opportunity,
        OpportunityKind,
    )
    from assay.features.drawn_rows import DrawnRows
    from assay.features.sampled_calls import SampledCalls

MOST_REPLAYED: Final = 1_000_000
"""Calls that are played through a cache, for which all users have to be there."""

REPLAYED: Final = (
    "agent_id",
    "provider",
    "model",
    "service_tier",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "prefix_hash",
    "cost_usd",
)
"""Columns that a replay looks at."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Source:
    """Where calls come from, and what they cost."""

    rows: Any
    prices: pl.DataFrame
    usual: pl.DataFrame | None
    time_zone: str
    level: Level
    smallest_cell: int
    lines: pl.DataFrame | None

    def ledger(self, calls: SampledCalls) -> Ledger:
        """The calls, priced, without records that no tokens explain."""
        frame = calls.frame
        if self.usual is not None:
            frame = with_apart(frame.lazy(), self.usual).filter(~pl.col("apart")).collect()
        priced = with_token_prices(frame, self.prices)
        return Ledger.of(calls, priced, level=self.level, smallest_cell=self.smallest_cell)


def find_opportunities(  # noqa: PLR0913  each option stands for itself
    rows: pl.LazyFrame | Any,  # noqa: ANN401  any lazy frame that Narwhals knows
    prices: pl.DataFrame,
    *,
    usual: pl.DataFrame | None = None,
    first: date | None = None,
    last: date | None = None,
    time_zone: str = "UTC",
    alpha: float = 0.05,
    smallest_cell: int = 1,
    patient: Collection[str] = (),
    patient_agents: Collection[str] = (),
    others: tuple[Opportunity, ...] = (),
    lines: pl.DataFrame | None = None,
    drawn: DrawnRows | None = None,
) -> OpportunitiesResult:
    """What could be saved a month, at the pace of the newest weeks of the data.

    Args:
        rows: of the table interactions.
        prices: of the table prices, in USD.
        usual: of `features.implausible.usual_costs`; records beyond it do not count.
        first: first day that counts; None takes the first of the data.
        last: last day that counts; None takes the last of the data.
        time_zone: whose days they are.
        alpha: one minus the level of the intervals.
        smallest_cell: nothing is told of fewer users.
        patient: operations that are declared not to be interactive.
        patient_agents: agents that are.
        others: opportunities that were found elsewhere (other models), ranked among these.
        lines: of `spend_lines` for the same rows and zone, which tell their days and save scans
            where no first or last day is given.
        drawn: of `drawn_rows` for the same rows, which saves a scan where they are very many.
    """
    source = _Source(
        rows=rows,
        prices=prices,
        usual=usual,
        time_zone=time_zone,
        level=Level(alpha),
        smallest_cell=smallest_cell,
        lines=lines if first is None and last is None else None,
    )
    calls = sampled_calls(
        rows, first=first, last=last, time_zone=time_zone, lines=source.lines, drawn=drawn
    )
    ledger = source.ledger(calls)
    by_hash, replayed, why_not = _replayed(source, ledger)
    own = (
        *by_hash,
        *shared_caching(ledger, without={one.opportunity.whom for one in by_hash}),
        *shorter(ledger, "outputs"),
        *shorter(ledger, "prompts"),
        *batches(ledger, operations=patient, agents=patient_agents),
        *failures(ledger),
        *retries(ledger),
        *duplicates(ledger),
        *idle(ledger),
        *elsewhere(ledger, prices),
    )
    found, together = taken_in_turn(ledger, own, others)
    spend = ledger.monthly(ledger.numbers("spent_usd"))
    counts = ledger.periods > 1 and spend.value > 0
    return OpportunitiesResult(
        first=ledger.first.isoformat(),
        last=ledger.last.isoformat(),
        days=float(ledger.days),
        spend=ledger.estimate(spend, positive=True) if counts else None,
        unpriced=_unpriced(ledger),
        confidence=1 - alpha,
        unit=ledger.unit,
        found=found,
        together=None if together is None else ledger.estimate(together, positive=True),
        caching=replayed,
        not_looked=(*why_not, *_not_looked(ledger)),
        agents_left=max(ledger.frame["agent_id"].drop_nulls().n_unique() - MOST_AGENTS, 0),
        part=ledger.share,
    )


def _replayed(
    source: _Source, ledger: Ledger
) -> tuple[tuple[Sized, ...], CacheReplay | None, tuple[NotLooked, ...]]:
    """Caching by hashes: of all calls, for whoever was left out may have warmed the cache."""
    if ledger.frame["prefix_hash"].null_count() == len(ledger.frame):
        cached = ledger.numbers("cache_read_tokens").any()
        said = "no call has the hash of its prompt’s start"
        nothing = () if cached else (NotLooked(kind="caching", reason=f"{said}, or cached tokens"),)
        return (), None, nothing
    if ledger.share == 1:
        prefixes = prefixes_of(ledger.frame)
        if prefixes is None:
            return (), None, ()
        return prefix_caching(ledger, prefixes), replay(ledger, prefixes), ()
    weekly = len(ledger.frame) / ledger.share / ledger.days * 7
    if weekly > MOST_REPLAYED:
        said = f"a week has more than {MOST_REPLAYED:,} calls, which are not replayed"
        return (), None, (NotLooked(kind="caching", reason=said),)
    week = ledger.last - timedelta(days=6)
    newest = sampled_calls(
        source.rows,
        first=max(week, ledger.first),
        last=ledger.last,
        most=None,
        columns=REPLAYED,
        time_zone=source.time_zone,
        lines=source.lines,
    )
    whole = source.ledger(newest)
    prefixes = prefixes_of(whole.frame)
    if prefixes is None:
        return (), None, ()
    found = tuple(_thinned(one, whole, ledger) for one in prefix_caching(whole, prefixes))
    return found, replay(whole, prefixes), ()


def _thinned(one: Sized, whole: Ledger, ledger: Ledger) -> Sized:
    """A saving of one week, spread over the sampled calls of its agent by what they cost."""
    mine = next(calls for name, calls in ledger.agents() if name == one.opportunity.whom)
    spent = np.where(mine, ledger.numbers("spent_usd"), 0.0)
    saved = float(one.worth.sum()) * whole.to_month / ledger.to_month
    part = spent * (saved / spent.sum()) if spent.sum() else spent
    return replace(one, worth=part.astype(np.float32))


def _unpriced(ledger: Ledger) -> float:
    tokens = ledger.numbers("prompt_tokens") + ledger.numbers("output_tokens")
    whole = float(tokens.sum())
    return float(tokens[~ledger.truths("priced")].sum()) / whole if whole else 0.0


def _not_looked(ledger: Ledger) -> tuple[NotLooked, ...]:
    """What the data cannot tell, with the reason."""
    frame = ledger.frame

    def empty(*names: str) -> bool:
        return all(frame[name].null_count() == len(frame) for name in names)

    found: list[tuple[OpportunityKind, str]] = []
    if empty("succeeded", "rating"):
        said = "no call has an outcome or a rating"
        found += [("outputs", said), ("prompts", said)]
    if empty("error_type"):
        found.append(("failures", "no call has an error"))
    if empty("retry_of"):
        found.append(("retries", "no call says which one it repeats"))
    if not ledger.truths("has_user").any():
        found.append(("duplicates", "no call says whose it is"))
    return tuple(NotLooked(kind=kind, reason=reason) for kind, reason in found)
