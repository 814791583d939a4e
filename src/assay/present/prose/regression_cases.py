"""How cases of a comparison with a baseline are called, and how their numbers are written."""

from __future__ import annotations

from math import isclose
from typing import TYPE_CHECKING, Any, Final

from assay.core.units import SHARE
from assay.present.format import NOTHING, PERCENT, UNBOUNDED, level
from assay.present.format import change as change_of

if TYPE_CHECKING:
    from assay.present.format import Notation

Json = dict[str, Any]

METRICS: Final = {"cpu": "processor time", "succeeded": "success rate"}
"""Metrics whose names are no words; of others `_` becomes a blank."""
_DIVIDER: Final = " · "


def metric_words(metric: str) -> str:
    """`peak_memory` as `peak memory`."""
    return METRICS.get(metric, metric.replace("_", " "))


def parts_of(one: Json) -> tuple[str, str, str]:
    """What was measured, where or by whom ("" where nothing says it), and the metric in words."""
    first, *rest = one["label"].split(_DIVIDER)
    metric = rest.pop() if rest else ""
    return first, ", ".join(rest), metric_words(metric)


def shown(one: Json) -> str:
    """`index/10k · anthropic · peak memory`."""
    return _DIVIDER.join(filter(None, parts_of(one)))


def named(one: Json) -> str:
    """`peak memory of index/10k (anthropic)`."""
    what, where, metric = parts_of(one)
    return f"{metric} of {what}{f' ({where})' if where else ''}" if metric else what


def decided(case: Json) -> Json:
    """The statistic that the verdict is taken from."""
    return next(one for one in case["statistics"] if one["name"] == case["decided_by"])


def notation_of(unit: str) -> Notation:
    """How changes of this unit are written: percent of the baseline, or the unit itself."""
    return PERCENT if unit == SHARE else change_of(unit)


def written(value: float | None, unit: str, *, signed: bool = True) -> str:
    """One change, without an interval."""
    if value is None:
        return UNBOUNDED
    notation = notation_of(unit)
    return notation.number(value, min(notation.decimals_of(value), 2), signed=signed)


def smallest_words(case: Json) -> str:
    """The change that matters as it was declared: `5 %`, without zeros that nobody wrote."""
    notation, value = notation_of(case["change_unit"]), case["smallest"]
    most, shown = notation.decimals_of(value), value * notation.factor
    short = (places for places in range(most) if isclose(round(shown, places), shown))
    return notation.number(value, next(short, most))


def interval(one: Json) -> str:
    """`+12.3 % [+9.8, +14.9]`."""
    notation = notation_of(one["change_unit"])
    decimals = notation.decimals(one["low"], one["high"])
    value = notation.number(one["change"], decimals, signed=True)
    return f"{value} {notation.interval(one['low'], one['high'], decimals)}"


def equal_interval(one: Json) -> str:
    """`[+10.1, +14.2]`: the one by which no change is told."""
    notation = notation_of(one["change_unit"])
    decimals = notation.decimals(one["equal_low"], one["equal_high"])
    return notation.interval(one["equal_low"], one["equal_high"], decimals)


def moved(one: Json) -> str:
    """`rose by 12.3 % [9.8, 14.9]`, its ends without a sign where both have the same one."""
    value, low, high = one["change"], one["low"], one["high"]
    if None in {value, low, high} or low * high <= 0:
        return f"changed by {interval(one)}"
    notation = notation_of(one["change_unit"])
    decimals = notation.decimals(low, high)
    least, most = sorted((abs(low), abs(high)))
    told = notation.interval(least, most, decimals, signed=False)
    return f"{'rose' if value > 0 else 'fell'} by {notation.number(abs(value), decimals)} {told}"


def detectable_words(one: Json) -> str:
    """`a worsening of 8.1 %`."""
    if one["detectable"] is None:
        return "no worsening of any size"
    return f"a worsening of {written(one['detectable'], one['change_unit'], signed=False)}"


def amount(value: float | None, unit: str) -> str:
    """A value before or after."""
    if value is None:
        return NOTHING
    notation = level(unit, value)
    return notation.number(value, notation.decimals_of(value))
