"""One thing that is looked at of an entity: unit, exposure, transformation, what a gap means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

Transform = Literal["identity", "log", "log1p", "logit"]
Missing = Literal["apart", "typical"]
MADE: Final = 1
"""Raised where sums that features are made of come to mean something else: segments that are kept
from before do not fit the numbers of after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One thing that is looked at of an entity, by exposure, so that it does not grow with tenure.

    Attributes:
        name: column of the frame.
        label: what it is called, as in a sentence.
        unit: what its numbers are in.
        part: column of sums that is divided.
        whole: column of sums that it is divided by, its exposure; the value itself where None.
        scale: what the ratio is multiplied by.
        geometric: the ratio is a mean of logarithms; the value is what it is the logarithm of.
        transform: before entities are compared. `log1p` is of the value over its median among
            those above 0, for amounts that may be zero; `logit` is of shares.
        shrunken: a share of few trials is drawn to the mean of all entities, as far as it is
            noise, so that few trials do not look like a behaviour of their own.
        least: exposure below which the value is not known.
        missing: what a value that is not known means. `apart`: too little is known of the entity,
            which is in no segment. `typical`: the median stands in, and how often is told.
        visits: makes sense only for entities that come back, on days.
        follows: features that tell the same together: it is left out where they are looked at,
            unless it is asked for by name.
        high: what an entity is called that has much of it; empty where no word says it.
        low: what one is called that has little.
    """

    name: str
    label: str
    unit: str
    part: str
    whole: str | None = None
    scale: float = 1.0
    geometric: bool = False
    transform: Transform = "log"
    shrunken: bool = False
    least: float = 1.0
    missing: Missing = "typical"
    visits: bool = False
    follows: tuple[str, ...] = ()
    high: str = ""
    low: str = ""

    def value(self) -> pl.Expr:
        """The value from sums, in its own unit; null where too little stands behind it."""
        part = pl.col(self.part).cast(pl.Float64)
        if self.whole is None:
            return part.alias(self.name)
        whole = pl.col(self.whole).cast(pl.Float64)
        ratio = part / whole * self.scale
        told = ratio.exp() if self.geometric else ratio
        return pl.when(whole >= max(self.least, 1e-12)).then(told).alias(self.name)

    @property
    def definition(self) -> dict[str, str | float | bool | None]:
        """All that decides on its numbers, without words; other numbers where it differs."""
        return {
            "part": self.part,
            "whole": self.whole,
            "scale": self.scale,
            "geometric": self.geometric,
            "transform": self.transform,
            "shrunken": self.shrunken,
            "least": self.least,
            "missing": self.missing,
            "made": MADE,
        }

    @property
    def needs(self) -> frozenset[str]:
        """Sums that it is made of."""
        return frozenset({self.part, *(() if self.whole is None else (self.whole,))})


def share(  # noqa: PLR0913  what a feature says of itself
    name: str, label: str, part: str, whole: str, *, high: str, low: str = ""
) -> Feature:
    """A share of trials, drawn to the mean of all entities as far as it is noise."""
    return Feature(
        name=name,
        label=label,
        unit="share",
        part=part,
        whole=whole,
        transform="logit",
        shrunken=True,
        high=high,
        low=low,
    )


def mix(name: str, label: str, column: str, *, high: str, low: str) -> Feature:
    """The chance that two rows, drawn without replacement, name unlike things in a column."""
    return Feature(
        name=name,
        label=label,
        unit="share",
        part=f"{column}_pairs",
        whole=f"{column}_pairs_n",
        transform="identity",
        least=10,
        high=high,
        low=low,
    )
