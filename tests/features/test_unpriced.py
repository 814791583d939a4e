from datetime import date

import polars as pl

from assay.features.pricing import NO_MODEL, PRICED
from assay.features.unpriced import price_gaps


def test_tells_the_share_of_tokens_without_a_price():
    line = {"provider": "acme", "service_tier": "standard", "cache_read_tokens": 0}
    rows = [
        line | {"model": "known", "input_tokens": 600, "requests": 3},
        line | {"model": "known", "input_tokens": 100, "requests": 1, "service_tier": "fast"},
        line | {"model": "new", "input_tokens": 200, "cache_read_tokens": 100, "requests": 2},
    ]
    days = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)]
    lines = pl.DataFrame(rows).with_columns(
        day=pl.Series(days), cache_write_tokens=pl.lit(0), output_tokens=pl.lit(0)
    )
    prices = pl.DataFrame(
        {
            "provider": ["acme"],
            "model": ["known"],
            "aliases": [[]],
            "tier": ["standard"],
            "currency": ["USD"],
            "valid_from": [date(2025, 1, 1)],
            "input_per_mtok": [1.0],
            "cache_read_per_mtok": [None],
            "cache_write_per_mtok": [None],
            "output_per_mtok": [2.0],
            "batch_factor": [None],
            "per_request": [None],
        },
        schema_overrides={"aliases": pl.List(pl.String)},
    )
    gaps = price_gaps(lines, prices)
    assert gaps.select("model", "priced", "requests", "tokens", "share").rows() == [
        ("new", NO_MODEL, 2, 300, 0.3),
        ("known", PRICED, 1, 100, 0.1),
    ]
    assert gaps["priced_how"].to_list() == [
        None,
        "at the standard price, as there is no line of tier fast",
    ]
    assert price_gaps(lines.clear(), prices).height == 0
