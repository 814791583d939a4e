"""What may be spent, and what if: the entries of `params/budgets.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from assay.core.sections import Section
from assay.core.written import Day, as_tuple

Per = Literal["day", "week", "month", "quarter"]
Scope = tuple[tuple[str, tuple[str, ...]], ...]
"""Columns and the values that count of each; none is everything."""

THRESHOLDS: Final = (0.75, 0.9, 1.0)
"""Shares of a budget whose crossing is told, unless it names others."""


def _names(value: object) -> object:
    if isinstance(value, list):
        return tuple(str(one) for one in value)
    return value if isinstance(value, tuple) else (str(value),)


Where = dict[str, Annotated[tuple[str, ...], BeforeValidator(_names), Field(min_length=1)]]
Thresholds = Annotated[
    tuple[Annotated[float, Field(gt=0, le=10)], ...],
    BeforeValidator(as_tuple),
    Field(min_length=1),
]
Factor = Annotated[float, Field(gt=-1, le=100)]
Code = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class BudgetEntry(Section):
    """One entry below `budgets`."""

    name: str = Field(min_length=1, description="how the report calls it")
    amount: float = Field(gt=0, description="what may be spent in each period")
    currency: Code = "USD"
    per: Per = "month"
    owner: str | None = Field(None, description="one of owners, whose columns and values count")
    whom: Where = Field({}, alias="for", description="column: value or values; absent = everything")
    thresholds: Thresholds = Field(THRESHOLDS, description="shares whose crossing is told")
    first: Day | None = Field(None, alias="from", description="first day that it holds")
    last: Day | None = Field(None, alias="to", description="last day that it holds")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if list(self.thresholds) != sorted(set(self.thresholds)):
            raise ValueError("expected thresholds that rise, each once")
        if self.first and self.last and self.last < self.first:
            raise ValueError(f"expected to ({self.last}) not before from ({self.first})")
        return self


class ScenarioEntry(Section):
    """One entry below `scenarios`: what is assumed to be different from a day on."""

    name: str = Field(min_length=1)
    first: Day | None = Field(None, alias="from", description="first day; absent = at once")
    whom: Where = Field({}, alias="for", description="whose calls; absent = all")
    traffic: Factor | None = Field(None, description="0.2: a fifth more of everything")
    replace: dict[str, str] = Field(
        {},
        alias="models",
        description="model: the one that does its calls, as model or provider/model",
    )
    prices: dict[str, Factor] = Field(
        {}, description="model: change of its price; -0.3: three tenths less; '*': all others"
    )

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.traffic is None and not self.replace and not self.prices:
            raise ValueError("expected traffic, models or prices: nothing would change")
        return self


class BudgetFile(Section):
    """The whole file."""

    owners: dict[str, Where] = Field({}, description="name: columns and values that are theirs")
    rates: dict[Code, Annotated[float, Field(gt=0)]] = Field(
        {}, description="currency: USD for one unit of it, as budgets are planned"
    )
    budgets: Annotated[tuple[BudgetEntry, ...], BeforeValidator(as_tuple)] = ()
    scenarios: Annotated[tuple[ScenarioEntry, ...], BeforeValidator(as_tuple)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A budget whose owner and currency are resolved.

    Attributes:
        usd: per period, in USD.
        amount, currency: as declared.
        scope: rows that count.
        thresholds: shares of it, rising.
        first, last: days that it holds, None for always.
        place: file and line where it is declared.
    """

    name: str
    usd: float
    amount: float
    currency: str
    per: Per
    owner: str
    scope: Scope
    thresholds: tuple[float, ...]
    first: date | None
    last: date | None
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is assumed to be different from a day on.

    Attributes:
        traffic: factor on everything, 1 for none.
        replace: model → provider (empty: the same) and model that does its calls instead.
        prices: model → factor on its price; `*` for all that are not named.
        place: file and line where it is declared.
    """

    name: str
    first: date | None
    scope: Scope
    traffic: float
    replace: tuple[tuple[str, tuple[str, str]], ...]
    prices: tuple[tuple[str, float], ...]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """All that a file of budgets says."""

    budgets: tuple[Budget, ...] = ()
    scenarios: tuple[Scenario, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that scopes name, each once."""
        scopes = [*(one.scope for one in self.budgets), *(one.scope for one in self.scenarios)]
        return tuple({name: None for scope in scopes for name, _ in scope})
