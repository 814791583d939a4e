"""What could make a comparison wrong: each fault is made, found, and forbids what it should."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats

from analysis.experiments.cases import run
from assay.analysis.experiments import ab_test
from assay.analysis.experiments.validity.checks import CROSSED_BLOCKS
from assay.features.arms import Design, summarise_arms
from assay.stats.sample_ratio import monitor

VISITS = {"name": "Visits", "kind": "mean", "value": "visits"}
START = date(2026, 3, 2)


def frame(n=4000, seed=1, **columns):
    rng = np.random.default_rng(seed)
    table = {
        "user": [f"u{i}" for i in range(n)],
        "arm": np.where(rng.random(n) < 0.5, "a", "b"),
        "visits": rng.normal(10, 2, n),
        "platform": rng.choice(["web", "app"], n),
        "day": [START + timedelta(days=int(d)) for d in rng.integers(0, 20, n)],
    }
    return pl.DataFrame({**table, **columns})


def check(result, key):
    (found,) = (c for c in result.checks if c.key == key)
    return found


def test_a_sound_experiment_passes_everything():
    result = run(
        frame(), arm="arm", control="a", unit="user", metrics=[VISITS], segments=["platform"],
        time="day", shared=["user"],
    )  # fmt: skip
    assert {c.status for c in result.checks} == {"passes"}
    assert {c.kind for c in result.checks} == {
        "sample ratio", "sample ratio by", "several arms", "outliers", "shared",
    }  # fmt: skip
    assert result.verdict != "blocked"


def test_a_fault_is_found_where_it_is_and_since_when():
    """From day 8 on the app loses a third of arm b: found on the app, from about day 8."""
    table = frame(12_000)
    rng = np.random.default_rng(2)
    lost = (
        (table["platform"] == "app").to_numpy()
        & (table["arm"] == "b").to_numpy()
        & (table["day"] >= START + timedelta(days=8)).to_numpy()
        & (rng.random(12_000) < 0.33)
    )
    result = run(
        table.filter(~lost), arm="arm", control="a", unit="user", metrics=[VISITS], time="day",
        segments=["platform"],
    )  # fmt: skip
    assert result.verdict == "blocked"
    assert result.reason == "the arms do not have the planned sizes"
    assert {c.verdict for c in result.comparisons} == {"blocked"}
    by = check(result, "sample ratio by/platform")
    assert (by.status, by.where) == ("warns", "app")
    assert START + timedelta(days=8) <= date.fromisoformat(by.since) <= START + timedelta(days=14)
    assert result.sample_ratio.since is not None
    assert result.findings[0].key == "sample-ratio"


def test_a_value_pays_for_the_number_of_values():
    """Raw p just under .001 in one of ten values is no fault, since ten were looked at."""
    counts = {f"v{i}": (500, 500) for i in range(9)} | {"v9": (446, 554)}
    assert 0.0001 < stats.chisquare([446, 554]).pvalue < 0.001
    rows = [
        (arm, value)
        for value, pair in counts.items()
        for arm, n in zip("ab", pair, strict=True)
        for _ in range(n)
    ]
    table = pl.DataFrame(rows, schema=["arm", "value"], orient="row").with_columns(
        x=pl.int_range(pl.len()) % 7
    )
    result = run(
        table, arm="arm", control="a", segments=["value"],
        metrics=[{"name": "X", "kind": "mean", "value": "x"}],
    )  # fmt: skip
    by = check(result, "sample ratio by/value")
    assert (by.status, by.where) == ("passes", "v9")
    assert by.p_value == pytest.approx(10 * stats.chisquare([446, 554]).pvalue)


@pytest.mark.parametrize(("twice", "status"), [(20, "passes"), (120, "warns"), (400, "blocks")])
def test_units_in_several_arms(twice, status):
    table = frame()
    again = table.head(twice).with_columns(
        arm=pl.when(pl.col("arm") == "a").then(pl.lit("b")).otherwise(pl.lit("a"))
    )
    result = run(pl.concat([table, again]), arm="arm", control="a", unit="user", metrics=[VISITS])
    found = check(result, "several arms")
    assert found.status == status
    assert found.share == pytest.approx(twice / 4000)
    assert (result.verdict == "blocked") == (twice / 4000 > CROSSED_BLOCKS)
    if status == "blocks":
        assert result.findings[0].key == "several-arms"
        assert "more than one arm" in result.reason


def rated(a, b, role="secondary", n=4000):
    """Shares `a` and `b` of the arms have no rating."""
    table = frame(n)
    rng = np.random.default_rng(5)
    gone = rng.random(n) < np.where(table["arm"] == "a", a, b)
    rating = pl.Series(np.where(gone, np.nan, rng.normal(4, 1, n))).fill_nan(None)
    return run(
        table.with_columns(rating=rating), arm="arm", control="a", unit="user",
        metrics=[VISITS, {"name": "Rating", "kind": "mean", "value": "rating", "missing": "exclude", "role": role}],
    )  # fmt: skip


def test_missing_values_that_differ_between_arms_silence_their_metric():
    result = rated(0.30, 0.40)
    found = check(result, "missing/Rating")
    table = [[part.count, part.whole - part.count] for part in found.parts]
    expected = stats.chi2_contingency(table, correction=False).pvalue
    assert found.p_value == pytest.approx(expected, rel=1e-9)
    assert found.status == "blocks"
    verdicts = {c.metric: c.verdict for c in result.comparisons}
    assert verdicts["Rating"] == "blocked"
    assert verdicts["Visits"] != "blocked"
    assert result.verdict != "blocked"


def test_missing_values_of_what_decides_withhold_the_decision():
    result = rated(0.30, 0.40, role="guardrail")
    assert result.verdict == "blocked"
    assert "have no value of Rating" in result.reason
    assert rated(0.35, 0.35).checks[2].status == "passes"
    assert check(rated(0.0005, 0.0005), "missing/Rating").status == "open"


def test_a_covariate_that_differs_before_is_told():
    table = frame()
    rng = np.random.default_rng(6)
    noise = rng.normal(size=4000)
    metrics = [VISITS | {"covariate": "before"}]
    alike = run(
        table.with_columns(before=noise), arm="arm", control="a", unit="user", metrics=metrics
    )
    assert check(alike, "before/before/b").status == "passes"
    shifted = noise + 0.2 * (table["arm"] == "b").to_numpy()
    result = run(
        table.with_columns(before=shifted), arm="arm", control="a", unit="user", metrics=metrics
    )
    found = check(result, "before/before/b")
    assert found.status == "warns"
    peer = stats.ttest_ind(
        shifted[table["arm"] == "a"], shifted[table["arm"] == "b"], equal_var=False
    )
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(peer.statistic)), rel=1e-6)


def test_a_difference_that_rests_on_one_unit_is_told():
    """By hand: without its largest of 4,000 values arm b falls from far above to below arm a."""
    table = frame(400)
    rests = table.with_columns(
        visits=pl.when(pl.col("user") == table.filter(pl.col("arm") == "b")["user"][0])
        .then(5000.0)
        .otherwise("visits")
    )
    found = check(
        run(rests, arm="arm", control="a", unit="user", metrics=[VISITS]), "outliers/Visits/b"
    )
    a, b = (rests.filter(pl.col("arm") == arm)["visits"].to_numpy() for arm in "ab")
    without = np.sort(b)[:-1].mean() - a.mean()
    error = np.hypot(a.std(ddof=1) / np.sqrt(len(a)), b.std(ddof=1) / np.sqrt(len(b)))
    assert found.moved == pytest.approx((without - (b.mean() - a.mean())) / error)
    assert found.status == "passes"
    assert abs(found.moved) > 0.9
    many = table.with_columns(
        visits=pl.when(pl.col("arm").eq("b") & (pl.int_range(pl.len()) < 3))
        .then(90.0)
        .otherwise("visits")
    )
    assert (
        check(run(many, arm="arm", control="a", unit="user", metrics=[VISITS]), "outliers/Visits/b")
        .parts[0]
        .count
        == 1
    )


def test_a_heavy_tail_under_the_null_seldom_warns():
    """Lognormal spending (sigma 2), no effect: the warning comes in about one case of twenty."""
    from assay.analysis.experiments.validity.checks import _influence  # noqa: PLC0415

    rng = np.random.default_rng(9)
    warned = [
        _influence("k", "m", "b", rng.lognormal(0, 2, 1000), rng.lognormal(0, 2, 1000)).status
        == "warns"
        for _ in range(400)
    ]
    assert np.mean(warned) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_arms_that_meet_in_a_workspace_are_told():
    """3 of 5 workspaces of one arm with 2 users each, 2 of both arms with 4 users each."""
    rows = [
        ("w1", "a", 2),
        ("w2", "b", 2),
        ("w3", "a", 2),
        ("w4", "a", 2),
        ("w4", "b", 2),
        ("w5", "a", 1),
        ("w5", "b", 3),
    ]
    table = pl.DataFrame(
        [(f"{w}{arm}{i}", w, arm, float(i + j)) for w, arm, n in rows for i in range(n) for j in range(2)],
        schema=["user", "workspace", "arm", "visits"], orient="row",
    )  # fmt: skip
    result = run(table, arm="arm", control="a", unit="user", metrics=[VISITS], shared=["workspace"])
    found = check(result, "shared/workspace")
    assert (found.parts[0].count, found.parts[0].whole) == (2, 5)
    assert found.share == pytest.approx(8 / 14)
    assert found.status == "warns"
    assert result.verdict != "blocked"


def test_paired_arms_share_their_items_and_are_not_counted():
    table = pl.DataFrame(
        {"item": [*range(20)] * 2, "arm": ["a"] * 20 + ["b"] * 20, "visits": np.arange(40.0) % 7}
    )
    result = run(table, arm="arm", control="a", item="item", design="paired", metrics=[VISITS])
    assert result.checks == ()


def watched(table, **changes):
    """The experiment while it may be looked at whenever anybody wants to."""
    parameters = {"arm": "arm", "control": "a", "unit": "user", "metrics": [VISITS], "time": "day"}
    layout = Design.of(**(parameters | {"segments": ["platform"]} | changes))
    return ab_test(summarise_arms(table.lazy(), layout), plan={"design": "anytime"})


def test_while_units_come_in_the_sizes_are_judged_by_all_looks():
    """Sizes that the chi-square calls broken at its .01 are not, to the monitor at its .01."""
    table = frame(4000)
    extra = table.filter(pl.col("arm") == "b").head(160)
    leaning = table.filter(~pl.col("user").is_in(extra["user"].implode()))
    result = watched(leaning)
    counts = [result.sample_ratio.arms[i].n for i in (0, 1)]
    assert stats.chisquare(counts).pvalue < 0.01
    assert result.sample_ratio.test == "monitor"
    assert result.sample_ratio.threshold == 0.01
    assert result.sample_ratio.ok
    days = (
        leaning.group_by("day")
        .agg((pl.col("arm") == arm).sum().alias(arm) for arm in "ab")
        .sort("day")
    )
    looks = days.select(pl.col("a", "b").cum_sum()).rows()
    assert result.sample_ratio.p_value == monitor(looks, (1, 1)).p_values[-1]
    lost = table.filter((pl.col("arm") == "a") | (pl.int_range(pl.len()) % 4 > 0))
    broken = watched(lost)
    assert broken.verdict == "blocked"
    assert broken.sample_ratio.since is not None
    assert check(broken, "sample ratio by/platform").status == "warns"
