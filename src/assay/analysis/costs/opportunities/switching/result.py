"""Which dearer model could give its work to which cheaper one, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate
from assay.core.units import NONE, SHARE, USD, Count, Share, Usd

Seen = Literal["paired", "matched"]
SwitchState = Literal["advised", "try", "no evidence", "not enough data"]
SwitchKind = Literal["model", "provider", "tier"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirming:
    """The trial that would settle it.

    Attributes:
        design: `A/B test` of units assigned at random, or `replay` of items by both.
        unit: what is assigned, or replayed.
        per_arm: units of each arm; None where it cannot be planned, `reason` says why.
        alpha: one-sided error of its claim, so that all trials proposed err together in no more
            than the error of the advice.
        power: with which two equally good models are told not to differ by the margin.
    """

    design: Literal["A/B test", "replay"]
    unit: str
    per_arm: Count | None
    alpha: Share
    power: Share
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One kind of work given from one configuration to a cheaper one.

    Attributes:
        work: whose work: the agent, say.
        current, candidate: provider, model and tier, joined by " · "; `values` of both.
        kind: what changes: the model, or only its provider or tier.
        seen: how they were compared: over the same items, or within like work.
        n: items, or rows of the candidate; `clusters`: what intervals stand on.
        users: behind rows of like work, of either one; 0 for items.
        quality: candidate − current; its lower end is held against −margin, at `level`.
        now, then: success of the current one and of the candidate, on what was compared.
        cost_ratio: candidate's cost over the current's, on what was compared.
        covered: share of the current one's rows that have like work of the candidate; 1 for items.
        basis: `list`: at the list price of the last day; `logged`: as logged.
        spend: a month of the current one's work costs now, as it will turn out.
        saving: a month, if all of it went to the candidate.
        selected: items seem to have been given to one of both because of how the other did.
    """

    key: str
    work: str
    current: str
    candidate: str
    current_values: tuple[str, ...]
    candidate_values: tuple[str, ...]
    kind: SwitchKind
    seen: Seen
    state: SwitchState
    n: Count
    unit: str
    clusters: Count
    users: Count
    quality: Annotated[Estimate | None, SHARE]
    now: Share | None
    then: Share | None
    cost_ratio: Annotated[Estimate | None, NONE]
    covered: Share
    basis: str
    spend: Annotated[Estimate | None, USD]
    saving: Annotated[Estimate | None, USD]
    selected: bool
    trial: Confirming | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchingResult:
    """Every move to a cheaper model that the data know something of.

    Attributes:
        quality: column of what counts as success; `users`: of whose rows resemble each other.
        margin: loss of it that a cheaper model may bring at most.
        alpha: chance that any move is advised whose loss is as large as the margin.
        level: of the intervals of quality, two-sided, so that their lower ends hold that chance.
        compared: pairs of configurations with shared items of which one has work that goes on,
            over which alpha is divided.
        dearer: other pairs compared: the dearer one has no work that goes on.
        idle: pairs of which neither has work that goes on: nothing can be saved on a month that
            cannot be told.
        unseen: pairs at the same kind of work with too little in common to be compared.
        part: of the users, whose like work was looked at; 1 where that of all was.
        untold: moves that were looked at and are not among `moves`.
        moves: by saving, the advised first, those of which nothing can be said last.
    """

    quality: str
    users: str
    margin: Share
    alpha: Share
    level: Share
    confidence: Share
    days: Count
    compared: Count
    dearer: Count
    unseen: Count
    idle: Count
    part: Share
    untold: Count
    moves: tuple[Move, ...]
    spend: Usd
