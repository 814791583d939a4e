"""Whether a judge became stricter or more lenient, seen from items that several judged."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from scipy.special import stdtr, stdtrit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

Verdict = Literal["drifted", "one of two", "steady", "unknown"]
LEAST: Final = 10
"""Shared items that a judge needs in each period before anything is said of a shift."""
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How one judge moved against those who judged the same items.

    Attributes:
        judge: its number.
        value: positive where the judge became more lenient; None where it cannot be told.
        anchored: seen on items that were judged in both periods, not only against other judges.
        items: shared or repeated, of the later period.
    """

    judge: int
    verdict: Verdict
    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    anchored: bool
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifts:
    """All judges, and those who stayed where they were: `trusted` may tell of what was judged."""

    shifts: tuple[Shift, ...]
    trusted: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Fit:
    """Leniency of each judge in each period (node = 2 · judge + late), and its covariance."""

    nodes: Floats
    covariance: Floats
    part: Codes
    df: int

    def contrast(self, weights: Floats) -> tuple[float, float]:
        value = float(weights @ self.nodes)
        return value, sqrt(max(0.0, float(weights @ self.covariance @ weights)))


def shifts_of(  # noqa: PLR0913, PLR0917  one row per judgement, in columns
    items: Codes,
    judges: Codes,
    late: NDArray[np.bool_],
    values: Floats,
    clusters: Codes,
    alpha: float = 0.05,
) -> Shifts:
    """Which judges moved from the earlier period to the later one, the items held fixed.

    Each value is taken as its item's worth plus the judge's leniency in that period, fitted by
    least squares with errors by cluster. Items judged in both periods
    (anchors) show shifts directly; they are used where they tell more than other judges do.
    Without anchors only differences between judges are seen; then the
    judges who moved alike are taken to have stayed, and whoever differs from the others most, as
    long as it is significant, is called drifted. Of two judges it cannot be said which one moved.

    Args:
        items: what was judged, as numbers from 0.
        judges: who judged, as numbers from 0.
        late: whether the judgement is of the later period.
        values: the judgements.
        clusters: which items may resemble each other, as numbers from 0.
        alpha: chance that any of steady judges is called drifted; intervals have 1 − alpha each.
    """
    count = int(judges.max()) + 1 if judges.size else 0
    shared, fit = _fitted(items, 2 * judges + late, values, clusters, 2 * count)
    if fit is None:
        return Shifts(
            shifts=tuple(_unknown(j, 0) for j in range(count)), trusted=tuple(range(count))
        )
    able = {
        j: int(shared[2 * j + 1])
        for j in range(count)
        if min(shared[2 * j], shared[2 * j + 1]) >= LEAST
    }
    groups: dict[tuple[int, int], list[int]] = {}
    for j in able:
        groups.setdefault((int(fit.part[2 * j]), int(fit.part[2 * j + 1])), []).append(j)
    found: dict[int, Shift] = {}
    each = alpha / max(1, len(able))
    for (before, after), members in groups.items():
        alone, among = {}, {}
        if before == after:
            alone = {j: _shift(fit, j, (), each, able[j], level=alpha) for j in members}
        if len(members) > 1:
            among = _among(fit, members, each, able, level=alpha)
        found |= _surer(alone, among)
    shifts = tuple(found.get(j) or _unknown(j, able.get(j, 0)) for j in range(count))
    moved = {one.judge for one in shifts if one.verdict in {"drifted", "one of two"}}
    return Shifts(shifts=shifts, trusted=tuple(j for j in range(count) if j not in moved))


def _surer(alone: dict[int, Shift], among: dict[int, Shift]) -> dict[int, Shift]:
    """Anchors where they tell more than the other judges do, or who of two it was."""
    if not (alone and among):
        return alone or among
    if any(one.verdict == "one of two" for one in among.values()):
        return alone if any(one.verdict == "drifted" for one in alone.values()) else among
    return alone if _reach(alone) < _reach(among) else among


def _reach(found: dict[int, Shift]) -> float:
    return sum((one.high or 0.0) - (one.low or 0.0) for one in found.values())


