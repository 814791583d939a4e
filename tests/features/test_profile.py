"""What a profile counts, and what it never shows."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.features.profile import Scope, profile_rows
from assay.schema import schema_of

SCHEMA = {name: column.dtype for name, column in schema_of("interactions").columns().items()}
START = datetime(2026, 6, 1, 12, tzinfo=UTC)


def rows(n=600, **columns):
    """n interactions, ten a day, of thirty persons."""
    base = {
        "interaction_id": [f"i{i}" for i in range(n)],
        "occurred_at": [START + timedelta(days=i // 10, seconds=i) for i in range(n)],
        "user_id": [f"u{i % 30}" for i in range(n)],
        "model": ["m-1" if i % 3 else "m-2" for i in range(n)],
        "input_tokens": [1_000 + i for i in range(n)],
        "output_tokens": [100] * n,
        "cost_usd": [(1_000 + i) * 3e-6 + 100 * 15e-6 for i in range(n)],
    }
    frame = pl.DataFrame(base | columns)
    missing = [pl.lit(None, dtype=t).alias(c) for c, t in SCHEMA.items() if c not in frame.columns]
    return frame.with_columns(missing).select(list(SCHEMA)).cast(SCHEMA).lazy()


def profiled(frame, **scope):
    return profile_rows(frame, Scope(**({"labels": ("model",), "mix": ("model",)} | scope)))


def test_columns_are_counted_as_an_obvious_count_does():
    frame = rows(rating=[None if i % 4 else 0.5 + i / 2_000 for i in range(600)])
    found = {column.name: column for column in profiled(frame).columns}
    whole = frame.collect()
    for name in ("user_id", "rating", "input_tokens", "occurred_at", "tool"):
        known = whole[name].drop_nulls()
        assert found[name].missing == whole[name].null_count()
        assert found[name].distinct == known.n_unique()
    assert (found["rating"].low, found["rating"].high) == (0.5, whole["rating"].max())
    assert found["user_id"].low is None


def test_the_ends_of_a_column_of_the_users_own_are_one_persons_and_not_told():
    born = pl.int_range(1_940, 2_540).alias("ctx_born")
    days = pl.date(1990, 1, 1).alias("ctx_birthday")
    found = {each.name: each for each in profiled(rows().with_columns(born, days)).columns}
    for name in ("ctx_born", "ctx_birthday"):
        assert (found[name].low, found[name].high) == (None, None)
    assert found["ctx_born"].distinct == 600


def test_days_without_rows_are_days():
    frame = rows().filter(pl.col("occurred_at").dt.date() != date(2026, 6, 9))
    days = dict(profiled(frame).days)
    assert len(days) == 60
    assert days[date(2026, 6, 9)] == 0
    assert set(days.values()) == {0, 10}


@pytest.mark.parametrize(
    ("rare", "told"),
    [
        (["small"] * 20 + ["m-1"] * 30 + ["m-2"] * 550, {"m-2", "other"}),
        (["small"] * 20 + ["tiny"] * 10 + ["m-1"] * 30 + ["m-2"] * 540, {"m-2", "other"}),
        (["m-1"] * 50 + ["m-2"] * 550, {"m-1", "m-2"}),
    ],
)
def test_the_share_of_a_small_name_is_not_what_the_others_leave(rare, told):
    persons = [{"small": "a", "tiny": "b"}.get(name, f"u{i}") for i, name in enumerate(rare)]
    found = profiled(rows(model=rare, user_id=persons))
    (mix,) = found.labels.mixes
    assert set(mix.levels) == told


def test_a_name_of_few_persons_or_that_looks_like_a_person_is_counted_and_not_shown():
    names = ["anna@example.com" if i % 2 else "Anna Berg" for i in range(600)]
    names[0:300] = ["agent-1"] * 300
    names[5] = "rare"
    found = profiled(rows(agent_id=names), labels=("agent_id",), mix=("agent_id",), recent_days=30)
    (column,) = [one for one in found.labels.columns if one.column == "agent_id"]
    assert (column.values, column.hidden) == (4, 3)
    assert column.new == column.new_hidden == 2
    said = repr(found.labels)
    assert "Anna" not in said
    assert "anna" not in said
    assert "rare" not in said
    assert "agent-1" in said


def test_a_value_of_the_recent_days_alone_is_new():
    models = ["m-1"] * 500 + ["m-9"] * 100
    (new,) = profiled(rows(model=models), recent_days=14).labels.new
    assert (new.value, new.first, new.rows) == ("m-9", date(2026, 7, 21), 100)


def test_rows_that_can_hardly_be_true_are_counted():
    frame = rows(
        parent_id=["i10" if i in {3, 20} else "nobody" if i == 40 else None for i in range(600)],
        cost_usd=[0.0 if i == 7 else 0.01 for i in range(600)],
        input_tokens=[0 if i == 9 else 100 for i in range(600)],
        output_tokens=[0 if i == 9 else 100 for i in range(600)],
    )
    odd = profiled(frame, as_of=date(2026, 7, 29)).oddities
    assert (odd.children, odd.before_parent, odd.orphans) == (3, 1, 1)
    assert (odd.tokens_without_cost, odd.cost_without_tokens) == (1, 1)
    assert odd.ahead == 10


def test_copies_under_another_key_are_counted_beyond_the_first():
    frame = rows()
    copies = frame.head(5).with_columns(interaction_id=pl.concat_str(pl.lit("z"), "interaction_id"))
    assert profiled(pl.concat([frame, copies, copies])).oddities.repeated == 10
    assert profiled(frame).oddities.repeated == 0


@pytest.mark.parametrize(("factor", "dear", "cheap"), [(1e5, 1, 0), (1e-5, 0, 1), (3.0, 0, 0)])
def test_a_cost_far_from_what_is_usual_for_its_model_is_found(factor, dear, cheap):
    costs = [(1_000 + i) * 3e-6 + 100 * 15e-6 for i in range(600)]
    costs[77] *= factor
    found = profiled(rows(cost_usd=costs)).costs
    assert (found.dear, found.cheap) == (dear, cheap)


def test_no_rows_are_refused_and_so_are_senseless_scopes():
    with pytest.raises(DataError):
        profiled(rows().filter(pl.lit(value=False)))
    with pytest.raises(ParameterError):
        Scope(labels=(), mix=(), k=0)
