"""What it would save to be as good as the best quarter of comparable agents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from assay.analysis.costs.opportunities.money import Idea, Ledger, Sized, agent_idea, told
from assay.analysis.costs.opportunities.result import OpportunityKind
from assay.analysis.costs.opportunities.trials import cost_trial
from assay.features.sampled_calls import GROUPS

if TYPE_CHECKING:
    from collections.abc import Collection

    Real = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LEAST_CALLS: Final = 200
"""Of an agent with a model, to be compared with."""
LEAST_OTHERS: Final = 4
"""Others among whom there is a best quarter."""
QUARTER: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """A share that agents differ in.

    Attributes:
        part, whole: of each call; the share is that of their sums.
        money: USD that a share of one of each call's whole is worth; None: the whole is money.
        better: whether more or less of it is better.
    """

    part: Real
    whole: Real
    better: Literal["more", "less"]
    money: Real | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standings:
    """All agents by a share that they differ in, each with its models apart.

    Attributes:
        cell: of each call, the number of its agent with its provider and model, −1 where that has
            fewer than `LEAST_CALLS`.
        halves: groups × periods × cells × halves of the users × (part, whole).
    """

    ledger: Ledger
    compared: Compared
    cell: NDArray[np.int64]
    halves: Real

    @classmethod
    def of(cls, ledger: Ledger, compared: Compared) -> Standings:
        """The sums of each agent with each model."""
        sizes = np.bincount(ledger.configurations)
        large = np.flatnonzero(sizes >= LEAST_CALLS)
        number = np.full(sizes.size, -1)
        number[large] = np.arange(large.size)
        cell = number[ledger.configurations]
        inside = np.flatnonzero(cell >= 0)
        halves = np.zeros((GROUPS, ledger.periods, large.size, 2, 2))
        place = ledger.place[inside] * large.size + cell[inside]
        for which, value in enumerate((compared.part, compared.whole)):
            added = np.bincount(place, value[inside], GROUPS * ledger.periods * large.size)
            sums = added.reshape(GROUPS, ledger.periods, large.size)
            for half in (0, 1):
                halves[half::2, :, :, half, which] = sums[half::2]
        return cls(ledger=ledger, compared=compared, cell=cell, halves=halves)

    def without(self, calls: Mask) -> Real:
        """The sums of those that make none of these calls."""
        own = np.unique(self.cell[calls])
        return np.delete(self.halves, own[own >= 0], axis=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What being as good as the best is called, of one kind of opportunity."""

    kind: OpportunityKind
    what: str
    why: str
    why_not: str
    risks: tuple[str, ...]


def each_to_the_best(
    ledger: Ledger, compared: Compared, aim: Aim, seen: Mask, *, without: Collection[str] = ()
) -> tuple[Sized, ...]:
    """Per agent: the saving if its share were that of the best quarter of the others.

    Args:
        ledger: whose calls.
        compared: the share.
        aim: what is proposed.
        seen: calls of which an agent has to have some.
        without: agents that are not told of.
    """
    standings = Standings.of(ledger, compared)
    return tuple(
        to_the_best(
            standings,
            agent_idea(
                aim.kind,
                name,
                what=aim.what,
                state="try",
                evidence="association",
                why=aim.why,
                why_not=aim.why_not,
                risks=aim.risks,
            ),
            calls,
        )
        for name, calls in ledger.agents()
        if name not in without and (calls & seen).any()
    )


def to_the_best(standings: Standings, idea: Idea, calls: Mask) -> Sized:
    """The saving if this agent's share were that of the best quarter of the others.

    Others are agents with one model, `LEAST_CALLS` calls at least. Which of them are best is
    told from one half of the users, how good those are from the other, and the other way round:
    the best of several by chance are not taken for better than they are.

    Args:
        standings: all agents.
        idea: what is proposed to this one.
        calls: all of this one's.
    """
    ledger, compared = standings.ledger, standings.compared
    others = standings.without(calls)
    count = others.shape[2]
    worth = np.zeros(len(ledger.frame))
    if count < LEAST_OTHERS:
        few = replace(idea, why_not=f"fewer than {LEAST_OTHERS} others to compare it with")
        return told(few, ledger, calls, worth)
    if not compared.part.any():
        return told(idea, ledger, calls, worth)
    sign = 1.0 if compared.better == "less" else -1.0
    rate = 1.0 if compared.money is None else compared.money[calls]
    own = [values[calls] * rate * sign for values in (compared.part, compared.whole)]

    def saved(totals: Real) -> Real:
        target = _best(totals[..., 2:].reshape(*totals.shape[:-1], count, 2, 2), sign)
        return np.asarray(totals[..., 0] - target * totals[..., 1])

    flat = others.reshape(*others.shape[:2], -1)
    sums = np.concatenate([ledger.sums(*own, of=calls), flat], axis=-1)
    target = float(_best(others.sum(axis=(0, 1)), sign))
    worth[calls] = own[0] - target * own[1]
    saving = ledger.monthly_of(saved, sums)
    spend = float(ledger.numbers("spent_usd")[calls].sum())
    trial = None
    if spend and worth.sum() > 0:
        trial = cost_trial(ledger, calls, float(worth.sum()) / spend, quality=True)
    return told(replace(idea, trial=trial), ledger, calls, worth, saving=saving)


def _best(totals: Real, sign: float) -> Real:
    """The share of the best quarter, chosen by one half of the users and measured in the other.

    Args:
        totals: … × cells × halves × (part, whole).
        sign: 1 where less is better, −1 where more is.
    """
    take = ceil(QUARTER * totals.shape[-3])
    part, whole = totals[..., 0], totals[..., 1]
    share = np.where(whole > 0, part / np.maximum(whole, 1e-300), np.inf * sign)
    order = np.argsort(sign * share, axis=-2, kind="stable")[..., :take, :]
    found = []
    for chosen_by, measured_in in ((0, 1), (1, 0)):
        best = order[..., chosen_by]
        top, bottom = (
            np.take_along_axis(one[..., measured_in], best, axis=-1).sum(axis=-1)
            for one in (part, whole)
        )
        found.append(np.where(bottom > 0, top / np.maximum(bottom, 1e-300), 0.0))
    return np.asarray((found[0] + found[1]) / 2)
