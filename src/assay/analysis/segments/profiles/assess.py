"""Profiles of segments that were formed of behaviours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assay.analysis.segments.profiles.identity import continued, drift_of
from assay.analysis.segments.profiles.naming import Word, named
from assay.analysis.segments.profiles.result import Profile, ProfilesResult, Trait
from assay.analysis.segments.profiles.telling import (
    centre,
    exemplars,
    told_means,
    values_of,
    withheld_sizes,
)
from assay.core.finding import Estimate
from assay.stats.segmenting.contrasts import set_apart
from assay.stats.segmenting.differences import Differences, differences
from assay.stats.segmenting.sizes import sizes, typical

if TYPE_CHECKING:
    from assay.analysis.segments.profiles.result import Kind
    from assay.features.behaviour import Behaviour, Inputs
    from assay.stats.segmenting import Segments
    from assay.stats.segmenting.contrasts import Apart
    from assay.stats.segmenting.sizes import Sizes

EXEMPLARS = 3


def profile_segments(  # noqa: PLR0913  what was formed, of what, and what was there before
    behaviour: Behaviour,
    inputs: Inputs,
    found: Segments,
    *,
    previous: ProfilesResult | None = None,
    shared: NDArray[np.int64] | None = None,
    told: Sizes | None = None,
    alpha: float = 0.05,
    smallest_cell: int = 10,
    seed: int = 0,
) -> ProfilesResult:
    """What sets each segment apart, its size, certainty, name, typical members and drift.

    Args:
        behaviour: of the entities.
        inputs: numbers that the segments were formed of.
        found: the segments.
        previous: the last report's; names and idents go on from it.
        shared: entities by the last report's segments and these, where both are known.
        told: sizes of these segments, where they are known already.
        alpha: chance that anything is claimed of segments that mean nothing.
        smallest_cell: of fewer entities nothing is told.
        seed: of folds, halves and starts.

    Raises:
        DataError: too few entities to hold some out.
    """
    apart = set_apart(inputs.matrix, seed, found=found, alpha=alpha)
    told = told or sizes(inputs.matrix, found, seed)
    counts = np.array(found.sizes, dtype=np.int64)
    hidden = withheld_sizes(found, smallest_cell)
    few = hidden.few
    own = _own_units(behaviour, inputs, apart, smallest_cell)
    traits = [() if few[at] else _traits(at, inputs, apart, own) for at in range(found.k)]
    centres = [() if few[at] else centre(at, inputs, found, smallest_cell) for at in range(found.k)]
    identity = continued(previous, centres, shared)
    last = [
        None if old is None or previous is None else previous.profiles[old].words
        for old in identity.before
    ]
    names = named([_words(each) for each in traits], last)
    middle = typical(found.scaling(inputs.matrix), found.labels, told.certainty, EXEMPLARS)
    profiles = []
    for at, (name, words) in enumerate(names):
        profile = Profile(
            ident=identity.idents[at],
            name=name,
            words=words,
            n=None if hidden.size[at] else int(counts[at]),
            share=None
            if hidden.size[at]
            else _estimate(told.share[at], told.low[at], told.high[at]),
            certainty=None,
            traits=traits[at],
            exemplars=(),
            centre=centres[at],
            drift=None,
        )
        if not few[at]:
            certainty = told.certainty[found.labels == at]
            certainty = certainty[np.isfinite(certainty)]
            profile = replace(
                profile,
                certainty=round(float(certainty.mean()), 2) if certainty.size else None,
                exemplars=exemplars(
                    profile.ident,
                    middle[at],
                    behaviour,
                    inputs,
                    found=found,
                    told=told,
                    smallest_cell=smallest_cell,
                ),
            )
        profiles.append(replace(profile, drift=drift_of(at, profile, identity, previous)))
    kept = {one.ident for one in profiles}
    tested = apart.tested if apart else found.structure
    return ProfilesResult(
        entities=len(found.labels),
        structure=tested.verdict if tested else "none",
        p_value=tested.p_value if tested else 1.0,
        alpha=alpha,
        claims=sum(one.kind != "a cut only" for each in traits for one in each),
        smallest_cell=smallest_cell,
        profiles=tuple(profiles),
        gone=tuple(one.name for one in previous.profiles if one.ident not in kept)
        if previous
        else (),
        numbers=identity.numbers,
        behaviours=len(
            {one.feature for each in traits for one in each if one.kind != "a cut only"}
        ),
        measured=0 if apart is None else len(apart.entities),
        looked=told.looked,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Own:
    """Differences in own units; `masked` where means are not those of all members."""

    plain: Differences
    inside: NDArray[np.float64]
    outside: NDArray[np.float64]
    masked: NDArray[np.bool_]


def _own_units(
    behaviour: Behaviour, inputs: Inputs, apart: Apart | None, smallest_cell: int
) -> _Own | None:
    if apart is None:
        return None
    kept = [inputs.features[at] for at in apart.kept]
    values = np.column_stack([values_of(behaviour, one) for one in kept])[apart.entities]
    plain = differences(values, apart.labels, len(apart.shown.effect), alpha=apart.alpha)
    inside, outside, masked = told_means(plain, values, apart.labels, smallest_cell)
    return _Own(plain=plain, inside=inside, outside=outside, masked=masked)


def _traits(at: int, inputs: Inputs, apart: Apart | None, own: _Own | None) -> tuple[Trait, ...]:
    """Of every feature, the largest effects first."""
    if apart is None or own is None:
        return ()
    found = []
    shown, along = apart.shown, apart.along
    for place, column in enumerate(apart.kept):
        if not np.isfinite(shown.effect[at, place]):
            continue
        feature = inputs.features[column]
        effect = float(shown.effect[at, place])
        found.append(
            Trait(
                feature=feature.name,
                label=feature.label,
                kind=_kind(
                    defines=bool(apart.defines[at, place]), along=bool(apart.goes_along[at, place])
                ),
                unit=feature.unit,
                inside=_finite(own.inside[at, place]),
                outside=_finite(own.outside[at, place]),
                difference=None
                if own.masked[at, place]
                else _maybe(own.plain.difference, own.plain.low, own.plain.high, (at, place)),
                effect=_estimate(effect, shown.effect_low[at, place], shown.effect_high[at, place]),
                by_others=_maybe(along.effect, along.effect_low, along.effect_high, (at, place)),
                of_a_cut=float(apart.cut[at, place]),
                more=_estimate(
                    shown.superiority[at, place],
                    shown.superiority_low[at, place],
                    shown.superiority_high[at, place],
                ),
                word=feature.high if effect > 0 else feature.low,
            )
        )
    return tuple(sorted(found, key=lambda one: (-abs(one.effect.value or 0.0), one.feature)))


def _kind(*, defines: bool, along: bool) -> Kind:
    if defines:
        return "defines and goes along" if along else "defines"
    return "goes along" if along else "a cut only"


def _words(traits: tuple[Trait, ...]) -> tuple[Word, ...]:
    return tuple(
        Word(
            key=f"{one.feature}{'+' if (one.effect.value or 0.0) > 0 else '-'}",
            text=one.word,
            effect=one.effect.value or 0.0,
            claimed=one.kind != "a cut only",
        )
        for one in traits
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=float(value), low=float(low), high=float(high))


def _maybe(
    value: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    at: tuple[int, int],
) -> Estimate | None:
    held = (value[at], low[at], high[at])
    return _estimate(*held) if np.isfinite(held).all() else None
