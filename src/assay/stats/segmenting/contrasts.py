"""What sets a segment apart, measured on entities that did not form it, beyond a cut of one cloud.

Segments that were formed of features differ in them: a cloud without groups, cut in three, gives
three parts that differ by two standard deviations, on new entities too. So three questions are
asked, and each is answered apart:

- Are there groups at all? (`structure`, against one cloud.) If not, nothing is claimed.
- Does a feature differ between those whom the *other* features put into the segments? Then it goes
  along with them: a finding, since its own value had no say.
- Does it differ by more than the same cuts make in one cloud of the same margins and correlations?
  Then it defines the segment; that it differs is no surprise, that it differs so much is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from assay.core.errors import DataError
from assay.stats.segmenting.differences import Differences, differences
from assay.stats.segmenting.lacking import lacking
from assay.stats.segmenting.methods import Formed, form
from assay.stats.segmenting.nulls import cloud_like
from assay.stats.segmenting.segment import segment
from assay.stats.segmenting.segments import NOISE, assigned
from assay.stats.segmenting.structure import Structure, structure
from assay.stats.segmenting.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from assay.stats.segmenting.segments import Segments

FOLDS: Final = 5
ENTITIES: Final = 10_000
"""Entities that contrasts are measured on; past it a sample of so many."""
FORMING: Final = 2_000
"""Entities that form the segments of one fold."""
CLOUD: Final = 20_000
"""Entities of one cloud that are cut for comparison."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Apart:
    """What sets each segment apart from the rest, by three yardsticks; arrays are K × p.

    `kept` are the columns that vary, in the order of the arrays; values are on the common scale
    (`Scaling`), where all entities have standard deviation 1.

    Attributes:
        tested: whether there are groups at all.
        shown: held-out entities in the segments that all features put them into.
        along: held-out entities in the segments that the other features put them into.
        cut: the effect that the same cuts have in one cloud.
        beyond: the effect less that of the cloud, with a simultaneous interval; negative where the
            cloud has more of it in the direction of the effect, of the other direction none is
            taken off.
        defines, goes_along: where either is claimed; wrong anywhere with a chance of at most
            `alpha` where there are no groups.
        labels: of the entities measured, by the fold that did not hold them; `entities` are their
            places in the table.
    """

    tested: Structure
    kept: tuple[int, ...]
    shown: Differences
    along: Differences
    cut: NDArray[np.float64]
    beyond: NDArray[np.float64]
    beyond_low: NDArray[np.float64]
    beyond_high: NDArray[np.float64]
    defines: NDArray[np.bool_]
    goes_along: NDArray[np.bool_]
    labels: NDArray[np.int64]
    entities: NDArray[np.int64]
    alpha: float

    @property
    def claimed(self) -> NDArray[np.bool_]:
        """Where a feature sets a segment apart, in whichever way."""
        return self.defines | self.goes_along


