"""From work done by several models to the moves that would save, and how sure that is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Final

from assay.analysis.costs.comparing.grid import NONE
from assay.analysis.costs.opportunities.result import Opportunity, Scope, Trial
from assay.analysis.costs.opportunities.switching.confirming import trial_of
from assay.analysis.costs.opportunities.switching.evidence import (
    Evidence,
    matched_evidence,
    paired_evidence,
)
from assay.analysis.costs.opportunities.switching.pieces import (
    BASES,
    Basis,
    Pieces,
    Values,
    pieces_of,
)
from assay.analysis.costs.opportunities.switching.result import Move, SwitchingResult
from assay.analysis.costs.opportunities.switching.spending import monthly_spend, saving_of
from assay.analysis.costs.opportunities.switching.words import reason_of, risks_of
from assay.core.errors import DataError, ParameterError
from assay.features.pricing import BATCH

if TYPE_CHECKING:
    from assay.analysis.costs.opportunities.switching.result import SwitchKind, SwitchState
    from assay.core.finding import Estimate
    from assay.features.work import Work

    _Months = dict[tuple[str, Values, Basis], Estimate | None]

FEWEST_ITEMS: Final = 20
"""Shared items that a comparison over items needs."""
MOST: Final = 40
"""Moves that are told one by one."""
_ORDER: Final = ("advised", "try", "no evidence", "not enough data")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A dearer configuration and a cheaper one at the same work, with what is known of both."""

    pieces: Pieces
    current: Values
    candidate: Values
    basis: Basis
    evidence: Evidence


def find_switches(
    work: Work,
    *,
    margin: float = 0.02,
    alpha: float = 0.05,
    confidence: float = 0.95,
    fewest: int = FEWEST_ITEMS,
) -> SwitchingResult:
    """Whether a cheaper model (or provider, or tier) that did the same work does it as well.

    Two configurations are compared over the items that both tried; else within like work (users of
    a type, a template, an operation, a period of four weeks), which is an association and ends in
    an experiment. Advised is only what was shown over items: the lower end of the difference in
    quality lies above −margin, at a level divided by the number of all pairs so compared, and the
    saving is above zero.

    Args:
        work: of `features.work.work_of`.
        margin: loss of quality that a cheaper model may bring at most, as a share.
        alpha: chance that any move is advised whose loss is as large as the margin (one-sided).
        confidence: of the intervals of money; where several pairs do the same work, those of
            their costs hold together, since the pair that looks best is looked at first.
        fewest: shared items that a comparison over items needs.

    Raises:
        ParameterError: where a share is out of range.
    """
    if not (0 < margin < 1 and 0 < alpha < 0.5 and 0 < confidence < 1):
        raise ParameterError(
            f"margin={margin}, alpha={alpha}, confidence={confidence}, expected shares between 0"
            " and 1, alpha below a half"
        )
    parts = pieces_of(work)
    months = _months(parts, work, 1 - confidence)
    found: list[_Candidate] = []
    pairs = unseen = idle = paired = 0
    for pieces in parts:
        for one, other in combinations(pieces.configurations, 2):
            basis = pieces.basis(one, other)
            if (one[-1] == BATCH) != (other[-1] == BATCH) or basis is None:
                continue  # what waits for its answer is another opportunity
            going = [each for each in (one, other) if months[pieces.kind, each, basis] is not None]
            idle += not going
            seen = [
                _compared(pieces, basis, each, other if each == one else one, fewest=fewest)
                for each in going
            ]
            known = [pair for pair in seen if pair is not None]
            pairs += bool(known)
            paired += any(_counts(pair.evidence) for pair in known)
            unseen += bool(going) and not known
            found += known
    cheaper = [one for one in found if _cheaper(one.evidence)]
    level = alpha / max(paired, 1)
    rivals = Counter(one.pieces.kind for one in cheaper)
    moves = [
        _move(
            one,
            months,
            margin=margin,
            level=level,
            confidence=confidence,
            rivals=rivals[one.pieces.kind],
        )
        for one in cheaper
    ]
    trials = sum(move.state == "try" for move in moves)
    planned = [
        _planned(move, one.evidence, work.unit, margin=margin, alpha=alpha / max(trials, 1))
        for move, one in zip(moves, cheaper, strict=True)
    ]
    planned.sort(key=lambda move: (_ORDER.index(move.state), -_floor(move.saving), move.key))
    return SwitchingResult(
        quality=work.quality,
        users=work.unit,
        margin=margin,
        alpha=alpha,
        level=1 - 2 * level,
        confidence=confidence,
        days=int(work.days["day"].n_unique()),
        compared=paired,
        dearer=pairs - len(cheaper),
        unseen=unseen,
        idle=idle,
        part=work.share,
        untold=max(len(planned) - MOST, 0),
        moves=tuple(planned[:MOST]),
        spend=_spent(work),
    )


