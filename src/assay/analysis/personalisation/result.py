"""Everything that the report on personalisation prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate, Finding
from assay.core.provenance import LeftOut
from assay.core.units import COUNT, NONE, SHARE, Count, Number, Probability, Share

AdaptingVerdict = Literal["better", "worse", "too little to matter", "undecided", "not comparable"]
Verdict = Literal["improving", "rising", "stable", "falling", "declining", "unclear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCount:
    """Users of one class.

    Attributes:
        expected: their number, the sum of all users' chances.
        share: the same of all users that are counted.
        sure: users whose own chance is at least `surely`.
        line: how many a least-squares line beyond the change that matters would name; None of the
            class that it cannot name.
    """

    name: Literal["improving", "stable", "declining"]
    expected: Annotated[Estimate, COUNT]
    share: Annotated[Estimate, SHARE]
    sure: Count
    line: Count | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumb:
    """What rules of thumb would have said of the same users.

    Attributes:
        cut_up, cut_down: slopes per second beyond .001, and below −.001.
        range: mean of best less worst week; `range_still`: the same had nobody changed.
        range_up: users whose best week is better than the worst by the change that matters.
    """

    users: Count
    cut_up: Count
    cut_down: Count
    range_up: Count
    range: Number
    range_still: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekLevel:
    """How satisfied users were in one week, the same users throughout."""

    start: str
    level: Annotated[Estimate, NONE]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Trends of who stayed and who left, per four weeks.

    Attributes:
        quiet: weeks without a use at the end of the data that make a user one who left.
        share: who left, of all who rated.
        mixed: mean trend over persons, each pattern with its own line.
        tipping: change per four weeks by which the unseen trend of those who left would have to
            differ from the one seen for the mean over persons to be 0.
    """

    quiet: Count
    users: Count
    share: Share
    stayed: Annotated[Estimate, NONE]
    left: Annotated[Estimate, NONE]
    gap: Annotated[Estimate, NONE]
    mixed: Annotated[Estimate, NONE]
    tipping: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTrend:
    """Mean change per four weeks of users of one kind.

    Attributes:
        slope: of its own users alone; `drawn`: towards the other kinds, as far as it is noise.
        apart: less the mean of the other kinds; the interval holds for all kinds at once.
        p_value: of no such difference, for all kinds together; `differs`: beyond chance.
    """

    kind: str
    users: Count
    slope: Annotated[Estimate, NONE]
    drawn: Annotated[Estimate, NONE]
    apart: Annotated[Estimate, NONE]
    p_value: Probability
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Satisfaction within users.

    Attributes:
        slope: mean change per four weeks; `level`: in the middle of the data.
        users: with a rating; `counted`: of them with `least_weeks` weeks with one; `fitted`: of
            whom variances are.
        told: share of users with a rating that is counted.
        unclear: counted users of no class for sure; `lines`: of any class but stable by a line of
            their own.
        kinds: trends by kind of user, fewer than k of a kind together.
        slopes_differ: standard deviation of users' own slopes, levels_differ of their levels.
        rating_noise, week_noise: standard deviations of a rating about its week, of a user's week
            about the line; `lasting`: correlation of neighbouring weeks.
        shock: standard deviation of what moved everybody in a week; None in too few weeks.
    """

    verdict: Verdict
    slope: Annotated[Estimate, NONE]
    level: Annotated[Estimate, NONE]
    users: Count
    ratings: Count
    counted: Count
    told: Share
    fitted: Count
    classes: tuple[ClassCount, ...]
    unclear: Count
    lines: Count
    thumb: Thumb
    kinds: tuple[KindTrend, ...]
    slopes_differ: Number
    levels_differ: Number
    rating_noise: Number
    week_noise: Number
    lasting: Number
    shock: Number | None
    weeks: tuple[WeekLevel, ...]
    leaving: Leaving | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """Agreement of choices so many weeks apart."""

    weeks: Count
    users: Count
    within: Annotated[Estimate, SHARE]
    between: Annotated[Estimate, SHARE]
    beyond: Annotated[Estimate, SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """Whether users keep to what they choose, of one column; `reason` where it cannot be told.

    Attributes:
        within, between: chance that two choices of different weeks agree, of one user, of two of
            the same kind.
        beyond: share of what choices differ in that users explain (repeatability).
    """

    column: str
    reason: str
    users: Count
    pairs: Count
    within: Annotated[Estimate | None, SHARE]
    between: Annotated[Estimate | None, SHARE]
    beyond: Annotated[Estimate | None, SHARE]
    lags: tuple[Lag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterChange:
    """Difference to those matched, so many weeks from the change."""

    week: Annotated[int, "week"]
    gap: Annotated[Estimate | None, NONE]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptedPart:
    """The matched difference after some of the changes; `reason` where there is none.

    Attributes:
        of: who changed, or kind of change; intervals hold for all parts at once.
    """

    of: Literal["by", "kind"]
    name: str
    users: Count
    deciders: Count
    matched: Annotated[Estimate | None, NONE]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapting:
    """Satisfaction after changes of configurations, against users without one at the time.

    Attributes:
        changes: rows that reach some and not all; `common`: that reach all of an agent at once;
            `unread`: not valid, without a time in the data, or of nobody who rated.
        users: matched, of `deciders` (users or workspaces, named by `decided_by`); `unmatched`:
            that nobody resembles; `short`: without ratings before and after, or changed again.
        alone, parallel, matched: after less before: of them alone, less that of others, less that
            of others as satisfied just before.
        dip: way to the level just before the change, against others.
        drift: change per week of the difference to others before the change.
        moved_alike: whether that is compatible with none.
    """

    verdict: AdaptingVerdict
    randomised: bool
    decided_by: str
    changes: Count
    common: Count
    unread: Count
    users: Count
    deciders: Count
    unmatched: Count
    short: Count
    far: Count
    near: Count
    after: Count
    alone: Annotated[Estimate, NONE]
    parallel: Annotated[Estimate, NONE]
    matched: Annotated[Estimate | None, NONE]
    dip: Annotated[Estimate | None, NONE]
    drift: Annotated[Estimate | None, NONE]
    moved_alike: bool | None
    course: tuple[AfterChange, ...]
    parts: tuple[AdaptedPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What users of one kind tried; empty `group`: all.

    Attributes:
        rate: new configurations per week with a use; `used`: in use per such week.
        new: share of new ones among those in use.
        stay: share of new ones used again within some weeks, by users who were there.
    """

    group: str
    users: Count
    weeks: Count
    tried: Count
    rate: Annotated[Estimate, NONE]
    used: Annotated[Estimate, NONE]
    new: Annotated[Estimate, SHARE]
    stay: Annotated[Estimate | None, SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trying:
    """How many configurations users try; what `columns` hold together is one."""

    columns: tuple[str, ...]
    different: Count
    burn_in: Count
    within: Count
    groups: tuple[Tried, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalisationResult:
    """What was found, and why something could not be.

    Attributes:
        measure: what satisfaction is, in words; 0–1.
        smallest: change per four weeks from which on it matters.
        surely: chance from which on a user is of a class for sure.
        k: groups of fewer users are not told; `hidden` of them.
    """

    users: Count
    first: str
    last: str
    weeks: Count
    time_zone: str
    measure: str
    by: str
    smallest: Number
    least_weeks: Count
    surely: Probability
    k: Count
    hidden: Count
    confidence: Share
    trend: Trend | None
    trend_reason: str
    stability: tuple[Stability, ...]
    adapting: Adapting | None
    adapting_reason: str
    trying: Trying | None
    trying_reason: str
    left_out: tuple[LeftOut, ...]
    findings: tuple[Finding, ...]
