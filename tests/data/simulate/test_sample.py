"""The sample keeps its own rules, is the same for the same seed, and holds the truths it states."""

import hashlib
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from assay.core.errors import DataError
from assay.data.read import read
from assay.data.simulate import write, write_sample
from assay.data.simulate.streams import Streams
from assay.schema import TABLES


def table(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet")


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }


@pytest.mark.parametrize("name", TABLES)
def test_every_table_keeps_its_own_rules(sample_folder: Path, name: str) -> None:
    checked = read(sample_folder / f"{name}.parquet", table=name, max_rejected=0.0)
    assert checked.source.rows > 0
    assert checked.valid.collect().equals(table(sample_folder, name))


def test_the_folder_holds_every_table_and_the_truths(sample_folder: Path) -> None:
    names = {f"{name}.parquet" for name in TABLES}
    assert {p.name for p in sample_folder.iterdir()} == names | {
        "greeting_users.parquet",
        "reviews.parquet",
        "truth.json",
    }


def test_the_same_seed_gives_the_same_bytes_on_one_thread_too(
    sample_folder: Path, tmp_path: Path
) -> None:
    build = "import sys, pathlib; from assay.data.simulate import write_sample; "
    subprocess.run(
        [sys.executable, "-c", build + "write_sample(pathlib.Path(sys.argv[1]))", tmp_path / "one"],
        check=True,
        env=os.environ | {"POLARS_MAX_THREADS": "1"},
    )
    assert fingerprint(tmp_path / "one") == fingerprint(sample_folder)


def test_another_seed_gives_other_rows(sample_folder: Path, tmp_path: Path) -> None:
    write_sample(tmp_path / "other", seed=7)
    ours, others = fingerprint(sample_folder), fingerprint(tmp_path / "other")
    assert {name for name in ours if ours[name] == others[name]} <= {
        "learners.parquet",
        "prices.parquet",
        "roles.parquet",
        "versions.parquet",
    }


def test_a_stream_does_not_depend_on_the_others() -> None:
    alone = Streams(1)("calls").random(3)
    streams = Streams(1)
    streams("sessions").random(10)
    assert streams("calls").random(3).tolist() == alone.tolist()
    assert streams("scores").random(3).tolist() != alone.tolist()


def test_a_build_that_breaks_off_leaves_the_old_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample" / "truth.json").touch()
    (tmp_path / "sample" / "old.parquet").touch()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(write, "sample", lambda _: {"roles": pl.DataFrame({"role": ["x"]})})
    with monkeypatch.context() as broken:
        broken.setattr(write, "_write", full)
        with pytest.raises(OSError, match="no space"):
            write_sample(tmp_path / "sample")
    assert {path.name for path in tmp_path.rglob("*")} == {"sample", "truth.json", "old.parquet"}
    write_sample(tmp_path / "sample")
    assert {path.name for path in tmp_path.rglob("*")} == {"sample", "roles.parquet", "truth.json"}


def test_days_and_size_are_as_told(sample_folder: Path, truth: dict[str, Any]) -> None:
    rows = table(sample_folder, "interactions")
    assert 180_000 <= len(rows) <= 220_000
    days = rows["occurred_at"].dt.date()
    assert (f"{days.min()}", f"{days.max()}") == (truth["days"]["first"], truth["days"]["last"])
    assert days.n_unique() == truth["days"]["count"]
    first, last = (date.fromisoformat(truth["days"][end]) for end in ("first", "last"))
    assert last - first == timedelta(days=truth["days"]["count"] - 1)


def ratio_of_sums(
    treated: pl.DataFrame, control: pl.DataFrame, top: str, bottom: str
) -> tuple[float, float]:
    """Lift of Σtop / Σbottom over users, and its standard error by the delta method."""
    found = []
    for arm in (treated, control):
        y, x = arm[top].to_numpy().astype(float), arm[bottom].to_numpy().astype(float)
        r = y.sum() / x.sum()
        found.append((r, np.sqrt(((y - r * x) ** 2).sum()) / x.sum()))
    (a, se_a), (b, se_b) = found
    return a / b - 1, float(np.hypot(se_a / b, se_b * a / b**2))