def _fitted(
    items: Codes, nodes: Codes, values: Floats, clusters: Codes, count: int
) -> tuple[Codes, _Fit | None]:
    from scipy.sparse import coo_array, diags_array  # noqa: PLC0415  slow to import
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    item = np.unique(items, return_inverse=True)[1]
    shared = np.bincount(item)[item] > 1 if item.size else np.zeros(0, dtype=bool)
    if not shared.any():
        return np.zeros(count, dtype=np.int64), None
    item = np.unique(item[shared], return_inverse=True)[1]
    node, y = nodes[shared], values[shared]
    group, cluster = np.unique(clusters[shared], return_inverse=True)
    m = np.bincount(item)
    held = coo_array((np.ones(y.size), (item, node)), shape=(m.size, count)).tocsr()
    meeting = held.T @ held
    normal = (
        np.diag(np.bincount(node, minlength=count)) - (held.T @ diags_array(1 / m) @ held).toarray()
    )
    worth = np.bincount(item, y) / m
    right = np.bincount(node, y, count) - held.T @ worth
    inverse = np.linalg.pinv(normal, hermitian=True)
    lenient = inverse @ right
    own = (np.bincount(item, lenient[node]) / m)[item]
    rest = y - worth[item] - (lenient[node] - own)
    scores = np.zeros((group.size, count))
    np.add.at(scores, (cluster, node), rest)
    df = max(1, group.size - 1)
    covariance = group.size / df * inverse @ (scores.T @ scores) @ inverse
    part = connected_components(meeting, directed=False)[1]
    return np.bincount(node, minlength=count), _Fit(
        nodes=lenient, covariance=covariance, part=part.astype(np.int64), df=df
    )


def _among(
    fit: _Fit, members: list[int], alpha: float, able: dict[int, int], *, level: float
) -> dict[int, Shift]:
    """Judges without anchors: the odd one out leaves, until the others moved alike."""
    staying = list(members)
    while len(staying) > 1:
        tried = {
            j: _shift(fit, j, [k for k in staying if k != j], alpha, able[j], level=level)
            for j in staying
        }
        odd = min(tried.values(), key=lambda one: (one.p_value or 0.0, -abs(one.value or 0.0)))
        if odd.verdict != "drifted":
            break
        if len(staying) == 2:
            return {
                j: _renamed(one, "one of two") if j in staying else one
                for j, one in _against(fit, members, staying, alpha, able, level=level).items()
            }
        staying.remove(odd.judge)
    return _against(fit, members, staying, alpha, able, level=level)


def _against(  # noqa: PLR0913  the fit, who is compared with whom, and how surely
    fit: _Fit,
    members: list[int],
    staying: list[int],
    alpha: float,
    able: dict[int, int],
    *,
    level: float,
) -> dict[int, Shift]:
    return {
        j: _renamed(one, "steady") if j in staying else one
        for j in members
        for one in [
            _shift(fit, j, [k for k in staying if k != j] or staying, alpha, able[j], level=level)
        ]
    }


def _shift(  # noqa: PLR0913  the fit, who is compared with whom, and how surely
    fit: _Fit,
    judge: int,
    others: list[int] | tuple[()],
    alpha: float,
    items: int,
    *,
    level: float,
) -> Shift:
    weights = np.zeros(fit.nodes.size)
    weights[2 * judge + 1], weights[2 * judge] = 1.0, -1.0
    for k in others:
        weights[2 * k + 1] -= 1 / len(others)
        weights[2 * k] += 1 / len(others)
    value, error = fit.contrast(weights)
    if error <= _TINY:
        return Shift(
            judge=judge,
            verdict="drifted" if abs(value) > _TINY else "steady",
            value=value,
            low=None,
            high=None,
            p_value=0.0 if abs(value) > _TINY else 1.0,
            anchored=not others,
            items=items,
        )
    reach = -float(stdtrit(fit.df, level / 2)) * error
    p_value = min(1.0, 2 * float(stdtr(fit.df, -abs(value) / error)))
    return Shift(
        judge=judge,
        verdict="drifted" if p_value < alpha else "steady",
        value=value,
        low=value - reach,
        high=value + reach,
        p_value=p_value,
        anchored=not others,
        items=items,
    )


def _renamed(one: Shift, verdict: Verdict) -> Shift:
    return Shift(
        judge=one.judge,
        verdict=verdict,
        value=one.value,
        low=one.low,
        high=one.high,
        p_value=one.p_value,
        anchored=one.anchored,
        items=one.items,
    )


def _unknown(judge: int, items: int) -> Shift:
    return Shift(
        judge=judge,
        verdict="unknown",
        value=None,
        low=None,
        high=None,
        p_value=None,
        anchored=False,
        items=items,
    )
