"""The models that a notebook's parameters cell may name, beside Python's own types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from assay.core.bounds import Alpha, Days, Margin, TimeZone
from assay.core.guesses import Amount, Booked, Guess

__all__ = [
    "Alpha",
    "Amount",
    "Booked",
    "Column",
    "Correction",
    "Corrections",
    "Days",
    "Guess",
    "Input",
    "Margin",
    "Metric",
    "Plan",
    "Role",
    "Secret",
    "SmallestCell",
    "Threshold",
    "TimeZone",
    "WholeThreshold",
    "Window",
    "Winsorise",
]


@dataclass(frozen=True, slots=True)
class InputMark:
    """Marks a parameter whose file contents belong to the key of a run."""


Input = Annotated[str, InputMark()]
"""Path or glob of a file that the notebook reads; its content decides whether a run is current."""


@dataclass(frozen=True, slots=True)
class SettingMark:
    """Marks a parameter whose default the project's settings may set.

    Attributes:
        section: of `assay.toml`.
        key: in that section; None where it is the parameter's own name.
    """

    section: str
    key: str | None = None


Threshold = Annotated[float, SettingMark("thresholds")]
"""A number that `[thresholds]` of the project's settings may set under the parameter's name."""

WholeThreshold = Annotated[int, SettingMark("thresholds")]
"""A whole number that `[thresholds]` may set."""

SmallestCell = Annotated[int, SettingMark("privacy", "k"), Field(ge=1)]
"""Fewest persons or units behind a number that is shown: `k` of `[privacy]`."""


@dataclass(frozen=True, slots=True)
class SecretMark:
    """Marks a parameter whose value stays in the environment.

    Attributes:
        wrapped: the notebook gets a `pydantic.SecretStr`, which does not show it when printed.
    """

    wrapped: bool = False


Secret = Annotated[str, SecretMark()]
"""Text that is only ever named, as `env:NAME`, and never written down."""

Column = str
"""Name of a column in the data."""

Role = Literal["primary", "secondary", "guardrail", "exploratory"]
"""What a metric is for: it decides; it explains; it must not be harmed; it may give ideas."""

MetricKind = Literal[
    "rate", "mean", "count", "ratio", "quantile", "time_to_event", "pass@k", "pass^k"
]
Adjustment = Literal["cuped", "lin"]
PerUnit = Literal["any", "sum", "mean", "max"]


class Winsorise(BaseModel):
    """How far values may reach: those beyond are set to the limit, in all arms alike.

    `lower` and `upper` are quantiles of all units together; `floor` and `cap` are limits in the
    metric's own unit. Numerator and denominator of a ratio each have their own, of the same units.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    lower: float | None = Field(None, gt=0, lt=0.5, description="quantile, 0.01 for example")
    upper: float | None = Field(None, gt=0.5, lt=1, description="quantile, 0.99 for example")
    floor: float | None = None
    cap: float | None = None

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.lower is not None and self.floor is not None:
            raise ValueError("winsorise has lower and floor, expected one of them")
        if self.upper is not None and self.cap is not None:
            raise ValueError("winsorise has upper and cap, expected one of them")
        if not self.model_fields_set:
            raise ValueError("winsorise is empty, expected lower, upper, floor or cap")
        if self.floor is not None and self.cap is not None and not self.floor < self.cap:
            raise ValueError(f"winsorise: floor {self.floor:g} is not below cap {self.cap:g}")
        return self


