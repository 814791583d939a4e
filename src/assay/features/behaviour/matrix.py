"""Behaviours → numbers that can be compared: transformed, scaled by what is typical."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError
from assay.features.behaviour.feature import Feature
from assay.stats.shrunken_rates import BetaPrior, beta_prior, shrunken_rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.behaviour.observed import Behaviour

_NORMAL_IQR: Final = 1.3489795003921634
"""Width between the quartiles of a standard normal distribution."""
_FARTHEST: Final = 6.0
"""Scaled values beyond are drawn in: a single one must not decide what is alike."""
_SAME: Final = 1e-9
"""Columns that differ by no more are one: an entity's behaviour does not count twice."""
_KNOWN: Final = 0.5
"""Share of entities that a feature has to be known of."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inputs:
    """What entities are compared by.

    Attributes:
        matrix: shape (entities, features), no gaps: 0 is typical, 1 a typical deviation.
        features: those of the columns.
        centres: of each column before scaling, after its transformation.
        scales: of each column.
        filled: share of entities of which a feature was not known, and taken to be typical.
        left_out: names of features that tell nobody apart, with the reason.
    """

    matrix: NDArray[np.float64]
    features: tuple[Feature, ...]
    centres: NDArray[np.float64]
    scales: NDArray[np.float64]
    filled: tuple[float, ...]
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How a feature became numbers, without the entities that it was learnt from.

    Attributes:
        feature: which one.
        centre: its median after the transformation.
        scale: robust deviation after the transformation.
        prior: that shares are drawn to; None where they are not.
        typical: median of the values above 0, that amounts are told as multiples of before their
            logarithm; None where no such logarithm is taken.
        filled: share of entities of which it was not known, and taken to be typical.
    """

    feature: Feature
    centre: float
    scale: float
    prior: BetaPrior | None
    typical: float | None
    filled: float


def inputs_of(behaviour: Behaviour, *, fewest: int = 1) -> Inputs:
    """Behaviours as numbers: transformed as declared, around the median, in robust deviations.

    Args:
        behaviour: of the entities.
        fewest: entities that have to differ from what is most common in a feature: what is typical
            of fewer would tell of them.

    Raises:
        DataError: where there are fewer than two entities, or no feature tells them apart.
    """
    count = behaviour.frame.height
    if count < 2:
        raise DataError(
            f"{count} of {count + len(behaviour.few):,} entities have enough data, "
            "expected 2 or more",
            remedy="look at more days, or lower the least number of interactions",
        )
    columns: list[tuple[NDArray[np.float64], float, float]] = []
    kept: list[Feature] = []
    filled: list[float] = []
    left_out: list[tuple[str, str]] = []
    for one in behaviour.features:
        values = transformed(behaviour, one)
        known = np.isfinite(values)
        if known.mean() < _KNOWN:
            left_out.append((one.name, f"known of {known.mean():.0%} of the entities only"))
            continue
        if 0 < _differing(behaviour, one) < fewest:
            left_out.append((one.name, f"the same for all but fewer than {fewest} entities"))
            continue
        middle = float(np.median(values[known]))
        low, high = np.quantile(values[known], [0.25, 0.75])
        scale = float(high - low) / _NORMAL_IQR or float(np.std(values[known]))
        if not scale > 1e-12 * max(1.0, abs(middle)):
            left_out.append((one.name, "the same for all entities"))
            continue
        scaled = np.clip((np.where(known, values, middle) - middle) / scale, -_FARTHEST, _FARTHEST)
        twin = _twin(scaled, columns)
        if twin is not None:
            left_out.append((one.name, f"it tells the same as {kept[twin].name}"))
            continue
        columns.append((scaled, middle, scale))
        kept.append(one)
        filled.append(float(1 - known.mean()))
    if not columns:
        raise DataError(
            "no feature tells these entities apart: "
            + "; ".join(f"{name}: {why}" for name, why in left_out[:5]),
            remedy="look at more days, other entities or other features",
        )
    return Inputs(
        matrix=np.column_stack([values for values, _, _ in columns]),
        features=tuple(kept),
        centres=np.array([middle for _, middle, _ in columns]),
        scales=np.array([scale for _, _, scale in columns]),
        filled=tuple(filled),
        left_out=tuple(left_out),
    )


def _twin(
    scaled: NDArray[np.float64], columns: list[tuple[NDArray[np.float64], float, float]]
) -> int | None:
    """The earlier column that orders and spaces the entities in the same way, if one does."""
    for place, (other, _, _) in enumerate(columns):
        for sign in (1, -1):
            if np.abs(scaled - sign * other).max() <= _SAME:
                return place
    return None


def _differing(behaviour: Behaviour, feature: Feature) -> int:
    """Entities with another value than the most common one."""
    counts = behaviour.frame[feature.name].drop_nulls().value_counts()["count"]
    return int(counts.sum()) - int(counts.max() or 0)  # type: ignore[arg-type]


