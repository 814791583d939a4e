"""What it costs: the price list, what each call cost at the price of its day, other expenses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.data.simulate import platform as p

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRICE_SOURCE: Final = "LiteLLM price table, 2026-07-24"
CUT_SOURCE: Final = "invented for the sample"
_LISTED: Final = date(2026, 1, 1)
_TOKENS: Final = {
    "input_tokens": "input",
    "cache_read_tokens": "cache_read",
    "cache_write_tokens": "cache_write",
    "output_tokens": "output",
}


def prices() -> pl.DataFrame:
    """The price list: every model from the start, and the cut of one of them."""
    cut = [model for model in p.MODELS if model.name == p.CHANGED_MODEL]
    rows = [_price(model, _LISTED, 1.0, PRICE_SOURCE) for model in p.MODELS]
    rows += [_price(model, p.PRICE_CHANGE, p.PRICE_RATIO, CUT_SOURCE) for model in cut]
    return pl.DataFrame(
        rows, schema_overrides={"per_request": pl.Float64, "valid_to": pl.Date}
    ).sort("provider", "model", "valid_from")


def _price(model: p.Model, since: date, factor: float, source: str) -> dict[str, object]:
    def of(price: float | None) -> float | None:
        return None if price is None else round(price * factor, 6)

    return {
        "provider": model.provider,
        "model": model.name,
        "aliases": [f"{model.provider}/{model.name}"],
        "tier": "standard",
        "currency": "USD",
        "valid_from": since,
        "valid_to": None,
        "input_per_mtok": of(model.input),
        "cache_read_per_mtok": of(model.cache_read),
        "cache_write_per_mtok": of(model.cache_write),
        "output_per_mtok": of(model.output),
        "batch_factor": model.batch_factor,
        "per_request": None,
        "source": source,
    }


def cost_usd(rows: pl.DataFrame) -> NDArray[np.float64]:
    """What each interaction cost at the price of its day; failed and cached ones cost nothing."""
    model = rows["model"].to_numpy()
    total = np.zeros(len(rows))
    for tokens, price in _TOKENS.items():
        per_mtok = np.array([getattr(m, price) or 0.0 for m in p.MODELS])
        total += rows[tokens].to_numpy() * per_mtok[model] / 1e6
    after = rows["at"].to_numpy() >= p.day_number(p.PRICE_CHANGE) * 86400
    cut = after & (model == p.MODEL_NAMES.index(p.CHANGED_MODEL))
    batch = np.array([m.batch_factor or 1.0 for m in p.MODELS])[model]
    total *= np.where(cut, p.PRICE_RATIO, 1.0) * np.where(rows["batch"].to_numpy(), batch, 1.0)
    return np.round(total, 8)


def expenses(rng: np.random.Generator) -> pl.DataFrame:
    """Bills that are no model calls: daily infrastructure, monthly people, licences, data."""
    days = [p.START + timedelta(days=n) for n in range(p.DAYS)]
    months = [day for day in days if day.day == 1]
    growth = 1 + 0.35 * np.arange(p.DAYS) / p.DAYS
    daily = np.round(84 * growth * rng.lognormal(0.0, 0.06, p.DAYS), 2)
    rows: list[tuple[str, date, float, str, str | None]] = [
        ("infrastructure", day, amount, "platform", None)
        for day, amount in zip(days, daily.tolist(), strict=True)
    ]
    for day in months:
        rows += [
            ("people", day, 21_500.0, "support", p.CONCIERGE),
            ("people", day, 34_000.0, "platform", None),
            ("licences", day, round(1_900.0 + float(rng.normal(0, 60)), 2), "platform", None),
            ("data", day, 1_250.0, "research", p.RESEARCHER),
        ]
    rows.append(("infrastructure", days[100], -640.0, "platform", None))
    columns = ["category", "day", "amount", "owner", "agent_id"]
    frame = pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)
    return frame.with_columns(currency=pl.lit("USD")).sort("day", "category", "owner", "amount")
