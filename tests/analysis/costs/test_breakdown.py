import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.analysis.costs.breakdown import breakdown_of
from assay.analysis.costs.breakdown.money import expenses_of
from assay.analysis.costs.breakdown.ratios import KINDS, table_of
from assay.analysis.costs.breakdown.splits import split_of
from assay.core.errors import DataError
from assay.core.result import record
from assay.features.cost_sums import breakdown_sums, period_length
from assay.features.spending import spend_lines, spent
from assay.features.unit_sums import DISTINCT, SUMS

START = datetime(2026, 4, 27, tzinfo=UTC)
PRICES = pl.DataFrame(
    {
        "provider": "north",
        "model": ["large", "small"],
        "aliases": [None, None],
        "tier": "standard",
        "currency": "USD",
        "valid_from": date(2026, 1, 1),
        "input_per_mtok": [10.0, 1.0],
        "cache_read_per_mtok": [1.0, 0.1],
        "cache_write_per_mtok": [12.5, 1.25],
        "output_per_mtok": [50.0, 5.0],
        "batch_factor": [None, None],
        "per_request": [None, None],
        "source": "invented",
    },
    schema_overrides={
        "aliases": pl.List(pl.String), "batch_factor": pl.Float64, "per_request": pl.Float64,
    },
)  # fmt: skip


def turns(n=4000, *, users=120, seed=4):
    """Calls of 35 days by users of unlike activity; `rare` is used by three of them."""
    rng = np.random.default_rng(seed)
    user = rng.choice(users, n, p=(w := rng.lognormal(0, 1, users)) / w.sum())
    model = rng.choice(["large", "small", "secret"], n, p=[0.3, 0.6, 0.1])
    ok = rng.random(n) < 0.8
    return pl.DataFrame(
        {
            "interaction_id": [f"i{i}" for i in range(n)],
            "occurred_at": [START + timedelta(minutes=12.6 * i) for i in range(n)],
            "user_id": [f"u{u}" for u in user],
            "session_id": [f"s{i // 4}-{u}" for i, u in enumerate(user)],
            "agent_id": np.where(user < 3, "rare", rng.choice(["a", "b"], n)).tolist(),
            "provider": "north",
            "model": model.tolist(),
            "input_tokens": rng.integers(100, 4000, n),
            "cache_read_tokens": rng.integers(0, 2000, n),
            "cache_write_tokens": rng.integers(0, 300, n),
            "output_tokens": rng.integers(10, 900, n),
            "cost_usd": pl.Series([None] * n, dtype=pl.Float64),
            "succeeded": ok.tolist(),
            "rating": pl.Series([i % 5 / 4 if i % 3 == 0 else None for i in range(n)]),
            "retry_of": [None if i % 40 else "i1" for i in range(n)],
        },
        schema_overrides={"retry_of": pl.String},
    )


@pytest.fixture(scope="module")
def rows():
    return turns()


@pytest.fixture(scope="module")
def found(rows):
    return broken_down(rows)


def broken_down(rows, by=("agent_id", "model"), most_rows=3_000_000, **options):
    lines = spent(spend_lines(rows.lazy(), by=by), PRICES)
    sums = breakdown_sums(rows.lazy(), lines, PRICES, by=by, most_rows=most_rows)
    return breakdown_of(lines, sums, prices=PRICES, **options)


def usd_of(row):
    """At the list above; None of a model that it lacks."""
    if row["model"] == "secret":
        return None
    amounts = {"input": 10, "cache_read": 1, "cache_write": 12.5, "output": 50}
    times = 1 if row["model"] == "large" else 0.1
    return times * sum(x * row[f"{kind}_tokens"] for kind, x in amounts.items()) / 1e6


def test_the_whole_is_told_beside_what_has_no_price(rows, found):
    money = [usd_of(row) for row in rows.to_dicts()]
    assert found.usd == pytest.approx(math.fsum(x or 0 for x in money))
    assert found.unknown == sum(x is None for x in money)
    kinds = ("input", "cache_read", "cache_write", "output")
    tokens = rows.select("model", n=pl.sum_horizontal(f"{kind}_tokens" for kind in kinds))
    secret = tokens.filter(pl.col("model") == "secret")["n"].sum()
    assert found.unknown_tokens == pytest.approx(secret / tokens["n"].sum())
    (model,) = found.unpriced
    assert (model.model, model.why, model.share) == (
        "secret",
        "no price of this model",
        found.unknown_tokens,
    )
    unknown = next(one for one in found.findings if one.key == "breakdown/unknown")
    assert unknown.needs_decision
    assert record(found, kind="cost")["units"]["/usd"] == "USD"