def _compared(
    pieces: Pieces, basis: Basis, current: Values, candidate: Values, *, fewest: int
) -> _Candidate | None:
    """What is known of a pair: by items where enough are shared, else by like work."""
    evidence = _by_items(pieces, basis, current, candidate, fewest)
    if evidence is None or evidence.selected:
        evidence = _by_likeness(pieces, basis, current, candidate) or evidence
    if evidence is None:
        return None
    return _Candidate(pieces, current, candidate, basis, evidence)


def _by_items(
    pieces: Pieces, basis: Basis, current: Values, candidate: Values, fewest: int
) -> Evidence | None:
    grid = pieces.grids[basis]
    if grid is None or not {current, candidate} <= set(grid.values):
        return None
    found = paired_evidence(grid, grid.values.index(current), grid.values.index(candidate))
    return found if found.clusters >= max(fewest, 2) else None


def _by_likeness(
    pieces: Pieces, basis: Basis, current: Values, candidate: Values
) -> Evidence | None:
    mine, theirs = pieces.rows(current, basis), pieces.rows(candidate, basis)
    if mine is None or theirs is None:
        return None
    try:
        return matched_evidence(mine, theirs)
    except DataError:
        return None


def _cheaper(evidence: Evidence) -> bool:
    return evidence.times is not None and evidence.times < 1


def _counts(evidence: Evidence) -> bool:
    """Whether a move could be advised by it."""
    return evidence.seen == "paired" and not evidence.selected


def _months(parts: tuple[Pieces, ...], work: Work, alpha: float) -> _Months:
    """A month of each configuration's work, by either money; None where it cannot be told."""
    found: _Months = {}
    for pieces in parts:
        for values in pieces.configurations:
            days = pieces.days.get(values)
            for basis in BASES:
                found[pieces.kind, values, basis] = None
                if days is not None:
                    found[pieces.kind, values, basis] = monthly_spend(
                        days, f"{basis}_usd", last=work.last, alpha=alpha
                    )
    return found


def _move(  # noqa: PLR0913  a pair, and how surely
    one: _Candidate,
    months: _Months,
    *,
    margin: float,
    level: float,
    confidence: float,
    rivals: int,
) -> Move:
    evidence = one.evidence
    cost_ratio = evidence.cost_ratio((1 - confidence) / rivals)
    spend = months[one.pieces.kind, one.current, one.basis]
    saving, quality = saving_of(spend, cost_ratio), evidence.quality(2 * level)
    state = _state(evidence, quality, saving, margin)
    names = [_name(values) for values in (one.current, one.candidate)]
    return Move(
        key="-".join(_slug(text) for text in (one.pieces.kind, names[0], "to", names[1])),
        work=one.pieces.kind,
        current=names[0],
        candidate=names[1],
        current_values=one.current,
        candidate_values=one.candidate,
        kind=_kind(one.current, one.candidate),
        seen=evidence.seen,
        state=state,
        n=evidence.n,
        unit="item" if evidence.seen == "paired" else "request",
        clusters=evidence.clusters,
        users=evidence.users,
        quality=quality,
        now=evidence.now,
        then=evidence.then,
        cost_ratio=cost_ratio,
        covered=evidence.covered,
        basis=one.basis,
        spend=spend,
        saving=saving,
        selected=evidence.selected,
        trial=None,
        reason=reason_of(
            state,
            seen=evidence.seen,
            quality=quality,
            margin=margin,
            cost_ratio=cost_ratio,
            saving=saving,
            selected=evidence.selected,
        ),
    )


