"""Caching: the published share of a public trace, and money against sums by hand."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from assay.analysis.costs.opportunities.find import find_opportunities
from data.adapters.log_files import LogFile, read_all
from data.adapters.test_table import MAPPINGS, valid_rows

START = datetime(2026, 6, 1, tzinfo=UTC)
PRICES = pl.DataFrame(
    {
        "provider": ["a"],
        "model": ["m"],
        "aliases": [[]],
        "tier": ["standard"],
        "currency": ["USD"],
        "valid_from": [date(2026, 1, 1)],
        "input_per_mtok": [1.0],
        "cache_read_per_mtok": [0.1],
        "cache_write_per_mtok": [1.25],
        "output_per_mtok": [5.0],
        "batch_factor": [0.5],
        "per_request": [None],
        "source": ["test"],
    },
    schema_overrides={"aliases": pl.List(pl.String), "per_request": pl.Float64},
)


def test_a_public_trace_has_its_known_share_and_loses_it_in_small_caches(shared_data: Path) -> None:
    """37.4 % of 144.8 M tokens: shared/data/NOTES.md, counted there from the trace's own hashes."""
    log = shared_data / "llm/mooncake/conversation_trace.jsonl.gz"
    (chunk,) = read_all(
        LogFile(log, "JSON lines", log.name), "table", mapping=MAPPINGS / "mooncake.yaml"
    )
    found = find_opportunities(valid_rows(chunk).lazy(), PRICES)
    told = found.caching
    assert told is not None
    assert (told.requests, told.block) == (12_031, 512)
    assert (round(told.tokens / 1e6, 1), round(told.seen, 3)) == (144.8, 0.374)
    for course in (told.sizes, told.times):
        shares = [one.share for one in course]
        assert shares == sorted(shares)
        assert shares[-1] == pytest.approx(told.seen)
    assert told.times[0].share < 0.1 < told.times[2].share < 0.3
    (caching,) = found.found
    assert (caching.state, caching.saving) == ("not enough data", None)
    assert "no price" in caching.reason


def rows(gap: timedelta, *, per_day: int = 40, days: int = 56, write: int = 0) -> pl.DataFrame:
    at = [
        START + timedelta(days=day) + gap * call for day in range(days) for call in range(per_day)
    ]
    n = len(at)
    return pl.DataFrame(
        {
            "interaction_id": [f"i{i}" for i in range(n)],
            "occurred_at": at,
            "user_id": [f"u{i * 7919 % 400}" for i in range(n)],
            "agent_id": ["helper"] * n,
            "provider": ["a"] * n,
            "model": ["m"] * n,
            "input_tokens": [2500 - write] * n,
            "cache_write_tokens": [write] * n,
            "output_tokens": [10] * n,
            "prefix_hash": [None if i % 10 == 9 else "h" for i in range(n)],
        }
    ).with_columns(
        cache_write_tokens=pl.when(pl.int_range(pl.len()) == 0)
        .then(2000)
        .otherwise("cache_write_tokens")
    )


def test_the_saving_is_reads_less_writes_at_the_prices_of_the_list() -> None:
    """Nine in ten calls share 2,000 tokens; all but the first of a day find them in the cache."""
    found = find_opportunities(rows(timedelta(minutes=1)).lazy(), PRICES)
    (one,) = [one for one in found.found if one.kind == "caching"]
    hits, misses = 56 * 36 - 56, 56
    by_hand = hits * 2000 * (1.0 - 0.1) - (misses - 1) * 2000 * (1.25 - 1.0)
    assert one.saving is not None
    assert one.saving.value == pytest.approx(by_hand / 1e6 / 56 * 365.2425 / 12)
    assert one.state == "advised"
    assert one.trial is not None


def test_starts_that_are_rarely_used_again_are_no_saving() -> None:
    """Every start is written anew, at a surcharge: caching would cost more."""
    found = find_opportunities(rows(timedelta(minutes=20)).lazy(), PRICES)
    (one,) = [one for one in found.found if one.kind == "caching"]
    assert one.state == "no evidence"
    assert one.saving is not None
    assert one.saving.high is not None
    assert one.saving.high < 0
