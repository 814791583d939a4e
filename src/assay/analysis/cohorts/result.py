"""Everything that the report on cohorts prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate, Finding
from assay.core.provenance import LeftOut
from assay.core.units import COUNT, NONE, SHARE, USD, Count, Number, Probability, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Users of one start at one age.

    Attributes:
        age: in periods from the start, 0.
        active: who had a use in that very period; `share` of who started. None where it is open or
            withheld.
        open: the period is not over, so that nothing of it counts.
        withheld: fewer than k were active, or were not, or it would give such a number away.
    """

    age: Count
    active: Count | None
    share: Annotated[Estimate | None, SHARE]
    open: bool
    withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Users whose first use was in one period.

    Attributes:
        start: first day of the period.
        found: they may have begun before the data do, so that they are shown, and counted nowhere.
    """

    start: str
    users: Count
    found: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """Retention at one age over several starts.

    Attributes:
        starts: how many; `users` of them.
        spread: standard deviation between starts beyond chance; None of a single one, and where a
            cell of that age is withheld.
    """

    age: Count
    users: Count
    starts: Count
    share: Annotated[Estimate, SHARE]
    spread: Share | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Share of users who have not lapsed by an age, with interval and band of the whole curve."""

    age: Number
    at_risk: Count
    share: Annotated[Estimate, SHARE]
    band: Annotated[Estimate, SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """One group's lapses against all the others.

    Attributes:
        kind: start or group; `name`: first day of the period, or the group.
        seen, expected: lapses, and how many were they like everybody.
        p_value: log-rank test, corrected for the number of groups of the kind.
        at: age at which the curves are farthest apart for sure; None where they never are.
        difference: share kept there, less that of the others; holds all ages and groups at once.
    """

    kind: Literal["start", "group"]
    name: str
    users: Count
    seen: Number
    expected: Number
    p_value: Probability
    differs: bool
    at: Number | None
    difference: Annotated[Estimate | None, SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapses:
    """When users first stay away for `gap` periods on end.

    Attributes:
        curve: at ages between which k or more lapsed; `untold`: ages with a lapse left out for it.
        median: age, in periods, by which half had; None where fewer have.
        starts_p, groups_p: log-rank tests of all starts, all groups; None of fewer than two.
        parted: each against the others of its kind; those of which fewer than k lapsed, or were
            left, are tested and not told, nor one that would give them away.
    """

    gap: Count
    users: Count
    lapsed: Count
    curve: tuple[Kept, ...]
    untold: Count
    median: Annotated[Estimate | None, NONE]
    starts_p: Probability | None
    groups_p: Probability | None
    parted: tuple[Parted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Users by state in one period; `ahead`: it is to come, the numbers are expected ones.

    None where fewer than k are in a state, or its number would give such a one away.
    """

    start: str
    ahead: bool
    new: Annotated[Estimate | None, COUNT]
    current: Annotated[Estimate | None, COUNT]
    returning: Annotated[Estimate | None, COUNT]
    at_risk: Annotated[Estimate | None, COUNT]
    dormant: Annotated[Estimate | None, COUNT]
    lost: Annotated[Estimate | None, COUNT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """How often users in one state are in another a period later."""

    state: str
    to: str
    users: Count
    share: Annotated[Estimate, SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizesTested:
    """The forecast of sizes of states, made so many periods earlier, against what came.

    Attributes:
        sizes: numbers foretold, of all states and periods; `held`: of which the interval held.
    """

    periods: Count
    sizes: Count
    held: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeCycle:
    """States by the declared rule, and moves between them.

    Attributes:
        dormant, lost: periods of absence from which on.
        tested: sizes ahead leave room for errors as large as those of this; None where the data
            are too short.
        steady: coming back was as likely in every period; None where too few were seen.
        excess: how many times as much periods differ than chance would have it.
    """

    dormant: Count
    lost: Count
    standings: tuple[Standing, ...]
    moves: tuple[Move, ...]
    tested: SizesTested | None
    steady: bool | None
    p_value: Probability
    excess: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One of the model of returns; no interval for one that the data do not tell."""

    name: str
    value: Annotated[Estimate, NONE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenth:
    """Users of like chances of staying away.

    Attributes:
        foretold: the mean chance; `seen`: the share who did; `gap`: seen less foretold.
    """

    users: Count
    foretold: Share
    seen: Annotated[Estimate, SHARE]
    gap: Annotated[Estimate, SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """The same forecast, made earlier, against what came.

    Attributes:
        days: of its horizon.
        expected: active days of all users ahead, as foretold then; `seen`: as they came.
        correlation: of users' expected and real ones.
        held: share of users whose own interval held.
        largest, mean: gap of tenths between foretold and real shares who stayed away.
        tenths: ascending by chance.
    """

    days: Count
    users: Count
    expected: Annotated[Estimate, COUNT]
    seen: Count
    correlation: Number | None
    held: Share
    largest: Share
    mean: Share
    tenths: tuple[Tenth, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What active days are worth.

    Attributes:
        mean: spend of an active day after the first, over users; None where it has no end.
        users: who paid on one; `free`: who came back and never paid.
        doubling: how much more frequent users spend a day, per doubling of their days.
        verdict: whether spend may be taken not to go with frequency: holds, broken, unclear.
        ahead: of all users within the horizon, from the intervals of both factors; None where the
            verdict is broken.
    """

    mean: Annotated[Estimate | None, USD]
    users: Count
    free: Count
    doubling: Annotated[Estimate | None, SHARE]
    verdict: str
    ahead: Annotated[Estimate | None, USD]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Users whose chance of not coming back lies between two shares.

    Attributes:
        expected: their active days ahead, with room for an error as large as that of the test.
    """

    above: Share
    below: Share
    users: Count
    expected: Annotated[Estimate, COUNT]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAhead:
    """What is expected of a group.

    Attributes:
        alive: mean chance that a user has not stopped, as the model has it.
        away: share who will not come back, and `expected`, active days a head: with room for
            chance, and for an error as large as that of the test.
    """

    group: str
    users: Count
    alive: Share
    away: Annotated[Estimate, SHARE]
    expected: Annotated[Estimate, NONE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """What users will do within a horizon, by the model of returns.

    Attributes:
        reason: why nothing is told; empty where something is.
        days: of the horizon.
        expected: active days of all users: the interval leaves room for users' chance, for the
            parameters, and for an error as large as that of the test.
        model: the same, given that the model holds.
        away: users who will not come back within it, by chances that the test mended; its interval
            leaves room for chance, and for the mean gap of the test.
    """

    reason: str
    days: Count
    users: Count
    returned: Count
    parameters: tuple[Parameter, ...]
    expected: Annotated[Estimate | None, COUNT]
    model: Annotated[Estimate | None, COUNT]
    away: Annotated[Estimate | None, COUNT]
    bands: tuple[Band, ...]
    groups: tuple[GroupAhead, ...]
    tested: Tested | None
    worth: Worth | None
    worth_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """Share of a group's uses in one hour of the week, every user being one voice.

    Attributes:
        weekday: 0 is Monday.
        share: None where fewer than k users had a use then; `users` is 0 then, too.
    """

    weekday: Count
    hour: Count
    users: Count
    share: Annotated[Estimate | None, SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """When a group's users are active, and how evenly.

    Attributes:
        group: empty for all users.
        nights: share of uses at night; `weekends`; `office`: Monday to Friday in office hours.
        paced: users with enough gaps between active days to tell how even these are.
        even, bursty: expected shares of them whose gaps are more even than chance, come in bursts;
            `by_chance`: neither.
    """

    group: str
    users: Count
    hours: tuple[Hour, ...]
    nights: Annotated[Estimate, SHARE]
    weekends: Annotated[Estimate, SHARE]
    office: Annotated[Estimate, SHARE]
    paced: Count
    even: Annotated[Estimate | None, SHARE]
    bursty: Annotated[Estimate | None, SHARE]
    by_chance: Share | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HabitRule:
    """Hours at which night and office begin and end, and coefficients of variation.

    Attributes:
        even_below: gaps between active days that vary less are even; `bursty_above`: in bursts.
    """

    night_from: Count
    night_to: Count
    office_from: Count
    office_to: Count
    even_below: Number
    bursty_above: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortReport:
    """Retention, lapses, life cycle, returns and habits of users.

    Attributes:
        every: day, week or month.
        first, last: first day with a use, last whole day.
        k: fewer users than that are not told; `hidden`: starts and groups that are too small.
        ages, later: retention by age over starts that count: in that very period; then or later.
        mature: in that very period, by starts that are old enough for all these ages.
    """

    users: Count
    uses: Count
    every: Literal["day", "week", "month"]
    time_zone: str
    first: str
    last: str
    by: str
    k: Count
    hidden: Count
    confidence: Share
    cohorts: tuple[Cohort, ...]
    ages: tuple[Age, ...]
    later: tuple[Age, ...]
    mature: tuple[Age, ...]
    lapses: Lapses | None
    cycle: LifeCycle | None
    returns: Returns
    habit_rule: HabitRule
    habits: tuple[Habit, ...]
    left_out: tuple[LeftOut, ...]
    findings: tuple[Finding, ...]
