"""Segments as they are formed for the page and for the command: the same, by the same seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from assay.analysis.segments.profiles import ProfilesResult, profile_segments
from assay.core.errors import DataError
from assay.features.behaviour import Behaviour, Inputs, inputs_like, inputs_of
from assay.stats.segmenting import Segments, segment, structure
from assay.stats.segmenting.sizes import Sizes, sizes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from assay.stats.segmenting import Method

NOISE = "noise"
TOO_LITTLE = "too little data"
LEAST_ENTITIES = 50
"""Entities below which no segments are looked for: halves of them show no structure."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Formed:
    """Segments of behaviours.

    Attributes:
        behaviour: that they were formed of, as `inputs`.
        profiles: None where there are no segments, which is where structure is `none` and nobody
            asked for a number of them; `sized` is None then, too.
    """

    behaviour: Behaviour
    inputs: Inputs
    found: Segments
    sized: Sizes | None
    profiles: ProfilesResult | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one entity stands.

    Attributes:
        segment: ident that stays from report to report; empty where it is in none.
        name: of the segment, `noise`, or `too little data`.
        probability: that it is in this segment, by the rule; None where it is in none.
        certainty: the same by segments that were formed without it; None where it was not looked
            at, since it did not form them.
    """

    entity: str
    segment: str
    name: str
    probability: float | None
    certainty: float | None


def form(  # noqa: PLR0913  of what, how, what was there before
    behaviour: Behaviour,
    *,
    method: Method | Literal["default"] = "default",
    k: int | None = None,
    previous: ProfilesResult | None = None,
    alpha: float = 0.05,
    smallest_cell: int = 10,
    seed: int = 1,
) -> Formed:
    """Segments of entities, if there are any, with what they are called.

    Args:
        behaviour: of the entities.
        method: one of the known ones, or the one that the data speak for.
        k: how many segments; None lets the data say it, also that there are none.
        previous: profiles of an earlier report, whose names and idents go on.
        alpha: chance that anything is claimed of segments that mean nothing.
        smallest_cell: of fewer entities nothing is told.
        seed: of everything that is drawn.

    Raises:
        DataError: fewer than 50 entities of which enough is known, fewer than features, or no
            feature that tells them apart.
        ParameterError: a method that is not known, `k` past the entities.
    """
    count = behaviour.frame.height
    if count < LEAST_ENTITIES:
        raise DataError(
            f"of {count} {'entity' if count == 1 else 'entities'} enough is known, "
            f"expected {LEAST_ENTITIES} or more to look for segments",
            remedy="look at more days, or ask for less data of each entity",
        )
    inputs = inputs_of(behaviour, fewest=smallest_cell)
    found = segment(inputs.matrix, k=k, method=method, seed=seed)
    if found.structure is None:
        found = replace(found, structure=structure(found.scaling(inputs.matrix), seed))
    if k is None and (found.k < 2 or is_one_cloud(found)):
        return Formed(behaviour=behaviour, inputs=inputs, found=found, sized=None, profiles=None)
    sized = sizes(inputs.matrix, found, seed)
    profiles = profile_segments(
        behaviour,
        inputs,
        found,
        previous=previous,
        told=sized,
        alpha=alpha,
        smallest_cell=smallest_cell,
        seed=seed,
    )
    return Formed(behaviour=behaviour, inputs=inputs, found=found, sized=sized, profiles=profiles)


def is_one_cloud(found: Segments) -> bool:
    """Whether structure was tested and there is none."""
    return found.structure is not None and found.structure.verdict == "none"


def memberships(formed: Formed, behaviour: Behaviour) -> NDArray[np.float32]:
    """Probabilities of the segments (entities × K) for behaviours of other days or entities.

    Raises:
        DataError: where a feature that formed the segments is not known of them.
    """
    if behaviour is formed.behaviour:
        return formed.found.membership
    again = inputs_like(behaviour, formed.inputs, formed.behaviour)
    return formed.found.assign(again.matrix)[1]


def standing(formed: Formed, behaviour: Behaviour | None = None) -> tuple[Standing, ...]:
    """Every entity's segment, sorted by entity; those with too little data are told as such.

    Args:
        formed: the segments.
        behaviour: of the entities to be assigned; None takes those that formed the segments.

    Raises:
        DataError: where there are no segments to be assigned to, or a feature is not known.
    """
    if formed.profiles is None:
        raise DataError(
            "the entities form one cloud: there are no segments to be assigned to",
            remedy="use segments by rule, or ask for a number of them (k) knowing that they cut it",
        )
    whom = formed.behaviour if behaviour is None else behaviour
    chances = memberships(formed, whom)
    own = whom is formed.behaviour
    labels = formed.found.labels if own else chances.argmax(axis=1)
    labels = np.where(chances.sum(axis=1) < 0.5, -1, labels)
    certain = formed.sized.certainty if own and formed.sized else np.full(len(labels), np.nan)
    told = [(one.ident, one.name) for one in formed.profiles.profiles]
    found = [
        Standing(entity=str(one), segment="", name=TOO_LITTLE, probability=None, certainty=None)
        for one in whom.few
    ]
    for at, entity in enumerate(whom.frame["entity"].to_list()):
        label = int(labels[at])
        ident, name = told[label] if label >= 0 else ("", NOISE)
        sure = float(certain[at])
        found.append(
            Standing(
                entity=str(entity),
                segment=ident,
                name=name,
                probability=None if label < 0 else float(chances[at, label]),
                certainty=sure if np.isfinite(sure) else None,
            )
        )
    return tuple(sorted(found, key=lambda one: one.entity))


def profiles_of(record: dict[str, Any]) -> ProfilesResult | None:
    """The profiles in the record of an earlier report; None where it told of no segments.

    Raises:
        DataError: where the record is none of this report.
    """
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415  only where one is read

    if (record.get("schema") or {}).get("kind") != "segments":
        raise DataError(
            "the earlier result is not one of the report on segments",
            remedy="name the result.json of a published version of it",
        )
    if record.get("profiles") is None:
        return None
    try:
        return TypeAdapter(ProfilesResult).validate_python(record["profiles"])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DataError(
            f"the earlier result cannot be continued: {place}: {first['msg']}",
            remedy="name the result.json of a newer version",
        ) from None
