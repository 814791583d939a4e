"""Numbers and categories laid out together, so that entities alike in both lie close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from assay.core.errors import DataError
from assay.stats.segmenting.scaling import Scaling, readable, scaling_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

MOST: Final = 50
"""Categories of a feature that are kept apart; the rarer are pooled."""
RAREST: Final = 0.01
IDENTIFYING: Final = 0.5
"""A feature is refused where the categories that would be pooled hold this share of entities."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Embedding:
    """Coordinates of numbers and categories, to be found again for new rows.

    `pooled` is how many categories of each feature were taken together as rare.
    """

    scaling: Scaling | None
    levels: tuple[tuple[str, ...], ...]
    pooled: tuple[int, ...]
    weights: NDArray[np.float64]
    centre: NDArray[np.float64]
    axes: NDArray[np.float64]

    def __call__(
        self, numbers: ArrayLike | None, categories: Sequence[Sequence[object]]
    ) -> NDArray[np.float64]:
        """Coordinates, entities × as many as features; unknown categories count as rare ones."""
        return (self.wide(numbers, categories) * self.weights - self.centre) @ self.axes

    def wide(
        self, numbers: ArrayLike | None, categories: Sequence[Sequence[object]]
    ) -> NDArray[np.float64]:
        """Numbers on one scale and an indicator per category, the rare ones last of each."""
        scaled = None if self.scaling is None or numbers is None else self.scaling(numbers)
        if len(categories) != len(self.levels) or (scaled is None) != (self.scaling is None):
            raise DataError(
                f"{len(categories)} features of categories, expected {len(self.levels)} and the"
                f" numbers {'too' if self.scaling else 'left out'}",
                remedy="give new rows the features that the embedding was made of, in order",
            )
        shown = _indicators([_named(feature) for feature in categories], self.levels)
        return shown if scaled is None else np.hstack((scaled, shown))


def embed(numbers: ArrayLike | None, categories: Sequence[Sequence[object]]) -> Embedding:
    """An embedding in which each number and each feature of categories counts about the same.

    Numbers are scaled to variance 1, and indicators of categories so that two entities drawn at
    random are as far apart, squared, on the average: 2. Principal axes are kept, as many as there
    are features. `segment_mixed` forms segments of them; `segment` on coordinates without `k` would
    take the lumps that few categories make for groups.

    Raises:
        DataError: a feature with nearly as many categories as entities, of unequal length, or with
            one category.

    References:
        Gower (1971), A general coefficient of similarity and some of its properties; Pagès (2014),
        Multiple factor analysis by example using R, ch. 3.
    """
    scaling = None if numbers is None else scaling_of(readable(numbers))
    named = [_named(feature) for feature in categories]
    n = len(named[0]) if named else 0
    lengths = {len(feature) for feature in named}
    scaled = None if scaling is None or numbers is None else scaling(numbers)
    if scaled is not None:
        lengths.add(len(scaled))
    if not named or len(lengths) != 1 or not n:
        raise DataError(
            f"features of {sorted(lengths)} entities, expected at least one feature of categories"
            " and the same entities in each",
            remedy="give one value per entity in each feature",
        )
    kept = [_levels(feature, at) for at, feature in enumerate(named)]
    levels = tuple(level for level, _ in kept)
    shown = _indicators(named, levels)
    shares = shown.mean(axis=0)
    columns = [len(level) + 1 for level in levels]
    ends = np.cumsum(columns)[:-1]
    unlike = [1 - float((part**2).sum()) for part in np.split(shares, ends)]
    weights = np.repeat(1 / np.sqrt(unlike), columns)
    wide = shown
    if scaled is not None:
        wide = np.hstack((scaled, shown))
        weights = np.concatenate((np.ones(scaled.shape[1]), weights))
    weighted = wide * weights
    centre = weighted.mean(axis=0)
    covariance = (weighted - centre).T @ (weighted - centre) / n
    values, axes = np.linalg.eigh(covariance)
    features = len(named) + (0 if scaled is None else scaled.shape[1])
    last = [at for at in range(len(values) - 1, -1, -1) if values[at] > 1e-9 * values[-1]]
    chosen = axes[:, last[:features]]
    chosen = chosen * np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])])
    return Embedding(
        scaling=scaling,
        levels=levels,
        pooled=tuple(rare for _, rare in kept),
        weights=weights,
        centre=centre,
        axes=chosen,
    )


def _named(feature: Sequence[object]) -> NDArray[np.str_]:
    return np.asarray(["" if value is None else str(value) for value in feature], dtype=np.str_)


def _levels(feature: NDArray[np.str_], at: int) -> tuple[tuple[str, ...], int]:
    """The categories that are kept apart, the commonest first, and how many are pooled."""
    names, counts = np.unique(feature, return_counts=True)
    n = len(feature)
    if len(names) == 1:
        raise DataError(
            f"feature {at} of categories holds one category, expected at least two",
            remedy="leave the feature out",
        )
    order = np.lexsort((names, -counts))
    kept = [name for name in order[:MOST] if counts[name] >= RAREST * n]
    rare = n - int(counts[kept].sum())
    if rare > IDENTIFYING * n:
        raise DataError(
            f"feature {at} holds {len(names):,} categories for {n:,} entities, and those under"
            f" {RAREST:.0%} hold {rare / n:.0%} of them, expected at most {IDENTIFYING:.0%}",
            remedy="an identifier? leave it out; else group the categories into at most"
            f" {MOST} that mean something",
        )
    return tuple(names[kept].tolist()), len(names) - len(kept)


def _indicators(
    named: Sequence[NDArray[np.str_]], levels: tuple[tuple[str, ...], ...]
) -> NDArray[np.float64]:
    """One column per category kept, and one for all others of the feature."""
    columns = []
    for feature, known in zip(named, levels, strict=True):
        shown = feature[:, None] == np.asarray(known)
        columns.append(np.column_stack((shown, ~shown.any(axis=1))))
    return np.hstack(columns).astype(np.float64)
