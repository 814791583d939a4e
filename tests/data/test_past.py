import polars as pl
import pytest

from assay.core.errors import DataError
from assay.data.past import read_past

ROWS = {"metric": ["a", "b", "a"], "log_lift": [0.1, -0.2, 0.0], "se": [0.05, 0.1, 0.2]}


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_past_estimates_are_read_by_metric(tmp_path, kind):
    path = tmp_path / f"past.{kind}"
    getattr(pl.DataFrame(ROWS), f"write_{kind}")(path)
    assert read_past(str(path)) == {"a": ((0.1, 0.05), (0.0, 0.2)), "b": ((-0.2, 0.1),)}


def test_no_file_is_no_past():
    assert read_past(None) == {}


@pytest.mark.parametrize("changes", [{"se": [0.1, 0.0, 0.1]}, {"log_lift": [0.1, None, 0.2]}])
def test_estimates_without_a_size_are_refused(tmp_path, changes):
    path = tmp_path / "past.csv"
    pl.DataFrame(ROWS | changes).write_csv(path)
    with pytest.raises(DataError, match="not usable"):
        read_past(str(path))


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "past.csv"
    pl.DataFrame(ROWS).drop("se").write_csv(path)
    with pytest.raises(DataError, match="no column se"):
        read_past(str(path))


def test_an_archive_of_nothing_is_no_past_and_a_torn_one_is_refused(tmp_path):
    path = tmp_path / "past.json"
    path.write_text("[]")
    assert read_past(str(path)) == {}
    path.write_text("[{")
    with pytest.raises(DataError, match="cannot be read"):
        read_past(str(path))
    with pytest.raises(DataError, match="cannot be read"):
        read_past(str(tmp_path / "gone.json"))
