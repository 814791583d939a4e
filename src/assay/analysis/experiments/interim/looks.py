"""Which look this is: reconstructed from the plan and the days of the data alone."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate
from math import ceil
from typing import TYPE_CHECKING, Final, Literal

from assay.core.errors import ParameterError
from assay.features.summary import DaySamples, Sample, Summary, merged
from assay.stats.moments import Moments
from assay.stats.sequential.spending import Schedule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.params import Plan

PLANNED_N: Final = 10_000
"""Units at which intervals are narrowest where no size was planned. Taken before any data, as what
other tools use as well; far from it intervals are wider, never wrong."""
NEAR: Final = 0.005
"""Share of the plan by which a look may be late where nothing but its size tells which it is. Were
each of five looks rendered twice within it, the error would grow from .05 to .053."""

Kind = Literal["once", "group-sequential", "anytime"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One look of the plan: when and how large it was or will be.

    Attributes:
        fraction: share of the plan that has passed then.
        n: units of all arms; expected ones where it is still to come, None where unknown.
    """

    number: int
    fraction: float
    day: date | None = None
    n: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """This look among those of the plan.

    Attributes:
        summary: the data as of the look: without what came after it.
        declared: whether there is a plan.
        reason: why this kind of look, as a clause.
        made: looks that were made, this one last; empty unless group-sequential.
        ahead: looks to come.
        waiting: why there can be no answer now, None where there can.
        n, planned_n: units of all arms, now and at the end (None: unknown).
        fraction: share of the plan that has passed.
        held: day as of which the answer stands, where later data exist; `seen` is their last day.
        overrun: whether the plan ended with more than was planned, or is over.
    """

    kind: Kind
    summary: Summary
    declared: bool
    reason: str
    n: int
    fraction: float
    planned_n: float | None
    made: tuple[Moment, ...] = ()
    ahead: tuple[Moment, ...] = ()
    waiting: str | None = None
    held: date | None = None
    seen: date | None = None
    overrun: bool = False

    @property
    def schedule(self) -> Schedule | None:
        """The looks made so far, as the bounds need them."""
        if not self.made:
            return None
        sizes = tuple(float(one.n or one.fraction) for one in self.made)
        return Schedule(sizes, tuple(one.fraction for one in self.made))


def timing_of(summary: Summary, plan: Plan | None) -> Timing:
    """Which look this is.

    Without a plan, data that have no time, or have reached the end of their window, are looked at
    once; any other data are still coming in, and may be looked at again at any time.

    Raises:
        ParameterError: where a plan speaks of days and the data have no time.
    """
    n = units_of(summary)
    if plan is None:
        return _without_plan(summary, n)
    if summary.last is None and (plan.planned_end or _dated(plan)):
        raise ParameterError(
            "the plan names days, but the data have no time",
            remedy="name the column of the time: time=…, or plan by units: planned_n",
        )
    if plan.design == "anytime":
        planned = plan.planned_n or PLANNED_N
        return Timing(
            kind="anytime", summary=summary, declared=True, n=n, planned_n=planned,
            fraction=n / planned, reason="it was planned to be looked at whenever anybody wants",
        )  # fmt: skip
    if plan.design == "once":
        return _once(summary, plan, n)
    return _grouped(summary, plan, n)


def units_of(summary: Summary) -> int:
    """Units behind the comparison: all arms together, or the items that arms share."""
    sizes = summary.units.values()
    return max(sizes) if summary.design.design == "paired" else sum(sizes)


def as_of(summary: Summary, day: date) -> Summary:
    """The data of the units that were exposed until that day; segments are not told apart then."""
    days = tuple(one for one in summary.days if one.day <= day)
    return replace(
        summary,
        units={arm: sum(one.units.get(arm, 0) for one in days) for arm in summary.arms},
        samples={
            metric: {arm: _until(days, metric, arm, whole) for arm, whole in arms.items()}
            for metric, arms in summary.samples.items()
        },
        last=day,
        days=days,
        segments=(),
        strata=(),
    )


