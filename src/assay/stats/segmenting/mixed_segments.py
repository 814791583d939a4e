"""Segments of numbers and categories together: whether there are any, how many, who is in which."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.stats.segmenting.mixed import embed
from assay.stats.segmenting.mixed_structure import mixed_cloud, mixed_structure
from assay.stats.segmenting.segment import segment
from assay.stats.segmenting.structure import ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from assay.stats.segmenting.methods import Method
    from assay.stats.segmenting.mixed import Embedding
    from assay.stats.segmenting.segments import Segments

MOST: Final = 8
CLOUDS: Final = 20


def segment_mixed(
    numbers: ArrayLike | None,
    categories: Sequence[Sequence[object]],
    *,
    k: int | None = None,
    method: Method = "k-means",
    seed: int = 0,
) -> Segments:
    """Segments of entities by numbers and categories, laid out by `embed`.

    Without `k`, structure is tested first against clouds that have categories too; where there is
    none, all are one segment. Where there is, `k` is the number of kinds, up to 8, that say most of
    the entities beyond what as many say of such clouds (a gap statistic of likelihoods). Centres
    form the segments unless another method is named: components that are normal, and trees, follow
    the lumps.

    Raises:
        DataError: as `embed`.
        ParameterError: a method that is not known, `k` past the entities.

    References:
        Tibshirani, Walther & Hastie (2001), JRSS B 63, 411-423.
    """
    laid = embed(numbers, categories)
    rows = laid(numbers, categories)
    if k is not None:
        return segment(rows, k=k, method=method, seed=seed, scale=False)
    tested = mixed_structure(numbers, categories, seed)
    if tested.verdict == "none":
        found = segment(rows, k=1, seed=seed, scale=False)
        return replace(found, structure=tested, reasons=("no structure beyond one cloud",))
    chosen = _how_many(laid.wide(numbers, categories), laid, seed)
    found = segment(rows, k=chosen, method=method, seed=seed, scale=False)
    why = f"{chosen} kinds say most of the entities beyond what they say of clouds without groups"
    return replace(found, structure=tested, reasons=(why, *found.reasons))


def _how_many(wide: NDArray[np.float64], laid: Embedding, seed: int) -> int:
    rng = np.random.default_rng([seed, 6])
    if len(wide) > ROWS:
        wide = wide[np.sort(rng.choice(len(wide), ROWS, replace=False))]
    cloud = mixed_cloud(wide, laid, rng)
    ks = range(2, min(MOST, len(wide) - 1) + 1)
    seen = [cloud.told_by_kinds(wide, k) for k in ks]
    drawn = [cloud.draw(len(wide), rng) for _ in range(CLOUDS)]
    chance = np.mean([[cloud.told_by_kinds(one, k) for k in ks] for one in drawn], axis=0)
    return ks[int((np.array(seen) - chance).argmax())]
