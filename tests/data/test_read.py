"""A file held against a table: what passes, what is rejected and why, when all is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import DataError, ParameterError
from assay.core.provenance import LeftOut
from assay.data.check import check_file
from assay.data.read import read, scan, source_of
from assay.features.faults import collect

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def interactions(n: int = 100, **columns: Any) -> pl.DataFrame:
    made = {
        "interaction_id": [f"i{k}" for k in range(n)],
        "occurred_at": [NOON + timedelta(hours=k) for k in range(n)],
        "latency_s": [0.5 + k for k in range(n)],
    }
    return pl.DataFrame(made | columns)


def saved(folder: Path, frame: pl.DataFrame, name: str = "rows.parquet") -> Path:
    path = folder / name
    frame.write_csv(path) if name.endswith("csv") else frame.write_parquet(path)
    return path


def test_valid_rows_have_the_columns_and_types_of_the_table(tmp_path: Path) -> None:
    path = saved(tmp_path, interactions(ctx_team=["x"] * 100, other=[1] * 100))
    checked = read(path, table="interactions")
    rows = checked.valid.collect()
    assert rows.columns[0] == "interaction_id"
    assert rows.columns[-1] == "ctx_team"
    assert "other" not in rows.columns
    assert rows["model"].dtype == pl.String
    assert rows["model"].null_count() == len(rows) == 100
    assert checked.rejected.is_empty()
    assert (checked.source.rows, checked.source.first, checked.source.last) == (
        100,
        "2026-06-01",
        "2026-06-05",
    )


def test_three_formats_of_the_sample_give_identical_rows(
    sample_folder: Path, tmp_path: Path
) -> None:
    rows = pl.read_parquet(sample_folder / "interactions.parquet").sample(3_000, seed=1)
    rows = rows.with_columns(ctx_day=pl.col("occurred_at").dt.date(), ctx_n=pl.lit(7))
    rows.write_parquet(tmp_path / "r.parquet")
    rows.write_csv(tmp_path / "r.csv")
    rows.write_ndjson(tmp_path / "r.jsonl")
    found = [
        read(tmp_path / f"r.{suffix}", table="interactions").valid.collect()
        for suffix in ("parquet", "csv", "jsonl")
    ]
    assert found[0].select(pl.exclude("ctx_n")).equals(rows.select(pl.exclude("ctx_n")))
    assert found[1].equals(found[2])
    assert found[1].equals(found[0].with_columns(pl.col("ctx_n").cast(pl.Int64)))


def test_lists_survive_csv(sample_folder: Path, tmp_path: Path) -> None:
    rows = pl.read_parquet(sample_folder / "attempts.parquet").head(200)
    rows.with_columns(pl.col("skills").list.join(";")).write_csv(tmp_path / "a.csv")
    assert read(tmp_path / "a.csv", table="attempts").valid.collect().equals(rows)


def test_rejected_rows_keep_their_words_and_say_why(tmp_path: Path) -> None:
    frame = interactions().with_columns(
        latency_s=pl.when(pl.int_range(pl.len()) == 7)
        .then(pl.lit("fast"))
        .otherwise(pl.col("latency_s").cast(pl.String)),
        input_tokens=pl.when(pl.int_range(pl.len()).is_in([7, 9])).then(-1).otherwise(5),
    )
    checked = read(saved(tmp_path, frame, "rows.csv"), table="interactions")
    assert checked.rejected.select("row", "reasons", "interaction_id", "latency_s").rows() == [
        (8, ["input_tokens is below 0", "latency_s is not a number"], "i7", "fast"),
        (10, ["input_tokens is below 0"], "i9", "9.5"),
    ]
    assert checked.reasons == (
        LeftOut(what="rows of interactions", count=2, reason="input_tokens is below 0"),
        LeftOut(what="rows of interactions", count=1, reason="latency_s is not a number"),
    )
    assert checked.source.left_out == checked.reasons
    assert checked.source.rows == len(checked.valid.collect()) == 98


@pytest.mark.parametrize("missing", [None, "", " ", float("nan")])
def test_a_key_that_is_missing_is_one_reason_not_several(tmp_path: Path, missing: Any) -> None:
    keys = (
        [f"{k}" for k in range(100)] if isinstance(missing, str) else [float(k) for k in range(100)]
    )
    keys[3:5] = [missing, missing]
    frame = interactions(interaction_id=pl.Series(keys, strict=False))
    checked = read(saved(tmp_path, frame), table="interactions")
    assert [(r.reason, r.count) for r in checked.reasons] == [("interaction_id is missing", 2)]


def test_a_repeated_key_rejects_all_its_rows(tmp_path: Path) -> None:
    frame = interactions(interaction_id=["same", "same", *(f"i{k}" for k in range(98))])
    checked = read(saved(tmp_path, frame), table="interactions")
    assert [(r.reason, r.count) for r in checked.reasons] == [
        ("interaction_id appears more than once", 2)
    ]


def test_nan_counts_as_missing_and_infinite_is_rejected(tmp_path: Path) -> None:
    costs = [float("nan"), float("inf"), *([0.1] * 98)]
    checked = read(saved(tmp_path, interactions(cost_usd=costs)), table="interactions")
    assert [(r.reason, r.count) for r in checked.reasons] == [("cost_usd is infinite", 1)]
    assert checked.valid.collect()["cost_usd"].null_count() == 1


def test_numbers_for_times_are_rejected_until_their_unit_is_told(tmp_path: Path) -> None:
    frame = interactions(occurred_at=list(range(100)))
    with pytest.raises(DataError, match=r"occurred_at is not a time .*for example 0 "):
        read(saved(tmp_path, frame), table="interactions")


def test_too_many_rejected_rows_refuse_the_file(tmp_path: Path) -> None:
    words = ["slow"] * 6 + ["1.5"] * 94
    path = saved(tmp_path, interactions(latency_s=words))
    with pytest.raises(DataError) as error:
        read(path, table="interactions")
    assert "6 of 100 rows" in error.value.message
    assert "(6.0%) are rejected, expected at most 5.0%" in error.value.message
    assert "latency_s is not a number, for example 'slow' (6 rows)" in error.value.message
    assert "assay check" in error.value.remedy
    assert read(path, table="interactions", max_rejected=0.06).source.rows == 94


def test_exactly_the_stated_share_is_not_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, interactions(latency_s=[-1.0] * 5 + [1.0] * 95))
    assert len(read(path, table="interactions", max_rejected=0.05).rejected) == 5
    with pytest.raises(DataError):
        read(path, table="interactions", max_rejected=0.0499)


def test_a_missing_required_column_offers_the_nearest(tmp_path: Path) -> None:
    path = saved(tmp_path, interactions().rename({"occurred_at": "occured_at"}))
    with pytest.raises(DataError, match="no column 'occurred_at', which interactions") as error:
        read(path, table="interactions")
    assert "did you mean 'occured_at'?" in error.value.remedy


def test_an_unknown_table_is_no_fault_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="table 'scors' is unknown"):
        read(saved(tmp_path, interactions()), table="scors")


def test_damage_behind_an_intact_end_is_told_when_it_is_met(tmp_path: Path) -> None:
    path = saved(tmp_path, interactions(5_000))
    body = bytearray(path.read_bytes())
    body[4:2_000] = b"\xff" * 1_996
    path.write_bytes(body)
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        read(path, table="interactions")


def test_a_line_with_too_many_fields_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("learner_id,role\na,b\nc,d,e,f\n")
    with pytest.raises(DataError, match="cannot be read as CSV"):
        read(path, table="learners")


CELL = st.sampled_from(["0", "1", "2.5", "-3", "many", "", "inf"])
KEY = st.sampled_from(["a", "b", "c", "d", "e", ""])


@settings(max_examples=40)
@given(st.lists(st.tuples(KEY, CELL), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_rows_are_valid_or_rejected_whatever_their_order(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], random: Any
) -> None:
    folder = tmp_path_factory.mktemp("order")
    shuffled = random.sample(rows, len(rows))
    seen = []
    for name, order in (("a.csv", rows), ("b.csv", shuffled)):
        path = folder / name
        lines = "".join(f"{key},2026-06-01T12:00:00Z,{cell}\n" for key, cell in order)
        path.write_text(f"interaction_id,occurred_at,latency_s\n{lines}")
        checked = read(path, table="interactions", max_rejected=1.0)
        report = check_file(path, "interactions", max_rejected=1.0)
        valid = checked.valid.collect()
        assert len(valid) + len(checked.rejected) == len(rows) == report.rows
        assert (report.valid, report.rejected) == (len(valid), len(checked.rejected))
        assert all(checked.rejected["reasons"].list.len() > 0)
        told = pl.Series(checked.rejected["reasons"].explode().to_list(), dtype=pl.String)
        assert {r.reason: r.count for r in checked.reasons} == dict(told.value_counts().iter_rows())
        seen.append(
            (
                sorted(valid["interaction_id"].to_list()),
                {r.reason: r.count for r in checked.reasons},
                checked.source.first,
            )
        )
    assert seen[0] == seen[1]


def test_the_source_of_a_notebook(tmp_path: Path) -> None:
    path = saved(tmp_path, interactions())
    told = source_of(path, name="data", time="occurred_at")
    assert (told.name, told.path, told.rows) == ("data", str(path), 100)
    assert (told.first, told.last) == ("2026-06-01", "2026-06-05")
    frame = source_of(scan(path), name="data", path="rows.parquet")
    assert (frame.path, frame.rows, frame.first) == ("rows.parquet", 100, None)
    text = pl.DataFrame({"day": ["2026-06-01T01:00:00Z", "2026-05-31"]})
    assert source_of(text, name="data", time="day").first == "2026-05-31"


def test_a_source_refuses_a_time_that_is_none(tmp_path: Path) -> None:
    path = saved(tmp_path, interactions())
    with pytest.raises(DataError, match="no column 'occured_at'") as error:
        source_of(path, name="data", time="occured_at")
    assert error.value.remedy == "did you mean 'occurred_at'?"
    with pytest.raises(DataError, match="expected times or dates"):
        source_of(path, name="data", time="latency_s")


def test_no_personal_or_secret_value_is_told(tmp_path: Path) -> None:
    words = ["anna@example.org", "Anna Miller", "sk-abcdefghijklmnop1234", "+49 30 1234567"]
    path = saved(tmp_path, interactions(latency_s=words + ["1.5"] * 96))
    with pytest.raises(DataError) as error:
        read(path, table="interactions", max_rejected=0)
    assert "latency_s is not a number (4 rows)" in error.value.message
    twice = interactions(interaction_id=["anna@example.org"] * 8 + [f"i{k}" for k in range(92)])
    with pytest.raises(DataError) as error:
        read(saved(tmp_path, twice), table="interactions")
    assert "interaction_id appears more than once (8 rows)" in error.value.message


def test_what_a_reader_quotes_of_a_damaged_file_is_not_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('learner_id,role\nb,y\n"anna@example.org"x,3\n')
    with pytest.raises(DataError, match="could not parse a value as dtype") as error:
        read(path, table="learners")
    assert "anna" not in str(error.value)
    path.write_text("cost\n" + "1\n" * 200 + "anna@example.org\n")
    with pytest.raises(DataError, match="could not parse a value as dtype") as error:
        collect(nw.from_native(pl.scan_csv(path)).select(nw.col("cost").sum()))
    assert "anna" not in str(error.value)


def test_a_source_keeps_no_password() -> None:
    rows = pl.DataFrame({"n": [1]})
    address = "postgresql://app:s3cret@db.example/logs?table=calls&password=hidden"
    told = source_of(rows, name="data", path=address)
    assert told.path == "postgresql://db.example/logs?table=calls"


def test_rows_that_another_engine_holds_are_counted_there() -> None:
    frame = pl.DataFrame(
        {"at": [datetime(2026, 5, day, 23, 59, 59, 999_999, tzinfo=UTC) for day in (3, 1, 2)]}
    )
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'Asia/Tokyo'")
        rows = engine.from_arrow(frame)
        told = source_of(rows, name="data", path="somewhere", time="at")
        assert (told.rows, told.first, told.last) == (3, "2026-05-01", "2026-05-03")
        assert source_of(rows, name="data").first is None
        with pytest.raises(DataError, match="no column 'att'"):
            source_of(rows, name="data", time="att")
