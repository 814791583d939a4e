"""The price book at the command line."""

import json
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest

from assay.app.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def prices(tmp_path, monkeypatch, capsys):
    """Runs `assay prices …` in a project that has the book which comes with Assay."""
    shutil.copytree(ROOT / "params/prices", tmp_path / "params/prices")
    (tmp_path / "assay.toml").write_text("[project]\nname = 'Prices'\n")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["assay", "prices", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        told = capsys.readouterr()
        assert stopped.value.code == code, told.err
        return told.out if code == 0 else told.err

    return call


def test_lists_what_counts_on_a_day(prices):
    found = json.loads(prices("list", "--provider", "openai", "--on", "2024-09-30", "--json"))
    by_model = {row["model"]: row for row in found["rows"]}
    assert by_model["gpt-4o"]["input_per_mtok"] == 5.0
    assert "o3" not in by_model
    told = prices("list", "--provider", "openai", "--on", "2024-09-30")
    assert f"{found['models']} models with a price on 2024-09-30" in told
    assert f"{found['models_without_price']} more models have no price on that day" in told
    assert "did you mean 'openai'?" in prices("list", "--provider", "opnai", code=2)
    assert "expected a day" in prices("list", "--on", "soon", code=2)


def test_shows_a_model_and_how_it_was_found(prices):
    asked = ("show", "claude-3-5-haiku@20241022", "--provider", "vertex_ai", "--on", "2024-11-15")
    found = json.loads(prices(*asked, "--json"))
    assert found["model"] == "claude-3-5-haiku-20241022"
    assert found["how"] == "at anthropic's price, as vertex_ai has no line"
    assert [(row["input_per_mtok"], row["counts"]) for row in found["rows"]] == [
        (1.0, True),
        (0.8, False),
    ]
    assert "as announced by Anthropic" in prices(*asked)
    assert "None counts on 2020-01-01" in prices("show", "gpt-4o", "--on", "2020-01-01")
    told = prices("show", "gpt-4p", code=2)
    assert "no price of 'gpt-4p'" in told
    assert "did you mean" in told


def test_merges_a_table_and_tells_before(prices, tmp_path):
    row = {"litellm_provider": "openai", "mode": "chat"}
    table = {
        "gpt-4o": row | {"input_cost_per_token": 2e-6, "output_cost_per_token": 8e-6},
        "gpt-9": row | {"input_cost_per_token": 1e-6, "output_cost_per_token": 4e-6},
        "gpt-free": row | {"input_cost_per_token": 0, "output_cost_per_token": 0},
    }
    (tmp_path / "table.json").write_text(json.dumps(table))
    asked = ("import", "table.json", "--as-of", "2026-11-01")
    before = (tmp_path / "params/prices/openai.yaml").read_text()
    told = prices(*asked, "--dry-run")
    assert "new prices: 1 of models in the book, 1 of others; as in the book: 0" in told
    assert "2.5/10, cache read 1.25 → 2/8" in told
    assert "openai/gpt-free  all prices are 0" in told
    assert "openai.yaml would get new lines" in told
    assert (tmp_path / "params/prices/openai.yaml").read_text() == before
    found = json.loads(prices(*asked, "--json"))
    assert found["written"] == ["openai.yaml"]
    assert found["changed"][0]["old"]["input"] == 2.5
    assert found["held_back"] == [
        {
            "provider": "openai",
            "model": "gpt-free",
            "reason": "all prices are 0: free, or not known to the table",
        }
    ]
    shown = json.loads(prices("show", "gpt-4o", "--on", "2026-11-01", "--json"))
    assert [row["input_per_mtok"] for row in shown["rows"] if row["counts"]] == [2.0, 4.25]
    assert "the price book stays as it is" in prices(*asked)
    assert "cannot be read" in prices("import", "none.json", "--as-of", "2026-11-01", code=3)


def test_names_what_the_data_lack(prices, tmp_path):
    (tmp_path / "params/cost.yaml").write_text(
        "sets:\n  ours:\n    data: log.parquet\n    prices: params/prices\n"
    )
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks/30-cost.ipynb", tmp_path / "notebooks")
    rows = {
        "occurred_at": ["2026-03-02T12:00:00Z"] * 3,
        "provider": ["openai", "azure", "openai"],
        "model": ["gpt-4o", "gpt-4o", "gpt-4p"],
        "service_tier": ["standard"] * 3,
        "input_tokens": [600, 300, 100],
        "output_tokens": [0, 0, 0],
    }
    log = pl.DataFrame(rows).with_columns(pl.col("occurred_at").str.to_datetime(time_zone="UTC"))
    log.write_parquet(tmp_path / "log.parquet")
    found = json.loads(prices("missing", "--json"))
    assert found["models_without_price"] == 1
    assert found["share_of_tokens_without_price"] == pytest.approx(0.1)
    assert [(row["model"], row["priced"], row["priced_how"]) for row in found["rows"]] == [
        ("gpt-4o", "priced", "at openai's price, as azure has no line"),
        ("gpt-4p", "no price of this model", None),
    ]
    told = prices("missing")
    assert "1 model has no price: 10.0% of all tokens, whose cost is unknown" in told
    assert "did you mean 'gpt-4'?" in told
    log.head(1).write_parquet(tmp_path / "log.parquet")
    assert prices("missing").startswith("Every model has a price on its days")
