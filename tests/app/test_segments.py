"""`assay segment assign`: one row for everybody, the same each time, nothing half written."""

import json
from datetime import date

import polars as pl
import pytest

from analysis.segments.test_report import FEATURES, planted
from assay.app.segments import assign
from assay.core.errors import DataError, ParameterError
from assay.core.project import PROJECT_VARIABLE

ASKED = {"as_of": None, "formed_as_of": None, "data": None, "set_name": None, "as_json": False}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "params").mkdir()
    (folder / "assay.toml").write_text("")
    planted(users=80).write_parquet(folder / "rows.parquet")
    (folder / "params" / "segments.yaml").write_text(
        "sets:\n  own:\n    data: rows.parquet\n    days: 28\n"
        f"    features: [{', '.join(FEATURES)}]\n    method: k-means\n    segments: 2\n"
        "  open:\n    data: cloud.parquet\n    days: 28\n"
        f"    features: [{', '.join(FEATURES)}]\n"
    )
    return folder


@pytest.fixture(autouse=True)
def _here(place, monkeypatch):
    monkeypatch.setenv(PROJECT_VARIABLE, str(place))
    monkeypatch.chdir(place)


def test_everybody_is_written_once_and_the_same_each_time(place, capsys):
    assign(place / "a.parquet", **ASKED | {"as_json": True})
    told = json.loads(capsys.readouterr().out)
    assign(place / "b.csv", **ASKED)
    one, other = pl.read_parquet(place / "a.parquet"), pl.read_csv(place / "b.csv")
    assert one.columns == ["entity", "segment", "name", "probability", "certainty", "as_of"]
    assert one["entity"].n_unique() == one.height == 92
    assert one["segment"].to_list() == other["segment"].to_list()
    assert one["as_of"].unique().to_list() == [date(2026, 3, 1)]
    assert told["entities"] == 92
    assert told["segments"][-1] == {"segment": None, "name": "too little data", "entities": 12}
    assert not list(place.glob(".*.part"))


def test_segments_of_earlier_days_take_in_later_ones(place):
    out = place / "later.parquet"
    assign(out, **ASKED | {"formed_as_of": "2026-02-01"})
    found = pl.read_parquet(out).filter(pl.col("segment").is_not_null())
    assert found.height == 80
    assert found["certainty"].null_count() == 80
    kinds = found.select(pl.col("entity").str.slice(1).cast(int) % 2, "segment").unique()
    assert kinds.height == 2


def test_one_cloud_is_said_and_nothing_is_written(place):
    planted(kinds=1, users=80, few=0).write_parquet(place / "cloud.parquet")
    out = place / "cloud-out.parquet"
    with pytest.raises(DataError, match="one cloud"):
        assign(out, **ASKED | {"set_name": "open"})
    assert not out.exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"as_of": "tomorrow"}, "expected a day"),
        ({"set_name": "owm"}, "no set 'owm'"),
        ({"as_of": "2026-02-01", "formed_as_of": "2026-02-20"}, "is after"),
    ],
)
def test_what_is_wrong_is_said(place, given, says):
    with pytest.raises(ParameterError, match=says):
        assign(place / "x.csv", **ASKED | given)


def test_a_file_has_an_ending_and_a_folder(place):
    with pytest.raises(ParameterError, match="out"):
        assign(place / "x.txt", **ASKED)
    with pytest.raises(ParameterError, match="no folder"):
        assign(place / "none" / "x.csv", **ASKED)
