"""Whether numbers and categories together show groups: the data against one latent cloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr, ndtri

from assay.stats.segmenting.mixed import Embedding, embed
from assay.stats.segmenting.mixtures import fit
from assay.stats.segmenting.modes import peaks
from assay.stats.segmenting.nulls import Margin, one_peaked
from assay.stats.segmenting.starts import nearest_centres
from assay.stats.segmenting.structure import DRAWS, ROWS, Structure, ranked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike


Array = NDArray[np.float64]

AXES: Final = 2
"""Latent axes of a feature of categories: more of its association with others is left out."""
_TRIED: Final = 4_000
_TURNS: Final = 60
_LEAST: Final = 1e-6
_STEPS: Final = 25
_CENTRES: Final = (2, 3, 4, 8)
_KINDS: Final = (2, 3, 4)
_NAMES: Final = (
    *(f"{k} centres" for k in _CENTRES),
    *(f"{k} kinds" for k in _KINDS),
    "valleys of numbers",
    "a mixture of 2 of numbers",
)
_SPREADS: Final = np.array([*[1e-3] * (len(_CENTRES) + len(_KINDS)), 0.5, 1e-3])
"""Where draws hardly differ, what lies above them is still measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Categories:
    """One feature of categories as places in a latent cloud.

    Attributes:
        first: its first latent axis.
        places: categories × axes; each entity is of the category whose place lies farthest in its
            own direction, `offsets` added.
        offsets: by which every category is as frequent as in the data.
    """

    first: int
    places: Array
    offsets: Array

    def of(self, latent: Array) -> NDArray[np.int64]:
        """The category of each entity."""
        own = latent[:, self.first : self.first + self.places.shape[1]]
        return np.asarray((own @ self.places.T + self.offsets).argmax(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class MixedCloud:
    """One normal cloud; numbers are its axes bent to their margins, categories regions of it."""

    embedding: Embedding
    margins: tuple[Margin, ...]
    features: tuple[Categories, ...]
    factor: Array

    def draw(self, rows: int, rng: np.random.Generator) -> Array:
        """So many entities: scaled numbers, and indicators of categories."""
        latent = rng.standard_normal((rows, len(self.factor))) @ self.factor.T
        shares = ndtr(latent[:, : len(self.margins)])
        wide = [margin.quantiles(shares[:, at])[:, None] for at, margin in enumerate(self.margins)]
        wide.extend(np.eye(len(one.places))[one.of(latent)] for one in self.features)
        return np.hstack(wide)

    def coordinates(self, wide: Array) -> Array:
        """Of entities, as the embedding lays them out, of variance 1 on the average."""
        rows = (wide * self.embedding.weights) @ self.embedding.axes
        rows = rows - rows.mean(axis=0)
        return np.asarray(rows / np.sqrt((rows**2).mean()))

    def told_by_kinds(self, wide: Array, k: int) -> float:
        """By how much k kinds say more of entities than one does, in nats per entity."""
        groups = nearest_centres(self.coordinates(wide), k, 0)[0]
        return _kinds(wide, len(self.margins), groups)

    def measures(self, wide: Array) -> list[float]:
        """Scatter taken up by centres, evidence for kinds, and of numbers valleys and a mixture."""
        rows, count = self.coordinates(wide), len(self.margins)
        total, n = float((rows**2).sum()), len(rows)
        found, groups = [], {}
        for k in _CENTRES:
            groups[k], within = nearest_centres(rows, min(k, n - 1), 0)
            found.append(-np.log(max(within / total, 1e-12)))
        found += [_kinds(wide, count, groups[k]) for k in _KINDS]
        if not count:
            return [*found, 0.0, 0.0]
        numbers = wide[:, :count] - wide[:, :count].mean(axis=0)
        depths = peaks(numbers).depths
        halves = nearest_centres(numbers, 2, 0)[0]
        one = fit(numbers, [np.zeros_like(halves)], "full", steps=1)
        two = fit(numbers, [halves], "full", steps=_STEPS)
        return [*found, float(depths[0]) if depths.size else 0.0, two.evidence - one.evidence]


def mixed_structure(
    numbers: ArrayLike | None,
    categories: Sequence[Sequence[object]],
    seed: int,
    *,
    draws: int = DRAWS,
) -> Structure:
    """None, weak or clear structure in numbers and categories together, on at most 800 rows.

    Categories lie in lumps, which a test on coordinates takes for groups. So the clouds that the
    data are held against have categories too: of one normal cloud in which every number is an axis
    and every feature of categories has one or two, in whose direction its categories lie. Numbers
    have one peak; categories are as frequent as in the data; and associations of two features are
    those of the data, as far as they are above chance and lie on these axes. What is left is what
    one cloud cannot have: kinds of entities, each with its own mix of numbers and categories.

    Two features whose categories are associated in more than two ways, or so closely that no
    correlation explains it (one says the other), are called structure.

    Raises:
        DataError: as `embed`.

    References:
        Olsson (1979), Psychometrika 44, 443-460 (polychoric correlations); Thurstone (1927),
        Psychol. Rev. 34 (categories as the largest of latent values); Hirschfeld (1935), Proc.
        Camb. Phil. Soc. 31, 520-524 (scores of categories).
    """
    rng = np.random.default_rng([seed, 5])
    laid = embed(numbers, categories)
    wide = laid.wide(numbers, categories)
    if len(wide) > ROWS:
        wide = wide[np.sort(rng.choice(len(wide), ROWS, replace=False))]
    cloud = mixed_cloud(wide, laid, rng)

    def draw() -> list[float]:
        return cloud.measures(cloud.draw(len(wide), rng))

    return ranked(
        cloud.measures(wide), draw, names=_NAMES, least=_SPREADS, draws=draws, rows=len(wide)
    )


def _kinds(wide: Array, count: int, labels: NDArray[np.int64]) -> float:
    """By how much kinds with their own numbers and shares of categories say more than one kind.

    Log-likelihood per entity; within a kind, numbers are normal and nothing goes together.
    """
    n = len(wide)
    numbers, shown = wide[:, :count], wide[:, count:]
    held = np.eye(int(labels.max()) + 1)[labels]
    first = last = 0.0
    for step in range(_STEPS + 1):
        here = np.ones((n, 1)) if not step else held
        weight = here.sum(axis=0) + _LEAST
        mean = here.T @ numbers / weight[:, None]
        spread = np.maximum(here.T @ numbers**2 / weight[:, None] - mean**2, 0.05)
        shares = np.log((here.T @ shown + 0.5) / (weight[:, None] + 1))
        logs = np.log(weight / n) + shown @ shares.T
        for at in range(count):
            off = (numbers[:, at, None] - mean[:, at]) ** 2 / spread[:, at]
            logs = logs - (off + np.log(spread[:, at])) / 2
        whole = logsumexp(logs, axis=1)
        last = float(whole.mean())
        if not step:
            first = last
        else:
            held = np.exp(logs - whole[:, None])
    return last - first


def mixed_cloud(wide: Array, laid: Embedding, rng: np.random.Generator) -> MixedCloud:
    """The nearest single cloud: scaled numbers and indicators → margins, places, correlations."""
    n = len(wide)
    count = wide.shape[1] - sum(len(level) + 1 for level in laid.levels)
    numbers = wide[:, :count]
    scores = [_normal_scores(column)[:, None] for column in numbers.T]
    indicators, at = [], count
    for level in laid.levels:
        indicators.append(wide[:, at : at + len(level) + 1])
        at += len(level) + 1
    every = [*scores, *(_standard(part) for part in indicators)]
    features, chosen, widths = [], list(scores), [1] * count
    loss = [np.ones(1)] * count
    first = count
    for at, part in enumerate(indicators):
        others = np.hstack([one for j, one in enumerate(every) if j != count + at] or [part[:, :0]])
        places = _places(part, others, rng)
        one, kept = _calibrated(first, places, part.mean(axis=0), rng)
        features.append(one)
        chosen.append(part @ places)
        widths.append(part.shape[1] - 1)
        loss.append(kept)
        first += places.shape[1]
    factor = _factor(chosen, loss, widths, n)
    margins = tuple(one_peaked(column) for column in numbers.T)
    return MixedCloud(laid, margins, tuple(features), factor)


def _places(part: Array, others: Array, rng: np.random.Generator) -> Array:
    """Scores of categories along which they go with the other features most, of variance 1."""
    shares = part.mean(axis=0)
    some = shares > 0
    root = np.sqrt(np.where(some, shares, 1.0))
    other = others - others.mean(axis=0)
    together = (part / root).T @ other / len(part)
    together[~some] = 0.0
    together = np.hstack([together, _LEAST * rng.standard_normal((len(shares), AXES))])
    left = np.linalg.svd(together - np.outer(np.sqrt(shares), np.sqrt(shares) @ together))[0]
    places = left[:, : min(AXES, int(some.sum()) - 1)] / root[:, None]
    places[~some] = 0.0
    places = places - shares @ places
    found: Array = places / np.sqrt(shares @ places**2)
    return found


def _calibrated(
    first: int, places: Array, shares: Array, rng: np.random.Generator
) -> tuple[Categories, Array]:
    """Offsets that give categories their shares, and how much of each axis its scores keep."""
    latent = rng.standard_normal((_TRIED, places.shape[1]))
    reach = latent @ places.T
    offsets = np.where(shares > 0, -(places**2).sum(axis=1) / 2, -np.inf)
    step = 1.0
    for turn in range(_TURNS):
        held = np.bincount((reach + offsets).argmax(axis=1), minlength=len(shares)) / _TRIED
        ratio = np.log(np.maximum(shares, _LEAST) / np.maximum(held, 0.2 / _TRIED))
        offsets = offsets + np.where(shares > 0, step * np.clip(ratio, -1, 1), 0.0)
        step = 1.0 if turn < _TURNS // 2 else 0.3
    whose = (reach + offsets).argmax(axis=1)
    seen = places[whose] - places[whose].mean(axis=0)
    kept = (seen * latent).mean(axis=0) / np.maximum(seen.std(axis=0), _LEAST)
    return Categories(first, places, offsets), np.maximum(kept, 0.3)


def _factor(chosen: list[Array], loss: list[Array], widths: list[int], n: int) -> Array:
    """A root of the correlations of all latent axes, out of those of scores, above chance."""
    sizes = [one.shape[1] for one in chosen]
    whole = np.hstack(chosen)
    seen = np.atleast_2d(np.corrcoef(whole, rowvar=False))
    ends = np.append(0, np.cumsum(sizes))
    found = np.eye(len(seen))
    for i in range(len(chosen)):
        for j in range(i):
            block = seen[ends[i] : ends[i + 1], ends[j] : ends[j + 1]]
            chance = (widths[i] + widths[j] - 1) / n
            share = np.sqrt(np.maximum(1 - chance / np.maximum(block**2, _LEAST), 0.0))
            if widths[i] == widths[j] == 1:
                share = np.ones_like(block)
            latent = np.clip(block * share / np.outer(loss[i], loss[j]), -0.99, 0.99)
            found[ends[i] : ends[i + 1], ends[j] : ends[j + 1]] = latent
            found[ends[j] : ends[j + 1], ends[i] : ends[i + 1]] = latent.T
    values, vectors = np.linalg.eigh(found)
    root = vectors * np.sqrt(np.maximum(values, _LEAST))
    return np.asarray(root / np.sqrt((root**2).sum(axis=1, keepdims=True)))


def _normal_scores(values: Array) -> Array:
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[where]
    return _standard(ndtri((ranks - 0.5) / len(values)))


def _standard(values: Array) -> Array:
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0))