class Metric(BaseModel):
    """One thing that is measured on every unit, and what would be a good change of it.

    A `rate` is a share of units (or of trials, where rows are already aggregated: `numerator`
    successes out of `denominator` trials); a `mean` and a `count` average over units; a `ratio` is
    the sum of `numerator` over the sum of `denominator` (over rows, where it is absent). A
    `quantile` is that of the units' values; a `time_to_event` is the mean time until `event`, of
    the time up to the `horizon`: `value` is the time until it, or until a unit was last seen.

    Where a unit has many rows, `per_unit` says how they become one number: by default `any` for a
    rate (did it ever happen), `sum` for a mean, a count and both parts of a ratio.

    Where an item is tried several times, `pass@k` is the chance that at least one of k trials
    succeeds, `pass^k` the chance that all of them do; each item counts once, however often tried.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(min_length=1, description="how the report calls it")
    kind: MetricKind
    value: Column | None = Field(None, description="column; absent for a count = count rows")
    numerator: Column | None = None
    denominator: Column | None = None
    k: int | None = Field(None, ge=1, description="trials of pass@k and pass^k")
    quantile: float | None = Field(None, gt=0, lt=1, description="which one: 0.5 is the median")
    event: Column | None = Field(None, description="1 where it happened, 0 where not yet")
    horizon: float | None = Field(None, gt=0, description="time up to which it is averaged")
    distribution: Literal["any", "poisson", "negative_binomial"] = Field(
        "any", description="of a count; any: as its variance is"
    )
    window_days: int | None = Field(
        None, ge=1, description="days since a unit's exposure that count; others are set apart"
    )
    winsorise: Winsorise | None = Field(None, description="limits for values that are far out")
    covariate: Column | None = Field(None, description="measured before exposure; reduces variance")
    covariates: list[Column] = Field([], description="several of them")
    adjustment: Adjustment = Field(
        "cuped", description="one slope for all arms (cuped), or one for each (lin)"
    )
    covariate_missing: Literal["refuse", "impute"] = Field(
        "refuse", description="impute: an indicator says of which units a covariate is not known"
    )
    covariate_at: Column | None = Field(
        None, description="when covariates were measured; refused where that is after exposure"
    )
    role: Role = "primary"
    better: Literal["up", "down"] = "up"
    equivalence: float | None = Field(
        None, ge=0, description="half-width, as lift: too small to matter"
    )
    margin: float | None = Field(None, gt=0, description="non-inferiority margin, as lift")
    per_unit: PerUnit | None = None
    missing: Literal["refuse", "exclude"] = Field(
        "refuse", description="what to do with rows that have no value"
    )
    unit: str | None = Field(None, description="printed unit: share, USD, s, tokens …")

    @model_validator(mode="after")
    def _names_its_columns(self) -> Self:
        pair = self.numerator is not None or self.denominator is not None
        if self.value is not None and pair:
            raise ValueError(
                f"metric {self.name!r} has value and numerator/denominator, expected one of them"
            )
        if self.kind == "ratio" and self.numerator is None:
            raise ValueError(f"metric {self.name!r} is a ratio, expected a numerator column")
        if self.kind == "rate" and self.numerator is not None and self.denominator is None:
            raise ValueError(f"metric {self.name!r} has successes but no denominator (trials)")
        whole = {"mean", "rate", "quantile", "time_to_event"}
        if self.kind in whole and self.value is None and self.numerator is None:
            raise ValueError(f"metric {self.name!r} is a {self.kind}, expected a value column")
        if self.kind in {"mean", "count", "quantile", "time_to_event"} and pair:
            raise ValueError(
                f"metric {self.name!r} is a {self.kind}, expected value, not numerator/denominator"
            )
        return self

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        own = {
            "quantile": ({"quantile"}, {"quantile"}),
            "time_to_event": ({"event", "horizon"}, {"event", "horizon"}),
            "count": (set(), {"distribution"}),
        }
        needed, allowed = own.get(self.kind, (set(), set()))
        given = {
            name for name in ("quantile", "event", "horizon") if getattr(self, name) is not None
        } | ({"distribution"} if self.distribution != "any" else set())
        if needed - given:
            raise ValueError(
                f"metric {self.name!r} is a {self.kind}, expected {' and '.join(sorted(needed))}"
            )
        if given - allowed:
            raise ValueError(
                f"metric {self.name!r} is a {self.kind}, which takes no"
                f" {' or '.join(sorted(given - allowed))}"
            )
        whole = self.kind in {"quantile", "time_to_event"}
        if whole and (self.adjusters or self.winsorise):
            raise ValueError(
                f"metric {self.name!r} is a {self.kind}, which takes no covariate and no limits"
            )
        if self.window_days is not None and self.kind in {"time_to_event", "pass@k", "pass^k"}:
            raise ValueError(f"metric {self.name!r} is a {self.kind}, which takes no window_days")
        if self.kind == "rate" and self.winsorise:
            raise ValueError(f"metric {self.name!r} is a rate, which has nothing to limit")
        return self

    @model_validator(mode="after")
    def _adjusts_by_something(self) -> Self:
        if len(set(self.adjusters)) < len(self.adjusters):
            raise ValueError(f"metric {self.name!r} names a covariate twice")
        given = {"adjustment", "covariate_missing", "covariate_at"} & self.model_fields_set
        if given and not self.adjusters:
            raise ValueError(
                f"metric {self.name!r} has {', '.join(sorted(given))} but no covariate"
            )
        return self

    @property
    def adjusters(self) -> tuple[Column, ...]:
        """All covariates, however they were named."""
        first = () if self.covariate is None else (self.covariate,)
        return (*first, *self.covariates)

    @model_validator(mode="after")
    def _says_how_often(self) -> Self:
        repeated = self.kind in {"pass@k", "pass^k"}
        if not repeated and self.k is not None:
            raise ValueError(f"metric {self.name!r} is a {self.kind}, which takes no k")
        if not repeated:
            return self
        if self.k is None:
            raise ValueError(f"metric {self.name!r} is {self.kind}, expected k trials")
        if self.value is None:
            raise ValueError(
                f"metric {self.name!r} is {self.kind}, expected a value column of 0, 1"
            )
        if self.adjusters or self.per_unit is not None:
            raise ValueError(f"metric {self.name!r} is {self.kind}: no covariate, no per_unit")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of numbers that the metric reads."""
        named = (self.value, self.numerator, self.denominator, self.event, *self.adjusters)
        return tuple(name for name in named if name is not None)


