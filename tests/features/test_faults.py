import math

import polars as pl
import pytest

from assay.core.errors import DataError
from assay.features.arms import Design, summarise_arms
from features.arm_tables import COST, RATE, visits

UNITS = [None, "user"]


def summarise(frame, **changes):
    chosen = {"arm": "arm", "control": "A", "metrics": [RATE, COST]} | changes
    return summarise_arms(frame.lazy(), Design.of(**chosen))


def spoilt(column, value, rows=3):
    spot = pl.int_range(pl.len()) < rows
    return visits().with_columns(
        pl.when(spot).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
    )


def message(frame, **changes):
    with pytest.raises(DataError) as caught:
        summarise(frame, **changes)
    return str(caught.value)


def test_a_missing_column_has_its_nearest_name():
    said = message(visits(), metrics=[COST | {"value": "csot"}])
    assert "no column 'csot'" in said
    assert "did you mean 'cost'?" in said
    assert "no column 'varm'" in message(visits(), arm="varm")
    assert "no column 'nobody'" in message(visits(), unit="nobody")
    assert "no column 'land'" in message(visits(), segments=["land"])


def test_text_in_a_number_column_is_counted_and_never_quoted():
    frame = (
        visits()
        .with_columns(pl.col("cost").cast(pl.String))
        .with_columns(
            cost=pl.when(pl.int_range(pl.len()) == 5).then(pl.lit("Anna Miller")).otherwise("cost")
        )
    )
    said = message(frame)
    assert "column 'cost' holds String, no number in 1 of" in said
    assert "Anna" not in said


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(
    ("metric", "column"),
    [
        (COST, "cost"), (RATE, "ok"), (COST | {"per_unit": "max"}, "cost"),
        (COST | {"covariate": "tokens"}, "tokens"),
        ({"name": "r", "kind": "ratio", "numerator": "cost", "denominator": "tokens"}, "tokens"),
    ],
)  # fmt: skip
def test_a_missing_value_is_refused_with_count_and_share(unit, metric, column):
    said = message(spoilt(column, None), metrics=[metric], unit=unit)
    assert f"column {column!r} has no value in 3 of 900 rows (0.33%)" in said
    assert "missing: exclude" in said


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("reduce", ["sum", "mean", "max"])
def test_nan_is_missing_and_infinity_is_never_taken(unit, reduce):
    metric = COST | {"per_unit": reduce}
    assert "(0 null, 3 NaN)" in message(spoilt("cost", math.nan), metrics=[metric], unit=unit)
    for value in (math.inf, -math.inf):
        for missing in ("refuse", "exclude"):
            chosen = [metric | {"missing": missing}]
            if unit and reduce == "max" and value < 0:
                continue  # a unit's greatest value does not depend on its least
            said = message(spoilt("cost", value), metrics=chosen, unit=unit)
            assert "infinite in 3 of 900 rows" in said


@pytest.mark.parametrize("unit", UNITS)
def test_excluded_values_are_counted(unit):
    metric = COST | {"missing": "exclude", "per_unit": "mean"}
    for nothing in (None, math.nan):
        frame = spoilt("cost", nothing, rows=9)
        found = summarise(frame, metrics=[metric], unit=unit).samples["cost"]
        left = frame.filter(pl.col("cost").is_not_null() & pl.col("cost").is_not_nan())
        counted = left.height if unit is None else left["user"].n_unique()
        assert sum(sample.n for sample in found.values()) == counted
        everything = 900 if unit is None else 120
        assert sum(sample.missing for sample in found.values()) == everything - counted


@pytest.mark.parametrize("unit", UNITS)
def test_excluding_a_rate_leaves_out_what_has_no_value(unit):
    frame = visits().with_columns(ok=pl.when(pl.col("user") % 10 < 2).then(None).otherwise("ok"))
    found = summarise(frame, metrics=[RATE | {"missing": "exclude"}], unit=unit).samples["solved"]
    kept = frame.drop_nulls("ok")
    expected = kept.height if unit is None else kept["user"].n_unique()
    assert sum(sample.n for sample in found.values()) == expected


@pytest.mark.parametrize("unit", UNITS)
def test_a_rate_is_of_zeros_and_ones(unit):
    frame = visits().with_columns(ok=pl.col("ok").cast(pl.Float64))
    frame = frame.with_columns(ok=pl.when(pl.int_range(pl.len()) < 2).then(0.37).otherwise("ok"))
    said = message(frame, metrics=[RATE], unit=unit)
    assert "2 rows of 'ok' hold neither 0 nor 1, for example 0.37" in said
    adjusted = RATE | {"covariate": "tokens"}
    assert "neither 0 nor 1" in message(frame, metrics=[adjusted], unit=unit)


def test_more_successes_than_trials_are_refused():
    frame = pl.DataFrame({"arm": ["A", "B"], "ones": [3, 9], "all": [10, 8]})
    metric = {"name": "r", "kind": "rate", "numerator": "ones", "denominator": "all"}
    assert "(9, 8), expected whole numbers" in message(frame, metrics=[metric])


def test_fractions_are_no_successes_even_where_they_add_up_to_whole_numbers():
    frame = pl.DataFrame({"arm": ["A", "A", "B"], "ok": [1.5, 2.5, 3], "cost": [10.0, 10, 10]})
    rate = {"name": "rate", "kind": "rate", "numerator": "ok", "denominator": "cost"}
    assert "expected whole numbers" in message(frame, metrics=[rate])


@pytest.mark.parametrize("unit", UNITS)
def test_a_row_without_an_arm_or_unit_is_refused(unit):
    for nothing in (None, " "):
        assert "3 rows have no arm in column 'arm'" in message(spoilt("arm", nothing), unit=unit)
    if unit:
        assert "have no unit in column 'user'" in message(spoilt("user", None), unit=unit)


