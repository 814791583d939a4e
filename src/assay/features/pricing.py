"""What tokens cost at the list price of their day: never 0 where there is no price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from assay.core.errors import DataError
from assay.features.faults import check_columns
from assay.features.model_names import (
    Named,
    Resolved,
    aliased,
    canonical_provider,
    resolved,
)

Rows = TypeVar("Rows", pl.DataFrame, pl.LazyFrame)

PRICED: Final = "priced"
CACHED_AT_INPUT: Final = "priced, cached tokens at the input price"
NO_MODEL: Final = "no price of this model"
NO_DAY: Final = "no price on this day"
NO_AMOUNT: Final = "no price of these tokens"
NO_TOKENS: Final = "tokens unknown"
HAS_PRICE: Final = (PRICED, CACHED_AT_INPUT)
"""Values of `priced` that come with an amount; the others come with none."""

HOUR: Final = "cache_write_1h"
"""The part of what is written to the cache that stays there for an hour, at a price of its own."""
HOUR_TOKENS: Final = "cache_write_1h_tokens"
HOUR_UNPRICED: Final = "cache kept for an hour at the price of five minutes"

AMOUNTS: Final = ("input_usd", "cache_read_usd", "cache_write_usd", "output_usd", "request_usd")
"""The parts of a list price, which add up to `list_usd`."""

STANDARD: Final = "standard"
BATCH: Final = "batch"
_STANDARD_NAMES: Final = frozenset({"", "default", "standard", "auto", "on_demand", "on-demand"})

_PER_MTOK: Final = {
    "input": "input_per_mtok",
    "cache_read": "cache_read_per_mtok",
    "cache_write": "cache_write_per_mtok",
    "output": "output_per_mtok",
}
_LINE: Final = pl.Struct(
    {
        **dict.fromkeys((*_PER_MTOK, HOUR, "request", "factor"), pl.Float64()),
        "state": pl.String(),
        "model": pl.String(),
        "since": pl.Date(),
        "how": pl.String(),
    }
)
_ASKED: Final = {
    "own": pl.Int64(),
    "standard": pl.Int64(),
    "as_batch": pl.Boolean(),
    "as_standard": pl.Boolean(),
    "named": pl.String(),
    "how": pl.String(),
}
_FOUND: Final = "_line_of_the_list"


def with_list_prices(frame: Rows, prices: pl.DataFrame, *, day: str = "day") -> Rows:
    """Rows or sums of rows with what their tokens cost at the list price of their day, in USD.

    Takes `provider`, `model`, `day`, the disjoint token columns `input_tokens`, `output_tokens`
    and, where there are any, `cache_read_tokens`, `cache_write_tokens` (of which
    `cache_write_1h_tokens`), `service_tier` and `requests` (absent: 1 a row). `prices` is of the
    table prices, in USD. Adds:

    - `input_usd`, `cache_read_usd`, `cache_write_usd`, `output_usd`, `request_usd`, which add up to
      `list_usd`; all are null where there is no price;
    - `priced`: "priced", or why not; "priced, cached tokens at the input price" is an upper bound
      (of what is written to the cache: an estimate), as the list has no price of cached tokens;
    - `priced_as`: the model as the list calls it, also where it has no price on the day;
    - `priced_since`: the day from which the price is;
    - `priced_how`: what had to be assumed, in words (another provider's line, a date stamp left
      off, a tier without a line, an hour's cache without a price); null where nothing was.

    A tier has its own line, else batch is the standard price times its batch factor, else it is the
    standard price, and `priced_how` says so. A lazy frame stays lazy.

    Raises:
        DataError: where a column is missing, or the prices are not in USD.
    """
    schema = frame.collect_schema()
    needed = ["provider", "model", day, "input_tokens", "output_tokens"]
    check_columns(nw.from_native(frame.lazy()), needed, table="rows to be priced")
    book = PriceList.of(prices)
    texts = [
        (pl.col(name) if name in schema else pl.lit(None)).cast(pl.String).alias(name)
        for name in ("provider", "model", "service_tier")
    ]
    key = pl.struct(*texts, pl.col(day).cast(pl.Date).alias("day"))
    line = key.map_batches(book.lines_of, return_dtype=_LINE, is_elementwise=True)
    tokens = {
        kind: pl.col(f"{kind}_tokens") if f"{kind}_tokens" in schema else pl.lit(None, pl.Int64)
        for kind in _PER_MTOK
    }
    tokens[HOUR] = pl.col(HOUR_TOKENS) if HOUR_TOKENS in schema else pl.lit(0)
    requests = pl.col("requests") if "requests" in schema else pl.lit(1)
    found = frame.with_columns(line.alias(_FOUND)).with_columns(_state(tokens).alias("priced"))
    return (
        found.with_columns(_amounts(tokens, requests))
        .with_columns(list_usd=pl.sum_horizontal(AMOUNTS, ignore_nulls=False))
        .with_columns(
            priced_as=_of("model"),
            priced_since=_of("since"),
            priced_how=_of("how") if HOUR_TOKENS not in schema else _how_of(tokens),
        )
        .drop(_FOUND)
    )


def _of(name: str) -> pl.Expr:
    return pl.col(_FOUND).struct.field(name)


def _how_of(tokens: Mapping[str, pl.Expr]) -> pl.Expr:
    """What was assumed, where an hour's cache has no price of its own, too."""
    lacks = _written(tokens)[1] > 0
    lacks &= _of(HOUR).is_null() & _of("cache_write").is_not_null()
    told = pl.when(lacks).then(pl.lit(HOUR_UNPRICED))
    return pl.concat_str(_of("how"), told, separator="; ", ignore_nulls=True).replace("", None)


def _written(tokens: Mapping[str, pl.Expr]) -> tuple[pl.Expr, pl.Expr]:
    """Tokens written to the cache for five minutes, and for an hour."""
    every = tokens["cache_write"].fill_null(0)
    hour = pl.min_horizontal(tokens[HOUR].fill_null(0), every)
    return every - hour, hour


def _state(tokens: Mapping[str, pl.Expr]) -> pl.Expr:
    """Whether the line that was found prices what the row has."""
    some = {kind: tokens[kind].fill_null(0) > 0 for kind in _PER_MTOK}
    cached = pl.any_horizontal(
        some[kind] & _of(kind).is_null() for kind in ("cache_read", "cache_write")
    )
    unpriced = some["output"] & _of("output").is_null()
    unpriced |= (some["input"] | cached) & _of("input").is_null()
    unknown = tokens["input"].is_null() & tokens["output"].is_null()
    by_token = pl.any_horizontal(_of(kind).is_not_null() for kind in _PER_MTOK)
    return (
        pl.when(_of("state") != PRICED)
        .then(_of("state"))
        .when(unknown & by_token)
        .then(pl.lit(NO_TOKENS))
        .when(unpriced & by_token)
        .then(pl.lit(NO_AMOUNT))
        .when(cached & by_token)
        .then(pl.lit(CACHED_AT_INPUT))
        .otherwise(pl.lit(PRICED))
    )


def _amounts(tokens: Mapping[str, pl.Expr], requests: pl.Expr) -> list[pl.Expr]:
    has = pl.col("priced").is_in(HAS_PRICE)
    kinds = []
    for kind in _PER_MTOK:
        price = _of(kind).fill_null(_of("input")) if kind.startswith("cache") else _of(kind)
        price = price.fill_null(0.0)
        amount = tokens[kind].fill_null(0) * price
        if kind == "cache_write":
            minutes, hour = _written(tokens)
            amount = minutes * price + hour * _of(HOUR).fill_null(price)
        kinds.append(pl.when(has).then(amount * _of("factor") / 1e6).alias(f"{kind}_usd"))
    request = requests.fill_null(0) * _of("request").fill_null(0.0) * _of("factor")
    return [*kinds, pl.when(has).then(request).alias("request_usd")]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriceList:
    """Prices laid out to be looked up by name, tier and day.

    Attributes:
        names: every name and alias, in small letters → provider and model.
        series: provider, model and tier → number of their prices' series.
        starts: series and first day of each line as one number, ascending.
        lines: the lines in the same order, and a last one without a price.
    """

    names: Mapping[Named, Named]
    series: Mapping[tuple[str, str, str], int]
    starts: NDArray[np.int64]
    lines: pl.DataFrame

    @classmethod
    def of(cls, prices: pl.DataFrame) -> PriceList:
        """The list that a table of prices holds.

        Raises:
            DataError: where prices are in another currency than USD.
        """
        foreign = [one for one in prices["currency"].unique().to_list() if one != "USD"]
        if foreign:
            raise DataError(
                f"prices are in {', '.join(sorted(foreign))}, expected USD",
                remedy="read them with read_prices, which converts at dated rates",
            )
        keys = ["provider", "model", "tier"]
        plain = prices.with_columns(pl.col("tier").map_elements(plain_tier, pl.String))
        ordered = plain.sort(*keys, "valid_from")
        distinct = ordered.select(keys).unique(maintain_order=True).with_row_index("series")
        lines = ordered.join(distinct, on=keys, how="left", maintain_order="left")
        starts = _at(lines["series"].to_numpy(), lines["valid_from"].to_physical().to_numpy())
        laid = lines.select(
            *(pl.col(column).alias(kind) for kind, column in _PER_MTOK.items()),
            pl.col(f"{HOUR}_per_mtok").alias(HOUR)
            if f"{HOUR}_per_mtok" in lines.columns
            else pl.lit(None, pl.Float64).alias(HOUR),
            request=pl.col("per_request"),
            batch_factor=pl.col("batch_factor"),
            since=pl.col("valid_from"),
            until=pl.col("valid_to") if "valid_to" in lines.columns else pl.lit(None, pl.Date),
            series=pl.col("series").cast(pl.Int64),
        )
        none = pl.DataFrame([dict.fromkeys(laid.columns)], schema=laid.schema)
        return cls(
            names=_names(ordered),
            series={tuple(row[1:]): row[0] for row in distinct.iter_rows()},
            starts=starts,
            lines=pl.concat([laid, none]),
        )

    def model(self, provider: str | None, model: str | None) -> Resolved | None:
        """What the list calls a logged model."""
        return resolved(provider, model, self.names)

    def lines_of(self, keys: pl.Series) -> pl.Series:
        """The line of the list for each provider, model, tier and day."""
        rows = keys.struct.unnest()
        names = ["provider", "model", "service_tier"]
        asked = rows.select(names).unique(maintain_order=True)
        known = pl.DataFrame(
            [self._asked(*row) for row in asked.iter_rows()],
            schema=_ASKED,
            orient="row",
        )
        told = rows.join(
            pl.concat([asked, known], how="horizontal"),
            on=names,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        day = told["day"].to_physical().to_numpy(allow_copy=True)
        return self._found(told, np.nan_to_num(day, nan=_NEVER).astype(np.int64))

    def _asked(
        self, provider: str | None, model: str | None, tier: str | None
    ) -> tuple[int, int, bool, bool, str | None, str | None]:
        """Numbers of the series of a name in its tier and in the standard one; -1 for none."""
        found = self.model(provider, model)
        if found is None:
            return -1, -1, False, False, None, None
        wanted = plain_tier(tier or "")
        own = self.series.get((found.provider, found.model, wanted), -1)
        standard = self.series.get((found.provider, found.model, STANDARD), -1)
        batch = wanted == BATCH
        other = not batch and wanted != STANDARD
        return own, standard, batch, other, found.model, found.how or None

    def _found(self, told: pl.DataFrame, day: NDArray[np.int64]) -> pl.Series:
        own = self._line(told["own"].to_numpy(), day)
        fallen = own < 0
        number = np.where(fallen, self._line(told["standard"].to_numpy(), day), own)
        none = number < 0
        lines = self.lines[np.where(none, len(self.lines) - 1, number)]
        missing = pl.Series(none)
        other = pl.Series(fallen & ~none)
        batch = other & told["as_batch"]
        unknown = batch & lines["batch_factor"].is_null()
        standard = other & told["as_standard"]
        return (
            lines.with_columns(told["how"], told["service_tier"], told["named"])
            .select(
                *_PER_MTOK,
                HOUR,
                "request",
                factor=pl.when(batch).then(pl.col("batch_factor").fill_null(1.0)).otherwise(1.0),
                state=pl.when(~missing)
                .then(pl.lit(PRICED))
                .when(pl.col("named").is_not_null())
                .then(pl.lit(NO_DAY))
                .otherwise(pl.lit(NO_MODEL)),
                model="named",
                since="since",
                how=_how(unknown, standard),
            )
            .to_struct("line")
        )

    def _line(self, series: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number of the line that counts on each day; -1 for none."""
        last = np.searchsorted(self.starts, _at(series, day), side="right") - 1
        of = self.lines["series"].fill_null(-2).to_numpy()[last]
        until = self.lines["until"].to_physical().fill_null(_LAST).to_numpy()[last]
        counts = (series >= 0) & (last >= 0) & (of == series) & (day <= until) & (day != _NEVER)
        return np.where(counts, last, -1)


_LAST: Final = 2**23
_NEVER: Final = -(2**22)
_DAYS: Final = 2**24


def _at(series: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
    return series.astype(np.int64) * _DAYS + day.astype(np.int64)


def _how(unknown: pl.Series, standard: pl.Series) -> pl.Expr:
    tier = (
        pl.when(unknown)
        .then(pl.lit("batch at the standard price, as no batch price is known"))
        .when(standard)
        .then(pl.format("at the standard price, as there is no line of tier {}", "service_tier"))
    )
    return pl.concat_str("how", tier, separator="; ", ignore_nulls=True).replace("", None)


def plain_tier(tier: str) -> str:
    """A service tier as price lists call it: `default`, `auto` and none at all are `standard`."""
    name = tier.strip().lower()
    return STANDARD if name in _STANDARD_NAMES else name


def _names(prices: pl.DataFrame) -> dict[Named, Named]:
    """Every name and alias; a model's own name counts before another's alias."""
    entries = prices.select("provider", "model", "aliases").unique(["provider", "model", "aliases"])
    known: dict[Named, Named] = {}
    for provider, model, aliases in entries.sort("provider", "model").iter_rows():
        for alias in aliases or ():
            for name in aliased(provider, alias):
                known.setdefault(name, (provider, model))
    own = entries.select("provider", "model").iter_rows()
    known |= {(canonical_provider(p), m.strip().lower()): (p, m) for p, m in own}
    sellers: dict[str, set[Named]] = {}
    for (_, called), named in known.items():
        sellers.setdefault(called, set()).add(named)
    alone = {("", name): found.pop() for name, found in sellers.items() if len(found) == 1}
    return known | alone
