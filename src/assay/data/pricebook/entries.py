"""What a file of the price book may say.

    provider: openai
    sources:
      table: LiteLLM price table, 2026-07-24
    models:
      gpt-4o:
        aliases: [gpt-4o-2024-08-06, azure/gpt-4o]
        prices:
          - {from: 2024-10-02, input: 2.5, cache_read: 1.25, output: 10, batch_factor: 0.5,
             source: table}

Amounts are per million tokens, `per_request` per call, in `currency` (of the line, else of the
file, else USD). `cache_write` is of what a cache keeps for minutes, `cache_write_1h` for an hour;
`cache_write_1h_of_input: 2` beside `provider` prices the latter for the file's lines that price
only the former. A line counts from its day on until the next one's, or until `to`, which counts.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
_Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PriceLine(_Strict):
    """A model's price in one tier from a day on."""

    since: date = Field(alias="from", description="first day")
    until: date | None = Field(None, alias="to", description="last day, where it ends")
    tier: _Name = Field("standard", description="standard, batch, flex, priority …")
    input: _Amount | None = Field(None, description="a million tokens of input")
    cache_read: _Amount | None = Field(None, description="a million tokens read from the cache")
    cache_write: _Amount | None = Field(None, description="a million tokens written to the cache")
    cache_write_1h: _Amount | None = Field(
        None, description="a million tokens written to the cache for an hour"
    )
    output: _Amount | None = Field(None, description="a million tokens of output")
    batch_factor: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="of the standard price, in batches"
    )
    per_request: _Amount | None = Field(None, description="one call")
    currency: _Currency | None = Field(None, description="where it is not the file's")
    source: str | None = Field(None, min_length=1, description="a name of `sources`, or text")


class PricedModel(_Strict):
    """A model's prices, and the other names that it goes by."""

    aliases: list[_Name] = Field(default_factory=list)
    prices: list[PriceLine] = Field(min_length=1)


class PriceFile(_Strict):
    """One provider's models."""

    provider: _Name
    currency: _Currency = "USD"
    sources: dict[str, str] = Field(default_factory=dict)
    cache_write_1h_of_input: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None, description="times the input, of lines that price cache_write but not cache_write_1h"
    )
    models: dict[_Name, PricedModel] = Field(min_length=1)


class Rate(_Strict):
    """What a unit of a currency is worth from a day on."""

    since: date = Field(alias="from", description="first day")
    usd: Annotated[float, Field(gt=0, allow_inf_nan=False)] = Field(description="USD for one unit")
    source: str = Field(min_length=1)


class RateFile(_Strict):
    """`rates.yaml`: a currency's dated rates."""

    rates: dict[_Currency, list[Rate]] = Field(default_factory=dict)
