"""Where entities belong by some features only, in segments that were formed without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from assay.core.errors import DataError
from assay.stats.segmenting.contrasts import ENTITIES, crossed
from assay.stats.segmenting.lacking import lacking
from assay.stats.segmenting.segments import assigned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from assay.stats.segmenting.rules import Rule
    from assay.stats.segmenting.segments import Segments


def placed_without(
    rows: ArrayLike, found: Segments, columns: Sequence[int], seed: int = 0
) -> NDArray[np.float64] | None:
    """Probabilities of the segments (entities × K), without a look at some of the columns.

    Segments are formed of four fifths of the entities, with all columns; each entity of the last
    fifth is put into them by the columns that are left. So neither the entity's own values of
    `columns` nor that it took part in forming decide where it is. Entities that are not placed,
    because it was asked of a sample of them or their place is in no segment, are NaN. None where
    the rule of the segments needs all columns, or no other column is left.

    Args:
        rows: entities × features, those that the segments were formed of.
        found: the segments.
        columns: of the rows, that are not looked at.
        seed: of folds and starts.
    """
    scaled = found.scaling(rows)
    kept = found.scaling.kept.tolist()
    hidden = [kept.index(one) for one in columns if one in kept]
    if not hidden or len(hidden) >= len(kept):
        return None
    entities = np.arange(len(scaled))
    if len(scaled) > ENTITIES:
        entities = np.sort(np.random.default_rng([seed, 5]).choice(len(scaled), ENTITIES, False))
    drawn = scaled[entities]
    try:
        folds = crossed(drawn, found.labels[entities], found.k, found.method, seed)
    except DataError:
        return None
    told = np.full((len(scaled), found.k), np.nan)
    for at, (place, formed) in enumerate(zip(folds.places, folds.formed, strict=True)):
        rule = _without(formed.rule, hidden)
        if rule is None:
            return None
        held = np.flatnonzero(folds.fold == at)
        chances = assigned(np.delete(drawn[held], hidden, axis=1), rule, formed.k)[1]
        named = np.zeros((len(held), found.k))
        for column, where in enumerate(place.tolist()):
            if where >= 0:
                named[:, where] += chances[:, column]
        named[named.sum(axis=1) < 0.5] = np.nan
        told[entities[held]] = named / named.sum(axis=1, keepdims=True)
    return told


def _without(rule: Rule, columns: Sequence[int]) -> Rule | None:
    """The last column first, so that the places of the others stay."""
    left: Rule | None = rule
    for column in sorted(columns, reverse=True):
        if left is None:
            return None
        left = lacking(left, column)
    return left
