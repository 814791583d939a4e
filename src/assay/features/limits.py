"""How far values may reach, found from all units together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assay.features.faults import collect
from assay.features.values import Values

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw

    from assay.features.faults import Frame
    from assay.features.measure import Measure
    from assay.features.values import Limits


def within_limits(using: Sequence[Measure], units: Frame) -> tuple[Measure, ...]:
    """The same measures, their values held to the limits that their metrics declare.

    Quantiles are those of the units that count, of all arms together and before any limit, so that
    arms are treated alike; numerator and denominator have theirs of the same units.
    """
    wanted: dict[str, nw.Expr] = {}
    chosen = [m for m in using if isinstance(m, Values) and m.metric.winsorise is not None]
    for measure in chosen:
        winsorise = measure.metric.winsorise
        for name in _limited(measure):
            for end in ("lower", "upper"):
                at = getattr(winsorise, end)
                if at is not None:
                    value = measure.kept()[name].quantile(at, interpolation="linear")
                    wanted[f"{name}_{end}"] = value.alias(f"{name}_{end}")
    ends = collect(units.select(*wanted.values()))[0] if wanted else {}
    return tuple(
        replace(measure, limits=_limits(measure, ends)) if measure in chosen else measure
        for measure in using
    )


def _limited(measure: Values) -> list[str]:
    parts = 1 if measure.metric.numerator is None else 2
    return list(measure.kept())[:parts]


def _limits(measure: Values, ends: dict[str, float]) -> tuple[Limits, ...]:
    winsorise = measure.metric.winsorise
    floor, cap = (winsorise.floor, winsorise.cap) if winsorise else (None, None)
    return tuple(
        (ends.get(f"{name}_lower", floor), ends.get(f"{name}_upper", cap))
        for name in _limited(measure)
    )
