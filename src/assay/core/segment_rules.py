"""Segments that a project declares by rule: what its file may say, and the value it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, model_validator

from assay.core.sections import Section
from assay.core.written import as_tuple

LEAST: Final = 0.8
"""Probability from which on an entity is told to be in a segment, unless the file says another."""


Certainty = Annotated[float, Field(gt=0.5, lt=1)]


class BoundsEntry(Section):
    """Between which values something has to lie, in its own unit."""

    above: float | None = Field(None, description="it has to be larger")
    below: float | None = Field(None, description="it has to be smaller")

    @model_validator(mode="after")
    def _leaves_something(self) -> Self:
        if self.above is None and self.below is None:
            raise ValueError("expected above, below, or both")
        if self.above is not None and self.below is not None and not self.above < self.below:
            raise ValueError(f"expected above ({self.above:g}) smaller than below ({self.below:g})")
        return self


class RuleEntry(Section):
    """One entry below `segments`."""

    name: str = Field(min_length=1, description="what members are called")
    describes: str = Field("", description="the rule in words, for readers")
    when: dict[str, BoundsEntry] = Field(
        min_length=1, description="behaviour or exposure: its bounds; all have to hold"
    )
    least: Certainty | None = Field(
        None, description="probability from which on one is told to be a member"
    )


class RuleFile(Section):
    """The whole file."""

    least: Certainty = Field(LEAST, description="of every segment that names no other")
    segments: Annotated[tuple[RuleEntry, ...], BeforeValidator(as_tuple)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One number of an entity that has to lie inside bounds.

    Attributes:
        measure: name of a behaviour or of an exposure.
        above, below: the bounds, infinite where there is none.
    """

    measure: str
    above: float = -inf
    below: float = inf

    def __str__(self) -> str:
        if self.below == inf:
            return f"{self.measure} > {self.above:g}"
        if self.above == -inf:
            return f"{self.measure} < {self.below:g}"
        return f"{self.above:g} < {self.measure} < {self.below:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRule:
    """A segment by rule: everybody of whom all conditions hold.

    Attributes:
        least: probability from which on one is told to be a member, and from whose complement
            down not to be one.
        place: file and line where it is declared.
    """

    name: str
    describes: str
    conditions: tuple[Condition, ...]
    least: float
    place: str
