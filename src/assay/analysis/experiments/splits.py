"""Whether arms have the sizes that were planned: at the end, at every look, and where not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assay.analysis.experiments.checks import RARE, Check, Part
from assay.analysis.experiments.result import ArmCount, SampleRatio
from assay.stats.multiplicity import adjusted_p_values
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
    split = summary.design.split or dict.fromkeys(summary.arms, 1.0)
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
                watched=watched,
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
    units: dict[tuple[str, str], dict[str, int]] = {}
    last = summary.days[-1].day if summary.days else None
    for one in summary.exposed:
        if last is not None and one.day is not None and one.day > last:
            continue  # after the look that is told
        mine = units.setdefault((one.column, one.value), dict.fromkeys(summary.arms, 0))
        for arm, n in one.units.items():
            mine[arm] = mine.get(arm, 0) + n
    split = summary.design.split or dict.fromkeys(summary.arms, 1.0)
    weights = [split[arm] for arm in summary.arms]
    found = []
    for (column, value), by_arm in units.items():
        counts = [by_arm[arm] for arm in summary.arms]
        if sum(counts) < smallest * len(counts):
            continue
        found.append((column, value, counts, _p_value(counts, weights, watched=watched)))
    return found


def _p_value(counts: Sequence[int], weights: Sequence[float], *, watched: bool) -> float:
    """By the monitor also where the counts are too small for a chi-square."""
    least = sum(counts) * min(weights) / sum(weights)
    if watched or least < _FEWEST_EXPECTED:
        return monitor([counts], weights).p_values[0]
    return chi_square(counts, weights).p_value


def _worst(
    column: str,
    values: Sequence[tuple[str, list[int], float | None]],
    summary: Summary,
    threshold: float,
    *,
    watched: bool,
) -> Check:
    """The column's value that fits the plan least, and since when."""
    value, counts, p_value = min(values, key=lambda one: 1.0 if one[2] is None else one[2])
    faulty = p_value is not None and p_value < threshold
    since = _since(summary, column, value) if faulty else None
    others = sum(p is not None and p < threshold for _, _, p in values) - 1
    more = f", as in {others} more" if others > 0 else ""
    del watched
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
    mine = sorted(
        (one for one in summary.exposed if (one.column, one.value) == (column, value) and one.day),
        key=lambda one: str(one.day),
    )
    total: dict[str, int] = dict.fromkeys(summary.arms, 0)
    rows: list[list[int]] = []
    for one in mine:
        _count(total, one.units)
        rows.append([total[arm] for arm in summary.arms])
    split = summary.design.split or dict.fromkeys(summary.arms, 1.0)
    first = monitor(rows, [split[arm] for arm in summary.arms]).first_at(WATCHED)
    return None if first is None or not mine else str(mine[first].day)


def _count(total: dict[str, int], units: Mapping[str, int]) -> None:
    for arm, n in units.items():
        total[arm] = total.get(arm, 0) + n
