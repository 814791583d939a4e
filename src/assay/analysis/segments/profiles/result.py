"""What is said of segments: traits, sizes, typical members, what became of them, who moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate
from assay.core.units import NONE, PROBABILITY, SHARE, Count, Number, Probability, Share, UnitOf

Kind = Literal["defines and goes along", "defines", "goes along", "a cut only"]
"""Why a feature is told: it differs by more than a cut of one cloud makes it (defines), it differs
though it had no say in who is where (goes along), or neither: it was cut, and that is all."""
Change = Literal["same", "beyond chance", "new", "gone", "split", "merged", "not comparable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """One feature of one segment, measured on entities that did not form it.

    Attributes:
        inside, outside: means of the segment and of all others; where fewer members than may be
            told differ from all the rest, what the rest have.
        difference: of means, in the feature's own unit; None where one is not of all members.
        effect: in standard deviations within; `by_others`: between segments that the other
            features put entities into; `of_a_cut`: what the same cut makes in one cloud.
        more: the chance that one of the segment has more of it than one of the others.
        word: what the segment is called for it, empty where no word says it.
    """

    feature: str
    label: str
    kind: Kind
    unit: str
    inside: Annotated[float | None, UnitOf("unit")]
    outside: Annotated[float | None, UnitOf("unit")]
    difference: Annotated[Estimate | None, UnitOf("unit")]
    effect: Annotated[Estimate, NONE]
    by_others: Annotated[Estimate | None, NONE]
    of_a_cut: Number
    more: Annotated[Estimate, PROBABILITY]
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One feature of one typical member, to two significant digits."""

    feature: str
    label: str
    unit: str
    value: Annotated[float | None, UnitOf("unit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemplar:
    """A typical member: the middle of the members most like it, under a code of no person's."""

    code: str
    certainty: Probability
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """Where a segment lies in one feature, on the scale on which entities are compared.

    Where fewer members than may be told differ from all the rest, it is where the rest lie.
    """

    feature: str
    mean: Number
    spread: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What became of a segment since the last report.

    Attributes:
        size: change of its share.
        moved: the feature in which its centre moved most, if surely, and by how many standard
            deviations.
        of: names of segments that it is a piece of, or that it was put together from.
    """

    change: Change
    size: Annotated[Estimate | None, SHARE]
    moved: str
    by: Annotated[Estimate | None, NONE]
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One segment.

    Attributes:
        ident: stays from report to report; a new segment takes a number that none had.
        words: what the name is made of: feature and whether it is high.
        n: members; None, as everything that tells of them, where they are fewer than may be told,
            and None, as `share`, where such a number could be worked out from it.
        share: of all entities, members in between counted in parts.
        certainty: mean probability that a member is one, by segments formed without it; in whole
            percent, as a mean of ones and a few others would tell how many these are.
    """

    ident: str
    name: str
    words: tuple[str, ...]
    n: Count | None
    share: Annotated[Estimate | None, SHARE]
    certainty: Probability | None
    traits: tuple[Trait, ...]
    exemplars: tuple[Exemplar, ...]
    centre: tuple[Centre, ...]
    drift: Drift | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilesResult:
    """All segments, the largest first.

    Attributes:
        structure: whether there are groups at all; where `none`, no trait is claimed.
        claims: traits that are claimed, over all segments; `behaviours`: features among them.
        gone: segments of the last report that are there no more.
        numbers: the highest number that a segment ever had.
        measured: entities that traits were measured on, and
        looked: that were looked at for certainty; fewer than all were drawn at random.
    """

    entities: Count
    structure: Literal["none", "weak", "clear"]
    p_value: Probability
    alpha: Share
    claims: Count
    smallest_cell: Count
    profiles: tuple[Profile, ...]
    gone: tuple[str, ...]
    numbers: Count
    behaviours: Count = 0
    measured: Count = 0
    looked: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """From one segment to another; None where too few entities are in it.

    Attributes:
        seen: share of all entities, by the likeliest segments.
        flow: what remains when errors of assignment are taken off.
        of_before: the same as a share of those who were in `before`.
    """

    before: str
    after: str
    seen: Share | None
    flow: Annotated[Estimate | None, SHARE]
    of_before: Share | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stayed:
    """Who was in a segment and still is, by the likeliest segments.

    Attributes:
        n: entities that were in it, None where they are fewer than may be told or where that could
            be worked out.
        share: of them, who are in it still; None where too few stayed or left.
        at_least: a bound of it, in whole percent, where too few left.
    """

    name: str
    n: Count | None
    share: Share | None
    at_least: Share | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowsResult:
    """Movement between two periods, of entities seen in both.

    Attributes:
        entities: None where, beside all entities, they tell how few are new.
        only_before, only_after: seen in one period only; None where they are few.
        moved_seen: share whose likeliest segment changed, None, as `moved` and `p_value`, where
            flows of too few could be worked out from it; `by_error`: expected if nobody moved.
        moved: what remains.
        at_most: a bound of `moved_seen`, in whole percent, where fewer moved than may be told.
    """

    entities: Count | None
    only_before: Count | None
    only_after: Count | None
    moved_seen: Share | None
    at_most: Share | None
    by_error: Share
    moved: Annotated[Estimate | None, SHARE]
    p_value: Probability | None
    verdict: Literal["movement", "no more than errors of assignment"]
    flows: tuple[Flow, ...]
    stayed: tuple[Stayed, ...]
