"""Segments by rule as one record: classes, expected numbers, and what the cuts alone would say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import betaincinv, gammaincinv, ndtri

from assay.analysis.segments.rules.membership import membership_of
from assay.analysis.segments.rules.result import RuleCondition, RuleSegment, RulesResult
from assay.core.errors import ParameterError
from assay.core.finding import Estimate, Finding, observed
from assay.privacy.bounds import give_away
from assay.privacy.disclosure import withheld

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.segments.rules.membership import Membership
    from assay.core.segment_rules import Condition, SegmentRule
    from assay.features.behaviour.evidence import Evidence, Measured
    from assay.stats.exceedance.beliefs import Beliefs

_MIDDLE: Final = (0.1, 0.5, 0.9)
ASSUMPTION: Final = (
    "conditions of one rule are put together by how true rates go together among all entities, "
    "which is learned from them; errors of an entity's numbers are taken as independent"
)


def assess_rules(
    evidence: Evidence,
    rules: Sequence[SegmentRule],
    *,
    smallest_cell: int = 10,
    confidence: float = 0.95,
) -> RulesResult:
    """How many are in each segment, how surely, and how many the cuts alone would count.

    Args:
        evidence: of all entities.
        rules: as declared.
        smallest_cell: entities that a number has to be about.
        confidence: of the numbers of members.

    Raises:
        DataError: where no entity has any exposure behind a measure.
        ParameterError: without a rule, or where a rule uses what is not in the evidence.
    """
    if not rules:
        raise ParameterError(
            "no segment is declared", remedy="docs/segments.md shows what a file of rules says"
        )
    found = membership_of(evidence, rules, confidence=confidence)
    segments = _segments(evidence, found, smallest_cell)
    count = len(evidence.entities)
    return RulesResult(
        entity=evidence.entity,
        entities=count if count >= smallest_cell else None,
        first=evidence.span.first,
        last=evidence.span.last,
        segments=segments,
        smallest=smallest_cell,
        confidence=confidence,
        assumption=ASSUMPTION,
        findings=tuple(_finding(one, count, confidence) for one in segments),
    )


def _segments(
    evidence: Evidence, found: Sequence[Membership], smallest: int
) -> tuple[RuleSegment, ...]:
    """All of them, without numbers whose differences would tell of few."""
    blinds = [evidence.of(each.measure).whole <= 0 for one in found for each in one.rule.conditions]
    inside = give_away([one.members.classes == 0 for one in found], smallest)
    naive = give_away([one.naive for one in found], smallest)
    blind = give_away(blinds, smallest)
    told, place = [], 0
    for at, one in enumerate(found):
        places = range(place, place + len(one.rule.conditions))
        place = places.stop
        segment = _segment(evidence, one, smallest)
        if at in inside and segment.members is not None:
            segment = _without_members(segment)
        if at in naive:
            segment = replace(segment, naive=None)
        conditions = tuple(
            replace(each, blind=None) if number in blind else each
            for number, each in zip(places, segment.conditions, strict=True)
        )
        told.append(replace(segment, conditions=conditions))
    return tuple(told)


def _without_members(one: RuleSegment) -> RuleSegment:
    """Nor the largest of the other classes, since all together are known."""
    sizes = {name: getattr(one, name) or 0 for name in ("others", "unclear", "too_little")}
    hidden = dict.fromkeys(("members", "certainty", max(sizes, key=lambda name: sizes[name])))
    if one.expected is not None and one.expected.low == one.expected.high:
        hidden |= {"expected": None, "share": None, "naive": None}
    return replace(one, **hidden)  # type: ignore[arg-type]


def _segment(evidence: Evidence, one: Membership, smallest: int) -> RuleSegment:
    whole = len(one.entities)
    counts = np.bincount(one.members.classes, minlength=4).astype(np.int64)
    hidden = withheld(counts, smallest)
    shown = [None if hide else int(n) for n, hide in zip(counts, hidden.cells, strict=True)]
    naive = int(one.naive.sum())
    secret = whole < smallest or any(0 < n < smallest for n in (naive, whole - naive))
    inside = one.members.classes == 0
    found = one.members
    expected = Estimate(value=found.expected, low=found.low, high=found.high)
    told = found.expected >= smallest and not 0.5 <= whole - found.expected < smallest
    return RuleSegment(
        name=one.rule.name,
        describes=one.rule.describes,
        conditions=tuple(
            _condition(evidence.of(condition.measure), condition, believed, smallest)
            for condition, believed in zip(one.rule.conditions, one.conditions, strict=True)
        ),
        least=one.rule.least,
        members=shown[0],
        others=shown[1],
        unclear=shown[2],
        too_little=shown[3],
        expected=expected if told else None,
        share=_scaled(expected, whole) if told else None,
        naive=None if secret else naive,
        certainty=float(found.probabilities[inside].mean()) if shown[0] else None,
    )


def _scaled(expected: Estimate, whole: int) -> Estimate:
    ends = (expected.value, expected.low, expected.high)
    value, low, high = (None if end is None else end / whole for end in ends)
    return Estimate(value=value, low=low, high=high)


def _condition(
    one: Measured, condition: Condition, believed: Beliefs, smallest: int
) -> RuleCondition:
    blind = int((one.whole <= 0).sum())
    low = typical = high = None
    if believed.prior is not None:
        a, b = believed.prior.best
        places = np.array(_MIDDLE)
        if one.kind == "share":
            ends = betaincinv(a, b, places)
        elif one.kind == "count":
            ends = gammaincinv(a, places) / b
        else:
            ends = a + b * ndtri(places)
            ends = np.exp(ends) if one.kind == "log mean" else ends
        low, typical, high = (float(end) * one.scale for end in ends)
    return RuleCondition(
        text=str(condition),
        label=one.label,
        unit=one.unit,
        typical=typical,
        low=low,
        high=high,
        excess=one.excess if one.kind in {"share", "count"} else None,
        blind=None if 0 < blind < smallest or 0 < len(one.whole) - blind < smallest else blind,
    )


def _finding(one: RuleSegment, count: int, confidence: float) -> Finding:
    known = one.expected is not None
    reason = "fewer than may be told"
    if one.expected is not None and one.naive is not None:
        reason = f"the cuts alone count {one.naive:,}"
    elif one.expected is not None:
        reason = "what the cuts alone count may not be told"
    return observed(
        key=f"rule/{one.name}",
        what=one.name,
        state="counted" if known else "not enough data",
        evidence="rule",
        unit="count",
        size=one.expected,
        n=count,
        confidence=confidence,
        reason=reason,
    )
