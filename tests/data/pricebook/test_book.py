"""The price book that comes with Assay."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from assay.data.pricebook import read_prices
from assay.features.pricing import PriceList, with_list_prices

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def book():
    return read_prices(ROOT / "params" / "prices")


@pytest.fixture(scope="module")
def messages(shared_data, book):
    """A public usage log whose costs were charged at the prices of the day."""
    events = pl.read_csv(
        shared_data / "llm" / "aider" / "aider_events.csv", infer_schema_length=None
    )
    rows = events.filter(pl.col("event") == "message_send").select(
        provider=pl.lit(None, pl.String),
        model="main_model",
        day=pl.col("timestamp").str.slice(0, 10).str.to_date(),
        input_tokens="prompt_tokens",
        output_tokens="completion_tokens",
        cost_usd="cost",
    )
    priced = with_list_prices(rows, book)
    off = (pl.col("list_usd") - pl.col("cost_usd")).abs()
    return priced.with_columns(agrees=off <= 0.01 * pl.col("cost_usd"))


def test_has_the_models_of_the_main_providers(book):
    current = book.filter(pl.col("valid_to").is_null()).select("provider", "model").unique()
    assert len(current) >= 200
    makers = ["openai", "anthropic", "gemini", "deepseek", "mistral", "xai", "cohere"]
    own = current.filter(pl.col("provider").is_in(makers))
    assert len(own) >= 100
    assert set(own["provider"]) == set(makers)
    assert (book["source"].str.len_chars() > 20).all()


# Announcements of the providers: OpenAI 2024-10-02 and 2025-06-10, DeepSeek 2025-09-29,
# Anthropic 2024-12-03, Mistral AI 2024-09-17.
@pytest.mark.parametrize(
    ("model", "day", "prices"),
    [
        ("gpt-4o", date(2024, 10, 1), (5.0, 15.0)),
        ("gpt-4o", date(2024, 10, 2), (2.5, 10.0)),
        ("o3", date(2025, 6, 9), (10.0, 40.0)),
        ("o3-2025-04-16", date(2025, 6, 10), (2.0, 8.0)),
        ("deepseek-chat", date(2025, 9, 29), (0.28, 0.42)),
        ("claude-3-5-haiku-latest", date(2024, 12, 2), (1.0, 5.0)),
        ("claude-3-5-haiku@20241022", date(2024, 12, 3), (0.8, 4.0)),
        ("mistral-large-latest", date(2024, 9, 17), (2.0, 6.0)),
    ],
)
def test_knows_what_changed_when(book, model, day, prices):
    million = pl.DataFrame(
        {
            "provider": [None],
            "model": [model],
            "day": [day],
            "input_tokens": [1_000_000],
            "output_tokens": [1_000_000],
        },
        schema_overrides={"provider": pl.String},
    )
    got = with_list_prices(million, book)
    assert got.select("input_usd", "output_usd").row(0) == prices


def test_reproduces_what_was_logged(messages):
    """Of messages of models in the book; the log's own list was late for the others."""
    in_book = messages.filter(pl.col("list_usd").is_not_null())
    assert len(in_book) > 5000
    assert in_book["agrees"].mean() > 0.975
    assert in_book.filter(pl.col("cost_usd") > 0)["agrees"].mean() > 0.97


def test_a_source_that_names_the_log_is_right(book, messages):
    seen = messages.filter("agrees").select("priced_as", "priced_since").unique()
    told = book.filter(pl.col("source").str.contains("costs in aider's log"))
    assert len(told) >= 30
    unseen = told.join(
        seen, left_on=["model", "valid_from"], right_on=["priced_as", "priced_since"], how="anti"
    )
    assert unseen.select("provider", "model", "valid_from").rows() == []


def test_every_name_leads_to_its_own_model(book):
    listed = PriceList.of(book)
    for provider, model, aliases in book.select("provider", "model", "aliases").iter_rows():
        for name in (model, f"{provider}/{model}", *aliases):
            found = listed.model(provider, name)
            assert found is not None, name
            assert (found.provider, found.model, found.how) == (provider, model, ""), name


def test_no_tier_of_long_prompts_is_cheaper_than_the_standard_of_its_days(book):
    kinds = ("input", "cache_read", "cache_write", "cache_write_1h", "output")
    keys = ["provider", "model"]
    standard = book.filter(pl.col("tier") == "standard").sort("valid_from")
    long = book.filter(pl.col("tier").str.starts_with("above-")).sort("valid_from")
    both = long.join_asof(standard, on="valid_from", by=keys, check_sortedness=False)
    assert both.height > 20
    for kind in kinds:
        name = f"{kind}_per_mtok"
        cheaper = both.filter(pl.col(name) < pl.col(f"{name}_right"))
        assert cheaper.select(*keys, "valid_from").rows() == [], kind


def test_an_hour_in_claudes_cache_costs_twice_the_input(book):
    """As Anthropic's page on prompt caching has it: 1.25 times the input for five minutes."""
    own = book.filter(pl.col("provider") == "anthropic", pl.col("cache_write_per_mtok") > 0)
    assert own.height > 20
    assert (own["cache_write_1h_per_mtok"] == 2 * own["input_per_mtok"]).all()
