"""Long prompts and long answers that come with no better success or rating."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl

from assay.analysis.costs.opportunities.money import Idea, Sized, agent_idea, told
from assay.analysis.costs.opportunities.trials import MARGIN, cost_trial
from assay.stats.random_groups import of_totals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.analysis.costs.opportunities.money import Ledger
    from assay.analysis.costs.opportunities.result import OpportunityState, Trial

    Real = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LEAST_KNOWN: Final = 200
"""Calls with an outcome in a third, to compare thirds."""
_TINY: Final = 1e-300
_RISKS: Final = (
    "what is hard is answered at length: the same task, cut short, may fail",
    "ratings come from few of those who read the answers",
)
_WHAT: Final = {
    "outputs": "ask for shorter answers where they are longest",
    "prompts": "shorten the longest prompts",
}
_NAMES: Final = {"outputs": "answers", "prompts": "prompts"}


def shorter(ledger: Ledger, kind: Literal["outputs", "prompts"]) -> tuple[Sized, ...]:
    """Per agent: what it saves if the longest third were as long as the middle one.

    Thirds are those of each agent with each model. The saving is proposed only where the longest
    third is surely not better than the middle one by `MARGIN` in success (or rating).
    """
    tokens = ledger.numbers("output_tokens" if kind == "outputs" else "prompt_tokens")
    if not (ledger.frame["succeeded"].count() or ledger.frame["rating"].count()):
        return ()
    third, middle = _thirds(ledger, tokens)
    if kind == "outputs":
        price = ledger.numbers("output_price")
    else:
        paid = sum(
            ledger.numbers(f"{one}_tokens") * ledger.numbers(f"{one}_price")
            for one in ("input", "cache_read", "cache_write")
        )
        price = paid / np.maximum(tokens, 1.0)
    saved = np.where(third == 3, np.maximum(tokens - middle, 0.0) * price, 0.0)
    found = []
    for name, calls in ledger.agents():
        concerned = calls & (third > 0)
        if concerned.any():
            worth = np.where(concerned, saved, 0.0)
            verdict = _judged(ledger, concerned, third, _NAMES[kind])
            idea = _idea(kind, name, verdict, _trial(ledger, concerned, worth))
            found.append(told(idea, ledger, concerned, worth))
    return tuple(found)


def _trial(ledger: Ledger, concerned: Mask, worth: Real) -> Trial | None:
    spend = float(ledger.numbers("spent_usd")[concerned].sum())
    if not spend or not worth.sum() > 0:
        return None
    return cost_trial(ledger, concerned, float(worth.sum()) / spend, quality=True)


def _idea(
    kind: Literal["outputs", "prompts"],
    name: str,
    verdict: tuple[OpportunityState, str],
    trial: Trial | None,
) -> Idea:
    state, why = verdict
    return agent_idea(
        kind,
        name,
        what=_WHAT[kind],
        state=state,
        evidence="association",
        why=why,
        why_not=f"the longest {_NAMES[kind]} cost hardly more than the others",
        risks=_RISKS,
        trial=trial,
    )


def _judged(
    ledger: Ledger, concerned: Mask, third: NDArray[np.int64], name: str
) -> tuple[OpportunityState, str]:
    """Whether the longest third is better than the middle one."""
    for column, label in (("succeeded", "success"), ("rating", "rating")):
        value = ledger.frame[column].cast(pl.Float64)
        known = value.is_not_null().to_numpy() & concerned
        number = value.fill_null(0.0).to_numpy()
        parts = [known & (third == which) for which in (3, 2)]
        if min(int(part.sum()) for part in parts) < LEAST_KNOWN or ledger.periods == 1:
            continue
        columns = [a for part in parts for a in (np.where(part, number, 0.0), part * 1.0)]
        gap = of_totals(ledger.sums(*columns), _gap)
        low, high = gap.interval(ledger.level)
        told_gap = f"{gap.value * 100:+.1f} [{low * 100:+.1f}, {high * 100:+.1f}] points"
        if high <= MARGIN:
            return "try", f"the longest third of {name} has no better {label}: {told_gap}"
        if low > 0:
            return "no evidence", f"the longest third of {name} has better {label}: {told_gap}"
        return (
            "no evidence",
            f"whether the longest third of {name} has better {label} is not known: {told_gap}",
        )
    return "no evidence", f"no success and no rating tell what long {name} are worth"


def _gap(totals: Real) -> Real:
    top, known, other, others = np.moveaxis(totals, -1, 0)
    return np.asarray(top / np.maximum(known, _TINY) - other / np.maximum(others, _TINY))


def _thirds(ledger: Ledger, tokens: Real) -> tuple[NDArray[np.int64], Real]:
    """Per call its third by length (1 to 3; 0 without tokens or with an error), and the median."""
    sound = ledger.frame["error_type"].is_null().to_numpy() & (tokens > 0)
    length = np.where(sound, tokens, np.nan)
    lengths = pl.DataFrame({"of": ledger.configurations, "length": length}).filter(sound)
    known = lengths.group_by("of").agg(
        low=pl.col("length").quantile(1 / 3),
        high=pl.col("length").quantile(2 / 3),
        middle=pl.col("length").median(),
    )
    ends = np.full((3, int(ledger.configurations.max(initial=0)) + 1), np.nan)
    ends[:, known["of"]] = known.select("low", "high", "middle").to_numpy().T
    low, high, middle = ends[:, ledger.configurations]
    third = np.where(length > high, 3, np.where(length > low, 2, 1))
    return np.where(np.isnan(length), 0, third), np.nan_to_num(middle)
