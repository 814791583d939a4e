"""Who came back how often, when last, and since when: all that a model of repeat use needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.errors import DataError
from assay.stats.given import numbers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """Users' histories, equal ones kept once; `histories` makes them.

    Times are in one unit, whichever, from a user's first use.

    Attributes:
        repeats: uses after the first, whole numbers.
        last: time of the last use, 0 where nobody came back.
        age: time over which the user was watched.
        weight: users who share the history.
        place: of each user, which history is theirs.
    """

    repeats: Floats
    last: Floats
    age: Floats
    weight: Floats
    place: Whole

    @property
    def users(self) -> int:
        """How many users there are."""
        return int(self.place.size)

    @property
    def returned(self) -> int:
        """How many came back at least once."""
        return int(self.weight[self.repeats > 0].sum())

    def at(self, rows: NDArray[np.int64]) -> Histories:
        """Some of the distinct histories, each as one user."""
        return Histories(
            repeats=self.repeats[rows],
            last=self.last[rows],
            age=self.age[rows],
            weight=np.ones(rows.size),
            place=np.arange(rows.size),
        )


def histories(repeats: ArrayLike, last: ArrayLike, age: ArrayLike) -> Histories:
    """Checked histories, one per distinct (repeats, last, age).

    Args:
        repeats: uses after the first (with days or weeks as periods: later periods with a use).
        last: time from first use to last, 0 where there was one only.
        age: time from first use to the end of watching.

    Raises:
        DataError: where there are no users, lengths differ, a value is missing, negative or
            infinite, a number of repeats is no whole number, a last use lies after the end of
            watching, or somebody who did not come back has a last use after the first.
    """
    x, t, full = (
        numbers(given, name=name)
        for given, name in ((repeats, "repeats"), (last, "last"), (age, "age"))
    )
    if not (x.ndim == 1 and x.shape == t.shape == full.shape and x.size):
        raise DataError(
            f"repeats, last and age of shapes {x.shape}, {t.shape} and {full.shape}, expected one "
            "entry per user in each, and at least one user"
        )
    for name, wrong in (
        ("repeats", ~((x >= 0) & (x < 2**53) & (np.floor(x) == x))),
        ("last", ~((t >= 0) & np.isfinite(t))),
        ("age", ~((full >= 0) & np.isfinite(full))),
    ):
        if wrong.any():
            at = int(np.argmax(wrong))
            value = {"repeats": x, "last": t, "age": full}[name][at]
            kind = "a whole number of 0 or more" if name == "repeats" else "a time of 0 or more"
            raise DataError(
                f"{name} of user {at} is {value:g}, expected {kind}",
                remedy="a first use after the end of watching makes ages negative: leave it out",
            )
    for wrong, told in (
        (t > full, "was last seen after the end of watching"),
        ((x == 0) & (t > 0), "never came back, and was last seen after the first use"),
        ((x > 0) & (t == 0), "came back in the moment of the first use"),
    ):
        if wrong.any():
            at = int(np.argmax(wrong))
            raise DataError(
                f"user {at} {told}: repeats {x[at]:g}, last {t[at]:g}, age {full[at]:g}",
                remedy="count periods with a use, and measure times from the first of them",
            )
    return _compressed(x, t, full)


def _compressed(x: Floats, t: Floats, full: Floats) -> Histories:
    """Sorting each column alone and then one whole number is faster than sorting rows."""
    code, width = np.zeros(x.size, dtype=np.int64), 1
    for column in (x, t, full):
        values, inverse = np.unique(column, return_inverse=True)
        if width * values.size >= 2**62:
            shorter, code = np.unique(code, return_inverse=True)
            width = shorter.size
        code = code * values.size + inverse
        width *= values.size
    _, first, place = np.unique(code, return_index=True, return_inverse=True)
    code = place
    return Histories(
        repeats=x[first],
        last=t[first],
        age=full[first],
        weight=np.bincount(code).astype(np.float64),
        place=code.astype(np.int64),
    )