def test_ratios_are_sums_over_sums_of_what_has_a_cost(rows, found):
    told = {one.key: one for one in found.ratios}
    priced = [(row, usd_of(row)) for row in rows.to_dicts() if row["model"] != "secret"]
    usd = math.fsum(x for _, x in priced)
    wins = sum(row["succeeded"] for row, _ in priced)
    rated = [(row["rating"], x) for row, x in priced if row["rating"] is not None]
    assert told["per success"].estimate.value == pytest.approx(usd / wins)
    assert told["per success"].n == wins
    assert told["per user"].estimate.value == pytest.approx(usd / rows["user_id"].n_unique())
    assert told["per rating point"].estimate.value == pytest.approx(
        math.fsum(x for _, x in rated) / sum(r for r, _ in rated)
    )
    for one in found.ratios:
        assert one.estimate.low < one.estimate.value < one.estimate.high, one.key


def test_groups_add_up_to_the_whole_and_few_persons_hide_among_others(rows, found):
    for split in found.splits:
        assert sum(one.usd for one in split.groups) == pytest.approx(found.usd)
        assert sum(one.requests for one in split.groups) == found.requests
        assert sum(one.share for one in split.groups) == pytest.approx(1)
        assert split.groups[-1].cumulative == pytest.approx(1)
    agents, models = found.splits
    assert (agents.values, agents.small) == (3, 1)
    assert "rare" not in {one.name for one in agents.groups}
    assert agents.groups[-1].kind == "others"
    # Of a single small group, the difference to the whole would tell: another one joins it.
    assert agents.folded == 2
    assert [one.name for one in models.groups] == ["large", "small", "secret"]
    assert (models.vital, models.folded) == (1, 0)
    named = broken_down(rows, by=("agent_id",), k=1).splits[0]
    assert {one.name for one in named.groups} == {"a", "b", "rare"}


def test_waste_counts_a_request_once(rows, found):
    failed = math.fsum(usd_of(row) or 0 for row in rows.to_dicts() if not row["succeeded"])
    again = math.fsum(
        usd_of(row) or 0
        for row in rows.to_dicts()
        if row["succeeded"] and row["retry_of"] is not None
    )
    told = {one.kind: one for one in found.wasted}
    assert (told["failed"].usd, told["retried"].usd) == pytest.approx((failed, again))
    assert told["failed"].share.value == pytest.approx(failed / found.usd)
    assert told["failed"].share.low < failed / found.usd < told["failed"].share.high
    assert "abandoned" not in told  # no table of sessions was given


def test_caches_saved_what_reads_would_have_cost_less_the_surcharge_of_writes(rows, found):
    priced = [row for row in rows.to_dicts() if row["model"] != "secret"]
    times = [1 if row["model"] == "large" else 0.1 for row in priced]
    saved = math.fsum(t * 9 * row["cache_read_tokens"] / 1e6 for t, row in zip(times, priced))  # noqa: B905
    extra = math.fsum(t * 2.5 * row["cache_write_tokens"] / 1e6 for t, row in zip(times, priced))  # noqa: B905
    assert found.cached.saved == pytest.approx(saved)
    assert found.cached.surcharge == pytest.approx(extra)
    assert found.cached.net == pytest.approx(saved - extra)
    assert [one.model for one in found.caches] == ["large", "small"]
    assert sum(one.net for one in found.caches) == pytest.approx(found.cached.net)


def test_weeks_add_up_and_the_last_says_that_it_is_short(found):
    assert [one.start for one in found.periods][:2] == ["2026-04-27", "2026-05-04"]
    assert sum(one.usd for one in found.periods) == pytest.approx(found.usd)
    assert [one.complete for one in found.periods] == [True] * 5
    assert period_length(date(2026, 1, 1), date(2026, 3, 31)) == "week"
    assert period_length(date(2026, 1, 1), date(2026, 6, 30)) == "month"