def _until(days: Sequence[DaySamples], metric: str, arm: str, whole: Sample) -> Sample:
    """The sample of one arm over these days; of no unit, where none was exposed on them."""
    found = [one.samples[metric][arm] for one in days if arm in one.samples[metric]]
    return merged(found) if found else Sample(moments=Moments.empty(len(whole.moments.mean)))


def _without_plan(summary: Summary, n: int) -> Timing:
    window = summary.design.window
    end = window.end if window else None
    if summary.last is None:
        once = "the data have no time, and are taken to be complete"
    elif end is not None and summary.last >= end:
        once = "the data have reached the end of their window"
    else:
        return Timing(
            kind="anytime", summary=summary, declared=False, n=n, planned_n=PLANNED_N,
            fraction=n / PLANNED_N,
            reason=f"the window ends on {end.isoformat()}, later than the data" if end
            else "the window is open, so that more may come",
        )  # fmt: skip
    return Timing(
        kind="once", summary=summary, declared=False, n=n, planned_n=None, fraction=1.0, reason=once
    )


def _once(summary: Summary, plan: Plan, n: int) -> Timing:
    waiting = None
    fraction = 1.0
    if plan.planned_end is not None and summary.last is not None:
        start = _start(summary)
        fraction = _share(summary.last, start, plan.planned_end)
        if summary.last < plan.planned_end:
            waiting = f"one look was planned, at the end on {plan.planned_end.isoformat()}"
    elif plan.planned_n is not None:
        fraction = n / plan.planned_n
        if n < plan.planned_n:
            waiting = f"one look was planned, at {plan.planned_n:,} units"
    return Timing(
        kind="once", summary=summary, declared=True, n=n, planned_n=plan.planned_n,
        fraction=fraction, waiting=waiting, reason="one look was planned",
    )  # fmt: skip


def _grouped(summary: Summary, plan: Plan, n: int) -> Timing:
    moments, made = _moments(summary, plan, n)
    base = Timing(
        kind="group-sequential",
        summary=summary,
        declared=True,
        n=n,
        planned_n=_planned(summary, plan, n),
        fraction=made[-1].fraction if made else 0.0,
        reason="one look was planned"
        if len(moments) == 1
        else f"{len(moments)} looks were planned",
        made=made,
        ahead=tuple(one for one in moments if not made or one.number > made[-1].number),
        overrun=bool(made) and made[-1].number == len(moments) and made[-1].fraction > 1 + NEAR,
        seen=summary.last,
    )
    if not made:
        which = "the only look" if len(moments) == 1 else f"the first of {len(moments)} looks"
        return replace(base, waiting=f"{which} is due {_due(moments[0])}")
    return _placed(base, plan, summary)


def _placed(base: Timing, plan: Plan, summary: Summary) -> Timing:
    """The answer as of the look: of the data until then, or none where that cannot be told."""
    now = base.made[-1]
    if summary.days and now.day is not None:
        if summary.days[-1].day <= now.day:
            return base
        held = as_of(summary, now.day)
        return replace(base, summary=held, held=now.day, n=units_of(held))
    if plan.look is not None or now.day == summary.last is not None:
        return base
    late = base.n / (plan.planned_n or base.n) - _declared_share(now.number, plan)
    if now.day is None and late <= NEAR:
        return base
    after = f"after look {now.number} of {plan.count}"
    if base.ahead:
        after += f"; the next is due {_due(base.ahead[0])}"
    else:
        after += ", which was the last: nothing of alpha is left for another"
    return replace(
        base,
        waiting=f"these data come {after}. Give the data of the look (window, or a time by which"
        " days can be told), or say which look this is",
    )