Correction = Literal[
    "auto", "none", "bonferroni", "sidak", "holm", "hochberg", "hommel", "dunnett", "bh", "by"
]
"""How tests that are read together are corrected for their number; `auto` is Dunnett's method for
one metric in several arms, and Holm's otherwise."""


class Corrections(BaseModel):
    """How each role's metrics, in all arms, are corrected for their number.

    A guardrail needs none: an arm ships only if every one of them holds, so that more guardrails
    make a wrong "ship" rarer, not more frequent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    primary: Correction = "auto"
    secondary: Correction = "bh"
    guardrail: Correction = "none"
    exploratory: Correction = "bh"


class Window(BaseModel):
    """Days that count, both ends included; an open end is None."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    start: date | None = Field(None, alias="from")
    end: date | None = Field(None, alias="to")

    @model_validator(mode="before")
    @classmethod
    def _from_pair(cls, value: object) -> object:
        if isinstance(value, list | tuple) and len(value) == 2:
            return {"from": value[0], "to": value[1]}
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"window ends {self.end}, before it starts {self.start}")
        return self


class Plan(BaseModel):
    """When the data are looked at, declared before they come in.

    `once` is one look at the end. `group-sequential` looks at a few moments: `looks` are dates, or
    shares of the plan, or how many there are at equal steps. The plan ends at `planned_n` units, or
    at `planned_end`. `anytime` looks whenever somebody wants to, at the price of wider intervals,
    which are narrowest at `planned_n`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    design: Literal["once", "group-sequential", "anytime"]
    looks: int | list[date] | list[float] | None = Field(
        None, description="dates, shares of the plan, or how many at equal steps"
    )
    spending: Literal["obrien-fleming", "pocock", "power"] = Field(
        "obrien-fleming", description="late, even, or alpha · t²"
    )
    planned_n: int | None = Field(None, gt=1, description="units of all arms together, at the end")
    planned_end: date | None = Field(None, description="last day that counts")
    planned_effect: float | None = Field(None, description="lift that is hoped for")
    futility: float | None = Field(
        None, gt=0, lt=1, description="stop where the chance of an answer for the variant is less"
    )
    look: int | None = Field(
        None, ge=1, description="which look this is, where the data have no time to tell it by"
    )

    @field_validator("planned_end", mode="before")
    @classmethod
    def _day(cls, value: object) -> object:
        return date.fromisoformat(value) if isinstance(value, str) else value

    @field_validator("looks", mode="before")
    @classmethod
    def _days(cls, value: object) -> object:
        if isinstance(value, list | tuple):
            return [date.fromisoformat(one) if isinstance(one, str) else one for one in value]
        return value

    @model_validator(mode="after")
    def _has_an_end(self) -> Self:
        looks = self.looks
        if self.design != "group-sequential":
            given = {"looks", "spending", "look"} & self.model_fields_set
            if given:
                raise ValueError(f"a plan of design {self.design} takes no {min(given)}")
            return self
        if looks is None or (isinstance(looks, int) and not 1 <= looks <= 200) or looks == []:
            raise ValueError("a group-sequential plan needs looks: dates, shares, or 1 to 200")
        dated = isinstance(looks, list) and isinstance(looks[0], date)
        if not dated and self.planned_n is None and self.planned_end is None:
            raise ValueError("a group-sequential plan needs planned_n or planned_end")
        if isinstance(looks, list):
            _check_order(looks)
            if not dated and isinstance(looks[-1], int | float) and looks[-1] < 1:
                raise ValueError(f"looks end at {looks[-1]}, expected the last at 1 or beyond")
            if dated and self.planned_end is not None and looks[-1] != self.planned_end:
                raise ValueError(f"looks end {looks[-1]}, but planned_end is {self.planned_end}")
        if self.look is not None and self.look > self.count:
            raise ValueError(f"look {self.look} of {self.count}, expected at most {self.count}")
        return self

    @property
    def count(self) -> int:
        """How many looks there are."""
        if self.looks is None:
            return 1
        return self.looks if isinstance(self.looks, int) else len(self.looks)


def _check_order(looks: list[date] | list[float]) -> None:
    places = [one.toordinal() if isinstance(one, date) else one for one in looks]
    if not all(before < after for before, after in pairwise(places)):
        raise ValueError(f"looks {looks}, expected rising ones")
    if not places[0] > 0:
        raise ValueError(f"looks begin at {looks[0]}, expected a share above 0")
    if not isinstance(looks[0], date) and len(places) > 1 and not places[-2] < 1:
        raise ValueError(f"looks {looks}: after the one that ends the plan there is none")
