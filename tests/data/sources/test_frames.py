"""Files as frames: equal whatever the format, and a plain word about what is wrong with one."""

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
import zstandard

from assay.core.errors import DataError
from assay.data.sources import open_table, scan

FRAME = pl.DataFrame(
    {
        "user": ["a", "b", "c"],
        "spend": [1.5, None, 3.0],
        "visits": [1, 2, 3],
        "won": [True, False, True],
        "day": [date(2026, 6, 1), date(2026, 6, 2), None],
        "at": [
            datetime(2026, 6, 1, 12, 0, 0, 5, tzinfo=UTC),
            datetime(2026, 6, 2, tzinfo=UTC),
            None,
        ],
    }
)


def written(folder: Path, name: str, frame: pl.DataFrame = FRAME) -> Path:
    path = folder / name
    match "".join(path.suffixes):
        case ".parquet":
            frame.write_parquet(path)
        case ".csv":
            frame.write_csv(path)
        case ".csv.zst":
            path.write_bytes(zstandard.compress(frame.write_csv().encode()))
        case ".ndjson.zst":
            path.write_bytes(zstandard.compress(frame.write_ndjson().encode()))
        case ".csv.gz":
            path.write_bytes(gzip.compress(frame.write_csv().encode()))
        case ".jsonl.gz":
            path.write_bytes(gzip.compress(frame.write_ndjson().encode()))
        case _:
            frame.write_ndjson(path)
    return path


