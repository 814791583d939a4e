"""Whether arms have the sizes that were planned: at the end, at every look, and where not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assay.analysis.experiments.result import ArmCount, SampleRatio
from assay.analysis.experiments.validity.checks import RARE, Check, Part
from assay.stats.multiplicity.corrections import adjusted_p_values
from assay.stats.sample_ratio import chi_square, monitor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.features.summary import Summary

WATCHED: Final = 0.01
"""Error of the monitor over all looks together; ten times that of the test at the end, which would
be exceeded by chance in 3 % of experiments that are looked at a thousand times."""
_FEWEST_EXPECTED: Final = 10.0


def sample_ratio(summary: Summary, *, watched: bool = False) -> SampleRatio:
    """Whether the arms have the sizes of the split, equal ones where none was given.

    Args:
        summary: with the arms' units, and their days of exposure where these are known.
        watched: whether it is looked at while units still come in; then the evidence of all looks
            so far counts, and holds at all of them together.
    """
    sizes = {arm: summary.units[arm] for arm in summary.arms}
    split = summary.design.shares(summary.arms)
    whole, units = sum(split[arm] for arm in summary.arms), sum(sizes.values())
    arms = tuple(
        ArmCount(arm=arm, n=n, share=n / units, expected=split[arm] / whole)
        for arm, n in sizes.items()
    )
    if summary.design.design == "paired":
        return SampleRatio(
            p_value=None,
            ok=True,
            threshold=RARE,
            statistic=None,
            arms=arms,
            reason="arms share their items, so that no share of them was assigned",
        )
    weights = [split[arm] for arm in summary.arms]
    found = chi_square(list(sizes.values()), weights)
    days = _days(summary)
    looked = monitor([counts for _, counts in days] or [list(sizes.values())], weights)
    crossed = looked.first_at(WATCHED)
    p_value, threshold = found.p_value, RARE
    if watched:
        p_value, threshold = looked.p_values[-1], WATCHED
    ok = p_value >= threshold if not watched else p_value > threshold
    since = None if ok or crossed is None or not days else days[crossed][0]
    return SampleRatio(
        p_value=p_value,
        ok=ok,
        threshold=threshold,
        statistic=found.statistic,
        arms=arms,
        test="monitor" if watched else "chi-square",
        since=since,
    )


def split_checks(
    summary: Summary, ratio: SampleRatio, *, smallest_cell: int, watched: bool = False
) -> tuple[Check, ...]:
    """The sizes of the arms as checks: over all units, and within each value of each column.

    Values are looked at one by one, and pay for their number by Holm's method. Where one is off,
    either the fault is there, or the column was changed by the treatment; the latter does no harm
    to the comparison of all units, so that it warns and does not block.

    Args:
        summary: whose segments are looked at.
        ratio: of all units.
        smallest_cell: units of all arms together that a value needs to be named.
        watched: as in `sample_ratio`.
    """
    if ratio.p_value is None:
        return ()
    whole = Check(
        key="sample ratio",
        kind="sample ratio",
        subject="",
        status="passes" if ratio.ok else "blocks",
        p_value=ratio.p_value,
        threshold=ratio.threshold,
        parts=tuple(Part(label=arm.arm, count=arm.n, whole=_sum(ratio)) for arm in ratio.arms),
        since=ratio.since,
        reason="" if ratio.ok else SIZES,
        remedy="" if ratio.ok else "find out what else decides who is counted",
    )
    found = _within(summary, smallest_cell, watched=watched)
    adjusted = adjusted_p_values([p for *_, p in found], "holm")
    threshold = WATCHED if watched else RARE
    return (
        whole,
        *(
            _worst(
                column,
                [
                    (value, counts, p_value)
                    for (name, value, counts, _), p_value in zip(found, adjusted, strict=True)
                    if name == column
                ],
                summary,
                threshold,
            )
            for column in dict.fromkeys(name for name, *_ in found)
        ),
    )


SIZES: Final = "the arms do not have the planned sizes"


def _sum(ratio: SampleRatio) -> int:
    return sum(arm.n for arm in ratio.arms)


def _days(summary: Summary) -> list[tuple[str, list[int]]]:
    """Cumulative units per arm by day of exposure; none where they are not those of the arms."""
    total = dict.fromkeys(summary.arms, 0)
    found = []
    for one in summary.days:
        for arm in summary.arms:
            total[arm] += one.units.get(arm, 0)
        found.append((one.day.isoformat(), [total[arm] for arm in summary.arms]))
    whole = {arm: summary.units[arm] for arm in summary.arms}
    return found if total == whole else []


def _within(
    summary: Summary, smallest: int, *, watched: bool
) -> list[tuple[str, str, list[int], float]]:
    """Column, value, units per arm and raw p-value of every value that is large enough to tell."""
    split = summary.design.shares(summary.arms)
    weights = [split[arm] for arm in summary.arms]
    found = []
    for column, value in dict.fromkeys((one.column, one.value) for one in summary.exposed):
        looks = [counts for _, counts in _looks(summary, column, value)]
        if not looks or sum(looks[-1]) < smallest * len(weights):
            continue
        p_value = _p_value(looks, weights, watched=watched)
        found.append((column, value, looks[-1], p_value))
    return found


def _looks(summary: Summary, column: str, value: str) -> list[tuple[str, list[int]]]:
    """A value's cumulative units per arm by day of exposure; one look where days are not known."""
    last = summary.days[-1].day.isoformat() if summary.days else None
    by_day: dict[str, dict[str, int]] = {}
    for one in summary.exposed:
        if (one.column, one.value) != (column, value):
            continue
        day = "" if one.day is None else one.day.isoformat()
        if last is not None and day > last:
            continue  # after the look that is told
        _count(by_day.setdefault(day, {}), one.units)
    total: dict[str, int] = dict.fromkeys(summary.arms, 0)
    found = []
    for day in sorted(by_day):
        _count(total, by_day[day])
        found.append((day, [total[arm] for arm in summary.arms]))
    return found