def test_events_without_a_unit_are_refused_beside_assignments_too():
    assigned = visits().group_by("user").agg(pl.col("arm").first()).rename({"user": "unit_id"})
    chosen = Design.of(arm="arm", control="A", metrics=[COST], unit="user")
    with pytest.raises(DataError, match="some rows of the data have no unit in column 'user'"):
        summarise_arms(spoilt("user", None).lazy(), chosen, assignments=assigned.lazy())


def test_units_that_are_all_in_several_arms_are_named_as_such():
    both = pl.concat([visits(), visits().with_columns(arm=pl.lit("C"))])
    said = message(both, unit="user", design="independent")
    assert "all 120 units of 'user' are in more than one arm" in said


@pytest.mark.parametrize("unit", UNITS)
def test_one_arm_is_no_experiment(unit):
    alone = visits().filter(pl.col("arm") == "A")
    assert "only one arm, 'A'" in message(alone, unit=unit)
    assert "no rows are left to compare" in message(visits().clear(), unit=unit)


@pytest.mark.parametrize("unit", UNITS)
def test_the_control_is_among_the_arms(unit):
    frame = visits().with_columns(arm=pl.col("arm").replace({"A": "control", "B": "new"}))
    said = message(frame, control="contrl", unit=unit)
    assert "control 'contrl' is not among the arms" in said
    assert "did you mean 'control'?" in said


@pytest.mark.parametrize("unit", UNITS)
def test_an_arm_of_the_split_has_rows_and_an_arm_with_rows_a_share(unit):
    said = message(visits(), split={"A": 1, "B": 1, "C": 1}, unit=unit)
    assert "arm 'C' of the split is empty" in said
    frame = visits().with_columns(
        arm=pl.when(pl.col("user") == 1).then(pl.lit("C")).otherwise("arm")
    )
    assert "arm 'C' has rows but no share" in message(frame, split={"A": 1, "B": 1}, unit=unit)


def test_an_arm_without_any_value_is_empty():
    frame = visits().with_columns(cost=pl.when(pl.col("arm") == "A").then("cost"))
    said = message(frame, metrics=[COST | {"missing": "exclude"}])
    units = visits().filter(pl.col("arm") == "B").height
    assert f"arm 'B' is empty: none of its {units} units has a value of metric 'cost'" in said


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 + 0.1])
def test_a_constant_metric_has_nothing_to_compare(unit, value):
    frame = visits().with_columns(cost=pl.lit(value))
    said = message(frame, metrics=[COST | {"per_unit": "mean"}], unit=unit)
    assert "metric 'cost' is constant" in said
    never = visits().with_columns(ok=pl.lit(value=False))
    assert "metric 'solved' is constant" in message(never, metrics=[RATE], unit=unit)


@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e-160])
def test_values_whose_squares_vanish_are_not_called_constant(scale):
    frame = visits().with_columns(pl.col("cost") * scale)
    assert "too small to be squared" in message(frame, metrics=[COST])


@pytest.mark.parametrize("shift", [1e12, 1e14])
def test_values_far_from_zero_that_differ_are_not_called_constant(shift):
    frame = visits().with_columns(cost=pl.int_range(pl.len()) % 97 + shift)
    found = summarise(frame, metrics=[COST]).samples["cost"]["A"]
    near = visits().with_columns(cost=pl.int_range(pl.len()) % 97)
    exact = summarise(near, metrics=[COST]).samples["cost"]["A"]
    assert found.moments.variance() == pytest.approx(exact.moments.variance(), rel=1e-9)


def test_a_constant_covariate_is_refused():
    frame = visits().with_columns(tokens=pl.lit(7))
    said = message(frame, metrics=[COST | {"covariate": "tokens"}])
    assert "covariate 'tokens' is constant" in said


@pytest.mark.parametrize("unit", UNITS)
def test_an_identifier_is_no_arm(unit):
    frame = visits().with_columns(arm=pl.int_range(pl.len()).cast(pl.String))
    assert "looks like an identifier" in message(frame, control="5", unit=unit)


def test_time_holds_times():
    assert "time column 'where' holds String" in message(visits(), time="where")


def test_an_experiment_without_rows_says_so():
    frame = visits().with_columns(experiment_id=pl.lit("x"))
    assert "no rows are left to compare" in message(frame, experiment="y")


def test_a_corrupt_file_is_refused(tmp_path):
    path = tmp_path / "visits.parquet"
    visits(rows=20_000).write_parquet(path)
    body = bytearray(path.read_bytes())
    body[2000:40_000] = bytes(38_000)
    path.write_bytes(body)
    with pytest.raises(DataError, match="cannot be read"):
        summarise_arms(pl.scan_parquet(path), Design.of(arm="arm", control="A", metrics=[COST]))


def test_text_far_down_a_csv_is_refused(tmp_path):
    path = tmp_path / "visits.csv"
    lines = ["arm,cost", *(f"{'AB'[i % 2]},{i}" for i in range(5000)), "A,unknown"]
    path.write_text("\n".join(lines))
    with pytest.raises(DataError, match=r"cannot be read.*could not parse a value"):
        summarise_arms(pl.scan_csv(path), Design.of(arm="arm", control="A", metrics=[COST]))


def test_units_of_events_and_assignments_are_of_one_kind():
    assigned = pl.DataFrame({"unit_id": ["0", "1"], "variant": ["A", "B"]})
    chosen = Design.of(arm="arm", control="A", metrics=[COST], unit="user")
    with pytest.raises(DataError, match="is Int64 in the data and String in the assignments"):
        summarise_arms(visits().lazy(), chosen, assignments=assigned.lazy())
