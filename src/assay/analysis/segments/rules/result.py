"""What is told of segments by rule, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from assay.core.finding import Estimate, Finding
from assay.core.units import COUNT, Count, Number, Probability, Share, UnitOf


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCondition:
    """One condition, and what all entities together say of its number.

    Attributes:
        text: the condition as declared.
        typical: median entity, by what all together say; `low`, `high`: between which the middle
            80 % of entities lie. None of what is known without error.
        excess: how many times what is done on one day varies as much as by chance; None where
            there is no such chance.
        blind: entities without any exposure; None where that are too few to be told.
    """

    text: str
    label: str
    unit: str
    typical: Annotated[float | None, UnitOf("unit")]
    low: Annotated[float | None, UnitOf("unit")]
    high: Annotated[float | None, UnitOf("unit")]
    excess: Number | None
    blind: Count | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSegment:
    """One segment by rule.

    Attributes:
        least: probability from which on one is told to be in, and its complement not to be.
        members, others, unclear, too_little: entities of each class. None where fewer than the
            smallest number that may be told, or where that could be subtracted from the others.
        expected: how many members there are, the sum of probabilities. None where it is smaller.
        naive: whose observed numbers lie inside the bounds, which chance pushes there as well.
        certainty: mean probability among those told to be in.
    """

    name: str
    describes: str
    conditions: tuple[RuleCondition, ...]
    least: Probability
    members: Count | None
    others: Count | None
    unclear: Count | None
    too_little: Count | None
    expected: Annotated[Estimate | None, COUNT]
    share: Annotated[Estimate | None, "share"]
    naive: Count | None
    certainty: Probability | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesResult:
    """Everything that is told of segments by rule.

    Attributes:
        entity: columns that name an entity.
        entities: all that were seen up to the last day.
        first, last: days that count.
        smallest: entities that a number has to be about.
        assumption: how conditions of one rule are put together.
    """

    entity: tuple[str, ...]
    entities: Count | None
    first: date
    last: date
    segments: tuple[RuleSegment, ...]
    smallest: Count
    confidence: Share
    assumption: str
    findings: tuple[Finding, ...]
