"""Many tests at once: adjusted p-values, and the levels at which intervals hold together."""

from __future__ import annotations

from math import expm1, isnan, log1p
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from assay.core.errors import DataError, ParameterError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

Correction = Literal["none", "bonferroni", "sidak", "holm", "hochberg", "hommel", "bh", "by"]
"""How tests that are read together are corrected for their number.

`bonferroni`, `sidak`, `holm`, `hochberg` and `hommel` bound the chance of any false claim, `bh` and
`by` the expected share of false ones among the claims.
"""


def adjusted_p_values(
    p_values: Sequence[float | None], correction: Correction, *, tests: int | None = None
) -> tuple[float | None, ...]:
    """Each test's p-value after correction: at most alpha exactly where the method rejects.

    Args:
        p_values: raw ones in any order; None or NaN where no test was made, which stays None.
        correction: Bonferroni, Šidák, Holm and `by` hold under any dependence (Šidák: of two-sided
            normal statistics); Hochberg, Hommel and `bh` under independence or positive dependence.
        tests: how many tests were declared, where more than those that have a p-value; the others
            count as if theirs were 1.

    Raises:
        DataError: where a p-value lies outside 0..1, or fewer tests are declared than made.
        ParameterError: where the correction is unknown.

    References:
        Šidák (1967), JASA 62; Holm (1979), Scandinavian Journal of Statistics 6; Hochberg (1988),
        Biometrika 75; Hommel (1988), Biometrika 75 (in the form of Wright 1992, Biometrics 48,
        appendix); Benjamini & Hochberg (1995), JRSS B 57; Benjamini & Yekutieli (2001), Annals of
        Statistics 29.
    """
    made = [i for i, p in enumerate(p_values) if p is not None and not isnan(p)]
    given = np.asarray([p_values[i] for i in made], dtype=float)
    if not ((given >= 0) & (given <= 1)).all():
        raise DataError(f"p-values {tuple(p_values)}, expected each from 0 to 1")
    whole = len(made) if tests is None else tests
    if whole < len(made):
        raise DataError(f"tests={tests}, expected at least the {len(made)} p-values given")
    ascending = np.sort(np.concatenate([given, np.ones(whole - len(made))]))
    corrected = np.minimum(_method(correction)(ascending), 1.0) if whole else ascending
    found: list[float | None] = [None] * len(p_values)
    for i, place in zip(made, np.searchsorted(ascending, given), strict=True):
        found[i] = float(corrected[place])
    return tuple(found)


def interval_alpha(
    p_values: Sequence[float | None],
    correction: Correction,
    *,
    alpha: float,
    tests: int | None = None,
) -> float:
    """One minus the confidence that each interval of the family needs, taken by itself.

    After `bonferroni`, `sidak`, `holm`, `hochberg` and `hommel` the intervals cover all true values
    together with probability 1 − alpha. Those of the stepwise three are Bonferroni's, since ends
    that follow the steps could say nothing of the size of what is rejected; a stepwise method may
    so reject where the interval still reaches over zero. After `bh` and `by` the expected share of
    intervals that miss, among those of rejected tests, is at most alpha, and an interval excludes
    zero exactly where its test is rejected.

    Args:
        p_values: raw ones; None or NaN where no test was made.
        correction: of the family.
        alpha: of the family, inside (0, 1).
        tests: how many were declared, as in `adjusted_p_values`.

    References:
        Strassburger & Bretz (2008), Statistics in Medicine 27 (what compatible intervals of
        stepwise tests can say); Benjamini & Yekutieli (2005), JASA 100 (false coverage rate).
    """
    if not 0 < alpha < 1:
        raise DataError(f"alpha={alpha}, expected between 0 and 1")
    adjusted = adjusted_p_values(p_values, correction, tests=tests)
    whole = max(sum(p is not None for p in adjusted) if tests is None else tests, 1)
    if correction == "none":
        return alpha
    if correction == "sidak":
        return -expm1(log1p(-alpha) / whole)
    if correction in {"bh", "by"}:
        rejected = sum(p is not None and p <= alpha for p in adjusted)
        spread = _harmonic(whole) if correction == "by" else 1.0
        return alpha * max(rejected, 1) / (whole * spread)
    return alpha / whole


def _method(correction: Correction) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    if correction not in _METHODS:
        raise ParameterError(
            f"correction={correction!r}, expected one of {', '.join(_METHODS)}",
            remedy=nearest(str(correction), _METHODS),
        )
    return _METHODS[correction]


def _none(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return p


def _bonferroni(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return p * float(len(p))


def _sidak(p: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(len(p) * np.log1p(-p)))


def _holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.maximum.accumulate(np.arange(len(p), 0, -1) * p))


def _hochberg(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return _least_onwards(np.arange(len(p), 0, -1) * p)


def _hommel(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Wright's algorithm: Simes' test of every intersection, without listing them."""
    m = len(p)
    ranks = np.arange(1, m + 1)
    found = np.full(m, float(np.min(m * p / ranks)))
    for size in range(m - 1, 1, -1):
        last = p[m - size + 1 :]
        smallest = float(np.min(size * last / np.arange(2, size + 1)))
        local = np.empty(m)
        local[: m - size + 1] = np.minimum(size * p[: m - size + 1], smallest)
        local[m - size + 1 :] = local[m - size]
        found = np.maximum(found, local)
    return np.asarray(np.maximum(found, p))


def _benjamini_hochberg(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return _least_onwards(len(p) / np.arange(1, len(p) + 1) * p)


def _benjamini_yekutieli(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return _harmonic(len(p)) * _benjamini_hochberg(p)


def _harmonic(n: int) -> float:
    return float(np.sum(1 / np.arange(1, n + 1)))


def _least_onwards(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """At each place the least of this and all later values."""
    return np.asarray(np.minimum.accumulate(values[::-1])[::-1])


_METHODS: Final[dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]]] = {
    "none": _none,
    "bonferroni": _bonferroni,
    "sidak": _sidak,
    "holm": _holm,
    "hochberg": _hochberg,
    "hommel": _hommel,
    "bh": _benjamini_hochberg,
    "by": _benjamini_yekutieli,
}