def _state(
    evidence: Evidence, quality: Estimate | None, saving: Estimate | None, margin: float
) -> SwitchState:
    if saving is None or quality is None or quality.value is None:
        return "not enough data"
    if not (saving.low or 0.0) > 0 or quality.value < -margin:
        return "no evidence"
    shown = quality.low is not None and quality.low > -margin
    return "advised" if shown and _counts(evidence) else "try"


def _planned(move: Move, evidence: Evidence, unit: str, *, margin: float, alpha: float) -> Move:
    """The move with the trial that would confirm it, where it is advised or to be tried."""
    if move.state not in {"advised", "try"}:
        return move
    replay = move.state == "try" and _counts(evidence)
    assigned = "item" if replay else unit if evidence.seen == "matched" else "request"
    trial = trial_of(evidence, margin=margin, alpha=alpha, unit=assigned, replay=replay)
    return replace(move, trial=trial)


def opportunities_of(result: SwitchingResult) -> tuple[Opportunity, ...]:
    """The moves in the form that all opportunities share."""
    return tuple(_opportunity(move, result) for move in result.moves)


def _opportunity(move: Move, result: SwitchingResult) -> Opportunity:
    # an empty name is any: what has none cannot be told from the others
    named = (move.work, *move.current_values)
    agent, provider, model, tier = ("" if name == NONE else name for name in named)
    trial = move.trial
    return Opportunity(
        key=f"{move.kind}/{move.key}",
        kind=move.kind,
        what=f"use {_short(move, move.candidate_values)} for {_short(move, move.current_values)}",
        whom=move.work,
        scope=Scope(agent_id=agent, provider=provider, model=model, service_tier=tier),
        state=move.state,
        evidence="paired" if move.seen == "paired" and not move.selected else "association",
        saving=move.saving,
        spend=None if move.spend is None else move.spend.value,
        confidence=result.confidence,
        n=move.users or move.n,
        unit="item" if move.seen == "paired" else result.users.removesuffix("_id"),
        days=float(result.days),
        reason=move.reason,
        risks=risks_of(move) if move.state in {"advised", "try"} else (),
        trial=None
        if trial is None
        else Trial(
            design=trial.design,
            metric="cost per request",
            unit=trial.unit,
            guard=f"{result.quality}, lower by less than {result.margin:.1%}",
            per_arm=trial.per_arm,
            reason=trial.reason,
        ),
    )


def _kind(current: Values, candidate: Values) -> SwitchKind:
    if current[1] != candidate[1]:
        return "model"
    return "provider" if current[0] != candidate[0] else "tier"


def _name(values: Values) -> str:
    return " · ".join(values)


def _short(move: Move, values: Values) -> str:
    """The model, with its provider or tier where that is what changes."""
    provider, model, tier = values
    return {"provider": f"{model} at {provider}", "tier": f"{model} ({tier})"}.get(move.kind, model)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-")


def _floor(saving: Estimate | None) -> float:
    return -1e300 if saving is None or saving.low is None else saving.low


def _spent(work: Work) -> float:
    """What all rows cost, at list prices where there are, else as logged."""
    listed, logged = work.days["list_usd"], work.days["logged_usd"]
    return float(listed.fill_null(logged).fill_null(0.0).sum())