def arms(frame: pl.DataFrame, truth: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    return (
        frame.filter(pl.col("variant") == truth["variant"]),
        frame.filter(pl.col("variant") == truth["control"]),
    )


@pytest.mark.parametrize("name", ["greeting-v2", "planner-prompt"])
def test_experiments_have_the_effect_that_was_put_in(
    sample_folder: Path, truth: dict[str, Any], name: str
) -> None:
    told = truth["experiments"][name]
    users = (
        table(sample_folder, "interactions")
        .filter(pl.col("experiment_id") == name)
        .group_by("user_id", "variant")
        .agg(pl.len(), pl.col("succeeded", "cost_usd", "latency_s").sum())
    )
    treated, control = arms(users, told)
    for metric, truly in (
        ("succeeded", told["lift"]["solved"]),
        ("cost_usd", told["lift"]["cost_usd"]),
        ("latency_s", told["lift"]["latency_s"]),
    ):
        lift, error = ratio_of_sums(treated, control, metric, "len")
        assert abs(lift - truly) < 4 * error
        assert error < 0.06


def test_the_greeting_report_is_decisive(sample_folder: Path, truth: dict[str, Any]) -> None:
    told = truth["experiments"]["greeting-v2"]
    treated, control = arms(table(sample_folder, "greeting_users"), told)
    lift, error = ratio_of_sums(treated, control, "solved", "interactions")
    assert error < 0.0105
    assert lift > 1.96 * error


def test_greeting_users_are_the_assigned_ones_and_sum_up_the_log(sample_folder: Path) -> None:
    users = table(sample_folder, "greeting_users")
    assigned = table(sample_folder, "assignments").filter(experiment_id="greeting-v2")
    assert users.select("user_id", "variant").rows() == assigned.select("unit_id", "variant").rows()
    log = table(sample_folder, "interactions").filter(experiment_id="greeting-v2")
    assert users["interactions"].sum() == len(log)
    assert users["solved"].sum() == log["succeeded"].sum()
    assert users["cost_usd"].sum() == pytest.approx(log["cost_usd"].sum(), abs=1e-6)
    silent = users.filter(pl.col("interactions") == 0)
    assert 0.05 < len(silent) / len(users) < 0.1
    assert silent["latency_s"].null_count() == len(silent)
    assert 0.35 < log["rating"].count() / len(log) < 0.45


def test_events_of_an_experiment_follow_their_assignment(sample_folder: Path) -> None:
    log = table(sample_folder, "interactions").filter(pl.col("experiment_id").is_not_null())
    units = table(sample_folder, "assignments")
    both = log.join(
        units, left_on=["experiment_id", "user_id"], right_on=["experiment_id", "unit_id"]
    )
    assert len(both) == len(log)
    assert (both["variant"] == both["variant_right"]).all()
    assert (both["occurred_at"] >= both["assigned_at"]).all()


def test_the_planner_was_slower_by_the_stated_ratio(
    sample_folder: Path, truth: dict[str, Any]
) -> None:
    told = truth["events"]["latency_regression"]
    rows = table(sample_folder, "interactions").filter(
        pl.col("agent_id") == told["agent"], pl.col("error_type").is_null()
    )
    day = pl.col("occurred_at").dt.date()
    begin, end = (date.fromisoformat(told[name]) for name in ("first_day", "last_day"))
    span = timedelta(days=28)
    logs = {
        "before": rows.filter(day.is_between(begin - span, begin - timedelta(days=1))),
        "during": rows.filter(day.is_between(begin, end)),
    }
    assert set(logs["during"]["agent_version"]) == {told["version"]}
    log = {name: np.log(part["latency_s"].to_numpy()) for name, part in logs.items()}
    gap = log["during"].mean() - log["before"].mean()
    error = np.sqrt(sum(part.var(ddof=1) / len(part) for part in log.values()))
    assert abs(gap - np.log(told["ratio"])) < 4 * error
    assert gap > 8 * error


def test_every_call_costs_what_the_price_list_of_its_day_says(
    sample_folder: Path, truth: dict[str, Any]
) -> None:
    rows = table(sample_folder, "interactions").sort("occurred_at")
    prices = table(sample_folder, "prices").sort("valid_from")
    priced = rows.with_columns(day=pl.col("occurred_at").dt.date()).join_asof(
        prices,
        left_on="day",
        right_on="valid_from",
        by=["provider", "model"],
        check_sortedness=False,
    )
    due = pl.sum_horizontal(
        pl.col(f"{kind}_tokens") * pl.col(f"{kind}_per_mtok").fill_null(0) / 1e6
        for kind in ("input", "cache_read", "cache_write", "output")
    ) * pl.when(service_tier="batch").then(pl.col("batch_factor").fill_null(1)).otherwise(1)
    assert priced.select((due - pl.col("cost_usd")).abs().max()).item() < 1e-8
    told = truth["events"]["price_change"]
    both = prices.filter(pl.col("model") == told["model"])
    assert both["valid_from"][1] == date.fromisoformat(told["first_day"])
    assert both["output_per_mtok"][1] / both["output_per_mtok"][0] == pytest.approx(told["ratio"])


def test_the_incident_shows(sample_folder: Path, truth: dict[str, Any]) -> None:
    told = truth["events"]["incident"]
    begin, end = told["hours_utc"]
    hit = table(sample_folder, "interactions").filter(
        pl.col("provider") == told["provider"],
        pl.col("occurred_at").dt.date() == date.fromisoformat(told["day"]),
        pl.col("occurred_at").dt.hour().is_between(begin, end, closed="left"),
        pl.col("retry_of").is_null(),
        ~pl.col("cache_hit"),
    )
    share, n = hit["error_type"].is_not_null().mean(), len(hit)
    expected = told["error_rate"]
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / n)


