"""What of segments may be told, where exact numbers would give a few entities away."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.analysis.segments.profiles.result import Centre, Exemplar, Value
from assay.privacy.bounds import as_all_others
from assay.privacy.disclosure import withheld

if TYPE_CHECKING:
    from assay.features.behaviour import Behaviour, Inputs
    from assay.features.behaviour.feature import Feature
    from assay.stats.segmenting import Segments
    from assay.stats.segmenting.differences import Differences
    from assay.stats.segmenting.sizes import Sizes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Withheld:
    """Segments of too few members, and numbers that would tell how many they are.

    Attributes:
        few: by segment, whether nothing is told of it.
        size: by segment, whether its number and share are not.
        noise: whether the number of entities in no segment is not.
    """

    few: NDArray[np.bool_]
    size: NDArray[np.bool_]
    noise: bool


def withheld_sizes(found: Segments, smallest_cell: int) -> Withheld:
    """Sizes that are not told, the number of all entities being known."""
    counts = np.array([*found.sizes, int((found.labels < 0).sum())], dtype=np.int64)
    few = counts < smallest_cell
    hidden = withheld(counts, smallest_cell).cells | (few & (counts > 0))
    return Withheld(few=few[:-1], size=hidden[:-1] | few[:-1], noise=bool(hidden[-1]))


def values_of(behaviour: Behaviour, feature: Feature) -> NDArray[np.float64]:
    """A feature of all entities, in its own unit; NaN where not known."""
    return behaviour.frame[feature.name].to_numpy().astype(np.float64)


def told_means(
    own: Differences, values: NDArray[np.float64], labels: NDArray[np.int64], smallest_cell: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Means inside and outside (K × p), and where they are not the plain ones.

    Where fewer than may be told differ from all other members, what the others have stands in; a
    mean of all others is put together of such means, so that none is worked out from it.
    """
    inside, outside = own.inside.copy(), own.outside.copy()
    k, p = inside.shape
    masked = np.zeros((k, p), dtype=np.bool_)
    for at in range(k):
        for place in range(p):
            common = as_all_others(values[labels == at, place], smallest_cell)
            if common is not None:
                inside[at, place], masked[at, place] = common, True
    for at in range(k):
        others = np.arange(k) != at
        for place in np.flatnonzero(masked[others].any(axis=0)).tolist():
            weight = own.count[others, place]
            held = weight > 0
            outside[at, place] = (
                np.average(inside[others, place][held], weights=weight[held])
                if held.any()
                else np.nan
            )
    return inside, outside, masked | masked.any(axis=0)


def centre(at: int, inputs: Inputs, found: Segments, smallest_cell: int) -> tuple[Centre, ...]:
    """Means after the declared transformation, which is the same in every report."""
    members = inputs.matrix[found.labels == at] * inputs.scales + inputs.centres
    told = []
    for one, column in zip(inputs.features, members.T, strict=True):
        common = as_all_others(column, smallest_cell)
        mean, spread = (column.mean(), column.std()) if common is None else (common, 0.0)
        told.append(Centre(feature=one.name, mean=float(mean), spread=float(spread)))
    return tuple(told)


def exemplars(  # noqa: PLR0913  whose, of what, in which segment
    ident: str,
    places: NDArray[np.int64],
    behaviour: Behaviour,
    inputs: Inputs,
    *,
    found: Segments,
    told: Sizes,
    smallest_cell: int,
) -> tuple[Exemplar, ...]:
    """Typical members, each as the middle of the members that are most like it.

    So many of them as the smallest number that may be told, which makes of no person a record; in
    a segment that has no more members, there is one.
    """
    if not places.size:
        return ()
    members = np.flatnonzero(found.labels == found.labels[places[0]])
    scaled = found.scaling(inputs.matrix)
    many = max(1, min(len(places), len(members) // smallest_cell))
    told_of = []
    for number, place in enumerate(places[:many].tolist(), start=1):
        off = np.abs(scaled[members] - scaled[place]).sum(axis=1)
        alike = members[np.argsort(off, kind="stable")[:smallest_cell]]
        certainty = told.certainty[alike]
        certainty = certainty[np.isfinite(certainty)]
        told_of.append(
            Exemplar(
                code=f"{ident}.{number}",
                certainty=round(float(np.median(certainty)), 2) if certainty.size else 0.0,
                values=tuple(
                    Value(
                        feature=one.name,
                        label=one.label,
                        unit=one.unit,
                        value=_middle(values_of(behaviour, one)[alike]),
                    )
                    for one in inputs.features
                ),
            )
        )
    return tuple(told_of)


def _middle(values: NDArray[np.float64]) -> float | None:
    """Of what is known of at least half of them, to two significant digits."""
    known = values[np.isfinite(values)]
    if known.size * 2 < values.size:
        return None
    value = float(np.median(known))
    return 0.0 if value == 0 else round(value, 1 - floor(log10(abs(value))))
