"""A log against prices and bills: each cost reproduced, explained, or given a reason."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from assay.analysis.costs.reconciling import reasons as why
from assay.analysis.costs.reconciling import reconcile
from assay.analysis.costs.reconciling.verdicts import verdicts
from assay.core.result import record
from assay.features.implausible import implausible_records, usual_costs
from assay.features.logged_costs import logged_costs
from assay.features.spending import spend_lines, spent

START = datetime(2026, 5, 1, 12, tzinfo=UTC)


def line(provider, model, since, rates, **more):
    kinds = ("input", "cache_read", "cache_write", "output")
    return {
        "provider": provider,
        "model": model,
        "aliases": [],
        "tier": "standard",
        "currency": "USD",
        "valid_from": date.fromisoformat(since),
        **{f"{kind}_per_mtok": rate for kind, rate in zip(kinds, rates, strict=True)},
        "batch_factor": None,
        "per_request": None,
        "source": "by hand",
    } | more


FLOATS = ("cache_write_per_mtok", "cache_read_per_mtok", "batch_factor", "per_request")
PRICES = pl.DataFrame(
    [
        line("anthropic", "sonnet", "2026-01-01", (3.0, 0.3, 3.75, 15.0)),
        line("anthropic", "haiku", "2026-01-01", (1.0, 0.1, 1.25, 5.0)),
        line("openai", "gpt", "2026-01-01", (5.0, 0.5, None, 40.0), batch_factor=0.5),
        line("openai", "gpt", "2026-05-10", (2.0, 0.2, None, 8.0), batch_factor=0.5),
        line("openai", "small", "2026-01-01", (0.5, 0.125, None, 2.0)),
    ],
    schema_overrides={"aliases": pl.List(pl.String), **dict.fromkeys(FLOATS, pl.Float64)},
)


def log(provider, model, n=40, *, seed=1, days=20, start=START):
    rng = np.random.default_rng(seed)
    counts = rng.lognormal((7, 9, 7, 6), 1.0, (n, 4)).astype(int) + 1
    if provider == "openai":
        counts[:, 2] = 0
    return pl.DataFrame(
        {
            "interaction_id": [f"{model}-{seed}-{i}" for i in range(n)],
            "occurred_at": [start + timedelta(hours=24 * days * i / n) for i in range(n)],
            "provider": provider,
            "model": model,
            "service_tier": pl.Series([None] * n, dtype=pl.String),
            "input_tokens": counts[:, 0],
            "cache_read_tokens": counts[:, 1],
            "cache_write_tokens": counts[:, 2],
            "output_tokens": counts[:, 3],
            "reasoning_tokens": counts[:, 3] // 2,
            "succeeded": [True] * n,
            "cache_hit": [False] * n,
        }
    )


def at(rates, *, input_=None):
    """What the counts cost at rates per million tokens."""
    counts = (
        pl.col("input_tokens") if input_ is None else input_,
        pl.col("cache_read_tokens"),
        pl.col("cache_write_tokens"),
        pl.col("output_tokens"),
    )
    return sum(one * (rate or 0.0) for one, rate in zip(counts, rates, strict=True)) / 1e6


SONNET, HAIKU, SMALL = (3.0, 0.3, 3.75, 15.0), (1.0, 0.1, 1.25, 5.0), (0.5, 0.125, 0.0, 2.0)
OLD, NEW = (5.0, 0.5, 0.0, 40.0), (2.0, 0.2, 0.0, 8.0)
GPT = (
    pl.when(pl.col("occurred_at") < datetime(2026, 5, 10, tzinfo=UTC))
    .then(at(OLD))
    .otherwise(at(NEW))
)


def reconciled(*parts, bills=(), most=250_000, prices=PRICES):
    rows = pl.concat(parts, how="diagonal").lazy()
    usual = usual_costs(rows, prices)
    lines = spent(spend_lines(rows, usual=usual), prices)
    return reconcile(
        logged_costs(rows, prices, usual, lines=lines, most=most),
        lines,
        prices,
        implausible_records(rows, usual),
        bills=bills,
    )


def reasons(found):
    return {one.reason: one.requests for one in found.reasons}


def good():
    return (
        log("anthropic", "sonnet").with_columns(cost_usd=at(SONNET)),
        log("openai", "gpt").with_columns(cost_usd=GPT),
    )


def test_both_habits_reconcile_where_counts_are_disjoint():
    found = reconciled(*good())
    assert found.reproduced.value == 1
    assert found.rules == found.reasons == found.strays == found.days == ()
    assert found.held.logged == pytest.approx(found.held.listed, rel=1e-12)
    parts = [found.held.input, found.held.cache_read, found.held.cache_write, found.held.output]
    assert sum(parts) == pytest.approx(found.held.listed, rel=1e-12)
    assert record(found, kind="test")["total"] == found.total


def test_a_wrong_declaration_is_named_with_its_provider_and_what_to_do():
    inside = log("openai", "gpt").with_columns(
        cost_usd=GPT,
        input_tokens=pl.col("input_tokens") + pl.col("cache_read_tokens"),
    )
    found = reconciled(good()[0], inside)
    assert {(one.provider, one.cache) for one in found.rules} == {("openai", "inside")}
    (finding,) = [one for one in found.findings if one.needs_decision]
    assert (finding.state, finding.what) == ("twice", "openai")
    assert finding.size.value == pytest.approx(found.held.logged - found.held.listed)
    assert "declare" in finding.action


def test_the_other_wrong_declaration_is_named_too():
    rows = log("anthropic", "sonnet").with_columns(cost_usd=at(SONNET))
    taken = pl.col("input_tokens") - pl.col("cache_read_tokens") - pl.col("cache_write_tokens")
    off = rows.with_columns(input_tokens=pl.when(taken >= 0).then(taken).otherwise("input_tokens"))
    off = pl.concat(
        [
            off,
            log("anthropic", "sonnet", 60, seed=2).with_columns(
                cost_usd=at(
                    SONNET,
                    input_=pl.col("input_tokens")
                    + pl.col("cache_read_tokens")
                    + pl.col("cache_write_tokens"),
                )
            ),
        ]
    )
    found = reconciled(off)
    assert {one.cache for one in found.rules} == {"beside"}
    assert [one.state for one in found.findings if one.needs_decision] == ["taken off"]


def test_a_rule_of_a_provider_explains_the_few_messages_of_another_model():
    hour = pl.col("cache_write_tokens") * 0.75 / 1e6
    found = reconciled(
        log("anthropic", "sonnet").with_columns(cost_usd=(at(SONNET) + hour * 3).round(5)),
        log("anthropic", "haiku", 1).with_columns(cost_usd=(at(HAIKU) + hour).round(5)),
    )
    assert {(one.model, one.cache) for one in found.rules} == {
        ("sonnet", "written for an hour"),
        ("haiku", "written for an hour"),
    }


def test_the_price_of_another_day_is_named_for_the_days_it_was_used():
    stale = log("openai", "gpt").with_columns(cost_usd=at(OLD))
    (rule,) = reconciled(stale).rules
    assert (rule.price, rule.label) == ("date", "2026-01-01")
    assert (rule.first, rule.last) == ("2026-05-10", "2026-05-21")
    assert rule.by_rule == pytest.approx(rule.logged)


def test_batch_at_half_the_price_is_named():
    batch = log("openai", "gpt").with_columns(cost_usd=GPT / 2)
    (rule,) = reconciled(batch).rules
    assert (rule.price, rule.label) == ("tier", "batch")


def one(**more):
    """A single message beside good ones, for reasons of single messages."""
    row = log("anthropic", "sonnet", 1, seed=9).with_columns(cost_usd=at(SONNET))
    return row.with_columns(**more)


def text(value):
    return pl.lit(value, dtype=pl.String)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"cost_usd": pl.lit(0.0), "succeeded": pl.lit(value=False)}, why.FAILED_FREE),
        ({"cost_usd": pl.lit(0.0), "cache_hit": pl.lit(value=True)}, why.CACHED_FREE),
        ({"cost_usd": pl.lit(0.0)}, why.ZERO),
        ({"cost_usd": pl.col("cost_usd") / 3, "succeeded": pl.lit(value=False)}, why.FAILED_IN_PART),
        ({"model": text(None)}, why.NO_MODEL_NAMED),
        ({"model": text("unheard")}, "no price of this model"),
        (
            {"occurred_at": pl.lit(datetime(2025, 1, 1, tzinfo=UTC)).dt.cast_time_unit("us")},
            "no price on this day",
        ),
        ({"cost_usd": pl.col("cost_usd") * 5.3}, why.DEARER),
        ({"cost_usd": pl.col("cost_usd") / 5.3}, why.CHEAPER),
        (
            {"cost_usd": pl.col("cost_usd") + pl.col("cache_write_tokens") * 1e-6},
            why.HOUR_IN_PART,
        ),
        (
            {f"{kind}_tokens": pl.lit(0, dtype=pl.Int64) for kind in ("input", "cache_read", "cache_write", "output")}
            | {"reasoning_tokens": pl.lit(0, dtype=pl.Int64)},
            why.WITHOUT_TOKENS,
        ),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "",
)  # fmt: skip
def test_a_single_message_has_one_reason(more, reason):
    good_ones = good()[0].with_columns(cost_usd=pl.col("cost_usd") * 1.0)
    found = reconciled(good_ones, one(**more))
    assert reasons(found) == {reason: 1}
    assert found.looked_at == 41


def test_tokens_unknown_and_a_model_that_is_free_throughout():
    none = pl.lit(None, dtype=pl.Int64)
    kinds = ("input", "cache_read", "cache_write", "output", "reasoning")
    unknown = one(**{f"{kind}_tokens": none for kind in kinds})
    free = log("anthropic", "haiku", 5).with_columns(cost_usd=pl.lit(0.0))
    found = reconciled(good()[0], unknown, free)
    assert reasons(found) == {why.FREE: 5, "tokens unknown": 1}


def test_negative_counts_are_told_apart():
    rows = pl.concat(
        [good()[0], one(input_tokens=pl.lit(-5, dtype=pl.Int64))], how="diagonal"
    ).lazy()
    held = logged_costs(rows, PRICES, usual_costs(rows, PRICES))
    found = verdicts(held.frame, PRICES).frame
    assert found.filter(pl.col("reason") == why.NEGATIVE)["interaction_id"].to_list() == [
        "sonnet-9-0"
    ]


def test_a_cached_share_that_the_log_does_not_tell_is_solved_for():
    rows = log("openai", "small").with_columns(cost_usd=at(SMALL))
    untold = rows.with_columns(
        input_tokens=pl.col("input_tokens") + pl.col("cache_read_tokens"),
        cache_read_tokens=pl.lit(0),
    )
    found = reconciled(untold)
    below = [one for one in found.reasons if one.reason == why.SHARE_CACHED]
    assert sum(one.requests for one in below) == found.stray_requests == 40
    assert below[0].whole == below[0].implied == 40
    cached = dict(rows.select("interaction_id", "cache_read_tokens").rows())
    for stray in found.strays:
        assert stray.tokens == pytest.approx(cached[stray.interaction_id], abs=0.01)


def test_an_implausible_record_is_apart_and_both_totals_are_told():
    found = reconciled(good()[0], one(cost_usd=pl.lit(9_990.01)))
    kept = good()[0]["cost_usd"].sum()
    assert found.total == pytest.approx(kept + 9_990.01)
    assert found.total_without == pytest.approx(kept)
    assert [one.interaction_id for one in found.apart] == ["sonnet-9-0"]
    assert reasons(found) == {why.APART: 1}
    assert found.held.requests == 40
    assert found.reproduced.value == 1


def test_of_many_messages_a_part_is_looked_at_and_shares_have_intervals():
    rows = log("anthropic", "sonnet", 2_000).with_columns(cost_usd=at(SONNET))
    odd = rows.with_columns(
        cost_usd=pl.when(pl.col("input_tokens") % 4 == 0)
        .then(pl.col("cost_usd") * 1.5)
        .otherwise("cost_usd")
    )
    found = reconciled(odd, most=500)
    assert 300 < found.looked_at < 700
    assert found.logged == found.requests == 2_000
    true = (odd["input_tokens"] % 4 != 0).mean()
    assert found.reproduced.low < true < found.reproduced.high
    assert found.held.requests == 2_000


def test_days_and_strays_are_told_the_largest_first():
    rows = log("anthropic", "sonnet").with_columns(
        cost_usd=pl.when(pl.int_range(pl.len()) < 6).then(at(SONNET) * 1.1).otherwise(at(SONNET))
    )
    found = reconciled(rows)
    assert found.days_off == len(found.days) == 4
    off = [abs(one.held.difference) for one in found.days]
    assert off == sorted(off, reverse=True)
    assert {one.reason for one in found.days} == {why.BY_RULE}
    assert [one.rule for one in found.strays] == [0] * 6


def bill(month, provider, usd, currency="USD"):
    return SimpleNamespace(month=month, provider=provider, amount=usd, currency=currency, usd=usd)


def test_bills_are_held_against_their_month():
    rows = log("anthropic", "sonnet", 120, days=120, start=datetime(2026, 3, 15, tzinfo=UTC))
    rows = rows.with_columns(cost_usd=at(SONNET))
    april = rows.filter(pl.col("occurred_at").dt.month() == 4)["cost_usd"].sum()
    june = rows.filter(pl.col("occurred_at").dt.month() == 6)["cost_usd"].sum()
    found = reconciled(
        rows,
        bills=[
            bill("2026-03", "anthropic", 50.0),
            bill("2026-04", "Claude", april + 20),
            bill("2026-04", "anthropic", -20.0),
            bill("2026-06", "anthropic", june * 1.25),
            bill("2026-01", "anthropic", 10.0),
            bill("2026-05", "antropic", 5.0),
        ],
    )
    told = {(one.month, one.provider): one for one in found.bills}
    states = {key: one.state for key, one in told.items()}
    assert states == {
        ("2026-01", "anthropic"): "no data",
        ("2026-03", "anthropic"): "part of the month",
        ("2026-04", "anthropic"): "agrees",
        ("2026-05", "anthropic"): "no bill",
        ("2026-05", "antropic"): "unknown provider",
        ("2026-06", "anthropic"): "differs",
    }
    assert told["2026-04", "anthropic"].gap == pytest.approx(0, abs=1e-9)
    assert told["2026-06", "anthropic"].gap == pytest.approx(june * 0.25)
    assert told["2026-06", "anthropic"].share == pytest.approx(0.2)
    assert told["2026-05", "antropic"].nearest == "anthropic"
    assert (told["2026-03", "anthropic"].days, told["2026-03", "anthropic"].of_days) == (17, 31)
    asked = [one.what for one in found.findings if one.needs_decision]
    assert asked == ["anthropic 2026-06"]


def kept(rows, *, price):
    """Messages of which some keep a part of what they cache for an hour, at that price."""
    part = pl.int_range(pl.len()) % 10
    rows = rows.with_columns(cache_write_1h_tokens=pl.col("cache_write_tokens") * part // 9)
    hour = pl.col("cache_write_1h_tokens") * (price - 3.75) / 1e6
    return rows.with_columns(cost_usd=at(SONNET) + hour)


HOURLY = PRICES.with_columns(
    cache_write_1h_per_mtok=pl.when(provider="anthropic").then(2 * pl.col("input_per_mtok"))
)


def test_caches_of_five_minutes_and_an_hour_reconcile_together():
    rows = kept(log("anthropic", "sonnet", 90), price=6.0)
    found = reconciled(rows, prices=HOURLY)
    assert found.reproduced.value == 1
    assert found.held.logged == pytest.approx(found.held.listed, rel=1e-12)
    untold = reconciled(rows.drop("cache_write_1h_tokens"), prices=HOURLY)
    assert untold.reproduced.value < 0.6
    assert {one.cache for one in untold.rules} == {"written for an hour"}
    assert set(reasons(untold)) == {why.BY_RULE, why.HOUR_IN_PART}
    (part,) = [one for one in untold.reasons if one.reason == why.HOUR_IN_PART]
    assert part.whole == part.implied == part.requests  # tokens of an hour, told by the cost


def test_a_log_that_charges_an_hour_as_five_minutes_is_named():
    rows = kept(log("anthropic", "sonnet", 90), price=3.75)
    found = reconciled(rows, prices=HOURLY)
    assert {one.cache for one in found.rules} == {"hour as minutes"}
    assert set(reasons(found)) == {why.BY_RULE}
    assert found.named.value == 1


def test_prompts_beyond_a_length_are_told_by_the_price_of_their_tier():
    tier = line("anthropic", "sonnet", "2026-01-01", (6.0, 0.6, 7.5, 22.5), tier="above-200k")
    prices = pl.concat([PRICES, pl.DataFrame([tier], schema=PRICES.schema)])
    rows = log("anthropic", "sonnet", 200)
    read = pl.when(pl.int_range(pl.len()) % 40 == 0).then(200_001).otherwise("cache_read_tokens")
    rows = rows.with_columns(cache_read_tokens=read)
    prompt = pl.sum_horizontal("input_tokens", "cache_read_tokens", "cache_write_tokens")
    dear = pl.when(prompt > 200_000).then(at((6.0, 0.6, 7.5, 22.5))).otherwise(at(SONNET))
    found = reconciled(rows.with_columns(cost_usd=dear), prices=prices)
    (rule,) = found.rules
    assert (rule.price, rule.label) == ("tier", "above-200k")
    assert (
        rule.requests
        == rows.filter(prompt > 200_000).height
        == 5 + rows.filter((prompt > 200_000) & (pl.col("cache_read_tokens") != 200_001)).height
    )
    assert found.named.value == 1
