"""Why a move stands where it stands, and what could go wrong with it, in plain sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from assay.analysis.costs.opportunities.switching.result import Move, SwitchState
    from assay.core.finding import Estimate

_ITEMS: Final = "the items that both tried may not be what users ask for"
_LIKE: Final = "the cheaper model may have been given easier requests, which no column shows"
_PRICE: Final = "list prices may change, and a contract may have others"
_AGAIN: Final = "answers that fail may be asked for again, which costs more than is counted here"


def risks_of(move: Move) -> tuple[str, ...]:
    """What could go wrong, one sentence each."""
    found = [_ITEMS if move.seen == "paired" else _LIKE]
    if move.kind == "tier":
        found.append("another tier may answer later, or not at all when there is much to do")
    elif move.kind == "provider":
        found.append("another provider may serve the model in another precision, speed or region")
    else:
        found.append("prompts written for one model may suit another less, and so may its latency")
    found += [_AGAIN] if (move.then or 0.0) < (move.now or 0.0) else []
    return (*found, _PRICE if move.basis == "list" else "what was logged may not be what is billed")


def reason_of(  # noqa: PLR0911, PLR0913  one sentence per case
    state: SwitchState,
    *,
    seen: str,
    quality: Estimate | None,
    margin: float,
    cost_ratio: Estimate | None,
    saving: Estimate | None,
    selected: bool,
) -> str:
    """Why, one sentence without a number that the record does not hold."""
    if cost_ratio is None or cost_ratio.high is None:
        return "costs of the same work vary too much to be compared"
    if saving is None:
        return "a month cannot be told from so few days of its work"
    if quality is None:
        return "all outcomes are alike, so that success says nothing of quality"
    worse = quality.value is not None and quality.value < -margin
    if state == "no evidence":
        if not (saving.low or 0.0) > 0:
            return "a saving is not certain: its interval reaches zero"
        return "it succeeds less often by more than the margin"
    if state == "advised":
        return "over the same items its success is lower by less than the margin, and it costs less"
    if selected:
        return "items seem to have been given to one because of how the other did"
    if seen == "matched":
        return "like work went to both, but not by chance: only an experiment can tell"
    return "worse" if worse else "too few items to tell that it is lower by less than the margin"
