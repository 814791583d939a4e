"""Evidence and rules → the probability that each entity is in each segment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, log
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError, ParameterError
from assay.core.segment_rules import Condition, SegmentRule
from assay.stats.exceedance.beliefs import (
    Beliefs,
    counts_between,
    exactly_between,
    means_between,
    shares_between,
)
from assay.stats.exceedance.membership import Members, members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.behaviour.evidence import Evidence, Measured

    Array = NDArray[np.float64]

Class = Literal["in", "not", "unclear", "too little data"]

CLASSES: Final[tuple[Class, ...]] = ("in", "not", "unclear", "too little data")
"""In the order of their codes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Membership:
    """Who is in one segment.

    Attributes:
        rule: as declared.
        entities: their names.
        members: probability and class of each, and how many members there are.
        conditions: what is believed of each condition, in the rule's order.
        naive: whether each one's observed numbers lie inside the bounds; without exposure not.
    """

    rule: SegmentRule
    entities: tuple[str, ...]
    members: Members
    conditions: tuple[Beliefs, ...]
    naive: NDArray[np.bool_]

    @property
    def classes(self) -> tuple[Class, ...]:
        """The class of each entity, in words."""
        return tuple(CLASSES[code] for code in self.members.classes)


def membership_of(
    evidence: Evidence, rules: Sequence[SegmentRule], *, confidence: float = 0.95
) -> tuple[Membership, ...]:
    """The members of each rule; rules do not exclude each other.

    Args:
        evidence: of the entities, with every measure that the rules use.
        rules: as declared.
        confidence: of the numbers of members.

    Raises:
        DataError: where no entity has any exposure behind a measure.
        ParameterError: where a rule uses what is not in the evidence.
    """
    believed: dict[Condition, Beliefs] = {}
    found = []
    for rule in rules:
        for condition in rule.conditions:
            if condition not in believed:
                believed[condition] = _believed(evidence, condition, rule)
        mine = tuple(believed[condition] for condition in rule.conditions)
        naive = np.ones(len(evidence.entities), dtype=np.bool_)
        for condition in rule.conditions:
            values = evidence.of(condition.measure).values
            with np.errstate(invalid="ignore"):
                naive &= (values > condition.above) & (values < condition.below)
        found.append(
            Membership(
                rule=rule,
                entities=evidence.entities,
                members=members(mine, least=rule.least, confidence=confidence),
                conditions=mine,
                naive=naive,
            )
        )
    return tuple(found)


def _believed(evidence: Evidence, condition: Condition, rule: SegmentRule) -> Beliefs:
    known = {one.name: one for one in evidence.measured}
    if condition.measure not in known:
        raise ParameterError(
            f"{rule.place}: segment {rule.name!r} uses {condition.measure!r}, which was not counted"
        )
    one = known[condition.measure]
    above, below = condition.above / one.scale, condition.below / one.scale
    try:
        if one.kind == "exact":
            return exactly_between(one.part, above=above, below=below)
        if one.kind == "share":
            part, whole = one.part / one.excess, one.whole / one.excess
            return shares_between(part, whole, above=above, below=below)
        if one.kind == "count":
            part, whole = one.part / one.excess, one.whole / one.excess
            return counts_between(part, whole, above=above, below=below)
        return _of_means(one, above, below)
    except DataError as error:
        raise DataError(
            f"{rule.place}: segment {rule.name!r}, {one.label}: {error.message}",
            remedy=error.remedy,
        ) from error


def _of_means(one: Measured, above: float, below: float) -> Beliefs:
    """Means, on the logarithm where the measure is; a mean of nothing but zeros is zero."""
    some = one.whole > 0
    mean = np.divide(one.part, one.whole, out=np.full_like(one.part, np.nan), where=some)
    if not one.excess > 0:
        raise DataError(
            "it does not vary from day to day, so that its error is not known",
            remedy="look at more days",
        )
    variance = np.divide(one.excess, one.whole, out=np.full_like(mean, np.inf), where=some)
    if one.kind == "mean":
        return means_between(mean, variance, above=above, below=below)
    nothing = some & ~(mean > 0)
    logs = np.log(mean, out=np.full_like(mean, np.nan), where=some & (mean > 0))
    found = means_between(logs, variance, above=_log(above), below=_log(below))
    if not nothing.any():
        return found
    inside = float(above < 0 < below)
    return replace(
        found,
        each=np.where(nothing, inside, found.each),
        own=np.where(nothing, inside, found.own),
        weight=np.where(nothing, 1.0, found.weight),
        known=nothing,
    )


def _log(cut: float) -> float:
    if cut == inf:
        return inf
    return log(cut) if cut > 0 else -inf