@one_thread()
def set_apart(
    rows: ArrayLike,
    seed: int = 0,
    *,
    k: int | None = None,
    found: Segments | None = None,
    alpha: float = 0.05,
) -> Apart | None:
    """What sets segments apart; None where there is one segment only.

    Segments are formed on four fifths of the entities and measured on the fifth, five times.
    Claims need groups (the test against one cloud, at `alpha`) and then, for the feature, a
    difference of held-out entities put there by the other features, or one beyond that of a cut
    cloud; the two share `alpha` over all segments and features. Where the first test is passed
    rightly, features that differ between no groups are so claimed with a chance of about `alpha`.

    Args:
        rows: entities × features.
        seed: of folds and starts.
        k: how many segments; chosen by the data where None.
        found: segments that were formed of these rows already; `k` is theirs.
        alpha: chance of any claim where there are no groups.

    Raises:
        DataError: fewer entities than can be held out in fifths and form so many segments.
    """
    if found is None:
        found = segment(rows, k=k, seed=seed)
    if found.k < 2:
        return None
    scaled = found.scaling(rows)
    entities = np.arange(len(scaled))
    if len(scaled) > ENTITIES:
        entities = np.sort(np.random.default_rng([seed, 5]).choice(len(scaled), ENTITIES, False))
        scaled = scaled[entities]
    tested = found.structure or structure(scaled, seed)
    folds = crossed(scaled, found.labels[entities], found.k, found.method, seed)
    shown = differences(scaled, folds.labels, found.k, alpha=alpha)
    along = _along(scaled, folds, found.k, alpha / 2)
    cut = _cut(scaled, folds, found.k, seed)
    groups = tested.p_value <= alpha and tested.verdict != "none"
    beyond, low, high, more = _beyond(shown, cut, alpha / 2)
    return Apart(
        tested=tested,
        kept=tuple(found.scaling.kept.tolist()),
        shown=shown,
        along=along,
        cut=cut,
        beyond=beyond,
        beyond_low=low,
        beyond_high=high,
        defines=more & groups,
        goes_along=along.claimed & (along.effect * shown.effect > 0) & groups,
        labels=folds.labels,
        entities=entities,
        alpha=alpha,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """Segments formed on all folds but one: those of each fold, matched, and the rules."""

    fold: NDArray[np.int64]
    labels: NDArray[np.int64]
    places: tuple[NDArray[np.int64], ...]
    formed: tuple[Formed, ...]


def crossed(
    scaled: NDArray[np.float64],
    labels: NDArray[np.int64],
    k: int,
    method: str,
    seed: int,
) -> Crossed:
    """Each entity's segment by the rule of the folds that did not hold it.

    Segments of a fold are named as those of all entities that they share most members with, among
    the entities that formed them.
    """
    if len(scaled) < FOLDS * max(k, 2):
        raise DataError(
            f"{len(scaled)} entities in {k} segments, expected at least {FOLDS * max(k, 2)} to hold"
            f" out a {FOLDS}th at a time",
            remedy="take more entities, or fewer segments",
        )
    rng = np.random.default_rng([seed, 4])
    fold = rng.permutation(len(scaled)) % FOLDS
    found = np.full(len(scaled), NOISE)
    places, rules = [], []
    for at in range(FOLDS):
        trained = rng.permutation(np.flatnonzero(fold != at))[:FORMING]
        formed = form(scaled[trained], k, method, seed)  # type: ignore[arg-type]
        place = matched(formed.labels, labels[trained], formed.k, k)
        held = fold == at
        found[held] = _named(assigned(scaled[held], formed.rule, formed.k)[0], place)
        places.append(place)
        rules.append(formed)
    return Crossed(fold, found, tuple(places), tuple(rules))


def matched(
    labels: NDArray[np.int64], reference: NDArray[np.int64], k: int, references: int
) -> NDArray[np.int64]:
    """For each of `k` segments the reference segment it shares most members with; −1 for none.

    References:
        Kuhn (1955), The Hungarian method for the assignment problem.
    """
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    both = (labels >= 0) & (reference >= 0)
    shared = np.zeros((k, references))
    np.add.at(shared, (labels[both], reference[both]), 1)
    place = np.full(k, NOISE)
    ours, theirs = linear_sum_assignment(-shared)
    place[ours] = theirs
    return place


def _named(labels: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(labels >= 0, place[np.maximum(labels, 0)], NOISE)


def _along(scaled: NDArray[np.float64], folds: Crossed, k: int, alpha: float) -> Differences:
    """Each feature between segments that the others put entities into; the error over all."""
    p = scaled.shape[1]
    values = np.full((len(scaled) * p, p), np.nan)
    labels = np.full(len(scaled) * p, NOISE)
    for feature in range(p):
        part = slice(feature * len(scaled), (feature + 1) * len(scaled))
        own = labels[part]
        values[part, feature] = scaled[:, feature]
        for at, (place, formed) in enumerate(zip(folds.places, folds.formed, strict=True)):
            rule = lacking(formed.rule, feature)
            if rule is None:
                continue
            held = folds.fold == at
            left = np.delete(scaled[held], feature, axis=1)
            own[held] = _named(assigned(left, rule, formed.k)[0], place)
    return differences(values, labels, k, alpha=alpha)


def _cut(scaled: NDArray[np.float64], folds: Crossed, k: int, seed: int) -> NDArray[np.float64]:
    """The effect of the same cuts in one cloud, mean over the folds' rules."""
    rng = np.random.default_rng([seed, 6])
    cloud = cloud_like(scaled)
    effects = []
    for place, formed in zip(folds.places, folds.formed, strict=True):
        drawn = cloud.draw(CLOUD // len(folds.formed), rng)
        labels = _named(assigned(drawn, formed.rule, formed.k)[0], place)
        effects.append(standardised(drawn, labels, k))
    held = np.array(effects)
    known = np.isfinite(held)
    total = np.where(known, held, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), 0.0)


def standardised(
    values: NDArray[np.float64], labels: NDArray[np.int64], k: int
) -> NDArray[np.float64]:
    """Each group's mean less that of the others, in pooled standard deviations; NaN below two."""
    kept = labels >= 0
    values, labels = values[kept], labels[kept]
    held = (labels[:, None] == np.arange(k)).astype(np.float64)
    n = held.sum(axis=0)[:, None]
    m = len(values) - n
    sums = held.T @ values
    with np.errstate(divide="ignore", invalid="ignore"):
        inside, outside = sums / n, (values.sum(axis=0) - sums) / m
        within = (values**2).sum(axis=0) - n * inside**2 - m * outside**2
        found = (inside - outside) / np.sqrt(np.maximum(within, 0.0) / (n + m - 2))
    return np.where((n > 1) & (m > 1) & np.isfinite(found), found, np.nan)


def _beyond(
    shown: Differences, cut: NDArray[np.float64], alpha: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """How much more than the cloud's, in the direction of the effect, and where surely more.

    Where the cloud's effect has the other direction, no effect at all would be more than it: there
    the effect has to stand out from zero.
    """
    single = 1 - (1 - alpha) ** (1 / shown.tests)
    sign = np.sign(shown.effect)
    more = sign * shown.effect - np.maximum(sign * cut, 0.0)
    reach = -ndtri(single) * shown.error
    surely = np.nan_to_num(more - reach, nan=-1.0) > 0
    return more, more - reach, more + reach, surely
