"""Everything that the page on segments prints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from assay.analysis.segments.profiles.result import FlowsResult, ProfilesResult
from assay.analysis.segments.report.beside import MetricsBySegment, WhoDoesWhat
from assay.analysis.segments.rules.result import RulesResult
from assay.core.finding import Finding
from assay.core.units import Count, Number, Probability, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """Whether there are groups at all: the entities against clouds without groups.

    Attributes:
        p_value: share of clouds that stand out at least as much in any measure, the entities among
            them.
        false_alarm: how often at most a single cloud is called structure.
        shown_by: where the entities stand out most.
        seen: by how many standard deviations of the clouds they stand out in it; `null`: the same
            of each cloud.
        rows: entities that were tested.
    """

    verdict: Literal["none", "weak", "clear"]
    p_value: Probability
    false_alarm: Share
    shown_by: str
    seen: Number
    null: tuple[Number, ...]
    rows: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """How often so many segments were found in random halves of the entities."""

    k: Count
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Members whose certainty lies between two probabilities.

    Attributes:
        members: None where their number may not be told.
        share: of the members looked at; None where only a bound may be told.
        at_least: that bound, in whole percent.
    """

    above: Probability
    below: Probability
    members: Count | None
    share: Share | None
    at_least: Share | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """How surely members of one segment are in it, by segments that were formed without them.

    Neighbouring bands of fewer than may be told are put together; where that leaves one band with
    few outside, it has a bound.
    """

    ident: str
    name: str
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sure:
    """Members of all segments whose certainty is `certainty` or more; `exact` or at least."""

    certainty: Probability
    share: Share
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A feature that entities were compared by; `filled`: share of whom it was not known.

    None where these are few.
    """

    name: str
    label: str
    unit: str
    transform: str
    filled: Share | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLooked:
    """A feature that was left out, and why."""

    name: str
    label: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentsReport:
    """Who behaves alike, if anybody does.

    Attributes:
        entity: columns that name an entity.
        entities: of which enough is known; `few`: of which it is not, None where fewer than may be
            told; `few_share`: of all.
        unnamed: rows without an entity.
        first, last: days that count.
        method, reasons: how segments were formed and why so.
        asked: the number of segments was asked for.
        k_shares: what random halves of the entities say of that number.
        formed_of: entities that formed the segments; others were assigned.
        noise: entities in no segment; None where few.
        profiles: None where there are no segments; `profiles_reason` says why.
        continues: the earlier version that names and idents go on from; empty where there is none.
        sure: None where no bound says more than half.
        flows: who moved since the `before_first` to `before_last` days; None with a reason.
        rules: segments by rule; None with a reason.
        metrics: by segment; `uses`: who uses it for what.
    """

    entity: tuple[str, ...]
    entities: Count
    few: Count | None
    few_share: Share | None
    unnamed: Count
    first: date
    last: date
    time_zone: str
    smallest_cell: Count
    alpha: Share
    tested: Tested
    method: str
    reasons: tuple[str, ...]
    k: Count
    asked: bool
    k_shares: tuple[Chosen, ...]
    formed_of: Count
    noise: Count | None
    profiles: ProfilesResult | None
    profiles_reason: str
    continues: str
    certainty: tuple[Certainty, ...]
    sure: Sure | None
    flows: FlowsResult | None
    flows_reason: str
    before_first: date | None
    before_last: date | None
    rules: RulesResult | None
    rules_reason: str
    metrics: MetricsBySegment
    uses: WhoDoesWhat
    features: tuple[Looked, ...]
    left_out: tuple[NotLooked, ...]
    findings: tuple[Finding, ...]
