"""The same model elsewhere: other providers and tiers of a price book that offer it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.features.pricing import BATCH, PriceList, plain_tier

if TYPE_CHECKING:
    from datetime import date

_REGION: Final = re.compile(r"^(?:us|eu|apac|global|jp|au|us-gov)\.")
_VENDOR: Final = re.compile(
    r"^(?:ai21|amazon|anthropic|cohere|deepseek|meta|mistral|openai|qwen)\."
)
_REVISION: Final = re.compile(r"-v\d+(?::\d+)?$|:\d+$")
_DATE: Final = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2})$")
_CONTEXT: Final = "above-"
"""Tiers of long prompts are not chosen but come with the prompt."""


@dataclass(frozen=True, slots=True, order=True)
class Offer:
    """A line of a price book: who offers which model in which tier."""

    provider: str
    model: str
    tier: str


def offers_of(
    prices: pl.DataFrame, provider: str | None, model: str | None, tier: str | None, *, on: date
) -> tuple[Offer, ...]:
    """Other ways to buy the same model on a day, batches apart.

    A model is the same where its name is, but for a vendor or region before it and a date or
    revision after it; of two dates in names, both have to be the same.
    """
    found = PriceList.of(prices).model(provider, model)
    if found is None:
        return ()
    valid = pl.col("valid_from") <= on
    if "valid_to" in prices.columns:
        valid &= pl.col("valid_to").is_null() | (pl.col("valid_to") >= on)
    lines = prices.filter(valid).select("provider", "model", "tier", "aliases")
    own = Offer(found.provider, found.model, plain_tier(tier or ""))
    names = {found.model, *(model or "").split("\0")}
    offers = {
        Offer(by, name, plain_tier(level))
        for by, name, level, aliases in lines.unique(["provider", "model", "tier"]).iter_rows()
        if any(_same(one, other) for one in names for other in (name, *(aliases or ())))
    }
    return tuple(
        sorted(
            offer
            for offer in offers
            if offer != own and offer.tier != BATCH and not offer.tier.startswith(_CONTEXT)
        )
    )


def _same(one: str, other: str) -> bool:
    (name, dated), (again, day) = _parted(one), _parted(other)
    return bool(name) and name == again and (not dated or not day or dated == day)


def _parted(name: str) -> tuple[str, str]:
    """The plain name of a model, and the date in it."""
    plain = name.strip().lower().rsplit("/", 1)[-1]
    plain = _VENDOR.sub("", _REGION.sub("", plain))
    plain = _REVISION.sub("", plain)
    found = _DATE.search(plain)
    dated = found[1].replace("-", "") if found else ""
    return _DATE.sub("", plain).replace(".", "-"), dated
