"""Segments of entities: scaled, looked at for structure, formed, and the rest assigned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from assay.core.errors import ParameterError, nearest
from assay.stats.segmenting.choosing import Choice, Evidence, chosen, method_for
from assay.stats.segmenting.methods import METHODS, Formed, Method, form
from assay.stats.segmenting.scaling import readable, scaling_of
from assay.stats.segmenting.segments import Segments, assigned
from assay.stats.segmenting.structure import Structure, structure
from assay.stats.segmenting.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MOST_FORMED: Final = 10_000
"""Entities that segments are formed of; past it a sample of so many forms them."""
SAMPLE: Final = 5_000


def segment(
    rows: ArrayLike,
    *,
    k: int | None = None,
    method: Method | Literal["default"] = "default",
    seed: int = 0,
    scale: bool = True,
) -> Segments:
    """Segments of entities × features.

    Features are brought to one scale, heavy tails bent in, constants left out (`scaling.left_out`);
    without `scale` they are taken as they are. With `k` given the default method is a Gaussian
    mixture where that describes the entities as well as more components do, else the linkage on
    the spanning tree. Without `k`, structure is tested first: where there is none, all are one
    segment; where there is, `k` is chosen and `k_shares` says how surely. "density" finds its own
    number. Past 10,000 entities, 5,000 drawn at random form the segments and the rest are assigned.

    Raises:
        DataError: features that are not finite numbers, do not vary, or outnumber the entities.
        ParameterError: a method that is not known, `k` past the entities.
    """
    table = readable(rows)
    scaling = scaling_of(table, scale=scale)
    if method != "default" and method not in METHODS:
        raise ParameterError(f"method={method!r} is not known", remedy=nearest(method, METHODS))
    if k is not None and (k % 1 or not 1 <= k <= len(table)):
        raise ParameterError(
            f"k={k!r}, expected a whole number from 1 to {len(table)} (entities)",
            remedy="leave k out to let the data say it",
        )
    scaled = scaling(table)
    part, where = _sample(scaled, seed)
    with one_thread():
        tested, picked, k_shares, formed = _formed(part, k, method, seed)
    labels, membership = _everyone(scaled, formed, where)
    return Segments(
        labels=labels,
        membership=membership,
        sizes=tuple(np.bincount(labels[labels >= 0], minlength=formed.k).tolist()),
        method=picked.method,
        k=formed.k,
        seed=seed,
        formed_of=len(part),
        reasons=picked.reasons,
        k_shares=k_shares,
        structure=tested,
        scaling=scaling,
        rule=formed.rule,
    )


def _formed(
    part: NDArray[np.float64], k: int | None, method: Method | Literal["default"], seed: int
) -> tuple[Structure | None, Choice, tuple[tuple[int, float], ...], Formed]:
    """Structure where K is not given, the method and K, how often each K, and the segments."""
    tested: Structure | None = None
    k_shares: tuple[tuple[int, float], ...] = ()
    if k is None:
        tested = structure(part, seed)
        if tested.verdict == "none":
            picked = Choice("mixture", 1, ("no structure beyond one cloud",))
        else:
            picked, k_shares = chosen(part, seed)
        if method != "default":
            picked = Choice(method, picked.k, ("the method was given", *picked.reasons))
    elif method == "default":
        picked = (
            method_for(k, Evidence(part, seed)) if k > 1 else Choice("mixture", 1, ("one segment",))
        )
    else:
        picked = Choice(method, k, ("method and K were given",))
    return tested, picked, k_shares, form(part, picked.k, picked.method, seed)


def _sample(
    scaled: NDArray[np.float64], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.int64] | None]:
    if len(scaled) <= MOST_FORMED:
        return scaled, None
    where = np.random.default_rng([seed, 3]).choice(len(scaled), SAMPLE, replace=False)
    return scaled[where], where


def _everyone(
    scaled: NDArray[np.float64], formed: Formed, where: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    rule = formed.rule
    labels, membership = assigned(scaled, rule, formed.k)
    if where is None:
        return formed.labels, membership
    labels[where] = formed.labels
    return labels, membership
