"""Whether there are groups at all: the data against single clouds that are otherwise alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from assay.stats.segmenting.mixtures import fit
from assay.stats.segmenting.modes import peaks
from assay.stats.segmenting.nulls import Cloud, cloud_like, mixture_like
from assay.stats.segmenting.starts import nearest_centres
from assay.stats.segmenting.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

Verdict = Literal["none", "weak", "clear"]

ROWS: Final = 800
LEAST_ROWS: Final = 20
"""Entities below which nothing is told apart from chance: the answer is none."""
DRAWS: Final = 99
ALPHA: Final = 0.03
"""Below .05, since the clouds are fitted to the data and only resemble what they came from."""
CLEAR: Final = 6.0
"""Standard deviations of the null draws past which structure is clear, if no draw exceeds it."""
ENOUGH: Final = 5
"""Draws as extreme as the data after which no more are made."""
FIRST: Final = 39
CENTRES: Final = (2, 4, 8)
STEPS: Final = 25
LEAST_SPREAD: Final = np.array([0.5, 1e-3, 1e-3, 1e-3, 1e-3])
"""Where draws hardly differ (no valley in any), what lies above them is still measured."""
NAMES: Final = ("valleys", "2 centres", "4 centres", "8 centres", "a mixture of 2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """How far the data stand out from clouds without groups.

    `p_value` is the share of clouds at least as extreme, the data among them; `strength` is how
    many standard deviations of the clouds the data lie above their mean in the measure `shown_by`;
    `null` is the same of each cloud.
    """

    verdict: Verdict
    p_value: float
    strength: float
    shown_by: str
    draws: int
    rows: int
    null: tuple[float, ...] = ()


@one_thread()
def structure(rows: NDArray[np.float64], seed: int, *, draws: int = DRAWS) -> Structure:
    """None, weak or clear structure in scaled features, on at most 800 rows.

    Groups are looked for as peaks of density with valleys between, as centres that take up
    scatter, and as a mixture of two; the largest of the three in units of the null draws is ranked
    among theirs, so that looking three ways costs nothing. Two kinds of clouds must both be beaten:
    a Gaussian copula, and independent parts that are mixed. One bent cloud (a ring, a horseshoe) is
    neither, and is called structure. Of fewer than 20
    entities nothing is shown.

    References:
        Tibshirani, Walther & Hastie (2001), Estimating the number of clusters via the gap
        statistic; Besag & Clifford (1991), Sequential Monte Carlo p-values.
    """
    if len(rows) < LEAST_ROWS:
        return Structure(
            verdict="none", p_value=1.0, strength=0.0, shown_by=NAMES[0], draws=0, rows=len(rows)
        )
    rng = np.random.default_rng([seed, 1])
    if len(rows) > ROWS:
        rows = rows[rng.choice(len(rows), ROWS, replace=False)]
    rows = rows - rows.mean(axis=0)
    spread = rows.std(axis=0)
    rows = rows[:, spread > 0] / spread[spread > 0]
    seen = measures(rows)
    found = _against(cloud_like(rows), seen, rng, draws, len(rows))
    if found.verdict != "none" and rows.shape[1] > 1:
        mixed = _against(mixture_like(rows, seed), seen, rng, draws, len(rows))
        found = max(found, mixed, key=lambda one: (one.p_value, -one.strength))
    return found


def _against(
    cloud: Cloud, seen: list[float], rng: np.random.Generator, draws: int, rows: int
) -> Structure:
    """The data against draws of one kind of cloud."""

    def draw() -> list[float]:
        return measures(cloud.draw(rows, rng))

    return ranked(seen, draw, names=NAMES, least=LEAST_SPREAD, draws=draws, rows=rows)


def ranked(  # noqa: PLR0913  what is ranked, among what, and how it is told
    seen: list[float],
    draw: Callable[[], list[float]],
    *,
    names: Sequence[str],
    least: NDArray[np.float64],
    draws: int,
    rows: int,
) -> Structure:
    """Where the data's largest measure stands among those of as many draws as the answer needs.

    Args:
        seen: measures of the data; more speaks for groups.
        draw: the same measures of one more cloud.
        names: of the measures, shape as `seen`.
        least: spread of each measure below which that of the draws is not believed.
        draws: the most that are made.
        rows: how many entities were looked at.
    """
    found, extreme = [seen], 0
    while len(found) <= draws:
        found.append(draw())
        extreme = _extreme(np.array(found), least)
        if extreme >= ENOUGH or (len(found) == FIRST + 1 and not extreme):
            break
    table = np.array(found)
    above = table[0] - table[1:].mean(axis=0)
    spread = np.maximum(table[1:].std(axis=0), least)
    strengths = above / spread
    best = int(strengths.argmax())
    p_value, strength = (1 + extreme) / len(table), float(strengths[best])
    verdict: Verdict = "none"
    if p_value <= ALPHA:
        verdict = "clear" if strength >= CLEAR and not extreme else "weak"
    return Structure(
        verdict=verdict,
        p_value=p_value,
        strength=strength,
        shown_by=names[best],
        draws=len(table) - 1,
        rows=rows,
        null=tuple(((table[1:, best] - table[1:, best].mean()) / spread[best]).tolist()),
    )


def _extreme(found: NDArray[np.float64], least: NDArray[np.float64]) -> int:
    """How many draws stand out at least as much as the data, in any of the measures."""
    spread = np.maximum(found.std(axis=0), least)
    largest = ((found - found.mean(axis=0)) / spread).max(axis=1)
    return int((largest[1:] >= largest[0]).sum())


def measures(rows: NDArray[np.float64]) -> list[float]:
    """The deepest valley, the scatter taken up by 2, 4, 8 centres, the evidence for 2 over 1."""
    depths = peaks(rows).depths
    found = [float(depths[0]) if depths.size else 0.0]
    total = float((rows**2).sum())
    halves = np.zeros(len(rows), dtype=np.int64)
    for k in CENTRES:
        labels, within = nearest_centres(rows, min(k, len(rows) - 1), 0)
        found.append(-np.log(max(within / total, 1e-12)))
        if k == CENTRES[0]:
            halves = labels
    one = fit(rows, [np.zeros_like(halves)], "full", steps=1)
    two = fit(rows, [halves], "full", steps=STEPS)
    return [*found, two.evidence - one.evidence]
