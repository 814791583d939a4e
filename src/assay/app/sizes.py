"""The size that a registration needs, in lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.app.sizing import Reach, Size
    from assay.registration import Registration


def told_size(told: Registration, size: Size | None) -> list[str]:
    """What it takes, and what the planned units can show."""
    if size is None:
        return [
            "not told: sizing is missing, {data: FILE, time: COLUMN, effect: 0.04}",
            "or, with no history, {baselines: {METRIC: {base: 0.1}}, units_per_day: 500, …}",
        ]
    needed = size.needed
    if needed.verdict == "unknown":
        return [f"not told: {needed.reason}"]
    lines = [_needs(told, size)]
    if told.plan is not None and isinstance(told.plan.looks, list):
        looks = "one look" if told.plan.count == 1 else f"{told.plan.count} looks at equal steps"
        lines.append(f"(as for {looks})")
    if size.planned is None:
        lines.append("planned is no size: set plan.planned_n, or start and end")
    elif size.is_enough:
        lines.append(f"planned are {size.planned:,}: enough")
    else:
        reach = "; ".join(_reach(one, needed.wanted) for one in size.reach)
        lines.append(f"planned are {size.planned:,}, too few: {reach}")
    return lines


def _needs(told: Registration, size: Size) -> str:
    needed = size.needed
    deciding = " and ".join(one.metric for one in needed.metrics if one.decides)
    shown = f"a lift of {_percent(size.effect)} in {deciding}, {_percent(needed.wanted)} surely"
    if needed.size is None:
        return f"more than a year's units to show {shown}: ask for a larger effect"
    units = f"{needed.size:,} {told.unit}"
    weeks = needed.days // 7 if needed.days else 0
    length = "one week, which brings" if weeks == 1 else f"{weeks} weeks, which bring"
    takes = f"{length} {units}," if needed.days else units
    more = f"; that is more than the {needed.weeks} one has" if needed.verdict == "long" else ""
    lacking = "" if needed.days else " (no length: name time, or units_per_day)"
    return f"{takes} to show {shown}{more}{lacking}"


def _reach(one: Reach, wanted: float) -> str:
    power = f"{one.metric} is shown with a chance of {_percent(one.power or 0.0)}"
    if one.detectable is None:
        return power
    return f"{power}, a lift of {_percent(abs(one.detectable))} with {_percent(wanted)}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