def sums_of(cells):
    """A frame of `unit_sums`: (group, bucket, usd, persons)."""
    empty = dict.fromkeys((*SUMS, *DISTINCT), 0.0)
    lines = [
        empty | {"group": g, "bucket": b, "usd": u, "requests": 1, "persons_n": p}
        for g, b, u, p in cells
    ]
    return pl.DataFrame(lines)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.floats(0, 1e4)), min_size=1, max_size=25),
    st.integers(1, 12),
    st.integers(2, 8),
)
def test_any_groups_add_up_and_none_below_the_smallest_cell_is_told(groups, k, most):
    cells = [
        (f"g{i}", b, usd, 1) for i, (persons, usd) in enumerate(groups) for b in range(persons)
    ] + [(f"g{i}", 99, usd, 0) for i, (_, usd) in enumerate(groups)]
    totals = {f"g{i}": ((n + 1) * usd, n + 1, 0, 0) for i, (n, usd) in enumerate(groups)}
    table = table_of(sums_of(cells))
    split = split_of("column", table, totals=totals, k=k, level=0.95, most=most)
    assert sum(one.usd for one in split.groups) == pytest.approx(sum(cell[2] for cell in cells))
    assert len(split.groups) <= most
    persons = {f"g{i}": n for i, (n, _) in enumerate(groups)}
    told = [one.name for one in split.groups if one.kind == "group"]
    assert all(persons[name] == 0 or persons[name] >= k for name in told)
    assert len(told) + split.folded == split.values == len(groups)
    money = [one.usd for one in split.groups if one.kind == "group"]
    assert money == sorted(money, reverse=True)


def test_of_very_many_rows_amounts_are_of_all_users_and_ratios_of_a_part(rows, found, monkeypatch):
    monkeypatch.setattr("assay.features.cost_sums.PART_ROWS", 1500)
    part = broken_down(rows, most_rows=3000)
    assert part.part == pytest.approx(1 / 3)
    for mine, whole in zip(part.splits, found.splits, strict=True):
        assert sum(one.usd for one in mine.groups) == pytest.approx(found.usd)
        known = {one.name: (one.usd, one.requests) for one in whole.groups}
        for one in mine.groups:
            if one.kind == "group":
                assert (one.usd, one.requests) == pytest.approx(known[one.name])
    assert [one.usd for one in part.periods] == pytest.approx([one.usd for one in found.periods])
    for mine, whole in zip(part.ratios, found.ratios, strict=True):
        assert mine.n < whole.n
        size = mine.estimate
        assert size.low * 0.8 < whole.estimate.value < size.high * 1.25, mine.key


def test_too_few_users_have_no_interval_and_say_so():
    few = broken_down(turns(400, users=12))
    one = few.ratios[0]
    assert (one.estimate.low, one.estimate.high) == (None, None)
    assert one.reason == "12 users, expected 20 for an interval"
    assert len(few.ratios) == len(KINDS)


def test_expenses_are_told_by_category_and_other_currencies_only_with_a_rate():
    table = pl.DataFrame(
        {
            "day": [date(2026, 5, d) for d in (1, 2, 3, 9)],
            "category": ["people", "data", "people", "data"],
            "amount": [100.0, 20.0, 50.0, 5.0],
            "currency": ["USD", "USD", "CHF", "USD"],
            "usd": [100.0, 20.0, None, 5.0],
        }
    )
    people, data = expenses_of(table, date(2026, 5, 1), date(2026, 5, 8))
    assert (people.category, people.usd, people.entries) == ("people", 100.0, 2)
    assert (people.unconverted, people.currencies) == (1, ("CHF",))
    assert (data.usd, data.unconverted) == (20.0, 0)
    assert expenses_of(None, date(2026, 5, 1), date(2026, 5, 8)) == ()


def test_without_a_time_there_is_nothing_to_tell(rows):
    undated = rows.with_columns(occurred_at=pl.lit(None, pl.Datetime("us", "UTC")))
    with pytest.raises(DataError, match="no interaction has a time"):
        broken_down(undated)
