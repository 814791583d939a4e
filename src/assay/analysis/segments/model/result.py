"""What is kept of segments: how entities become numbers, where segments lie, what they are called.

No row of an entity is kept: places are means of as many entities as may be told, or more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.core.units import Count, Probability, Share
from assay.features.behaviour import Held
from assay.stats.segmenting.mixtures import Mixture
from assay.stats.segmenting.scaling import Scaling

if TYPE_CHECKING:
    from assay.features.behaviour.feature import Feature

BLOCK = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sureness:
    """How sure members are whose probability is `above` or more, up to that of the next step.

    `certainty` is the mean probability of the same segment by segments that were formed without
    them.
    """

    above: Probability
    certainty: Probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A segment: ident that stays, name, and how sure its members are, the least sure first."""

    ident: str
    name: str
    sureness: tuple[Sureness, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Far:
    """Distance to the nearest centre beyond which `share` of the entities lay that formed them."""

    distance: float
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SegmentModel:
    """Segments that entities of any day can be put into.

    Attributes:
        entity: columns that name an entity.
        first, last: days that the segments were formed of.
        days: how many days up to one count; `least`: interactions below which too little is known
            of an entity; None where nobody said.
        time_zone: whose days and hours they are.
        method: how segments were formed.
        segments: the largest first.
        held: how features become numbers, in their order.
        demanded: features that have to be known of an entity, though they tell nobody apart.
        scaling: of those numbers.
        mixture: places, their spread and weight, on that scale.
        owner: the segment that each component of the mixture is of.
        reach: distance to the nearest component beyond which an entity is noise.
        far: how far from every centre entities lay.
        agreement: share of the entities that formed the segments whom this puts into the same one.
        secret: why it must not be written down; empty where it may be.
    """

    entity: tuple[str, ...]
    first: date
    last: date
    days: Count
    least: Count | None
    time_zone: str
    method: str
    segments: tuple[Named, ...]
    held: tuple[Held, ...]
    demanded: tuple[str, ...]
    scaling: Scaling
    mixture: Mixture
    owner: NDArray[np.int64]
    reach: float
    far: Far
    agreement: Share
    secret: str

    @property
    def features(self) -> tuple[Feature, ...]:
        """Those that entities are compared by."""
        return tuple(one.feature for one in self.held)

    @property
    def centres(self) -> NDArray[np.float64]:
        """Of each segment, on the common scale."""
        return centres_of(self.mixture, self.owner)

    def membership(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability of each segment; rows of noise are 0."""
        return membership_of(self.mixture, self.owner, self.reach, scaled)


def centres_of(mixture: Mixture, owner: NDArray[np.int64]) -> NDArray[np.float64]:
    """Means of the components of each segment, by their weights."""
    weights = np.eye(int(owner.max()) + 1)[owner].T * mixture.weights
    centres: NDArray[np.float64] = weights @ mixture.means / weights.sum(axis=1, keepdims=True)
    return centres


def membership_of(
    mixture: Mixture, owner: NDArray[np.int64], reach: float, scaled: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Probability of each segment: the sum of those of its components."""
    chances: NDArray[np.float64] = mixture.posterior(scaled) @ np.eye(int(owner.max()) + 1)[owner]
    if np.isfinite(reach):
        chances[distance_to(mixture.means, scaled) > reach] = 0.0
    return chances


def distance_to(places: NDArray[np.float64], scaled: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each row to the nearest of these places."""
    squared = (scaled**2).sum(axis=1)[:, None] - 2 * scaled @ places.T + (places**2).sum(axis=1)
    found: NDArray[np.float64] = np.sqrt(np.maximum(squared.min(axis=1), 0.0))
    return found