def test_the_evaluation_is_paired_and_has_its_lift(
    sample_folder: Path, truth: dict[str, Any]
) -> None:
    told = truth["evaluation"]
    rows = table(sample_folder, "interactions").filter(operation="evaluation")
    items = rows.group_by("item_id", "model").agg(pl.len(), pl.col("succeeded").sum())
    wide = items.pivot("model", index="item_id", values="succeeded").sort("item_id")
    assert len(wide) == told["items"]
    assert items["len"].n_unique() == 1
    a, b = (wide[told[arm]].to_numpy().astype(float) for arm in ("variant", "control"))
    ratio = a.sum() / b.sum()
    error = np.sqrt(((a - ratio * b) ** 2).sum()) / b.sum()
    assert abs(ratio - 1 - told["lift"]["succeeded"]) < 4 * error


def test_learners_get_faster_with_the_stated_exponent(
    sample_folder: Path, truth: dict[str, Any]
) -> None:
    tries = (
        table(sample_folder, "attempts")
        .sort("attempted_at", "learner_id")
        .with_columns(nth=pl.int_range(1, pl.len() + 1).over("learner_id"))
    )
    x, y = np.log(tries["nth"].to_numpy()), np.log(tries["duration_s"].to_numpy())
    (slope, _), covariance = np.polyfit(x, y, 1, cov=True)
    assert abs(slope - truth["learning"]["time_exponent"]) < 4 * np.sqrt(covariance[0, 0])
    early, late = tries.filter(pl.col("nth") <= 8), tries.filter(pl.col("nth") > 24)
    assert late["succeeded"].mean() > early["succeeded"].mean() + 0.1