@pytest.mark.parametrize(
    "suffix",
    [
        ".parquet",
        ".csv",
        ".csv.gz",
        ".csv.zst",
        ".jsonl",
        ".jsonl.gz",
        ".ndjson",
        ".ndjson.zst",
        ".json",
    ],
)
def test_every_format_gives_the_same_rows_and_types(tmp_path: Path, suffix: str) -> None:
    found = scan(written(tmp_path, f"rows{suffix}"))
    assert isinstance(found, pl.LazyFrame)
    assert found.collect().equals(FRAME)
    assert found.collect_schema() == FRAME.schema


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_the_separator_is_the_one_of_the_header(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "rows.csv"
    FRAME.write_csv(path, separator=separator)
    assert scan(path).collect().equals(FRAME)


def test_a_separator_within_quotation_marks_is_none(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('"city, country";visits\n"Rome, Italy";1\n', encoding="utf-8")
    assert scan(path).collect().to_dicts() == [{"city, country": "Rome, Italy", "visits": 1}]


def test_a_quotation_mark_that_stays_open_drops_no_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('a,b\n"x,1\n' + "y,2\n" * 50, encoding="utf-8")
    assert "every quotation mark is closed" in refused(path).remedy
    path.write_text("a,b\n" + "y,2\n" * 50 + '"x,1\nz,3\n', encoding="utf-8")
    with pytest.raises((DataError, pl.exceptions.ComputeError)):
        scan(path).collect()


def test_a_line_that_is_too_short_or_empty_is_a_row_with_missing_values(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,2\n\n3\n", encoding="utf-8")
    assert scan(path).collect().rows() == [(1, 2), (None, None), (3, None)]


def test_a_word_among_numbers_makes_text_wherever_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("n\n" + "1\n" * 20_000 + "many\n", encoding="utf-8")
    assert scan(path).collect_schema() == {"n": pl.String}
    assert scan(path).collect()["n"].to_list()[-2:] == ["1", "many"]


def test_a_column_is_of_dates_only_where_all_of_it_is(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("d\n" + "2026-06-01\n" * 500 + "soon\n", encoding="utf-8")
    assert scan(path).collect_schema() == {"d": pl.String}


def test_mixed_ways_to_write_a_time_are_one_column_of_moments(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("t\n2026-06-01T12:00:00Z\n2026-06-01 12:00\n2026-06-01T14:00+02:00\n")
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert scan(path).collect()["t"].to_list() == [noon] * 3


def test_a_glob_joins_its_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    for suffix in (".csv", ".parquet", ".jsonl"):
        for number in (2, 1):
            part = FRAME.with_columns(visits=pl.lit(number, dtype=pl.Int64))
            written(tmp_path, f"part-{number}{suffix}", part)
        rows = scan(tmp_path / f"part-*{suffix}").collect()
        assert rows["visits"].to_list() == [1, 1, 1, 2, 2, 2]


def test_a_glob_joins_whole_and_broken_numbers(tmp_path: Path) -> None:
    written(tmp_path, "a.parquet", pl.DataFrame({"n": [1], "m": ["x"]}))
    written(tmp_path, "b.parquet", pl.DataFrame({"m": ["y"], "n": [2.5]}))
    assert scan(tmp_path / "*.parquet").collect().rows() == [(1.0, "x"), (2.5, "y")]


def test_a_path_is_also_seen_from_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "assay.toml").touch()
    (tmp_path / "notebooks").mkdir()
    written(tmp_path, "rows.csv")
    monkeypatch.chdir(tmp_path / "notebooks")
    assert len(scan("rows.csv").collect()) == 3


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_a_name_with_brackets_is_a_name(tmp_path: Path, suffix: str) -> None:
    folder = tmp_path / "all [*] rows?"
    folder.mkdir()
    assert len(scan(written(folder, f"rows[1]{suffix}")).collect()) == 3


def refused(path: str | Path) -> DataError:
    with pytest.raises(DataError) as error:
        scan(path)
    return error.value


def test_a_missing_file_offers_its_neighbour(tmp_path: Path) -> None:
    written(tmp_path, "interactions.parquet")
    error = refused(tmp_path / "interaction.parquet")
    assert "no file" in error.message
    assert "did you mean 'interactions.parquet'?" in error.remedy


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    assert "there is no folder" in refused(tmp_path / "nowhere" / "rows.csv").remedy


def test_a_folder_without_data_is_refused_with_what_would_be_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none")
    error = refused(tmp_path)
    assert "holds no data file (1 others)" in error.message
    assert error.remedy.endswith("/*.parquet")


def test_a_glob_without_a_match_is_refused(tmp_path: Path) -> None:
    assert "no file matches" in refused(tmp_path / "*.parquet").message


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet", "rows.jsonl"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert "is empty (0 bytes)" in refused(tmp_path / name).message


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_a_file_without_rows_is_refused(tmp_path: Path, name: str) -> None:
    assert "has columns but no rows" in refused(written(tmp_path, name, FRAME.clear())).message


def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "rows.xlsx").write_bytes(b"PK")
    error = refused(tmp_path / "rows.xlsx")
    assert ".xlsx" in error.message
    assert ".parquet" in error.message


def test_several_formats_at_once_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "a.csv")
    written(tmp_path, "b.parquet")
    assert "several formats (CSV, Parquet)" in refused(tmp_path / "*").message


def test_files_of_a_glob_that_differ_in_columns_name_file_and_column(tmp_path: Path) -> None:
    written(tmp_path, "a.csv")
    written(tmp_path, "b.csv", FRAME.rename({"spend": "spent"}))
    message = refused(tmp_path / "*.csv").message
    assert "b.csv has the column 'spent'" in message
    assert "a.csv has not" in message


def test_a_cut_off_parquet_file_is_told_as_damaged(tmp_path: Path) -> None:
    path = written(tmp_path, "rows.parquet")
    path.write_bytes(path.read_bytes()[:-20])
    error = refused(path)
    assert "cannot be read as Parquet" in error.message
    assert "damaged" in error.remedy


def test_text_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("name\nJosé\n".encode("latin-1") * 3)
    with pytest.raises(DataError, match="cannot be read as CSV"):
        scan(path)


def test_a_broken_line_of_json_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n{"a": \n')
    assert "cannot be read as JSON lines" in refused(path).message


def test_rows_of_a_cluster_are_summarised_there_and_not_read() -> None:
    with pytest.raises(
        DataError, match="spark://host:7077/calls holds rows of a Spark cluster"
    ) as e:
        open_table("spark://host:7077/calls")
    assert "the store" in e.value.remedy
