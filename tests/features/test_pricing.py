from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import DataError
from assay.features.pricing import (
    CACHED_AT_INPUT,
    HOUR_UNPRICED,
    NO_AMOUNT,
    NO_DAY,
    NO_MODEL,
    NO_TOKENS,
    PRICED,
    with_list_prices,
)

AMOUNTS = ["input_usd", "cache_read_usd", "cache_write_usd", "output_usd", "request_usd"]


def listed(provider, model, since, **prices):
    """One line of a price list; tokens by the million."""
    line = {
        "provider": provider,
        "model": model,
        "aliases": [],
        "tier": "standard",
        "currency": "USD",
        "valid_from": since,
        "valid_to": None,
        "input_per_mtok": None,
        "cache_read_per_mtok": None,
        "cache_write_per_mtok": None,
        "output_per_mtok": None,
        "batch_factor": None,
        "per_request": None,
        "source": "made up",
    }
    return line | prices


def price_list(*lines):
    numbers = {name: pl.Float64 for name in listed("", "", None) if name.endswith("_per_mtok")}
    kinds = {"batch_factor": pl.Float64, "per_request": pl.Float64, "valid_to": pl.Date}
    return pl.DataFrame(
        list(lines), schema_overrides=numbers | kinds | {"aliases": pl.List(pl.String)}
    )


def used(provider, model, day, tier=None, **tokens):
    kinds = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
    row = {"provider": provider, "model": model, "service_tier": tier, "day": day}
    return row | dict.fromkeys(kinds, 0) | tokens


def rows(*lines):
    return pl.DataFrame(list(lines), schema_overrides={"service_tier": pl.String})


SONNET = {
    "input_per_mtok": 3.0,
    "cache_read_per_mtok": 0.3,
    "cache_write_per_mtok": 3.75,
    "output_per_mtok": 15.0,
    "batch_factor": 0.5,
}
BOOK = price_list(
    listed("anthropic", "claude-3-7-sonnet", date(2025, 2, 24), **SONNET, aliases=["sonnet"]),
    listed("openai", "o3", date(2025, 4, 16), input_per_mtok=10.0, output_per_mtok=40.0),
    listed("openai", "o3", date(2025, 6, 10), input_per_mtok=2.0, output_per_mtok=8.0),
    listed("openai", "o3", date(2025, 8, 1), tier="flex", input_per_mtok=1.0, output_per_mtok=4.0),
    listed("openai", "embed", date(2024, 1, 1), input_per_mtok=0.02),
    listed("openai", "search", date(2024, 1, 1), per_request=0.025),
    listed("openai", "gone", date(2024, 1, 1), valid_to=date(2024, 3, 31), input_per_mtok=1.0),
)


def test_adds_up_to_sums_made_by_hand():
    day = date(2025, 3, 1)
    tokens = {
        "input_tokens": 1200,
        "cache_read_tokens": 10_000,
        "cache_write_tokens": 400,
        "output_tokens": 250,
    }
    got = with_list_prices(
        rows(
            used("anthropic", "claude-3-7-sonnet", day, **tokens),
            used("anthropic", "claude-3-7-sonnet", day, "batch", **tokens),
        ),
        BOOK,
    )
    # 1200 × 3 + 10,000 × 0.30 + 400 × 3.75 + 250 × 15 = 3,600 + 3,000 + 1,500 + 3,750 millionths
    assert got["list_usd"].to_list() == pytest.approx([0.01185, 0.005925], rel=1e-14)
    assert got.row(0, named=True) | {
        "input_usd": 0.0036,
        "cache_read_usd": 0.003,
        "cache_write_usd": 0.0015,
        "output_usd": 0.00375,
        "request_usd": 0.0,
        "priced": PRICED,
        "priced_as": "claude-3-7-sonnet",
        "priced_since": date(2025, 2, 24),
        "priced_how": None,
    } == got.row(0, named=True)
    assert got["priced_how"].to_list() == [None, None]


