from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.core.errors import DataError
from assay.features.behaviour import behaviour, inputs_of
from features.behaviour.slowly import some_rows, table

BEGIN = datetime(2026, 1, 5, 10, tzinfo=UTC)


def of_users(*values, column="cost_usd", rows=10):
    """One user per value, with as many rows of it."""
    return table(
        {"user_id": f"u{user:04}", "occurred_at": BEGIN + timedelta(days=day), column: value}
        for user, value in enumerate(values)
        for day in range(rows)
    )


def inputs(frame, *names, **asked):
    return inputs_of(behaviour(frame.lazy(), features=names, **asked))


def test_the_median_is_0_and_a_typical_deviation_1():
    """Identity: 0, 1 … 8 eighths have median ½ and quartiles ¼ and ¾; a normal's are 1.349 wide."""
    found = inputs(of_users(*np.arange(9) / 8, column="rating"), "rating")
    assert found.centres.tolist() == [0.5]
    assert found.scales[0] == pytest.approx(0.5 / 1.3489795)
    assert found.matrix[:, 0] == pytest.approx((np.arange(9) / 8 - 0.5) * 1.3489795 / 0.5)


def test_amounts_that_may_be_nothing_are_compared_on_a_bent_scale():
    found = inputs(of_users(0.0, 1.0, 2.0, 4.0), "cost")
    bent = np.log1p(np.array([0, 1, 2, 4]) / 2)
    assert found.matrix[:, 0] * found.scales[0] + found.centres[0] == pytest.approx(bent)


def test_one_value_far_off_does_not_decide():
    found = inputs(of_users(*np.linspace(1, 2, 20), 1e9), "cost")
    assert found.matrix.max() == 6
    near = inputs(of_users(*np.linspace(1, 2, 20), 3.0), "cost")
    assert found.matrix[:20, 0] == pytest.approx(near.matrix[:20, 0], rel=0.02)


def test_gaps_are_typical_and_told():
    found = inputs(of_users(1.0, 2.0, 3.0, None), "cost")
    assert found.matrix[3, 0] == 0
    assert found.filled == (0.25,)


def test_what_few_are_known_of_is_left_out():
    found = behaviour(of_users(1.0, None, None, None).lazy(), features=["cost", "recency_days"])
    with pytest.raises(DataError, match=r"cost: known of 25% .* recency_days: the same for all"):
        inputs_of(found)


def test_a_share_of_few_trials_is_drawn_to_the_mean():
    rows = []
    for user in range(40):
        for trial in range(10 if user else 400):
            failed = trial % 10 < (5 if user < 2 else user % 3)
            rows.append(
                {
                    "user_id": f"u{user:02}",
                    "occurred_at": BEGIN + timedelta(minutes=trial),
                    "succeeded": not failed,
                }
            )
    found = inputs(table(rows), "errors")
    assert found.matrix[0, 0] > found.matrix[1, 0] > 0


def test_the_same_column_does_not_count_twice():
    rows = some_rows(users=12)
    for row in rows:
        row["template_id"] = row["model"]
    found = inputs(table(rows), "model_mix", "template_mix", "cost")
    assert [one.name for one in found.features] == ["model_mix", "cost"]
    assert found.left_out == (("template_mix", "it tells the same as model_mix"),)


@pytest.mark.parametrize("column", ["cost_usd", "latency_s", "rating"])
def test_infinite_values_are_refused(column):
    name = {"cost_usd": "cost", "latency_s": "latency", "rating": "rating"}[column]
    found = behaviour(of_users(1.0, float("inf"), column=column).lazy(), features=[name])
    with pytest.raises(DataError, match="is infinite for 1 of 2 entities, expected finite"):
        inputs_of(found)


def test_infinite_in_both_directions_is_no_gap():
    frame = of_users(1.0, 2.0, 3.0)
    odd = pl.Series([float("inf"), float("-inf")] + [1.0] * 28)
    found = behaviour(frame.with_columns(cost_usd=odd).lazy(), features=["cost"])
    with pytest.raises(DataError, match="is infinite for 1 of 3"):
        inputs_of(found)


def test_costs_below_nothing_are_refused():
    with pytest.raises(DataError, match="is below 0 for 1 of 2 entities, expected 0 up"):
        inputs(of_users(1.0, -1.0), "cost")


def test_not_a_number_is_a_gap():
    found = behaviour(of_users(1.0, float("nan"), 2.0).lazy(), features=["cost"])
    assert found.frame["cost"].to_list() == [1.0, None, 2.0]


def test_one_entity_cannot_be_compared():
    with pytest.raises(DataError, match="1 of 1 entities have enough data, expected 2 or more"):
        inputs(of_users(1.0), "cost")


def test_no_entity_has_enough():
    with pytest.raises(DataError, match="0 of 3 entities have enough data"):
        inputs(of_users(1.0, 2.0, 3.0, rows=3), "cost")


def test_fewer_entities_than_features():
    rows = some_rows(users=3)
    found = inputs_of(behaviour(table(rows).lazy()))
    assert found.matrix.shape[0] == 3 < found.matrix.shape[1]
    assert np.isfinite(found.matrix).all()


def test_entities_that_are_all_alike():
    with pytest.raises(DataError, match="no feature tells these entities apart"):
        inputs(of_users(*[1.0] * 5), "cost", "recency_days")


def test_all_missing():
    nothing = (
        pl.lit(None).alias(name) for name in ("cost_usd", "rating", "latency_s", "succeeded")
    )
    frame = of_users(1.0, 2.0).with_columns(nothing)
    with pytest.raises(DataError, match="no feature tells these entities apart"):
        inputs(frame, "cost", "rating", "latency", "errors")


def test_ten_thousand_names():
    frame = of_users(*range(20), rows=500).with_row_index()
    wide = frame.with_columns(model=pl.format("m{}", pl.col("index")), tool=pl.lit("one"))
    found = inputs(wide.drop("index"), "model_mix", "tool_mix", "cost")
    assert [one.name for one in found.features] == ["cost"]
    assert dict(found.left_out)["model_mix"] == "the same for all entities"
