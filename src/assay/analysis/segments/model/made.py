"""Segments that were formed → the model that is kept of them."""

from __future__ import annotations

from dataclasses import replace
from math import floor
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.analysis.segments.model.result import (
    Far,
    Named,
    SegmentModel,
    Sureness,
    centres_of,
    distance_to,
    membership_of,
)
from assay.core.errors import DataError
from assay.features.behaviour import held_of
from assay.stats.segmenting.landmarks import landmarks
from assay.stats.segmenting.rules import ByMixture, ByNeighbours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.analysis.segments.report import Formed
    from assay.stats.segmenting.mixtures import Mixture
    from assay.stats.segmenting.rules import Rule

FARTHEST: Final = 0.01
"""Share of the entities that lie farther from every centre than the others."""
REACH: Final = 2.326
"""Standard deviations of members' distances past which noise begins: one in a hundred, if normal.
A quantile would be the distance of somebody."""
STEPS: Final = 10
BY_STEP: Final = 20
"""Members behind one step of certainty, at least."""


def model_of(
    formed: Formed,
    *,
    days: int,
    least: int | None = None,
    time_zone: str = "UTC",
    smallest_cell: int = 10,
) -> SegmentModel:
    """What is kept of segments, without the entities that formed them.

    A mixture and k-means are kept as they are, so that the model says of everybody what they say.
    Other methods take new entities in by their neighbours, which are entities: of these the model
    keeps means of `smallest_cell` or more, and `agreement` says how often both agree.

    Args:
        formed: the segments.
        days: how many days count, as they were asked for.
        least: interactions below which too little is known, as they were asked for.
        time_zone: whose days they are.
        smallest_cell: entities behind every number.

    Raises:
        DataError: where there are no segments.
    """
    if formed.profiles is None:
        raise DataError(
            "the entities form one cloud: there are no segments to be assigned to",
            remedy="use segments by rule, or ask for a number of them (segments: 3 in the set) "
            "knowing that this cuts the cloud",
        )
    behaviour, inputs, found = formed.behaviour, formed.inputs, formed.found
    scaled = found.scaling(inputs.matrix)
    mixture, owner, reach = _places(found.rule, smallest_cell)
    chances = membership_of(mixture, owner, reach, scaled)
    labels = np.where(chances.sum(axis=1) < 0.5, -1, chances.argmax(axis=1))
    certainty = formed.sized.certainty if formed.sized else np.full(len(labels), np.nan)
    have = {one.name for one in inputs.features}
    return SegmentModel(
        entity=behaviour.entity,
        first=behaviour.span.first,
        last=behaviour.span.last,
        days=days,
        least=least,
        time_zone=time_zone,
        method=found.method,
        segments=tuple(
            Named(
                ident=one.ident,
                name=one.name,
                sureness=_sureness(
                    chances[labels == at, at], certainty[labels == at], smallest_cell
                ),
            )
            for at, one in enumerate(formed.profiles.profiles)
        ),
        held=tuple(replace(one, filled=round(one.filled, 2)) for one in held_of(inputs, behaviour)),
        demanded=tuple(
            one.name
            for one in behaviour.features
            if one.missing == "apart" and one.name not in have
        ),
        scaling=found.scaling,
        mixture=mixture,
        owner=owner,
        reach=reach,
        far=_far(distance_to(centres_of(mixture, owner), scaled), smallest_cell),
        agreement=round(float((labels == found.labels).mean()), 2),
        secret=_secret(formed, mixture, smallest_cell),
    )


def _places(rule: Rule, smallest_cell: int) -> tuple[Mixture, NDArray[np.int64], float]:
    """Components, the segment of each, and how far from the nearest one noise begins."""
    if isinstance(rule, ByMixture):
        return rule.mixture, np.arange(rule.mixture.k), np.inf
    if not isinstance(rule, ByNeighbours):  # there is no third
        raise TypeError(f"a rule of {type(rule).__name__} cannot be kept")
    found = landmarks(rule.rows, rule.labels, smallest_cell)
    inside = rule.labels >= 0
    if inside.all() and not np.isfinite(rule.reach):
        return found.mixture, found.owner, np.inf
    distances = distance_to(found.mixture.means, rule.rows[inside])
    return found.mixture, found.owner, float(distances.mean() + REACH * distances.std())


def _far(distances: NDArray[np.float64], smallest_cell: int) -> Far:
    """The distance beyond which a hundredth lies, and no fewer than may be told."""
    n = len(distances)
    beyond = min(max(round(FARTHEST * n), smallest_cell), n - 1)
    between = np.sort(distances)[::-1][beyond - 1 : beyond + 1].mean()
    # To two digits, since it would tell how many entities there were.
    return Far(distance=float(between), share=round(beyond / n, 2))


def _sureness(
    chances: NDArray[np.float64], certainty: NDArray[np.float64], smallest_cell: int
) -> tuple[Sureness, ...]:
    """Members in steps of their probability, each with what halves without them say; rising.

    Nothing is said of probabilities so low that fewer members than may be told have them.
    """
    from scipy.optimize import isotonic_regression  # noqa: PLC0415  loads slowly

    known = np.isfinite(certainty)
    order = np.argsort(chances[known], kind="stable")
    chance, sure = chances[known][order], certainty[known][order]
    many = min(STEPS, len(chance) // max(smallest_cell, BY_STEP)) or (
        1 if len(chance) >= smallest_cell else 0
    )
    if not many:
        return ()
    parts = np.array_split(np.arange(len(chance)), many)
    firsts = [smallest_cell - 1, *(part[0] for part in parts[1:])]
    begins = [floor(chance[at] * 1000) / 1000 for at in firsts]
    begins = np.maximum.accumulate(begins).tolist()
    step = np.repeat(np.searchsorted(np.unique(begins), begins), [len(part) for part in parts])
    counts = np.bincount(step)
    means = isotonic_regression(np.bincount(step, sure) / counts, weights=counts).x
    told = [round(float(mean), 4) for mean in means]
    return tuple(
        Sureness(above=float(above), certainty=certainty)
        for above, certainty, before in zip(np.unique(begins), told, [-1.0, *told], strict=False)
        if certainty != before
    )


def _secret(formed: Formed, mixture: Mixture, smallest_cell: int) -> str:
    """Why the model would tell of members: a place stands for too few."""
    found = formed.found
    noise = int((found.labels < 0).sum())
    if 0 < noise < smallest_cell:
        # Means of all entities without those of the segments are theirs.
        return f"fewer than {smallest_cell} entities are noise"
    part = found.formed_of / len(found.labels)
    members = np.array(found.sizes) * part
    needed = smallest_cell
    if isinstance(found.rule, ByMixture):
        if found.method == "mixture":
            members = np.minimum(members, mixture.weights * found.formed_of)
        if mixture.shape == "full":  # as many as dimensions lie in a plane that tells of each
            needed += mixture.means.shape[1]
    if members.min() >= needed:
        return ""
    return f"a segment was formed of fewer than {needed} entities"
