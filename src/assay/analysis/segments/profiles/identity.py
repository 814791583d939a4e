"""Segments of this report as those of the last one: who continues whom, and what changed surely."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from assay.analysis.segments.profiles.result import Centre, Drift
from assay.core.finding import Estimate
from assay.stats.segmenting.matching import Successors, by_centres, by_members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assay.analysis.segments.profiles.result import Change, Profile, ProfilesResult

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Of each new segment its ident and its predecessor's place, None where it is new."""

    idents: tuple[str, ...]
    before: tuple[int | None, ...]
    numbers: int
    found: Successors | None


def continued(
    previous: ProfilesResult | None,
    centres: Sequence[Sequence[Centre]],
    shared: NDArray[np.int64] | None = None,
) -> Identity:
    """Which segments continue which: by shared members where they are known, else by centres.

    Args:
        previous: the last report's.
        centres: of the new segments.
        shared: entities by old segment (in the order of `previous`) and new one.
    """
    k = len(centres)
    if previous is None:
        return Identity(
            idents=tuple(f"s{at + 1}" for at in range(k)), before=(None,) * k, numbers=k, found=None
        )
    found = by_members(shared) if shared is not None else _by_place(previous, centres)
    idents, numbers = [], previous.numbers
    for old in found.before.tolist():
        if old >= 0:
            idents.append(previous.profiles[old].ident)
        else:
            numbers += 1
            idents.append(f"s{numbers}")
    before = tuple(None if old < 0 else old for old in found.before.tolist())
    return Identity(idents=tuple(idents), before=before, numbers=numbers, found=found)


def _by_place(previous: ProfilesResult, centres: Sequence[Sequence[Centre]]) -> Successors:
    known = [{one.feature: one for one in profile.centre} for profile in previous.profiles]
    new = [{one.feature: one for one in centre} for centre in centres]
    tables = [one for one in (*known, *new) if one]
    both = sorted(set.intersection(*(set(one) for one in tables))) if tables else []
    if not both:
        return by_members(np.zeros((len(known), len(new)), dtype=np.int64))
    scale = {
        name: sqrt(float(np.mean([one[name].spread ** 2 for one in tables]))) or 1.0
        for name in both
    }
    old_at, new_at = (
        np.array([[_place(one, name) / scale[name] for name in both] for one in part])
        for part in (known, new)
    )
    return by_centres(old_at.reshape(-1, len(both)), new_at.reshape(-1, len(both)))


def _place(centre: dict[str, Centre], feature: str) -> float:
    return centre[feature].mean if centre else 1e9


def drift_of(
    at: int,
    profile: Profile,
    identity: Identity,
    previous: ProfilesResult | None,
) -> Drift | None:
    """What changed in one segment by more than the uncertainty of both reports.

    The two are taken to be independent; versions that share entities vary less, so that what is
    told to be beyond chance is so the more.
    """
    if previous is None or identity.found is None:
        return None
    old = identity.before[at]
    names = [one.name for one in previous.profiles]
    merged = [olds for olds, new in identity.found.merges if new == at]
    split = [origin for origin, news in identity.found.splits if at in news]
    of = tuple(names[one] for one in (merged[0] if merged else split))
    if old is None:
        change: Change = "split" if split else "new"
        return Drift(change=change, size=None, moved="", by=None, of=of)
    then = previous.profiles[old]
    if then.share is None or profile.share is None or not then.n or not profile.n:
        return Drift(change="not comparable", size=None, moved="", by=None, of=of)
    tests = len(previous.profiles)
    size = _change(then.share, profile.share, tests)
    moved, by = _moved(then, profile, tests)
    beyond = bool(moved) or not (size.low or 0.0) <= 0 <= (size.high or 0.0)
    change = "merged" if merged else "split" if split else "beyond chance" if beyond else "same"
    return Drift(change=change, size=size, moved=moved, by=by, of=of)


def _reach(tests: int) -> float:
    return float(-ndtri((1 - CONFIDENCE ** (1 / max(tests, 1))) / 2))


def _change(then: Estimate, now: Estimate, tests: int) -> Estimate:
    """The difference of two estimates of 95 % each; all together at 95 %."""
    value = (now.value or 0.0) - (then.value or 0.0)
    errors = [((one.high or 0.0) - (one.low or 0.0)) / 2 / 1.959964 for one in (then, now)]
    reach = _reach(tests) * sqrt(errors[0] ** 2 + errors[1] ** 2)
    return Estimate(value=value, low=value - reach, high=value + reach)


def _moved(then: Profile, now: Profile, segments: int) -> tuple[str, Estimate | None]:
    """The feature whose mean moved most, in standard deviations within, if surely."""
    known = {one.feature: one for one in then.centre}
    both = [(known[one.feature], one) for one in now.centre if one.feature in known]
    best: tuple[str, Estimate | None] = ("", None)
    for old, new in both:
        pooled = sqrt((old.spread**2 + new.spread**2) / 2)
        if not pooled > 0:
            continue
        by = (new.mean - old.mean) / pooled
        reach = _reach(segments * len(both)) * sqrt(1 / (then.n or 1) + 1 / (now.n or 1))
        largest = abs(best[1].value or 0.0) if best[1] else 0.0
        if abs(by) > max(reach, largest):
            best = (new.feature, Estimate(value=by, low=by - reach, high=by + reach))
    return best