def test_forecasts_hold_at_their_level(sample_folder: Path, truth: dict[str, Any]) -> None:
    made = table(sample_folder, "predictions")
    held = made["actual"].is_between(made["estimate_low"], made["estimate_high"]).mean()
    level, n = truth["predictions"]["coverage"], len(made)
    assert abs(held - level) < 4 * np.sqrt(level * (1 - level) / n)


def test_the_benchmark_is_slower_from_its_day_on(
    sample_folder: Path, truth: dict[str, Any]
) -> None:
    told = truth["events"]["slower_benchmark"]
    rows = table(sample_folder, "measurements").filter(
        workload=told["workload"], metric=told["metric"]
    )
    late = pl.col("measured_at").dt.date() >= date.fromisoformat(told["first_day"])
    a, b = (np.log(rows.filter(part)["value"].to_numpy()) for part in (late, ~late))
    error = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    assert abs(a.mean() - b.mean() - np.log(told["ratio"])) < 4 * error


def test_posts_fade_with_the_stated_exponent(sample_folder: Path, truth: dict[str, Any]) -> None:
    rows = table(sample_folder, "posts").with_columns(
        age=(pl.col("day") - pl.col("published_at").dt.date()).dt.total_days() + 1
    )
    whole = rows.filter(pl.len().over("post_id") == 10)
    by_age = whole.group_by("age").agg(pl.col("impressions").sum()).sort("age")
    slope = np.polyfit(np.log(by_age["age"]), np.log(by_age["impressions"]), 1)[0]
    # ~400 posts, noise 0.25 in the log per day: a day's sum is known to about 2 %
    assert slope == pytest.approx(truth["content"]["impressions_exponent"], abs=0.05)


def test_journeys_convert_as_their_channels_say(sample_folder: Path, truth: dict[str, Any]) -> None:
    weight = truth["content"]["channel_log_odds"]
    journeys = (
        table(sample_folder, "touches")
        .with_columns(odds=pl.col("channel").replace_strict(weight, return_dtype=pl.Float64))
        .group_by("journey_id")
        .agg(pl.col("odds").sum(), pl.col("converted").any())
    )
    chance = 1 / (1 + np.exp(3.0 - journeys["odds"].to_numpy()))
    spread = np.sqrt((chance * (1 - chance)).sum())
    assert abs(journeys["converted"].sum() - chance.sum()) < 4 * spread


@pytest.mark.parametrize(
    ("child", "column", "parent", "key"),
    [
        ("interactions", "session_id", "sessions", "session_id"),
        ("interactions", "retry_of", "interactions", "interaction_id"),
        ("interactions", "parent_id", "interactions", "interaction_id"),
        ("scores", "interaction_id", "interactions", "interaction_id"),
        ("calls", "interaction_id", "interactions", "interaction_id"),
        ("attempts", "learner_id", "learners", "learner_id"),
        ("attempts", "session_id", "sessions", "session_id"),
        ("awards", "learner_id", "learners", "learner_id"),
        ("learners", "role", "roles", "role"),
        ("posts", "account_id", "accounts", "account_id"),
        ("actions", "recommendation_id", "recommendations", "recommendation_id"),
        ("interactions", "template_id", "versions", "subject_id"),
        ("interactions", "workflow_id", "versions", "subject_id"),
    ],
)
def test_names_lead_to_their_rows(
    sample_folder: Path, child: str, column: str, parent: str, key: str
) -> None:
    names = set(table(sample_folder, child)[column].drop_nulls()) - {"evaluation"}
    assert names
    assert names <= set(table(sample_folder, parent)[key])


@pytest.mark.parametrize("foreign", ["thesis.docx", "mine.parquet"])
def test_a_folder_that_holds_something_else_is_not_replaced(tmp_path: Path, foreign: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / foreign).write_text("years of work")
    with pytest.raises(DataError, match="that no sample made"):
        write_sample(tmp_path / "full")
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="is a file"):
        write_sample(tmp_path / "file")
    assert (tmp_path / "full" / foreign).read_text() == "years of work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"]
