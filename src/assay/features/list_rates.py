"""What one token of each kind costs at the list price of a day, and at the model's other prices."""

from __future__ import annotations

from typing import Final

import polars as pl

from assay.features.pricing import (
    CACHED_AT_INPUT,
    HAS_PRICE,
    HOUR,
    HOUR_TOKENS,
    NO_AMOUNT,
    with_list_prices,
)

KEYS: Final = ("provider", "model", "service_tier", "day")
KINDS: Final = ("input", "cache_read", "cache_write", "output")
RATES: Final = (*(f"{kind}_rate" for kind in KINDS), "request_rate")
"""USD per token of each kind and per request; null where the list has none. A cached kind without
a price of its own has that of input, and then stands in `at_input`."""

HOUR_RATE: Final = "cache_write_1h_rate"
"""USD per token that is written to the cache for an hour; null where the list has none."""

_MANY: Final = 1_000_000


def list_rates(keys: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """One row per distinct provider, model, tier and day: `RATES`, and what was found in the list.

    `priced`, `priced_as`, `priced_since` and `priced_how` are as of `with_list_prices`; `at_input`
    lists the kinds of cached tokens that have no price of their own.
    """
    asked = keys.select(KEYS).unique(maintain_order=True).with_row_index("key")
    probes = [
        asked.with_columns(
            *(
                pl.lit(_MANY if one and one.startswith(kind) else 0).alias(f"{kind}_tokens")
                for kind in KINDS
            ),
            pl.lit(_MANY if one == HOUR else 0).alias(HOUR_TOKENS),
            requests=pl.lit(0 if one else 1),
            probe=pl.lit(one or "request"),
        )
        for one in (*KINDS, HOUR, None)
    ]
    told = with_list_prices(pl.concat(probes), prices).with_columns(
        rate=pl.when(pl.col("priced").is_in(HAS_PRICE)).then("list_usd")
        / pl.when(pl.col("probe") == "request").then(1).otherwise(_MANY),
        instead=pl.col("priced") == CACHED_AT_INPUT,
    )
    wide = [
        pl.col("rate").filter(pl.col("probe") == name.removesuffix("_rate")).first().alias(name)
        for name in (*RATES, HOUR_RATE)
    ]
    found = told.group_by("key", maintain_order=True).agg(
        *(pl.col(name).first() for name in KEYS),
        *wide,
        at_input=pl.col("probe").filter(pl.col("instead") & (pl.col("probe") != HOUR)),
        priced=pl.col("priced").filter(pl.col("probe") == "request").first(),
        **{
            name: pl.col(name).filter(pl.col("probe") == "request").first()
            for name in ("priced_as", "priced_since", "priced_how")
        },
    )
    none = pl.all_horizontal(pl.col(name).is_null() for name in RATES[:4])
    priced = pl.when(none & pl.col("priced").is_in(HAS_PRICE)).then(pl.lit(NO_AMOUNT))
    return found.with_columns(priced=priced.otherwise("priced")).drop("key")


def other_rates(rates: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """The same model's rates of other days and tiers, for each row of `list_rates` that has any.

    Adds `other` ("date" or "tier") and `label` (the day from which that price is, or the tier).
    Rates that do not differ from those of the day are left out.
    """
    asked = rates.filter(pl.col("priced").is_in(HAS_PRICE))
    lines = prices.select(priced_as="model", tier="tier", since="valid_from")
    of_model = asked.select(*KEYS, "priced_as").join(lines, on="priced_as", how="inner")
    dated = of_model.select(
        *KEYS, other=pl.lit("date"), label=pl.col("since").cast(pl.String), at="since"
    )
    batch = lines.select("priced_as", tier=pl.lit("batch"), since="since")
    tiers = asked.select(*KEYS, "priced_as").join(
        pl.concat([lines, batch]), on="priced_as", how="inner"
    )
    tiered = tiers.select(*KEYS, other=pl.lit("tier"), label="tier", at="day")
    wanted = pl.concat([dated, tiered]).unique(maintain_order=True)
    if wanted.is_empty():
        empty = {**{name: rates.schema[name] for name in (*KEYS, *RATES, HOUR_RATE)}}
        return pl.DataFrame(schema=empty | {"other": pl.String(), "label": pl.String()})
    tier = pl.when(pl.col("other") == "tier").then("label").otherwise("service_tier")
    probe = wanted.select("provider", "model", service_tier=tier, day="at")
    found = list_rates(probe, prices).select(*KEYS, "priced", *RATES, HOUR_RATE)
    joined = wanted.with_columns(tier=tier).join(
        found, left_on=["provider", "model", "tier", "at"], right_on=KEYS, how="left",
        nulls_equal=True,
    )  # fmt: skip
    own = asked.select(*KEYS, *(pl.col(name).alias(f"own {name}") for name in RATES))
    differs = pl.any_horizontal(
        pl.col(name).fill_null(0.0) != pl.col(f"own {name}").fill_null(0.0) for name in RATES
    )
    return (
        joined.filter(pl.col("priced").is_in(HAS_PRICE))
        .join(own, on=KEYS, how="left", nulls_equal=True)
        .filter(differs)
        .select(*KEYS, *RATES, HOUR_RATE, "other", "label")
    )
