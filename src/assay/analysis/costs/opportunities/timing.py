"""Calls that nobody waits for: what they cost as batches, and those that only keep time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.analysis.costs.opportunities.money import Idea, Sized, told
from assay.analysis.costs.opportunities.result import Scope, Trial

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from assay.analysis.costs.opportunities.money import Ledger
    from assay.analysis.costs.opportunities.result import OpportunityState

    Real = NDArray[np.float64]
    Mask = NDArray[np.bool_]

PATIENT: Final = frozenset({"batch", "embedding", "embeddings", "evaluation", "eval", "judge"})
"""Operations that no person waits for."""
UNFELT_S: Final = 60.0
"""An answer that mostly takes longer than this is not waited for at a screen."""
BEATS: Final = 50
"""Calls at least before they can be said to keep time."""
_BEATING: Final = 0.5
_CLOSE: Final = 0.02
_LATE: Final = 3.0
"""Standard errors by which an agent has fewer ratings than the others before it has none."""
_BATCH_RISKS: Final = (
    "results may take up to a day",
    "a batch has limits of its own, and a failed one is found out late",
)
_REPLAY: Final = Trial(
    design="the same calls as batches for a week, beside the rest",
    metric="cost per call, and hours until the result",
    unit="call",
    reason="the price is known, so that only the wait is to be seen",
)
_PAUSE: Final = Trial(
    design="pause it every other day, or for half of those who see it",
    metric="complaints, and what reads its answers",
    unit="day",
    reason="what the answers are worth is not in these data",
)


def batches(
    ledger: Ledger, *, operations: Collection[str] = (), agents: Collection[str] = ()
) -> tuple[Sized, ...]:
    """Per agent: what calls that nobody waits for would cost less as batches.

    Args:
        ledger: whose calls.
        operations: declared as not interactive, beside `PATIENT`.
        agents: declared as not interactive.
    """
    frame = ledger.frame
    named = frame["operation"].str.to_lowercase().is_in([*PATIENT, *operations])
    declared = named.fill_null(value=False).to_numpy()
    declared |= frame["agent_id"].is_in(list(agents)).fill_null(value=False).to_numpy()
    alone = ~(ledger.truths("has_user") | ledger.truths("has_session"))
    knows = ledger.truths("has_user").any()
    tier = frame["service_tier"].fill_null("").str.to_lowercase()
    batched = (tier == "batch").to_numpy()
    saved = ledger.numbers("list_usd") - ledger.numbers("batch_usd")
    found = []
    for name, calls in ledger.agents():
        for mark, mine, why in (
            ("", calls & declared, "these operations are declared as not interactive"),
            ("alone", calls & ~declared & alone & knows, "no user and no session is behind them"),
            ("slow", calls & ~declared & ~(alone & knows) & _slow(ledger, calls), _SLOW),
        ):
            concerned = mine & ~batched
            if not concerned.any():
                continue
            state: OpportunityState = "try" if mark else "advised"
            idea = Idea(
                key="/".join(part for part in ("batch", name, mark) if part),
                kind="batch",
                what="send calls that nobody waits for as batches",
                whom=name,
                scope=Scope(agent_id=name),
                state=state,
                evidence="rule",
                why=f"{why}, and a batch of the same model costs less",
                why_not="their models have no lower price as a batch",
                risks=_BATCH_RISKS,
                trial=_REPLAY,
            )
            found.append(told(idea, ledger, concerned, np.where(concerned, saved, 0.0)))
    return tuple(found)


_SLOW: Final = f"half of the answers take longer than {UNFELT_S:.0f} seconds"


def _slow(ledger: Ledger, calls: Mask) -> bool:
    median = ledger.frame["latency_s"].filter(pl.Series(calls)).median()
    return isinstance(median, float) and median > UNFELT_S


def idle(ledger: Ledger) -> tuple[Sized, ...]:
    """Calls that come like a clock's, and agents whose answers nobody rates or closes.

    Operations that are scheduled by their nature (`PATIENT`) are none of these.
    """
    beating = _heartbeats(ledger)
    named = ledger.frame["operation"].str.to_lowercase().is_in([*PATIENT]).fill_null(value=False)
    scheduled = named.to_numpy()
    apart = ledger.regrouped()
    spent = ledger.numbers("spent_usd")
    found = []
    for name, calls in ledger.agents():
        for mark, mine, what, why in (
            (
                "regular",
                calls & beating & ~scheduled,
                "call less often where calls come like a clock’s",
                "most of these calls follow each other at one and the same distance",
            ),
            (
                "unused",
                calls & ~beating & ~scheduled & _unused(ledger, calls),
                "find out whether anybody uses the answers, and stop where nobody does",
                "nobody rates an answer, and none has a known outcome, unlike other agents’",
            ),
        ):
            if not mine.any():
                continue
            idea = Idea(
                key="/".join(part for part in ("idle", name, mark) if part),
                kind="idle",
                what=what,
                whom=name,
                scope=Scope(agent_id=name),
                state="try",
                evidence="rule" if mark == "regular" else "association",
                why=f"{why}; the saving is their whole cost",
                why_not="they cost nothing",
                risks=(
                    "they may keep something alive, or feed what these data do not show",
                    "only those that nobody misses can go, so that this is the most it can save",
                ),
                trial=_PAUSE,
            )
            found.append(told(idea, apart, mine, np.where(mine, spent, 0.0)))
    return tuple(found)


def _heartbeats(ledger: Ledger) -> Mask:
    """Calls of an agent, by one user or by none, half of whose distances are the same to 2 %."""
    keys = ["agent_id", "operation", "who"]
    frame = ledger.frame.select(
        "at",
        "agent_id",
        "operation",
        who=pl.when("has_user").then("unit").otherwise(pl.lit(0, pl.UInt64)),
    )
    gaps = frame.with_columns(
        gap=pl.col("at").diff().dt.total_microseconds().over(keys).cast(pl.Float64) / 1e6
    )
    usual = pl.col("gap").median()
    near = (pl.col("gap") - usual).abs() <= pl.max_horizontal(usual * _CLOSE, pl.lit(0.5))
    beats = gaps.group_by(keys).agg(n=pl.len(), usual=usual, near=near.mean())
    # distances within a few seconds are those of a burst
    steady = beats.filter(pl.col("n") >= BEATS, pl.col("near") >= _BEATING, pl.col("usual") >= 10.0)
    marked = frame.join(
        steady.select(*keys, beats=pl.lit(value=True)),
        on=keys,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return marked["beats"].fill_null(value=False).to_numpy()


def _unused(ledger: Ledger, calls: Mask) -> bool:
    """Whether others' answers are rated or closed and, beyond chance, none of these."""
    judged = ledger.frame["rating"].is_not_null() | ledger.frame["succeeded"].is_not_null()
    known = judged.to_numpy()
    if (known & calls).any() or not (~calls).any():
        return False
    share = float(known[~calls].mean())
    # (1 − share)^n below one in a thousand, by units rather than calls
    return share > 0 and ledger.units(calls) * share > _LATE**2
