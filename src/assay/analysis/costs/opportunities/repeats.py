"""What is paid for twice: calls that fail, are retried, or ask the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.analysis.costs.opportunities.levels import Aim, Compared, each_to_the_best
from assay.analysis.costs.opportunities.money import Sized, agent_idea, told
from assay.analysis.costs.opportunities.trials import cost_trial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.analysis.costs.opportunities.money import Ledger

    Real = NDArray[np.float64]
    Mask = NDArray[np.bool_]

WITHIN_S: Final = 600.0
"""How soon the same prompt of the same user is the same work."""


_FAILURES: Final = Aim(
    kind="failures",
    what="bring failing calls down to the level of the best agents",
    why="more of its money goes to calls that fail than at the best quarter of agents",
    why_not="calls that fail cost it no more than they cost the best agents",
    risks=(
        "errors may come with the task or the provider rather than with the agent",
        "calls that fail may be charged otherwise than their tokens say",
    ),
)
_RETRIES: Final = Aim(
    kind="retries",
    what="ask again as rarely as the best agents do",
    why="more of its answers are paid for and asked for again than at the best agents",
    why_not="what it asks again had failed, or costs no more than at the best agents",
    risks=("fewer retries may leave more tasks unsolved",),
)


def failures(ledger: Ledger) -> tuple[Sized, ...]:
    """Per agent: what calls with an error cost beyond the level of the best comparable agents."""
    failed = ledger.frame["error_type"].is_not_null().to_numpy()
    return each_to_the_best(ledger, _wasted(ledger, failed), _FAILURES, failed)


def retries(ledger: Ledger) -> tuple[Sized, ...]:
    """Per agent: what was paid for calls that had no error and were asked again all the same."""
    frame = ledger.frame
    again = frame["retry_of"].drop_nulls().unique()
    if again.is_empty():
        return ()
    asked = frame["interaction_id"].is_in(again.implode()).fill_null(value=False).to_numpy()
    wasted = asked & frame["error_type"].is_null().to_numpy()
    retried = frame["retry_of"].is_not_null().to_numpy()
    return each_to_the_best(ledger, _wasted(ledger, wasted), _RETRIES, retried)


def _wasted(ledger: Ledger, calls: Mask) -> Compared:
    """The share of spending that goes to these calls."""
    spent = ledger.numbers("spent_usd")
    return Compared(part=np.where(calls, spent, 0.0), whole=spent, better="less")


def duplicates(ledger: Ledger) -> tuple[Sized, ...]:
    """Per agent: calls that repeat a prompt of the same user within minutes, less those by chance.

    The same prompt has the same tokens (and the same item, where there is one). Prompts of equal
    length need not be the same: as many as calls of different users would show are taken off.
    """
    if not ledger.truths("has_user").any():
        return ()
    doubled = _doubled(ledger)
    cached = ledger.truths("cache_hit")
    found = []
    for name, calls in ledger.agents():
        worth = np.where(calls & ~cached, ledger.numbers("spent_usd") * doubled, 0.0)
        concerned = calls & ledger.truths("tokens_known")
        if not concerned.any():
            continue
        spend = float(ledger.numbers("spent_usd")[concerned].sum())
        own = (
            f"; its own cache answers {cached[calls].mean() * 100:.1f} % of calls"
            if (cached & calls).any()
            else ""
        )
        idea = agent_idea(
            "duplicates",
            name,
            what="answer the same question of the same user from an own cache",
            state="try",
            evidence="rule",
            why="the same user sends prompts of the same length within ten minutes more often "
            f"than chance would{own}",
            why_not="prompts of the same length within ten minutes are no more frequent than by "
            f"chance{own}",
            risks=(
                "whoever asks again may want another answer",
                "prompts of equal length may differ in their words",
            ),
            trial=cost_trial(ledger, concerned, float(worth.sum()) / spend, quality=True)
            if spend and worth.sum() > 0
            else None,
        )
        found.append(told(idea, ledger, concerned, worth))
    return tuple(found)


def _doubled(ledger: Ledger) -> Real:
    """Per call: 1 where it repeats an earlier one, less the chance that it seems to."""
    kind = ledger.configurations
    asked = ledger.frame["retry_of"].is_null() & (ledger.frame["prompt_tokens"] != 0)
    place = np.flatnonzero(asked.to_numpy())
    doubled = np.zeros(len(ledger.frame))
    if not place.size:
        return doubled
    whose = pl.struct("unit", pl.Series("kind", kind), "item_id").hash()
    who = ledger.frame.select(whose).to_series().to_numpy()[place]
    prompt = ledger.frame["prompt_tokens"].to_numpy()[place]
    when = ledger.frame["at"].dt.epoch("us").to_numpy()[place] / 1e6
    same = np.lexsort((prompt, who))  # each in the order of time, as the calls are
    again = (np.diff(who[same]) == 0) & (np.diff(prompt[same]) == 0)
    repeats = np.zeros(place.size)
    repeats[same[1:]] = again & (np.diff(when[same]) <= WITHIN_S)
    order = np.argsort(who, kind="stable")
    begun = when[order] - when[0]
    span = begun.max() + 2 * WITHIN_S
    line = np.cumsum(np.diff(who[order], prepend=who[order[0]]) != 0) * span + begun
    before = np.arange(line.size) - np.searchsorted(line, line - WITHIN_S, side="left")
    alike = _alike(kind[place], prompt)[kind[place][order]]
    repeats[order] -= 1 - (1 - alike) ** before
    doubled[place] = repeats
    return doubled


def _alike(kind: NDArray[np.int64], prompt: NDArray[np.int64]) -> Real:
    """Of each kind the chance that two of its calls have prompts of the same length."""
    lengths = pl.DataFrame({"kind": kind, "prompt": prompt}).group_by("kind", "prompt").len()
    of, n = lengths["kind"].to_numpy(), lengths["len"].to_numpy().astype(np.float64)
    calls = np.bincount(of, n)
    pairs = calls * (calls - 1)
    found: Real = np.bincount(of, n * (n - 1)) / np.maximum(pairs, 1.0)
    return found
