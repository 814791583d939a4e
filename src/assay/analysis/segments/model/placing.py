"""Entities of any day into kept segments, and how unlike those they are that formed them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from assay.analysis.segments.model.result import BLOCK, distance_to
from assay.analysis.segments.report.forming import NOISE, TOO_LITTLE
from assay.core.units import Count, Number, Share
from assay.features.behaviour import behaviour, numbers_like
from assay.stats.lifetimes.survival import wilson

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from assay.analysis.segments.model.result import Named, SegmentModel
    from assay.features.behaviour import Behaviour

LEVEL: Final = 0.95
TIMES: Final = 2.0
"""As often as among those that formed the segments entities have to be far, to be called unlike."""
SHIFTED: Final = 0.5
"""Standard deviations from which on a feature is told to have moved: Cohen's (1988) medium."""
SURELY: Final = 3.0
"""Standard errors of a mean that it has to have moved by."""
UNKNOWN: Final = 0.2
"""Further share of entities that a feature is not known of, from which on it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A feature that is higher or lower on average than when the segments were formed.

    `by` is in standard deviations of the entities that formed them.
    """

    label: str
    by: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A feature that is known of fewer entities than when the segments were formed."""

    label: str
    now: Share
    then: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How unlike entities are to those that formed the segments.

    Attributes:
        entities: that were placed; `beyond`: of them lie farther from every centre than all but
            the share `then` of those that formed the segments.
        low, high: of the share beyond, 95 %.
        unlike: the share is more than twice `then`, by more than chance, or a feature has moved or
            is not known any more: borders may not hold.
    """

    entities: Count
    beyond: Count
    low: Share
    high: Share
    then: Share
    unlike: bool
    shifts: tuple[Shift, ...]
    unknown: tuple[Unknown, ...]


def behaviour_for(
    model: SegmentModel,
    rows: pl.LazyFrame,
    *,
    as_of: date | None = None,
    **beside: Any,  # noqa: ANN401  as `behaviour` takes them
) -> Behaviour:
    """Behaviours as the model looks at them, no more than it needs.

    Args:
        model: whose features, days, zone and least data count.
        rows: interactions.
        as_of: last day that counts; None takes the last of the data.
        beside: `sessions`, `configurations` and `time`, as `behaviour` takes them.

    Raises:
        DataError: as of `behaviour`.
    """
    names = [*(one.name for one in model.features), *model.demanded]
    own = [name for name in names if not name.startswith("ctx_")]
    return behaviour(
        rows,
        model.entity,
        as_of=as_of,
        days=model.days,
        features=own or None,
        context=len(own) < len(names),
        least=model.least,
        time_zone=model.time_zone,
        **beside,
    )


def place(model: SegmentModel, whom: Behaviour) -> tuple[pl.DataFrame, Drift]:
    """One row per entity, sorted, and how unlike they are to those that formed the segments.

    Columns: `entity`; `segment`, the ident, and null where it is in none; `name` of the segment,
    `noise`, or `too little data`; `probability` of the segment; `certainty`, as members of such a
    probability had by segments that were formed without them. Blocks of entities are placed one
    after the other, so that no table of all their numbers is made.

    Raises:
        DataError: where a feature of the model is not known of these days.
    """
    n = whom.frame.height
    labels = np.full(n, -1, dtype=np.int64)
    chance = np.full(n, np.nan)
    beyond, total, known = 0, np.zeros(len(model.held)), np.zeros(len(model.held))
    for start in range(0, n, BLOCK):
        part = replace(
            whom, frame=whom.frame.slice(start, BLOCK), sums=whom.sums.slice(start, BLOCK)
        )
        numbers, seen = numbers_like(part, model.held)
        scaled = model.scaling(numbers)
        chances = model.membership(scaled)
        at = chances.argmax(axis=1)
        labels[start : start + BLOCK] = np.where(chances.sum(axis=1) < 0.5, -1, at)
        chance[start : start + BLOCK] = chances.max(axis=1)
        beyond += int((distance_to(model.centres, scaled) > model.far.distance).sum())
        total[model.scaling.kept] += scaled.sum(axis=0)
        known += seen.sum(axis=0)
    if not n:
        numbers_like(whom, model.held)
    table = _table(model.segments, whom, labels, chance)
    return table, _drift(model, n, beyond, total, known)


def _table(
    segments: tuple[Named, ...],
    whom: Behaviour,
    labels: NDArray[np.int64],
    chance: NDArray[np.float64],
) -> pl.DataFrame:
    inside = labels >= 0
    sure = np.full(len(labels), np.nan)
    for at, one in enumerate(segments):
        if one.sureness:
            own = labels == at
            steps = np.array([step.above for step in one.sureness])
            place_ = np.searchsorted(steps, np.round(chance[own], 6), side="right") - 1
            # The last is that of probabilities below every step (−1).
            sure[own] = np.array([*(step.certainty for step in one.sureness), np.nan])[place_]
    idents = pl.Series([*(one.ident for one in segments), None], dtype=pl.String)
    names = pl.Series([*(one.name for one in segments), NOISE], dtype=pl.String)
    placed = pl.DataFrame(
        {
            "entity": whom.frame["entity"].cast(pl.String),
            "segment": idents.gather(np.where(inside, labels, len(segments))),
            "name": names.gather(np.where(inside, labels, len(segments))),
            "probability": pl.Series(np.where(inside, chance, np.nan)).fill_nan(None),
            "certainty": pl.Series(sure).fill_nan(None),
        }
    )
    few = pl.DataFrame({"entity": list(whom.few)}, schema={"entity": pl.String})
    few = few.with_columns(name=pl.lit(TOO_LITTLE))
    return pl.concat((placed, few), how="diagonal").sort("entity")


def _drift(
    model: SegmentModel,
    entities: int,
    beyond: int,
    total: NDArray[np.float64],
    known: NDArray[np.float64],
) -> Drift:
    then = model.far.share
    low, high = (float(end) for end in wilson(beyond, entities, LEVEL)) if entities else (0.0, 1.0)
    moved = total / max(entities, 1)
    shifts = [
        Shift(label=one.feature.label, by=float(by))
        for one, by in zip(model.held, moved, strict=True)
        if abs(by) >= max(SHIFTED, SURELY / sqrt(max(entities, 1)))
    ]
    unknown = [
        Unknown(label=one.feature.label, now=1 - float(seen) / entities, then=one.filled)
        for one, seen in zip(model.held, known, strict=True)
        if entities and 1 - seen / entities > one.filled + UNKNOWN
    ]
    return Drift(
        entities=entities,
        beyond=beyond,
        low=low,
        high=high,
        then=then,
        unlike=low > TIMES * then or bool(shifts) or bool(unknown),
        shifts=tuple(sorted(shifts, key=lambda one: -abs(one.by))),
        unknown=tuple(unknown),
    )