def _count(total: dict[str, int], units: Mapping[str, int]) -> None:
    for arm, n in units.items():
        total[arm] = total.get(arm, 0) + n


def _p_value(looks: Sequence[Sequence[int]], weights: Sequence[float], *, watched: bool) -> float:
    """By the monitor also where the counts are too small for a chi-square."""
    if watched:
        return monitor(looks, weights).p_values[-1]
    least = sum(looks[-1]) * min(weights) / sum(weights)
    if least < _FEWEST_EXPECTED:
        return monitor(looks[-1:], weights).p_values[0]
    return chi_square(looks[-1], weights).p_value


def _worst(
    column: str,
    values: Sequence[tuple[str, list[int], float | None]],
    summary: Summary,
    threshold: float,
) -> Check:
    """The column's value that fits the plan least, and since when."""
    value, counts, p_value = min(values, key=lambda one: 1.0 if one[2] is None else one[2])
    faulty = p_value is not None and p_value < threshold
    since = _since(summary, column, value) if faulty else None
    others = sum(p is not None and p < threshold for _, _, p in values) - 1
    more = f", as in {others} more" if others > 0 else ""
    return Check(
        key=f"sample ratio by/{column}",
        kind="sample ratio by",
        subject=column,
        status="warns" if faulty else "passes",
        p_value=p_value,
        threshold=threshold,
        parts=tuple(
            Part(label=arm, count=n, whole=sum(counts))
            for arm, n in zip(summary.arms, counts, strict=True)
        ),
        since=since,
        where=value,
        reason=f"arms do not have the planned sizes where {column} is {value}{more}"
        if faulty
        else "",
        remedy=f"find out who is counted there, or whether the treatment changes {column}"
        if faulty
        else "",
    )


def _since(summary: Summary, column: str, value: str) -> str | None:
    """The first day on which the monitor saw it."""
    looks = _looks(summary, column, value)
    split = summary.design.shares(summary.arms)
    weights = [split[arm] for arm in summary.arms]
    first = monitor([counts for _, counts in looks], weights).first_at(WATCHED)
    return None if first is None else looks[first][0] or None
