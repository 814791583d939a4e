"""The top of a smooth function of the logarithms of a few parameters, and how sharp it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Climb = Callable[[Floats], tuple[float, Floats]]
    """From logarithms of parameters to a log likelihood and its slope."""

FARTHEST: Final = 7.0
"""Bound of the logarithms: from there on, users are as good as alike, or nobody stops."""
_STEP: Final = 1e-4
_EDGE: Final = 1e-6
_ROUNDS: Final = 50


def top_of(climb: Climb, starts: Sequence[Sequence[float]], users: int) -> tuple[Floats, float]:
    """The highest point that quasi-Newton steps within the bounds reach, polished.

    Args:
        climb: log likelihood of all users and its slope.
        starts: logarithms of parameters from which it is searched.
        users: how many the likelihood is of; sets its scale.
    """
    from scipy.optimize import minimize  # noqa: PLC0415  costs 0.1 s; only where a model is fitted

    def cost(logs: Floats) -> tuple[float, Floats]:
        value, slope = climb(logs)
        return -value / users, -slope / users

    found = [
        minimize(
            cost,
            np.array(start),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-FARTHEST, FARTHEST)] * len(start),
            options={"maxiter": 300, "ftol": 1e-10, "gtol": 1e-5},
        )
        for start in starts
    ]
    best = min(found, key=lambda one: float(one.fun)).x
    return polished(climb, best, range(best.size), users)


def polished(climb: Climb, logs: Floats, free: Sequence[int], users: int) -> tuple[Floats, float]:
    """Newton's steps among the free parameters, halved until they gain."""
    value, slope = climb(logs)
    for _ in range(_ROUNDS):
        inside = np.array(
            [k for k in free if abs(logs[k]) < FARTHEST - _EDGE or slope[k] * logs[k] < 0], int
        )
        if not inside.size or np.abs(slope[inside]).max() < 1e-9 * users:
            break
        values, vectors = np.linalg.eigh(-hessian(climb, logs)[np.ix_(inside, inside)])
        values = np.maximum(np.abs(values), 1e-9 * np.abs(values).max())
        step = vectors @ ((vectors.T @ slope[inside]) / values)
        step *= min(1.0, 1.0 / np.abs(step).max())
        gained = 0.0
        for half in range(20):
            moved = logs.copy()
            moved[inside] = np.clip(logs[inside] + step / 2**half, -FARTHEST, FARTHEST)
            better, steeper = climb(moved)
            gained = better - value
            if gained > 0:
                logs, value, slope = moved, better, steeper
                break
        if gained <= 1e-11 * abs(value):
            break
    return logs, value


def covariance_of(climb: Climb, logs: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """At a top: covariance of the logarithms, 0 for those at the bounds, and who is inside them."""
    inside = np.abs(logs) < FARTHEST - _EDGE
    found = np.zeros((logs.size, logs.size))
    part = np.ix_(inside, inside)
    found[part] = _inverted(-hessian(climb, logs)[part])
    return found, inside


def hessian(climb: Climb, logs: Floats) -> Floats:
    """Second derivatives, by differences of the slope."""
    rows = []
    for k in range(logs.size):
        step = np.zeros(logs.size)
        step[k] = _STEP
        rows.append((climb(logs + step)[1] - climb(logs - step)[1]) / (2 * _STEP))
    found = np.array(rows)
    symmetric: Floats = (found + found.T) / 2
    return symmetric


def _inverted(information: Floats) -> Floats:
    """The covariance; directions in which the likelihood is flat keep the widest spread."""
    values, vectors = np.linalg.eigh(information)
    values = np.maximum(values, FARTHEST**-2)
    found: Floats = (vectors / values) @ vectors.T
    return found
