"""The price book at the command line: what a model costs on a day, and what the data lack."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from assay.app.console import say
from assay.app.costs import Asked, Question
from assay.core.errors import ParameterError, nearest
from assay.data.pricebook import PRICES, read_prices
from assay.features.pricing import HAS_PRICE, STANDARD, PriceList
from assay.features.spending import spend_lines
from assay.features.unpriced import price_gaps
from assay.present.costs.listing import Column, Listing, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

_AMOUNTS: Final = {
    "input_per_mtok": "input",
    "cache_read_per_mtok": "cache read",
    "cache_write_per_mtok": "cache write",
    "cache_write_1h_per_mtok": "cache write for an hour",
    "output_per_mtok": "output",
    "batch_factor": "batch ×",
    "per_request": "per call",
}


def _column(label: str) -> Column:
    return Column(label=label)


_NUMBERS: Final = [Column(label=label, number=True) for label in _AMOUNTS.values()]


def list_prices(*, provider: str | None, on: str | None, book: str | None, as_json: bool) -> None:
    """Prints the prices in force on a day."""
    prices, day = read_prices(book or PRICES), day_of(on, "--on")
    if provider is not None:
        known = prices["provider"].unique().to_list()
        if provider not in known:
            raise ParameterError(
                f"the price book has no provider {provider!r}", remedy=nearest(provider, known)
            )
        prices = prices.filter(pl.col("provider") == provider)
    lines = in_force(prices, day)
    every, has = (len(one.select("provider", "model").unique()) for one in (prices, lines))
    rows = lines.to_dicts()
    notes = [] if every == has else [f"{every - has} more models have no price on that day."]
    listing = Listing(
        title=f"{has} models with a price on {day}, in USD per million tokens",
        facts={"on": day.isoformat(), "models": has, "models_without_price": every - has},
        columns=[*map(_column, ("provider", "model", "tier", "since")), *_NUMBERS],
        cells=[
            [row["provider"], row["model"], row["tier"], str(row["valid_from"]), *_amounts(row)]
            for row in rows
        ],
        keys=_KEYS,
        rows=[_plain(row) for row in rows],
        notes=notes,
    )
    _print(listing, as_json=as_json)


_KEYS: Final = (
    "provider",
    "model",
    "aliases",
    "tier",
    "valid_from",
    "valid_to",
    *_AMOUNTS,
    "source",
)


def show_prices(
    model: str, *, provider: str | None, on: str | None, book: str | None, as_json: bool
) -> None:
    """Prints all prices of a model, and which of them count on a day.

    Raises:
        ParameterError: where no rule leads from the name to a model of the book.
    """
    prices, day = read_prices(book or PRICES), day_of(on, "--on")
    found = PriceList.of(prices).model(provider, model)
    if found is None:
        raise ParameterError(
            f"the price book has no price of {model!r}" + (f" of {provider!r}" if provider else ""),
            remedy=_meant(model, prices, provider) or "assay prices list shows the models it has",
        )
    own = (pl.col("provider") == found.provider) & (pl.col("model") == found.model)
    lines = prices.filter(own).sort(pl.col("tier") != STANDARD, "tier", "valid_from")
    now = in_force(lines, day).select("tier", "valid_from").rows()
    rows = lines.to_dicts()
    counts = [(row["tier"], row["valid_from"]) in now for row in rows]
    aliases = sorted({alias for row in rows for alias in row["aliases"] or ()})
    named = f"{found.provider}/{found.model}"
    title = f"{model} is {named}" + (f" ({found.how})" if found.how else "")
    standing = f"counts on {day}" if any(counts) else f"None counts on {day}"
    listing = Listing(
        title=f"{title}; USD per million tokens, * {standing}",
        facts={
            "asked": model,
            "provider": found.provider,
            "model": found.model,
            "how": found.how or None,
            "aliases": aliases,
            "on": day.isoformat(),
        },
        columns=[*map(_column, ("", "from", "to", "tier")), *_NUMBERS, Column(label="source")],
        cells=[
            [
                "*" * counted,
                str(row["valid_from"]),
                str(row["valid_to"] or ""),
                row["tier"],
                *_amounts(row),
                row["source"] or "",
            ]
            for row, counted in zip(rows, counts, strict=True)
        ],
        keys=(*_KEYS, "counts"),
        rows=[_plain(row) | {"counts": counted} for row, counted in zip(rows, counts, strict=True)],
        notes=[f"Also called {', '.join(aliases)}."] if aliases else [],
    )
    _print(listing, as_json=as_json)


def show_missing(
    *, data: str | None, set_name: str | None, book: str | None, as_json: bool
) -> None:
    """Prints which models of the data have no price, and which have one by assumption only."""
    asked = Asked.of(Question(set_name=set_name, data=data))
    prices = read_prices(book or asked.values["prices"] or PRICES)
    lines = spend_lines(asked.rows, time_zone=asked.values["time_zone"], window=asked.window)
    gaps = price_gaps(lines, prices)
    without = ~pl.col("priced").is_in(HAS_PRICE)
    share = float(gaps.filter(without)["share"].sum())
    models = len(gaps.filter(without).select("provider", "model").unique())
    rows = gaps.to_dicts()
    title = "Every model has a price on its days" + (", some by assumption" if rows else "")
    if models:
        some = f"{models} models have" if models > 1 else "1 model has"
        title = f"{some} no price: {share:.1%} of all tokens, whose cost is unknown"
    listing = Listing(
        title=title,
        facts={"models_without_price": models, "share_of_tokens_without_price": share},
        columns=[
            *map(_column, ("provider", "model", "tier", "priced")),
            *(Column(label=label, number=True) for label in ("requests", "tokens", "share")),
            *map(_column, ("first", "last", "how", "nearest")),
        ],
        cells=[
            [
                row["provider"] or "–",
                row["model"] or "–",
                row["service_tier"] or "–",
                row["priced"],
                f"{row['requests']:,}",
                f"{row['tokens']:,}",
                f"{row['share']:.1%}",
                str(row["first"] or "–"),
                str(row["last"] or "–"),
                row["priced_how"] or "",
                _near(row, prices),
            ]
            for row in rows
        ],
        keys=tuple(gaps.columns),
        rows=[_plain(row) for row in rows],
        notes=(
            ["assay prices import FILE --as-of DAY, or a line in params/prices, fills the gap."]
            if models
            else []
        ),
    )
    _print(listing, as_json=as_json)


def _near(row: Mapping[str, Any], prices: pl.DataFrame) -> str:
    """What the book has that is called nearly so, where it has not this model."""
    if row["priced"] in HAS_PRICE or row["priced_as"] or not row["model"]:
        return ""
    return _meant(row["model"], prices, row["provider"])


def _meant(model: str, prices: pl.DataFrame, provider: str | None) -> str:
    """The name of the book that is nearest, where one is near."""
    said = nearest(model, _names(prices, provider))
    return said if said.startswith("did you mean") else ""


def in_force(prices: pl.DataFrame, day: date) -> pl.DataFrame:
    """The lines that count on a day, one per provider, model and tier at most; standard first."""
    begun = prices.filter(pl.col("valid_from") <= day).sort("valid_from")
    newest = begun.unique(["provider", "model", "tier"], keep="last", maintain_order=True)
    counts = pl.col("valid_to").is_null() | (pl.col("valid_to") >= day)
    other = pl.col("tier") != STANDARD
    return newest.filter(counts).sort("provider", "model", other, "tier")


def day_of(text: str | None, option: str) -> date:
    """A day as it is typed; today where none is.

    Raises:
        ParameterError: where it is no day.
    """
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError(f"{option} {text}, expected a day such as 2026-09-01") from None


def _names(prices: pl.DataFrame, provider: str | None) -> set[str]:
    own = prices.filter(pl.col("provider") == provider) if provider else prices
    rows = (own if len(own) else prices).select("model", "aliases").iter_rows()
    return {name for model, aliases in rows for name in (model, *(aliases or ()))}


def _amounts(row: Mapping[str, Any]) -> list[str]:
    return ["–" if row[name] is None else f"{row[name]:.6g}" for name in _AMOUNTS]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in row.items()
        if name != "currency"
    }


def _print(listing: Listing, *, as_json: bool) -> None:
    say(listed(listing, "json" if as_json else "table"))
