"""Numbers that nobody knows exactly, as parameters declare them."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Guess(BaseModel):
    """A number that nobody knows exactly: its middle, and a range that holds it in 9 of 10 cases.

    A number alone is one without doubt.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    likely: float = Field(description="as likely too high as too low")
    low: float | None = Field(None, description="1 in 20 lie below")
    high: float | None = Field(None, description="1 in 20 lie above")

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: object) -> object:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return {"likely": value} if number else value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise ValueError("a range has low and high, or neither")
        low, high = self.ends
        if not low <= self.likely <= high:
            raise ValueError(
                f"range {low:g} … {self.likely:g} … {high:g}, expected low ≤ likely ≤ high"
            )
        return self

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends of the range; the number itself where there is no doubt."""
        low = self.likely if self.low is None else self.low
        return low, self.likely if self.high is None else self.high


class Amount(Guess):
    """What a change costs, in USD: once, every month, or for each unit whom it reaches, once."""

    name: str = Field(min_length=1, description="how the report calls it")
    every: Literal["once", "month", "unit"] = "once"

    @model_validator(mode="after")
    def _costs_something(self) -> Self:
        if self.ends[0] < 0:
            raise ValueError(f"{self.name}: {self.ends[0]:g} USD, expected 0 or more")
        return self


class BookedAmount(Amount):
    """An amount that was not guessed: `source` says which entries it is the sum or mean of."""

    source: str = Field(min_length=1)


class Booked(BaseModel):
    """A cost line that is taken from the table expenses: its categories, on its days."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: str = Field(min_length=1, description="how the report calls it")
    expenses: list[str] = Field(min_length=1, description="categories whose entries count")
    every: Literal["once", "month"] = Field("once", description="month: mean of whole months")
    first: date | None = Field(None, alias="from", description="first day of its entries")
    last: date | None = Field(None, alias="to", description="last day of its entries")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first and self.last and self.last < self.first:
            raise ValueError(f"{self.name} ends {self.last}, before it starts {self.first}")
        return self