def held_of(inputs: Inputs, behaviour: Behaviour) -> tuple[Held, ...]:
    """How the features became these numbers.

    Args:
        inputs: the numbers.
        behaviour: that they were made of.
    """
    return tuple(
        Held(
            feature=one,
            centre=float(centre),
            scale=float(scale),
            prior=beta_prior(*_trials(behaviour, one)) if _is_drawn(one) else None,
            typical=_typical(behaviour, one) if one.transform == "log1p" else None,
            filled=filled,
        )
        for one, centre, scale, filled in zip(
            inputs.features, inputs.centres, inputs.scales, inputs.filled, strict=True
        )
    )


def numbers_like(
    behaviour: Behaviour, held: Sequence[Held]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Behaviours of any entities and days as the same numbers, to be put into the same segments.

    Returns:
        Numbers without gaps, shape (entities, features), and which of them were known.

    Raises:
        DataError: where a feature that formed the segments is not known here at all.
    """
    have = {one.name for one in behaviour.features}
    gone = [one.feature.label for one in held if one.feature.name not in have]
    if gone:
        raise DataError(
            f"{gone[0]} formed the segments and is not known of these days",
            remedy="look at days, and give tables (sessions, configurations), that tell it",
        )
    matrix = np.empty((behaviour.frame.height, len(held)))
    known = np.empty(matrix.shape, dtype=bool)
    for at, one in enumerate(held):
        values = transformed(behaviour, one.feature, like=one)
        known[:, at] = np.isfinite(values)
        scaled = (np.where(known[:, at], values, one.centre) - one.centre) / one.scale
        matrix[:, at] = np.clip(scaled, -_FARTHEST, _FARTHEST)
    return matrix, known


def inputs_like(behaviour: Behaviour, inputs: Inputs, formed_of: Behaviour) -> Inputs:
    """Behaviours of other entities or days as the same numbers, to be put into the same segments.

    Args:
        behaviour: whose numbers are wanted.
        inputs: numbers that segments were formed of.
        formed_of: the behaviours that these were made of; what is typical comes from them.

    Raises:
        DataError: where a feature that formed the segments is not known here at all.
    """
    matrix, known = numbers_like(behaviour, held_of(inputs, formed_of))
    filled = 1 - known.mean(axis=0) if len(known) else np.zeros(known.shape[1])
    return replace(inputs, matrix=matrix, filled=tuple(filled.tolist()))


def transformed(
    behaviour: Behaviour, feature: Feature, *, like: Held | None = None
) -> NDArray[np.float64]:
    """A feature's values after its transformation, NaN where not known.

    Args:
        behaviour: of the entities.
        feature: one of its features.
        like: what is typical, where not of these entities.

    Raises:
        DataError: where there are infinite values, or some below 0 of what cannot be.
    """
    told = behaviour.frame[feature.name]
    values = told.to_numpy().astype(np.float64)
    odd = told.is_not_null().to_numpy() & ~np.isfinite(values)
    below = (values < 0) & (feature.transform != "identity")
    for wrong, what, expected in ((odd, "infinite", "finite numbers"), (below, "below 0", "0 up")):
        if wrong.any():
            raise DataError(
                f"{feature.label} is {what} for {int(wrong.sum()):,} of {len(values):,} entities, "
                f"expected {expected}",
                remedy="correct or remove these rows",
            )
    if _is_drawn(feature):
        part, whole = _trials(behaviour, feature)
        prior = None if like is None else like.prior
        values = np.where(np.isnan(values), np.nan, shrunken_rates(part, whole, prior))
    with np.errstate(divide="ignore", invalid="ignore"):
        if feature.transform == "log":
            values = np.where(values > 0, np.log(values), np.nan)
        elif feature.transform == "log1p":
            typical = None if like is None else like.typical
            unit = _typical(behaviour, feature) if typical is None else typical
            values = np.log1p(np.maximum(values, 0) / unit)
        elif feature.transform == "logit":
            inner = np.clip(values, 1e-4, 1 - 1e-4)
            values = np.log(inner / (1 - inner))
    return values


def _is_drawn(feature: Feature) -> bool:
    return feature.shrunken and feature.whole is not None


def _typical(behaviour: Behaviour, feature: Feature) -> float:
    """The median of the values above 0; 1 where there are none."""
    values = behaviour.frame[feature.name].to_numpy().astype(np.float64)
    above = values[values > 0]
    return float(np.median(above)) if len(above) else 1.0


def _trials(
    behaviour: Behaviour, feature: Feature
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a share is of: successes and trials."""
    part = behaviour.sums[feature.part].to_numpy().astype(np.float64)
    return part, behaviour.sums[feature.whole or ""].to_numpy().astype(np.float64)
