"""How large segments are and how surely each entity is in its own, over segments formed again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

from assay.stats.segmenting.contrasts import matched
from assay.stats.segmenting.methods import Formed, form
from assay.stats.segmenting.mixtures import fit
from assay.stats.segmenting.rules import ByMixture
from assay.stats.segmenting.segments import assigned
from assay.stats.segmenting.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from assay.stats.segmenting.segments import Segments

DRAWS: Final = 40
HALF: Final = 1_000
"""Entities that form the segments of one draw, at most."""
ENTITIES: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sizes:
    """Shares of all entities (K), with intervals that hold for each; certainty of members.

    Attributes:
        share: mean probability of membership, so that those in between count in parts.
        low, high: over other samples of entities and segments formed of them again.
        certainty: probability of an entity's own segment by segments that were formed without it,
            mean over those; NaN for noise and for entities not looked at.
        looked: entities that were looked at, drawn at random where they are not all.
    """

    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    certainty: NDArray[np.float64]
    draws: int
    confidence: float
    looked: int


@one_thread()
def sizes(
    rows: ArrayLike,
    found: Segments,
    seed: int = 0,
    *,
    draws: int = DRAWS,
    confidence: float = 0.95,
) -> Sizes:
    """Sizes with all that is not known of them: who belongs, who was sampled, where borders lie.

    Segments are formed of random halves again; the scatter over halves, times
    √(part / (1 − part)), is that over samples of all (for a half, 1).

    References:
        Politis, Romano & Wolf (1999), Subsampling, sec. 2.3 and 10.
    """
    scaled = found.scaling(rows)
    n, k = len(scaled), found.k
    rng = np.random.default_rng([seed, 7])
    where = np.sort(rng.permutation(n)[:ENTITIES])
    looked, labels = scaled[where], found.labels[where]
    many = min(HALF, len(looked) // 2)
    total, counted = np.zeros(len(looked)), np.zeros(len(looked))
    shares = np.zeros((draws, k))
    own = np.maximum(labels, 0)
    for draw in range(draws):
        order = rng.permutation(len(looked))
        formed = _again(looked[order[:many]], labels[order[:many]], found, seed + draw)
        place = matched(formed.labels, labels[order[:many]], formed.k, k)
        chances = np.zeros((len(looked), k))
        chances[:, place[place >= 0]] = assigned(looked, formed.rule, formed.k)[1][:, place >= 0]
        shares[draw] = chances[order[:many]].mean(axis=0)
        out = order[many:]
        total[out] += chances[out, own[out]]
        counted[out] += 1
    part = many / n
    spread = shares.std(axis=0, ddof=1) * np.sqrt(part / (1 - part))
    share = np.asarray(found.membership.mean(axis=0, dtype=np.float64))
    held = np.clip(share, 0.5 / n, 1 - 0.5 / n)
    least = np.sqrt(held * (1 - held) / n)
    reach = ndtri(0.5 + confidence / 2) * np.maximum(spread, least) / (held * (1 - held))
    certainty = np.full(n, np.nan)
    seen = (counted > 0) & (labels >= 0)
    certainty[where[seen]] = total[seen] / counted[seen]
    return Sizes(
        share=share,
        low=np.minimum(expit(logit(held) - reach), share),
        high=np.maximum(expit(logit(held) + reach), share),
        certainty=certainty,
        draws=draws,
        confidence=confidence,
        looked=len(where),
    )


def _again(
    rows: NDArray[np.float64], labels: NDArray[np.int64], found: Segments, seed: int
) -> Formed:
    """The segments of other entities: a mixture from where it was, another method from anew."""
    rule = found.rule
    if isinstance(rule, ByMixture) and found.method == "mixture":
        there = np.unique(labels)
        if len(there) == found.k:
            mixture = fit(rows, [labels], rule.mixture.shape)
            return Formed(mixture.posterior(rows).argmax(axis=1), ByMixture(mixture), found.k)
    return form(rows, min(found.k, len(np.unique(rows, axis=0))), found.method, seed)  # type: ignore[arg-type]


def typical(
    scaled: NDArray[np.float64],
    labels: NDArray[np.int64],
    certainty: NDArray[np.float64],
    many: int,
) -> tuple[NDArray[np.int64], ...]:
    """For each segment the places of its most typical members, the most typical first.

    Of the surer half, those nearest to the segment's median in every feature; an entity that is
    there, not an average that nobody is.
    """
    found = []
    for segment in range(int(labels.max(initial=-1)) + 1):
        own = np.flatnonzero(labels == segment)
        sure = np.nan_to_num(certainty[own], nan=0.0)
        held = own[sure >= np.median(sure)] if own.size else own
        if not held.size:
            found.append(held)
            continue
        off = np.abs(scaled[held] - np.median(scaled[own], axis=0)).sum(axis=1)
        found.append(held[np.argsort(off, kind="stable")[:many]])
    return tuple(found)