def _moments(summary: Summary, plan: Plan, n: int) -> tuple[tuple[Moment, ...], tuple[Moment, ...]]:
    """All looks of the plan, and those that were made."""
    sizes = _sizes(summary)
    if _dated(plan) or plan.planned_n is None:
        return _by_day(summary, plan, sizes, n)
    planned = plan.planned_n
    shares = [_declared_share(k, plan) for k in range(1, plan.count + 1)]
    moments = [Moment(number=k, fraction=f, n=f * planned) for k, f in enumerate(shares, 1)]
    if plan.look is not None:
        now = replace(moments[plan.look - 1], fraction=_last(n / planned, plan.look, plan), n=n)
        return tuple(moments), (*moments[: plan.look - 1], now)
    if not sizes:
        due = [one for one in moments if (one.n or 0) <= n * (1 + 1e-12)]
        if due:
            due[-1] = replace(due[-1], fraction=_last(n / planned, due[-1].number, plan), n=n)
        return tuple(moments), tuple(due)
    found: list[Moment] = []
    for one in moments:
        reached = [(day, size) for day, size in sizes if size >= (one.n or 0) * (1 - 1e-12)]
        if not reached:
            continue
        day, size = reached[0]
        if found and found[-1].n == size:
            found.pop()  # both fell due on one day, which is one look
        found.append(replace(one, day=day, n=size, fraction=size / planned))
    return tuple(moments), tuple(found)


def _by_day(
    summary: Summary, plan: Plan, sizes: list[tuple[date, int]], n: int
) -> tuple[tuple[Moment, ...], tuple[Moment, ...]]:
    start, last = _start(summary), summary.last or date.max
    if isinstance(plan.looks, list) and _dated(plan):
        days = [day for day in plan.looks if isinstance(day, date)]
        end = plan.planned_end or days[-1]
    else:
        end = plan.planned_end or last
        whole = (end - start).days + 1
        shares = [_declared_share(k, plan) for k in range(1, plan.count + 1)]
        days = [start + timedelta(days=max(0, ceil(f * whole - 1e-9) - 1)) for f in shares]
    moments = [
        Moment(number=k, fraction=_share(day, start, end), day=day) for k, day in enumerate(days, 1)
    ]
    known = [day for day, _ in sizes]
    found: list[Moment] = []
    for one, day in zip(moments, days, strict=True):
        if day > last:
            continue
        place = bisect_right(known, day)
        size = float(sizes[place - 1][1] if place else 0)
        if not sizes:
            size = n * _share(day, start, last)
        if not size or (found and found[-1].n == size and one.number < len(moments)):
            continue
        if found and found[-1].n == size:
            found.pop()
        found.append(replace(one, n=size))
    return tuple(moments), tuple(found)


def _sizes(summary: Summary) -> list[tuple[date, int]]:
    """Units of all arms until each day of exposure."""
    added = [sum(one.units.values()) for one in summary.days]
    return list(zip([one.day for one in summary.days], accumulate(added), strict=True))


def _planned(summary: Summary, plan: Plan, n: int) -> float | None:
    if plan.planned_n is not None:
        return float(plan.planned_n)
    end = plan.planned_end
    if end is None and isinstance(plan.looks, list) and isinstance(plan.looks[-1], date):
        end = plan.looks[-1]
    if end is None or summary.last is None:
        return None
    return n / _share(summary.last, _start(summary), end) if summary.last < end else float(n)


def _declared_share(number: int, plan: Plan) -> float:
    if isinstance(plan.looks, list):
        share = plan.looks[number - 1]
        return float(share) if isinstance(share, int | float) else number / plan.count
    return number / plan.count


def _last(fraction: float, number: int, plan: Plan) -> float:
    """The last look spends what is left, however large it is."""
    return max(fraction, 1.0) if number == plan.count else fraction


def _dated(plan: Plan) -> bool:
    return isinstance(plan.looks, list) and isinstance(plan.looks[0], date)


def _start(summary: Summary) -> date:
    window = summary.design.window
    return (window.start if window else None) or summary.first or date.min


def _share(day: date, start: date, end: date) -> float:
    return min(1.0, ((day - start).days + 1) / max(1, (end - start).days + 1))


def _due(moment: Moment) -> str:
    if moment.day is not None:
        return f"on {moment.day.isoformat()}"
    return f"at {ceil(moment.n or 0):,} units"
