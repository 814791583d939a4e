"""Repeated trials of an item, and whether arms share their items."""

import itertools
import math

import numpy as np
import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.features.arms import Design, summarise_arms
from features.engines import alike

RNG = np.random.default_rng(3)


def trials(items=12, *, shared=True):
    rows = []
    for arm in ("old", "new"):
        for i in range(items):
            name = i if shared else f"{arm}-{i}"
            rows += [
                {"arm": arm, "task": str(name), "won": int(RNG.random() < 0.3 + 0.04 * i)}
                for _ in range(3 + i % 3)
            ]
    return pl.DataFrame(rows)


def by_hand(frame, kind, k):
    """Every choice of k trials of each item, counted."""
    shares = []
    for _, item in frame.group_by("task", maintain_order=True):
        won = item["won"].to_list()
        chosen = list(itertools.combinations(won, k))
        if chosen:
            passes = any if kind == "pass@k" else all
            shares.append(sum(map(passes, chosen)) / len(chosen))
    return shares


def summarise(frame, kind, k, **changes):
    metric = {"name": "m", "kind": kind, "value": "won", "k": k}
    chosen = {"arm": "arm", "control": "old", "item": "task"} | changes
    return summarise_arms(frame.lazy(), Design.of(**chosen, metrics=[metric]))


@pytest.mark.parametrize("kind", ["pass@k", "pass^k"])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_shares_are_those_of_all_choices_of_trials(kind, k):
    frame = trials()
    found = summarise(frame, kind, k)
    assert found.design.design == "paired"
    assert found.chosen
    moments = found.pairs["m"]["new"].moments
    for arm, mean in zip(("new", "old"), moments.mean, strict=True):
        shares = by_hand(frame.filter(pl.col("arm") == arm), kind, k)
        assert mean == pytest.approx(math.fsum(shares) / len(shares), rel=1e-12)


@pytest.mark.parametrize("kind", ["pass@k", "pass^k"])
def test_items_of_too_few_trials_are_left_out_and_told(kind):
    found = summarise(trials(), kind, 4).pairs["m"]["new"]
    assert (found.moments.n, found.missing) == (8, 4)


@pytest.mark.parametrize("kind", ["pass@k", "pass^k"])
def test_arms_with_items_of_their_own_are_independent_units(kind):
    frame = trials(shared=False)
    metric = {"name": "m", "kind": kind, "value": "won", "k": 2}
    design = Design.of(arm="arm", control="old", item="task", metrics=[metric])
    found = summarise_arms(frame.lazy(), design)
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    alike(found, summarise_arms(duckdb.sql("select * from frame"), design))
    assert found.design.design == "independent"
    for arm in ("old", "new"):
        shares = by_hand(frame.filter(pl.col("arm") == arm), kind, 2)
        moments = found.samples["m"][arm].moments
        assert (moments.n, moments.mean[0]) == (12, pytest.approx(np.mean(shares), rel=1e-12))
        assert moments.variance() == pytest.approx(np.var(shares, ddof=1), rel=1e-10)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("value", [2.0, None, math.nan])
def test_a_trial_that_is_neither_success_nor_failure_is_refused(shared, value):
    frame = trials(shared=shared).with_columns(pl.col("won").cast(pl.Float64))
    broken = frame.with_columns(
        won=pl.when(pl.int_range(pl.len()) == 5).then(value).otherwise("won")
    )
    with pytest.raises(DataError, match="m"):
        summarise(broken, "pass@k", 2)


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ({"kind": "pass@k", "value": "won"}, "expected k"),
        ({"kind": "pass^k", "k": 2}, "expected a value column"),
        ({"kind": "rate", "value": "won", "k": 2}, "takes no k"),
        ({"kind": "pass@k", "value": "won", "k": 2, "covariate": "x"}, "no covariate"),
    ],
)
def test_what_a_repeated_metric_needs_is_said(metric, said):
    with pytest.raises(ParameterError, match=said):
        Design.of(arm="arm", control="old", item="task", metrics=[{"name": "m"} | metric])


def test_without_an_item_repeated_trials_have_no_place():
    with pytest.raises(ParameterError, match="what was tried repeatedly"):
        summarise(trials(), "pass@k", 2, item=None)


RATE = {"name": "won", "kind": "rate", "value": "won"}


def layout(frame, **changes):
    chosen = {"arm": "arm", "control": "old", "metrics": [RATE]} | changes
    return summarise_arms(frame.lazy(), Design.of(**chosen))


def test_arms_that_share_their_items_are_paired_unless_told_otherwise():
    frame = trials().unique(["arm", "task"], keep="first", maintain_order=True)
    assert layout(frame, item="task").design.design == "paired"
    named = layout(frame.rename({"task": "item_id"}))
    assert (named.design.design, named.design.item, named.chosen) == ("paired", "item_id", True)
    assert layout(frame, unit="task").design.design == "paired"
    asked = layout(frame, item="task", design="paired")
    assert not asked.chosen
    assert layout(frame).design.design == "independent"
    assert layout(frame, item="task", design="independent").design.design == "independent"


def test_few_shared_items_are_asked_about():
    frame = trials(items=10, shared=False).with_columns(
        task=pl.when(pl.col("task").str.ends_with("-0")).then(pl.lit("0")).otherwise("task")
    )
    with pytest.raises(ParameterError, match=r"share 5\.3% of the items"):
        layout(frame, item="task")


def test_a_unit_that_strays_into_the_other_arm_pairs_nothing():
    frame = trials(items=12, shared=False)
    strayed = pl.concat([frame, pl.DataFrame({"arm": ["new"], "task": ["old-3"], "won": [1]})])
    found = layout(strayed.with_columns(pl.col("won").cast(pl.Int64)), unit="task")
    assert found.design.design == "independent"
    assert [left.what for left in found.left_out] == ["units in more than one arm"]
