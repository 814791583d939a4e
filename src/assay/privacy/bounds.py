"""Shares that are told as a bound where exact ones would give a few persons away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from assay.core.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

STEP: Final = 100
"""Bounds are told in whole percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Neighbouring classes that are told together.

    Attributes:
        first, last: places of its classes, both included.
        count: persons; None where only a bound may be told.
        at_least: share of all persons that it holds at least, where `count` is None.
    """

    first: int
    last: int
    count: int | None
    at_least: float | None


def nearly_all(whole: int, k: int) -> float | None:
    """The share, in whole percent, that remains of a whole from which fewer than k are taken.

    It leaves open whether 1 or k are: rounded down, so that the rest it allows is k or more. None
    where that would be less than half of them.
    """
    share = (whole - k) * STEP // whole / STEP if whole else 0.0
    return share if share >= 0.5 else None


def spans(counts: Sequence[int] | NDArray[np.int64], k: int) -> tuple[Span, ...]:
    """Classes in order, neighbours put together until each span holds k persons or more.

    A class joins the ones before it as long as these are too few, and what is too few at the end
    joins the last span. Where that leaves one span only, it is the shortest one outside of which
    fewer than k are: exact where nobody is outside, else with a bound. Empty where all are fewer
    than k.

    Args:
        counts: persons by class; their sum may be known.
        k: smallest number of persons that may be told.

    Raises:
        ParameterError: a k below 1.
    """
    if not k >= 1:
        raise ParameterError(f"k is {k}, expected 1 or more persons")
    held = np.asarray(counts, dtype=np.int64)
    whole = int(held.sum())
    if whole < k:
        return ()
    starts, running = [0], 0
    for place, number in enumerate(held.tolist()):
        if running >= k:
            starts.append(place)
            running = 0
        running += number
    if running < k and len(starts) > 1:
        starts.pop()
    ends = [*(start - 1 for start in starts[1:]), len(held) - 1]
    if len(starts) > 1:
        return tuple(
            Span(first=start, last=end, count=int(held[start : end + 1].sum()), at_least=None)
            for start, end in zip(starts, ends, strict=True)
        )
    return _one(held, whole, k)


def _one(held: NDArray[np.int64], whole: int, k: int) -> tuple[Span, ...]:
    share = nearly_all(whole, k)
    most = k if share is not None else 1
    first, last, outside = 0, len(held) - 1, 0
    while first < last:
        if outside + int(held[first]) < most:
            outside, first = outside + int(held[first]), first + 1
        elif outside + int(held[last]) < most:
            outside, last = outside + int(held[last]), last - 1
        else:
            break
    if not outside:
        return (Span(first=first, last=last, count=whole, at_least=None),)
    return (Span(first=first, last=last, count=None, at_least=share),)


def give_away(sets: Sequence[NDArray[np.bool_]], k: int) -> frozenset[int]:
    """Places of sets whose sizes are not told beside each other: differences would tell of few.

    Two sets over the same persons part them into four. Where one part is empty (one set lies in
    the other, they share nobody, or together they are all), both sizes and the number of persons
    tell the other parts. Where such a part holds 1 to k − 1, the smaller set is not told; and a set
    that itself is so small, or leaves so few, is not told either.
    """
    whole = len(sets[0]) if sets else 0
    sizes = [int(one.sum()) for one in sets]
    hidden = {at for at, n in enumerate(sizes) if 0 < n < k or 0 < whole - n < k}
    order = sorted(range(len(sets)), key=lambda at: sizes[at], reverse=True)
    for small, at in enumerate(order):
        for other in order[:small]:
            if at in hidden or other in hidden:
                continue
            both = int((sets[at] & sets[other]).sum())
            parts = (
                both,
                sizes[at] - both,
                sizes[other] - both,
                whole - sizes[at] - sizes[other] + both,
            )
            if 0 in parts and any(0 < n < k for n in parts):
                hidden.add(at)
    return frozenset(hidden)


def as_all_others(values: NDArray[np.float64], k: int) -> float | None:
    """What all but a few have, where fewer than k persons differ from it; else None.

    A mean over such values tells the few: of a thousand zeros and three ones it is .003.

    Args:
        values: one per person; NaN where not known.
        k: smallest number of persons that may be told.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return None
    found, numbers = np.unique(known, return_counts=True)
    most = int(numbers.argmax())
    few = known.size - int(numbers[most])
    return float(found[most]) if 0 < few < k else None