def test_takes_the_price_of_the_day():
    days = [date(2025, 4, 15), date(2025, 4, 16), date(2025, 6, 9), date(2025, 6, 10), None]
    got = with_list_prices(
        rows(*(used("openai", "o3", day, input_tokens=1_000_000) for day in days)), BOOK
    )
    assert got["list_usd"].to_list() == [None, 10.0, 10.0, 2.0, None]
    assert got["priced"].to_list() == [NO_DAY, PRICED, PRICED, PRICED, NO_DAY]


def test_a_price_that_ended_is_none():
    days = [date(2024, 3, 31), date(2024, 4, 1)]
    got = with_list_prices(rows(*(used("openai", "gone", d, input_tokens=10) for d in days)), BOOK)
    assert got["priced"].to_list() == [PRICED, NO_DAY]


@pytest.mark.parametrize(
    ("model", "tokens", "state"),
    [
        ("unheard-of", {"input_tokens": 5}, NO_MODEL),
        ("unheard-of", {}, NO_MODEL),
        (None, {"input_tokens": 5}, NO_MODEL),
        ("embed", {"input_tokens": 5, "output_tokens": 1}, NO_AMOUNT),
        ("o3", {"input_tokens": None, "output_tokens": None}, NO_TOKENS),
    ],
)
def test_costs_nothing_at_no_price(model, tokens, state):
    """Null, not 0: whoever adds up must see that something is missing."""
    got = with_list_prices(rows(used("openai", model, date(2025, 5, 1), **tokens)), BOOK)
    assert got["priced"].to_list() == [state]
    assert got.select(*AMOUNTS, "list_usd").row(0) == (None,) * 6


def test_cached_tokens_without_a_price_are_told():
    got = with_list_prices(
        rows(used("openai", "o3", date(2025, 7, 1), input_tokens=1, cache_read_tokens=999_999)),
        BOOK,
    )
    assert got["priced"].to_list() == [CACHED_AT_INPUT]
    assert got["list_usd"].to_list() == pytest.approx([2.0], rel=1e-14)


def test_calls_that_cost_by_the_call():
    frame = rows(used("openai", "search", date(2025, 1, 1), input_tokens=None, output_tokens=None))
    assert with_list_prices(frame, BOOK)["list_usd"].to_list() == [0.025]
    many = frame.with_columns(requests=pl.lit(40))
    assert with_list_prices(many, BOOK)["request_usd"].to_list() == [1.0]


def test_a_tier_without_a_line_is_told():
    days = [date(2025, 7, 31), date(2025, 8, 1)]
    got = with_list_prices(
        rows(*(used("openai", "o3", d, "flex", input_tokens=1_000_000) for d in days)), BOOK
    )
    assert got["list_usd"].to_list() == [2.0, 1.0]
    assert got["priced_how"].to_list() == [
        "at the standard price, as there is no line of tier flex",
        None,
    ]
    batch = with_list_prices(rows(used("openai", "o3", days[0], "batch")), BOOK)
    assert "no batch price is known" in batch["priced_how"][0]


def test_stays_lazy_and_says_the_same():
    frame = rows(
        used("openai", "o3", date(2025, 7, 1), input_tokens=7),
        used("openai", "nobody", date(2025, 7, 1)),
    )
    lazy = with_list_prices(frame.lazy(), BOOK)
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect(engine="streaming").equals(with_list_prices(frame, BOOK))
    assert lazy.select("list_usd").collect()["list_usd"].to_list() == pytest.approx([14e-6, None])


def test_no_rows_at_all():
    frame = rows(used("openai", "o3", date(2025, 7, 1))).clear()
    assert with_list_prices(frame, BOOK)["priced"].to_list() == []


def test_another_currency_is_refused():
    with pytest.raises(DataError, match="EUR, expected USD"):
        with_list_prices(
            rows(used("openai", "o3", None)), BOOK.with_columns(currency=pl.lit("EUR"))
        )


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="'model'"):
        with_list_prices(rows(used("openai", "o3", None)).drop("model"), BOOK)


