"""Switching to a cheaper model: what is advised, what is only tried, what is refused."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.costs.opportunities.switching import find_switches, opportunities_of
from assay.core.errors import ParameterError
from assay.features.work import work_of

FIRST = datetime(2026, 4, 6, tzinfo=UTC)
DAYS = 56


def _rows(model, day, *, user, won, cost, item=None, tier="standard", provider="maker", **more):
    n = len(won)
    return pl.DataFrame(
        {
            "occurred_at": [FIRST + timedelta(days=int(d), minutes=k) for k, d in enumerate(day)],
            "agent_id": more.get("agent", ["agent"] * n),
            "user_id": user,
            "user_type": more.get("user_type", ["any"] * n),
            "provider": [provider] * n,
            "model": [model] * n,
            "service_tier": [tier] * n,
            "operation": ["chat" if item is None else "evaluation"] * n,
            "item_id": pl.Series([None] * n if item is None else item, dtype=pl.String),
            "input_tokens": [100] * n,
            "output_tokens": [10] * n,
            "cost_usd": np.asarray(cost, dtype=float),
            "succeeded": np.asarray(won, dtype=bool),
        }
    )


def _production(rng, model="large", n=1120, rate=0.8, price=1.0, user_type=None):
    """Some 20 requests a day of 200 users."""
    day = np.sort(rng.integers(0, DAYS, n))
    users = [f"u{k}" for k in rng.integers(0, 200, n)]
    cost = price * np.exp(0.5 * rng.standard_normal(n) - 0.125)
    more = {} if user_type is None else {"user_type": user_type}
    return _rows(model, day, user=users, won=rng.random(n) < rate, cost=cost, **more)


def _replayed(rng, loss=0.0, n=600, model="small", price=0.3, base=None):
    """The same items by `large`, whose outcomes are `base`, and by a cheaper model."""
    hard = np.exp(0.6 * rng.standard_normal(n))
    won = rng.random(n) < 0.8 if base is None else base
    flips = rng.random(n)
    other = np.where(won, flips > (0.05 + loss / 2) / 0.8, flips < (0.05 - loss / 2) / 0.2)
    day = np.full(n, DAYS - 5)
    items = [f"i{k}" for k in range(n)]
    return [
        _rows(name, day, user=["judge"] * n, won=each, cost=factor * hard, item=items)
        for name, each, factor in (("large", won, 1.0), (model, other, price))
    ]


def _found(frames, **options):
    return find_switches(work_of(pl.concat(frames).lazy(), None), **options)


def test_a_model_as_good_over_the_same_items_is_advised_with_what_it_saves():
    rng = np.random.default_rng(1)
    production = _production(rng)
    found = _found([production, *_replayed(rng)], margin=0.05)
    (move,) = found.moves
    assert (move.state, move.seen, move.kind, move.unit) == ("advised", "paired", "model", "item")
    assert (move.current, move.candidate) == (
        "maker · large · standard",
        "maker · small · standard",
    )
    assert move.n == 600
    assert move.quality.low > -0.05
    assert move.cost_ratio.value == pytest.approx(0.3)
    a_month = production["cost_usd"].sum() / DAYS * 365.2425 / 12  # evaluation is no such work
    assert move.spend.low < a_month < move.spend.high
    assert move.saving.value == pytest.approx(0.7 * move.spend.value, rel=1e-6)
    assert move.saving.low < 0.7 * a_month < move.saving.high
    assert move.trial.design == "A/B test"
    (told,) = opportunities_of(found)
    assert (told.state, told.evidence, told.kind) == ("advised", "paired", "model")
    assert told.finding.size == move.saving
    assert len(told.risks) >= 3
    assert told.trial.per_arm == move.trial.per_arm > 100


def test_quality_is_that_of_a_paired_comparison_and_worse_is_no_saving():
    rng = np.random.default_rng(2)
    frames = _replayed(rng, loss=0.09)
    found = _found([_production(rng), *frames], margin=0.02)
    (move,) = found.moves
    difference = frames[1]["succeeded"].mean() - frames[0]["succeeded"].mean()
    assert move.quality.value == pytest.approx(difference)
    assert move.quality.value < -0.02
    assert move.state == "no evidence"
    assert "by more than the margin" in move.reason
    assert opportunities_of(found)[0].trial is None


def test_too_few_items_end_in_a_replay_of_more():
    rng = np.random.default_rng(3)
    found = _found([_production(rng), *_replayed(rng, n=60)], margin=0.03)
    (move,) = found.moves
    if move.quality.value < -0.03:  # chance: then it is told to be worse
        pytest.fail("the seed draws a worse model")
    assert move.state == "try"
    assert (move.trial.design, move.trial.unit) == ("replay", "item")
    assert move.trial.per_arm > 60


def test_like_work_is_an_association_and_never_advised():
    rng = np.random.default_rng(4)
    found = _found(
        [_production(rng, n=4000), _production(rng, "small", 4000, price=0.3)], margin=0.1
    )
    (move,) = found.moves
    assert move.quality.low > -0.1  # it would be shown, were it no mere association
    assert (move.state, move.seen) == ("try", "matched")
    assert move.trial.design == "A/B test"
    assert move.trial.unit == "user_id"
    (told,) = opportunities_of(found)
    assert told.evidence == "association"
    assert any("easier requests" in risk for risk in told.risks)


def test_easier_work_is_told_apart_where_a_column_shows_it():
    rng = np.random.default_rng(5)
    easy, hard = ["easy"] * 3000, ["hard"] * 3000
    frames = [
        _production(rng, n=3000, rate=0.6, user_type=hard),
        _production(rng, n=500, rate=0.9, user_type=easy[:500]),
        _production(rng, "small", 2000, rate=0.5, price=0.3, user_type=hard[:2000]),
        _production(rng, "small", 3000, rate=0.8, price=0.3, user_type=easy),
    ]
    (move,) = _found(frames, margin=0.05).moves
    plain = pl.concat(frames).group_by("model").agg(pl.col("succeeded").mean())
    rates = dict(plain.iter_rows())
    assert rates["small"] > rates["large"] + 0.05  # what a bare comparison would say
    assert move.quality.value == pytest.approx(-0.1, abs=0.04)
    assert move.state == "no evidence"


def test_where_the_dearer_one_is_asked_because_the_cheaper_failed_items_prove_nothing():
    rng = np.random.default_rng(6)
    n = 800
    small = rng.random(n) < 0.6
    items = np.array([f"i{k}" for k in range(n)])
    day = rng.integers(0, DAYS, n)
    users = [f"u{k}" for k in rng.integers(0, 200, n)]
    asked = ~small
    frames = [
        _rows("small", day, user=users, won=small, cost=np.full(n, 0.1), item=list(items)),
        _rows(
            "large",
            day[asked],
            user=list(np.array(users)[asked]),
            won=rng.random(asked.sum()) < 0.02,
            cost=np.exp(0.2 * rng.standard_normal(asked.sum())),
            item=list(items[asked]),
        ),
    ]
    frames = [frame.with_columns(operation=pl.lit("chat")) for frame in frames]
    found = _found(frames, margin=0.05)
    assert found.moves
    assert all(move.state != "advised" for move in found.moves)
    assert all(move.selected or move.seen == "matched" for move in found.moves)


def test_the_level_is_divided_by_all_pairs_compared_over_items():
    rng = np.random.default_rng(7)
    base = rng.random(600) < 0.8
    frames = [_production(rng)]
    for k in range(3):
        replayed = _replayed(rng, model=f"small-{k}", price=0.3 + 0.1 * k, base=base)
        frames += replayed[1:] if k else replayed
    found = _found(frames, margin=0.05)
    assert found.compared == 3  # of the cheaper ones none has work that could be given away
    assert found.level == pytest.approx(1 - 2 * 0.05 / 3)
    ends = [move.quality.high - move.quality.low for move in found.moves]
    alone = _found([frames[0], *frames[1:3]], margin=0.05).moves[0].quality
    assert min(ends) > alone.high - alone.low


def test_the_same_model_elsewhere_is_another_provider_or_tier():
    rng = np.random.default_rng(8)
    frames = _replayed(rng)
    elsewhere = [
        frames[0],
        frames[1].with_columns(model=pl.lit("large"), provider=pl.lit("cloud")),
    ]
    (move,) = _found([_production(rng), *elsewhere], margin=0.05).moves
    assert move.kind == "provider"
    tier = [frames[0], frames[1].with_columns(model=pl.lit("large"), service_tier=pl.lit("flex"))]
    (move,) = _found([_production(rng), *tier], margin=0.05).moves
    assert move.kind == "tier"
    waiting = frames[1].with_columns(model=pl.lit("large"), service_tier=pl.lit("batch"))
    assert not _found([_production(rng), frames[0], waiting], margin=0.05).moves


def test_a_model_that_has_stopped_saves_nothing_and_few_days_tell_no_month():
    rng = np.random.default_rng(9)
    late = _production(rng, "other", n=300).with_columns(pl.col("occurred_at") + timedelta(days=60))
    stopped = _found([_production(rng), *_replayed(rng), late], margin=0.05)
    assert not [move for move in stopped.moves if "large" in move.current]
    few = [
        frame.filter(pl.col("occurred_at") >= FIRST + timedelta(days=50))
        for frame in [_production(rng), *_replayed(rng)]
    ]
    found = _found(few, margin=0.05)
    assert (found.moves, found.idle) == ((), 1)
    once = _production(rng).filter(pl.col("occurred_at") < FIRST + timedelta(days=3))
    again = once.with_columns(pl.col("occurred_at") + timedelta(days=30))
    assert _found([once, again, *_replayed(rng)], margin=0.05).idle == 1


def test_one_model_alone_has_no_rival_and_shares_are_shares():
    rng = np.random.default_rng(10)
    found = _found([_production(rng)])
    assert (found.moves, found.compared, found.unseen) == ((), 0, 0)
    assert _found(_replayed(rng)).moves == ()  # evaluation alone is no work to be given away
    with pytest.raises(ParameterError, match="margin=0"):
        _found([_production(rng)], margin=0)


def test_agents_are_kinds_of_work_of_their_own():
    rng = np.random.default_rng(11)
    one = _production(rng, n=2000)
    other = _production(rng, "small", 2000, price=0.3).with_columns(agent_id=pl.lit("another"))
    found = _found([one, other])
    assert found.moves == ()
