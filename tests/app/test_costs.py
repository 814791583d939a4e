"""Costs at the command line."""

import csv
import json
import shutil
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from assay.app.cli import main

ROOT = Path(__file__).parents[2]
DAYS = 60
BUDGETS = """budgets:
  - {name: all, amount: 100}
  - {name: ann's, amount: 10, for: {agent_id: ann}}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two calls a day for sixty days: one logged at $2, one of a model without cost and price."""
    root = tmp_path_factory.mktemp("costs")
    start = datetime(2026, 3, 2, 12, tzinfo=UTC)
    rows = [
        {
            "interaction_id": f"{model}{n}",
            "occurred_at": start + timedelta(days=n),
            "agent_id": "ann" if n % 2 else "bob",
            "provider": "acme",
            "model": model,
            "service_tier": "standard",
            "input_tokens": 1000,
            "output_tokens": 100,
            "cost_usd": cost,
            "succeeded": True,
            "user_id": f"u{n % 7}",
        }
        for n in range(DAYS)
        for model, cost in (("known", 2.0), ("new", None))
    ]
    pl.DataFrame(rows).write_parquet(root / "log.parquet")
    price = {
        "provider": "acme",
        "model": "known",
        "aliases": [],
        "tier": "standard",
        "currency": "USD",
        "valid_from": date(2026, 1, 1),
        "input_per_mtok": 1000.0,
        "cache_read_per_mtok": None,
        "cache_write_per_mtok": None,
        "output_per_mtok": 10_000.0,
        "batch_factor": None,
        "per_request": None,
        "source": "test",
    }
    floats = ("cache_read_per_mtok", "cache_write_per_mtok", "batch_factor", "per_request")
    pl.DataFrame(
        [price],
        schema_overrides=dict.fromkeys(floats, pl.Float64) | {"aliases": pl.List(pl.String)},
    ).write_parquet(root / "prices.parquet")
    (root / "assay.toml").write_text("[project]\nname = 'Costs'\n")
    (root / "params").mkdir()
    (root / "params/cost.yaml").write_text(
        "sets:\n  ours:\n    data: log.parquet\n    prices: null\n"
        "  priced:\n    data: log.parquet\n    prices: prices.parquet\n"
        "  told:\n    data: log.parquet\n    prices: null\n    window: {from: 2026-03-09}\n"
    )
    (root / "params/budgets.yaml").write_text(BUDGETS)
    (root / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks/30-cost.ipynb", root / "notebooks")
    return root


@pytest.fixture
def cost(project, monkeypatch, capsys):
    monkeypatch.chdir(project)

    def call(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["assay", "cost", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        assert stopped.value.code == code
        said = capsys.readouterr()
        return said.err if code else said.out

    return call


def test_history_has_the_same_numbers_in_every_form(cost):
    asked = ("history", "--days", "3", "--by", "model", "--by", "agent_id")
    told = json.loads(cost(*asked, "--format", "json"))
    assert (told["first"], told["last"], told["usd"]) == ("2026-04-28", "2026-04-30", 6.0)
    assert told["rows"][0] == {
        "first": "2026-04-28",
        "last": "2026-04-28",
        "model": "known",
        "agent_id": "ann",
        "requests": 1,
        "tokens": 1100,
        "usd": 2.0,
        "unknown": 0,
    }
    rows = list(csv.DictReader(cost(*asked, "--format", "csv").splitlines()))
    assert [{k: str(v) for k, v in row.items()} for row in told["rows"]] == rows
    table = cost(*asked)
    assert table.startswith("$6.00 for six requests, 28 to 30\N{NO-BREAK SPACE}April")
    assert "Three requests have neither a logged cost nor a price" in table
    assert cost(*asked, "--format", "md").count("\n| ") == 2 + 6


def test_months_and_weeks_are_those_of_the_calendar_cut_to_the_days_asked_for(cost):
    months = json.loads(cost("history", "--every", "month", "--format", "json"))["rows"]
    assert [(one["first"], one["last"], one["usd"]) for one in months] == [
        ("2026-03-02", "2026-03-31", 60.0),
        ("2026-04-01", "2026-04-30", 60.0),
    ]
    weeks = json.loads(
        cost("history", "--every", "week", "--from", "2026-04-29", "--format", "json")
    )
    assert [(one["first"], one["usd"]) for one in weeks["rows"]] == [("2026-04-29", 4.0)]


def test_a_set_says_which_days_count_unless_they_are_typed(cost):
    told = json.loads(cost("history", "--set", "told", "--every", "month", "--format", "json"))
    assert told["first"] == "2026-03-09"
    told = json.loads(
        cost("history", "--set", "told", "--from", "2026-03-05", "--days", "2", "--format", "json")
    )
    assert (told["first"], told["last"]) == ("2026-03-05", "2026-03-06")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--by", "modle"], 2, "did you mean 'model'?"),
        (["--set", "theirs"], 2, "has no set 'theirs'"),
        (["--format", "xml"], 2, "one of table, json, csv, md"),
        (["--every", "year"], 2, "expected one of day, week, month"),
        (["--from", "2026-03-02T08:00"], 2, "expected a day such as 2026-09-01"),
        (["--from", "2026-03-09", "--to", "2026-03-02"], 2, "comes before the first, 2026-03-09"),
        (["--from", "2026-03-02", "--to", "2026-03-09", "--days", "3"], 2, "leave one of them out"),
        (["--from", "2026-05-01", "--days", "31"], 3, "run from 2026-03-02 to 2026-04-30"),
        (["--data", "nothing.parquet"], 3, "no file nothing.parquet"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_reason(cost, arguments, code, message):
    assert message in cost("history", *arguments, code=code)


def test_a_forecast_tells_the_days_asked_for_and_this_and_the_next_month(cost):
    told = json.loads(cost("forecast", "--days", "4", "--by", "agent_id", "--format", "json"))
    totals = [one for one in told["rows"] if one["kind"] == "total"]
    assert [(one["label"], one["first"], one["last"]) for one in totals] == [
        ("4 days", "2026-05-01", "2026-05-04"),
        ("this month", "2026-05-01", "2026-05-31"),
        ("next month", "2026-06-01", "2026-06-30"),
    ]
    assert [one["usd"] for one in totals] == pytest.approx([8.0, 62.0, 60.0])
    parts = [one for one in told["rows"] if one["kind"] == "part"]
    assert sum(one["usd"] for one in parts) == pytest.approx(60)
    assert [one["first"] for one in told["rows"] if one["kind"] == "day"] == [
        f"2026-05-0{n}" for n in range(1, 5)
    ]
    assert "$62.00" in cost("forecast")


def test_budgets_are_told_with_who_uses_them(cost):
    asked = ("budget", "--to", "2026-04-15", "--by", "agent_id")
    told = json.loads(cost(*asked, "--format", "json"))["rows"]
    states = {one["name"]: (one["spent"], one["state"]) for one in told if one["state"]}
    assert states == {"all": (30.0, "on track"), "ann's": (14.0, "exceeded")}
    shares = {(one["name"], one["whom"]): one["spent"] for one in told if not one["state"]}
    assert shares == {
        ("all", "agent_id ann"): 14.0,
        ("all", "agent_id bob"): 16.0,
        ("ann's", "agent_id ann"): 14.0,
    }
    assert "exceeded" in cost(*asked)


def test_budgets_of_nothing_that_is_there_are_refused(cost, project):
    (project / "wrong.yaml").write_text("budgets: [{name: x, amount: 1, for: {agent: ann}}]\n")
    assert "names 'agent', and the data have no such column" in cost(
        "budget", "--budgets", "wrong.yaml", code=2
    )
    assert "there is no missing.yaml" in cost("budget", "--budgets", "missing.yaml", code=2)


def test_a_breakdown_has_shares_and_ratios_by_the_columns_asked_for(cost):
    told = json.loads(cost("breakdown", "--by", "agent_id", "--days", "20", "--format", "json"))
    assert (told["usd"], told["requests"], told["unit"]) == (40.0, 40, "user")
    # Seven users are fewer than the ten that a group must stand for: they are told together.
    assert [(one["kind"], one["usd"], one["share"]) for one in told["rows"]] == [
        ("others", 40.0, 1.0)
    ]
    assert told["rows"][0]["per success"] == pytest.approx(2.0)
    assert "fewer than 10 users" in cost("breakdown", "--by", "agent_id", "--days", "20")
    header = cost("breakdown", "--format", "csv").splitlines()[0]
    assert header.startswith("column,name,kind,requests")


def test_anomalies_tell_whose_they_are_and_only_the_command_lists_ids(cost, project):
    log = pl.read_parquet(project / "log.parquet").filter(pl.col("model") == "known")
    cents = pl.int_range(pl.len()) * 7 % 13
    log = log.with_columns(agent_id=pl.lit("ann"), cost_usd=1.94 + cents / 100)
    # Three calls of about $2 a day; on the forty-first day one user more makes ninety.
    many = pl.concat([log.with_columns(user_id=pl.lit(f"u{n}")) for n in range(3)])
    mine = log.filter(pl.col("interaction_id") == "known40").with_columns(user_id=pl.lit("u99"))
    pl.concat([many, *[mine] * 90]).write_parquet(project / "odd.parquet")
    asked = ("anomalies", "--by", "agent_id", "--data", "odd.parquet")
    told = json.loads(cost(*asked, "--format", "json"))
    (row,) = told["rows"]
    assert (row["kind"], row["first"], row["where"]) == ("day", "2026-04-11", "")
    assert (row["seen"], row["excess"]) == pytest.approx((186, 180), rel=0.02)
    assert (row["shape"], row["users"], row["new"], row["made"]) == ("one user", None, 1, 90)
    assert row["one"] == pytest.approx(1, abs=0.02)
    table = cost(*asked)
    assert "One user makes" in table
    assert "u99" not in table + str(told)
    users = list(csv.DictReader(cost(*asked, "--users", "--format", "csv").splitlines()))
    assert (users[0]["user_id"], users[0]["calls"]) == ("u99", "90")
    assert float(users[0]["usd"]) == pytest.approx(90 * mine["cost_usd"].item())
    log.drop("user_id").write_parquet(project / "nobody.parquet")
    nobody = ("anomalies", "--data", "nobody.parquet", "--users")
    assert "the data have no column 'user_id'" in cost(*nobody, code=3)
    assert "No day and no new level stands out" in cost(*nobody[:-1])


def test_opportunities_need_prices_and_say_where_there_is_no_evidence(cost):
    assert "opportunities need prices" in cost("opportunities", code=2)
    told = json.loads(cost("opportunities", "--set", "priced", "--format", "json"))
    assert told["together"] is None
    assert {one["state"] for one in told["rows"]} <= {"no evidence", "not enough data"}
    table = cost("opportunities", "--set", "priced", "--by", "agent_id")
    assert table.startswith("No evidence of a saving; ")
    assert "one of agent_id, provider, model, service_tier" in cost(
        "opportunities", "--set", "priced", "--by", "user_id", code=2
    )


def test_times_without_a_zone_are_read_as_utc_and_it_is_said(project, monkeypatch, capsys):
    monkeypatch.chdir(project)
    log = pl.read_parquet(project / "log.parquet")
    plain = log.with_columns(pl.col("occurred_at").dt.replace_time_zone(None))
    plain.write_parquet(project / "plain.parquet")
    monkeypatch.setattr(
        sys, "argv", ["assay", "cost", "history", "--data", "plain.parquet", "--days", "1"]
    )
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr()
    assert "occurred_at has no time zone: its times are taken to be UTC" in said.err
    assert said.out.startswith("$2.00")


def test_other_data_go_with_the_price_book_of_the_project(cost, project):
    book = project / "params/prices"
    book.mkdir()
    (book / "acme.yaml").write_text(
        "provider: acme\nsources: {file: by hand}\nmodels:\n"
        "  new:\n    prices:\n      - {from: 2026-01-01, input: 500, output: 5000}\n"
    )
    try:
        asked = ("history", "--days", "1", "--by", "model", "--format", "json")
        found = json.loads(cost(*asked, "--data", "log.parquet"))
        of_set = json.loads(cost(*asked, "--data", "log.parquet", "--set", "ours"))
    finally:
        shutil.rmtree(book)
    assert {row["model"]: row["usd"] for row in found["rows"]} == {"known": 2.0, "new": 1.0}
    assert {row["model"]: row["unknown"] for row in of_set["rows"]} == {"known": 0, "new": 1}


def test_a_file_that_nobody_mapped_is_refused_with_what_to_do(cost, tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text("instance,model,total_cost\na,gpt-4o,0.1\n")
    said = cost("history", "--data", str(file), code=3)
    assert "has no column 'occurred_at'" in said
    assert "assay import FILE --mapping" in said


def test_days_without_an_end_are_told_as_such(cost):
    assert "no interaction from 2030-01-01 on" in cost("history", "--from", "2030-01-01", code=3)