def slow_price(prices, row):
    """The sum of a row's tokens at the newest line that had begun, one line after the other."""
    found = None
    for line in sorted(prices, key=lambda line: line["valid_from"]):
        if line["model"] == row["model"] and line["valid_from"] <= row["day"]:
            found = line
    if found is None or (found["valid_to"] and found["valid_to"] < row["day"]):
        return None
    kinds = ("input", "cache_read", "cache_write", "output")
    return sum(row[f"{kind}_tokens"] * found[f"{kind}_per_mtok"] for kind in kinds) / 1e6


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_agrees_with_looking_line_by_line(data):
    start = date(1969, 12, 1)
    amounts = st.floats(0, 1000).map(lambda x: round(x, 4))
    lines = []
    for model in ("a", "b", "c"):
        days = data.draw(st.lists(st.integers(0, 90), unique=True, max_size=4))
        for n, day in enumerate(sorted(days)):
            last = n + 1 == len(days) and data.draw(st.booleans())
            kinds = ("input", "cache_read", "cache_write", "output")
            told = {f"{kind}_per_mtok": data.draw(amounts) for kind in kinds}
            end = start + timedelta(days=day + 5) if last else None
            lines.append(listed("x", model, start + timedelta(days=day), valid_to=end, **told))
    counts = st.integers(0, 10**9)
    asked = [
        used(
            "x",
            data.draw(st.sampled_from("abcd")),
            start + timedelta(days=data.draw(st.integers(-3, 100))),
            **{
                f"{kind}_tokens": data.draw(counts)
                for kind in ("input", "cache_read", "cache_write", "output")
            },
        )
        for _ in range(8)
    ]
    if not lines:
        return
    got = with_list_prices(rows(*asked), price_list(*lines))
    for row, cost in zip(asked, got["list_usd"], strict=True):
        expected = slow_price(lines, row)
        assert cost == (None if expected is None else pytest.approx(expected, rel=1e-12, abs=1e-15))


def test_a_sum_of_rows_costs_what_the_rows_cost():
    """Cost is linear in tokens: lines may be priced instead of rows."""
    days = [date(2025, 6, 8 + n % 5) for n in range(60)]
    frame = rows(
        *(
            used(
                "openai",
                "o3",
                day,
                ["batch", "flex", None][n % 3],
                input_tokens=17 * n,
                output_tokens=n,
            )
            for n, day in enumerate(days)
        )
    )
    keys = ["provider", "model", "service_tier", "day"]
    sums = frame.group_by(keys).agg(pl.col("^.*_tokens$").sum(), requests=pl.len())
    each, summed = with_list_prices(frame, BOOK), with_list_prices(sums, BOOK)
    assert summed["list_usd"].sum() == pytest.approx(each["list_usd"].sum(), rel=1e-12)


def test_what_is_cached_for_an_hour_has_its_own_price():
    since = date(2026, 1, 1)
    kinds = {"input_per_mtok": 3.0, "cache_write_per_mtok": 3.75, "output_per_mtok": 15.0}
    prices = price_list(
        listed("anthropic", "kept", since, **kinds, cache_write_1h_per_mtok=6.0, batch_factor=0.5),
        listed("anthropic", "plain", since, **kinds, cache_write_1h_per_mtok=None),
    )
    some = {"cache_write_tokens": 1_000_000, "cache_write_1h_tokens": 400_000}
    asked = rows(
        used("anthropic", "kept", since, **some),
        used("anthropic", "kept", since, tier="batch", **some),
        used("anthropic", "plain", since, **some),
        used("anthropic", "plain", since, **some | {"cache_write_1h_tokens": None}),
    )
    found = with_list_prices(asked, prices)
    assert found["cache_write_usd"].to_list() == pytest.approx(
        [0.6 * 3.75 + 0.4 * 6.0, (0.6 * 3.75 + 0.4 * 6.0) / 2, 3.75, 3.75]
    )
    assert found["priced_how"].to_list() == [None, None, HOUR_UNPRICED, None]
    whole = with_list_prices(asked.drop("cache_write_1h_tokens"), prices)
    assert whole["cache_write_usd"].to_list() == pytest.approx([3.75, 3.75 / 2, 3.75, 3.75])
