"""What moved: a judge, or what was judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from scipy.special import ndtri

from assay.analysis.scoring.result import Drift, Moved, Since
from assay.core.finding import Estimate
from assay.stats.judging import change_within, onset_of, shifts_of
from assay.stats.multiplicity.corrections import adjusted_p_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.scoring.result import Movement
    from assay.features.judgements import Judgements
    from assay.stats.judging import Onset

LEAST: Final = 10
"""Scores that a change needs in each period."""
POWER: Final = 0.8
EPOCH: Final = date(1970, 1, 1)


def codes(column: pl.Series) -> Any:  # noqa: ANN401  an array of whole numbers
    """Texts as numbers from 0, in their order."""
    return column.rank("dense").to_numpy().astype(np.int64) - 1


def drifts_of(given: Judgements, rows: pl.DataFrame, *, alpha: float) -> tuple[Drift, ...]:
    """Each judge against the others on the same items, all names together.

    Args:
        given: for the scales; shifts are in points where every name has the same one.
        rows: of both periods, with `late`.
        alpha: chance that any of steady judges is called drifted.
    """
    scales = set(given.scales.values())
    unit, values = next(iter(scales)).unit, rows["value"].to_numpy()
    if len(scales) > 1:
        unit = "share"
        low = rows["name"].replace_strict({k: s.low for k, s in given.scales.items()}).to_numpy()
        high = rows["name"].replace_strict({k: s.high for k, s in given.scales.items()}).to_numpy()
        values = (values - low) / np.where(high > low, high - low, 1.0)
    items = codes(rows.select(pl.concat_str("name", "item", separator="\0"))["name"])
    judges, clusters = codes(rows["judge"]), codes(rows["cluster"])
    found = shifts_of(items, judges, rows["late"].to_numpy(), values, clusters, alpha)
    days = rows["at"].dt.date().to_physical().to_numpy().astype(np.int64)
    since = {
        one.judge: onset_of(
            items,
            judges,
            days,
            values,
            clusters,
            one.judge,
            [k for k in found.trusted if k != one.judge]
            if one.verdict == "drifted"
            else [k.judge for k in found.shifts if k.verdict == "one of two" and k is not one],
            1 - alpha,
        )
        for one in found.shifts
        if one.verdict in {"drifted", "one of two"}
    }
    names = sorted(rows["judge"].unique())
    kinds = dict(rows.select("judge", "source").unique().sort("judge", "source").iter_rows())
    return tuple(
        Drift(
            judge=names[one.judge],
            kind=kinds[names[one.judge]],
            verdict=one.verdict,
            shift=None
            if one.value is None
            else Estimate(value=one.value, low=one.low, high=one.high),
            unit=unit,
            anchored=one.anchored,
            items=one.items,
            since=_since(since.get(one.judge), unit),
        )
        for one in found.shifts
    )


def _since(one: Onset | None, unit: str) -> Since | None:
    if one is None:
        return None
    first, day, last = (
        (EPOCH + timedelta(days=k)).isoformat() for k in (one.first, one.day, one.last)
    )
    size = Estimate(value=one.size, low=one.size_low, high=one.size_high)
    return Since(day=day, first=first, last=last, unit=unit, size=size)


def moves_of(  # noqa: PLR0913  whose changes, and who tells of them
    given: Judgements,
    rows: pl.DataFrame,
    trusted: Sequence[str],
    *,
    columns: Sequence[str],
    k: int,
    level: float,
) -> tuple[tuple[Moved, ...], tuple[Moved, ...], int]:
    """The change of each name; then of each group; and how many groups are too small to tell.

    Only judges who stayed where they were tell of it. Groups are adjusted for their number.
    """
    moves = [_moved(given, rows, name, "", "", trusted, level) for name in given.scales]
    groups, hidden = [], 0
    for column in columns:
        for (group,), part in sorted(
            rows.drop_nulls(f"by_{column}").group_by(f"by_{column}"), key=lambda g: str(g[0])
        ):
            if part["cluster"].n_unique() < k:
                hidden += 1
                continue
            groups += [
                _moved(given, part, name, column, str(group), trusted, level)
                for name in given.scales
            ]
    return _judged(moves, 1 - level), _judged(groups, 1 - level), hidden


def _moved(  # noqa: PLR0913, PLR0917  whose change, and by whom it is told
    given: Judgements,
    rows: pl.DataFrame,
    name: str,
    column: str,
    group: str,
    trusted: Sequence[str],
    level: float,
) -> Moved:
    mine = rows.filter(pl.col("name") == name)
    halves = [mine.filter(pl.col("late") == late)["value"] for late in (False, True)]
    raw = [half.mean() for half in halves]
    counted = mine.filter(pl.col("judge").is_in(list(trusted)))
    change = None
    if not counted.is_empty():
        change = change_within(
            codes(counted["judge"]),
            counted["late"].to_numpy(),
            counted["value"].to_numpy(),
            codes(counted["cluster"]),
            level=level,
        )
    tellable = change is not None and min(change.before_n, change.after_n) >= LEAST
    return Moved(
        name=name,
        column=column,
        group=group,
        state="not enough data",
        unit=given.scales[name].unit,
        change=Estimate(value=change.value, low=change.low, high=change.high)
        if change is not None and change.low is not None and tellable
        else None,
        raw=None if None in raw else float(raw[1]) - float(raw[0]),  # type: ignore[arg-type]
        p=change.p_value if change is not None and tellable else None,
        visible=None,
        before_n=halves[0].len() if change is None else change.before_n,
        n=halves[1].len() if change is None else change.after_n,
        judged_by=counted["judge"].n_unique(),
    )


def _judged(moves: Sequence[Moved], alpha: float) -> tuple[Moved, ...]:
    """With p adjusted for all of them, and what that says."""
    known = [i for i, one in enumerate(moves) if one.p is not None and one.change is not None]
    adjusted = dict(
        zip(
            known, adjusted_p_values([float(moves[i].p or 0.0) for i in known], "holm"), strict=True
        )
    )
    return tuple(
        replace(
            one,
            p=adjusted.get(i),
            state=_state(one, adjusted.get(i), alpha),
            visible=_visible(one, len(known), alpha) if i in adjusted else None,
        )
        for i, one in enumerate(moves)
    )


def _visible(one: Moved, tests: int, alpha: float) -> float | None:
    """The change whose p, adjusted for the first of so many tests, is mostly below alpha."""
    if one.change is None or one.change.low is None or one.change.high is None:
        return None
    error = (one.change.high - one.change.low) / 2 / float(ndtri(1 - alpha / 2))
    return error * float(ndtri(1 - alpha / 2 / tests) + ndtri(POWER))


def _state(one: Moved, p: float | None, alpha: float) -> Movement:
    if p is None or one.change is None or one.change.value is None:
        return "not enough data"
    if p >= alpha:
        return "steady"
    return "fell" if one.change.value < 0 else "rose"
