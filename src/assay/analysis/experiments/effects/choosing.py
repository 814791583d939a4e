"""Which method answers: the normal one where it stands, else one made for what is there."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from assay.stats.comparisons.rates import RateContrast
from assay.stats.contrasts import Contrast
from assay.stats.gate import LEANING, can_permute, leaning, rates_are_normal, skewness
from assay.stats.resampling.permutation import PermutationContrast
from assay.stats.resampling.reassignment import Arm

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from assay.analysis.experiments.effects.evidence import Counts
    from assay.features.summary import Sample

    Columns = tuple[NDArray[np.float64], ...]

SCORE: Final = "score interval, skewness-corrected"
PERMUTED: Final = "permutation of units, studentised"
_THREE: Final = 3
"""Times 1/n: where none of n was seen, the rate below which it is with 95 % confidence (Hanley &
Lippman-Hand 1983, JAMA 249, If nothing goes wrong, is everything all right?)."""
_TEN: Final = 10
"""Events of an arm that make an answer worth having."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A method that is not the normal one, with the reason in words."""

    method: str
    reason: str
    contrast: Contrast


def chosen(
    one: Sample, other: Sample, counts: Counts | None, names: tuple[str, str]
) -> Chosen | None:
    """The method for data of which a normal curve would mislead; None where it does not.

    Args:
        one: of the treated arm.
        other: of the control.
        counts: successes and trials of both, where values are 0 or 1; not all alike.
        names: of both arms.
    """
    if counts is not None:
        return None if rates_are_normal(counts) else _scored(counts, names)
    return _permuted(one, other)


def nothing_seen(counts: Counts | None, names: tuple[str, str]) -> tuple[str, float] | None:
    """Why zeros (or ones) alone have no interval, and how many times the data some would need."""
    if counts is None:
        return None
    (ones, n), (before, m) = counts
    if 0 < ones + before < n + m:
        return None
    word = "successes" if not ones + before else "failures"
    needed = ceil(_TEN * min(n, m) / _THREE)
    said = f"not enough data: no {word} among {n:,} of {names[0]} and {m:,} of {names[1]}"
    return f"{said}, ten in each arm need more than {needed:,} there", _TEN / _THREE


def _scored(counts: Counts, names: tuple[str, str]) -> Chosen:
    rarest, one, several, name = min(
        (rare, *words, name)
        for name, (ones, n) in zip(names, counts, strict=True)
        for rare, words in ((ones, ("success", "successes")), (n - ones, ("failure", "failures")))
    )
    said = f"1 {one} in {name} is" if rarest == 1 else f"{rarest:,} {several} in {name} are"
    (ones, n), (before, m) = counts
    return Chosen(
        SCORE,
        f"{said} few for a normal curve",
        RateContrast(successes=ones, trials=n, successes_control=before, trials_control=m),
    )


def _permuted(one: Sample, other: Sample) -> Chosen | None:
    if one.values is None or other.values is None or not can_permute(one.n, other.n):
        return None
    leans = leaning(_contributions(one.values), _contributions(other.values))
    if not leans > LEANING:
        return None
    treated, control = (Arm.of(*values[:2]) for values in (one.values, other.values))
    return Chosen(
        PERMUTED,
        f"values are skewed and arms unequal: the difference leans by {leans:.2g}, a normal curve"
        f" bears {LEANING:g}",
        PermutationContrast(
            treated, control, scaling=_are_amounts(one.values) and _are_amounts(other.values)
        ),
    )


def amounts(one: Sample, other: Sample) -> float | None:
    """Skewness of both arms' units, where their values are known and never negative."""
    if one.values is None or other.values is None:
        return None
    if not (_are_amounts(one.values) and _are_amounts(other.values)):
        return None
    return skewness(_contributions(one.values), _contributions(other.values))


def _are_amounts(values: Columns) -> bool:
    return all(float(column.min(initial=0.0)) >= 0 for column in values[:2])


def _contributions(values: Columns) -> NDArray[np.float64]:
    """What a unit adds: its value, or its numerator less the arm's ratio of its denominator."""
    if len(values) == 1:
        return values[0]
    ratio = float(values[0].sum()) / float(values[1].sum())
    return values[0] - ratio * values[1]
