"""`assay segment assign`: one row for everybody, the same each time, nothing half written."""

import json
import shutil
import sys
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from analysis.segments.test_report import FEATURES, planted
from assay.analysis.segments.model import beside
from assay.analysis.segments.report import form, report_segments
from assay.app.cli import main
from assay.app.segments import assign
from assay.core.errors import DataError, ParameterError, ProjectError
from assay.core.project import PROJECT_VARIABLE
from assay.core.result import record
from assay.features.behaviour import behaviour
from assay.workbench.layout import VERSION_FILES

ROOT = Path(__file__).parents[2]
COLUMNS = [
    "entity",
    "segment",
    "name",
    "probability",
    "certainty",
    "as_of",
    "formed_as_of",
    "model",
]
BASE = (
    "base:\n  data: rows.parquet\n  sessions: null\n  configurations: null\n  rules: null\n"
    f"  days: 28\n  features: [{', '.join(FEATURES)}]\n"
)
SETS = """sets:
  own: {method: k-means, segments: 2}
  open: {data: cloud.parquet}
  told: {method: k-means, segments: 2}
  other: {method: k-means, segments: 2, smallest_cell: 41}
  odd: {charm: 3}
  agents: {entity: agent_id}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "params").mkdir()
    (folder / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "40-segments.ipynb", folder / "notebooks")
    (folder / "assay.toml").write_text("")
    planted(users=80).write_parquet(folder / "rows.parquet")
    (folder / "params" / "segments.yaml").write_text(BASE + SETS)
    return folder


@pytest.fixture(autouse=True)
def _here(place, monkeypatch):
    monkeypatch.setenv(PROJECT_VARIABLE, str(place))
    monkeypatch.chdir(place)
    yield
    shutil.rmtree(place / "reports", ignore_errors=True)


@pytest.fixture(scope="module")
def formed():
    seen = behaviour(planted(users=80).lazy(), days=28, features=FEATURES)
    return form(seen, method="k-means", k=2)


def published(place, formed, *, name="own", stamp="2026-03-02T080000", named=None, **parameters):
    """A version as publishing leaves it, of these segments."""
    if named is not None:
        profiles = [
            replace(one, ident=ident, name=word)
            for one, (ident, word) in zip(formed.profiles.profiles, named, strict=True)
        ]
        formed = replace(
            formed, profiles=replace(formed.profiles, profiles=tuple(profiles), numbers=9)
        )
    folder = place / "reports/published/segments" / name / f"{stamp}Z-0badcafe"
    folder.mkdir(parents=True)
    kept = beside(formed, days=28)
    manifest = {
        "report": "segments",
        "set": name,
        "parameters": {"entity": "user_id", "days": 28, **parameters},
        "beside": {file: sha256(text.encode()).hexdigest() for file, text in kept.items()},
    }
    result = record(report_segments(formed), kind="segments")
    files = dict.fromkeys(VERSION_FILES, "")
    files |= {"result.json": json.dumps(result), "manifest.json": json.dumps(manifest)} | kept
    for file, text in files.items():
        (folder / file).write_text(text)
    return folder


def told(capsys, *words):
    """What the command answers as JSON, and what it warns of."""
    assign(*words[:1], **words[1] | {"as_json": True})
    said = capsys.readouterr()
    return json.loads(said.out), said.err


def test_everybody_is_written_once_and_the_same_each_time(place, capsys):
    answer, warned = told(capsys, place / "a.parquet", {"save_model": place / "m.json"})
    assign(place / "b.csv")
    assign(place / "c.parquet", model="m.json")
    one, other = pl.read_parquet(place / "a.parquet"), pl.read_csv(place / "b.csv")
    assert one.columns == COLUMNS
    assert one["entity"].n_unique() == one.height == 92
    assert one["entity"].is_sorted()
    assert one["segment"].to_list() == other["segment"].to_list()
    assert one["as_of"].unique().to_list() == [date(2026, 3, 1)]
    assert one["model"].unique().to_list() == [answer["model"]]
    assert (place / "a.parquet").read_bytes() == (place / "c.parquet").read_bytes()
    assert answer["formed"]
    assert answer["entities"] == 92
    assert answer["segments"][-1] == {"segment": None, "name": "too little data", "entities": 12}
    assert not warned
    assert not list(place.glob(".staging*"))


def test_rows_in_another_order_give_the_same_file(place):
    planted(users=80).sample(fraction=1, shuffle=True, seed=3).write_parquet(
        place / "mixed.parquet"
    )
    assign(place / "a.csv", save_model=place / "m.json")
    assign(place / "b.csv", model="m.json", data="mixed.parquet")
    assert (place / "a.csv").read_bytes() == (place / "b.csv").read_bytes()


def test_segments_of_earlier_days_take_in_later_ones(place):
    out = place / "later.parquet"
    assign(out, formed_as_of="2026-02-01")
    found = pl.read_parquet(out)
    assert found["formed_as_of"].unique().to_list() == [date(2026, 2, 1)]
    found = found.drop_nulls("segment")
    assert found.height == 80
    kinds = found.select(pl.col("entity").str.slice(1).cast(int) % 2, "segment").unique()
    assert kinds.height == 2


def test_an_earlier_day_is_told_apart(place, capsys):
    answer, warned = told(capsys, place / "a.csv", {"save_model": place / "m.json"})
    answer, warned = told(capsys, place / "b.csv", {"model": "m.json", "as_of": "2026-02-10"})
    assert answer["as_of"] == "2026-02-10"
    assert answer["formed_as_of"] == "2026-03-01"
    assert "formed of days up to 2026-03-01, after 2026-02-10" in warned
    assert pl.read_csv(place / "b.csv").height == 80  # the others came later


def test_a_day_after_the_data_is_warned_of(place, capsys):
    assign(place / "a.csv", save_model=place / "m.json")
    assert "nobody was seen" not in capsys.readouterr().err
    assign(place / "b.csv", model="m.json", as_of="2026-03-06")
    assert "nobody was seen after 2026-02-28: as of 2026-03-06" in capsys.readouterr().err
    assign(place / "b.csv", model="m.json", as_of="2026-03-20")
    assert "as of 2026-03-20 enough is known of nobody" in capsys.readouterr().err


def test_the_newest_version_says_who_is_where(place, formed, capsys):
    published(place, formed, stamp="2026-03-02T080000")
    folder = published(
        place, formed, stamp="2026-03-03T080000", named=[("s4", "early"), ("s7", "late")]
    )
    answer, warned = told(capsys, place / "a.csv", {})
    assert not answer["formed"]
    assert answer["version"] == folder.name
    assert {one["segment"] for one in answer["segments"]} == {"s4", "s7", None}
    assert not warned
    assign(place / "b.csv", model="segments/own@2026-03-02")
    assert set(pl.read_csv(place / "b.csv")["segment"].drop_nulls()) == {"s1", "s2"}
    assign(place / "c.csv", model=str(folder))
    assert (place / "c.csv").read_bytes() == (place / "a.csv").read_bytes()


def test_formed_anew_names_and_idents_go_on(place, formed, capsys):
    folder = published(place, formed, named=[("s4", "early"), ("s7", "late")])
    answer, _ = told(capsys, place / "a.csv", {"anew": True})
    assert answer["formed"]
    assert answer["continues"] == folder.name
    assert {one["segment"] for one in answer["segments"]} == {"s4", "s7", None}
    plain, _ = told(capsys, place / "b.csv", {"anew": True, "set_name": "told"})
    assert plain["continues"] is None
    both = [
        pl.read_csv(place / one)["segment"].drop_nulls().to_list() for one in ("a.csv", "b.csv")
    ]
    turned = [{"s4": "s1", "s7": "s2"}[one] for one in both[0]]
    assert turned == both[1]


def test_a_version_without_a_model_is_formed_anew(place, formed, capsys):
    folder = published(place, formed)
    (folder / "model.json").unlink()
    assign(place / "a.csv")
    assert "formed anew (it was published before models were kept" in capsys.readouterr().out
    with pytest.raises(DataError, match="has no model"):
        assign(place / "a.csv", model="segments/own")


def test_a_set_that_changed_since_is_told_and_other_entities_are_refused(place, formed, capsys):
    published(place, formed, seed=1, method="ward")
    _, warned = told(capsys, place / "a.csv", {})
    assert "method changed in the set since" in warned
    published(place, formed, name="agents")
    with pytest.raises(DataError, match="is of user_id, and the set agents asks for agent_id"):
        assign(place / "a.csv", set_name="agents")


def test_a_model_that_was_changed_after_publishing_is_refused(place, formed):
    folder = published(place, formed)
    text = (folder / "model.json").read_text()
    (folder / "model.json").write_text(text.replace('"days": 28', '"days": 27'))
    with pytest.raises(DataError, match="is not what was published"):
        assign(place / "a.csv")
    with pytest.raises(DataError, match="its checksum is another"):
        assign(place / "a.csv", model=str(folder / "model.json"))


def test_other_entities_are_told_to_be_unlike(place, capsys):
    dear = planted(users=80).with_columns(pl.col("cost_usd") * 100)
    dear.write_parquet(place / "dear.parquet")
    told(capsys, place / "a.csv", {"save_model": place / "m.json"})
    answer, warned = told(capsys, place / "b.csv", {"model": "m.json", "data": "dear.parquet"})
    assert answer["drift"]["unlike"]
    assert "cost per interaction up by" in warned
    assert "of other kinds" in warned


def test_counts_of_few_are_not_told(place, capsys):
    answer, _ = told(capsys, place / "a.csv", {"set_name": "other"})
    assert [one["entities"] for one in answer["segments"]] == [None, None, None]
    with pytest.raises(DataError, match="fewer than 41 entities"):
        assign(place / "few.csv", set_name="other", save_model=place / "few.json")
    assert not list(place.glob("few.*"))


def test_the_projects_k_counts_as_for_the_page(place, capsys, monkeypatch):
    monkeypatch.setenv("ASSAY_PRIVACY__K", "13")
    answer, _ = told(capsys, place / "a.csv", {})
    assert answer["segments"][-1] == {"segment": None, "name": "too little data", "entities": None}
    assert [one["entities"] for one in answer["segments"]].count(None) == 2


def test_one_cloud_is_said_and_nothing_is_written(place):
    planted(kinds=1, users=80, few=0).write_parquet(place / "cloud.parquet")
    out = place / "cloud-out.parquet"
    with pytest.raises(DataError, match="one cloud"):
        assign(out, set_name="open")
    assert not out.exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"as_of": "tomorrow"}, "expected a day"),
        ({"formed_as_of": "2026-02-30"}, "--formed-as-of '2026-02-30', expected a day"),
        ({"set_name": "owm"}, "no set 'owm'"),
        ({"set_name": "odd"}, "has no parameter 'charm'"),
        ({"as_of": "2026-02-01", "formed_as_of": "2026-02-20"}, "is after"),
        ({"model": "m.json", "anew": True}, "beside --anew"),
        ({"model": "m.json", "formed_as_of": "2026-02-20"}, "beside --formed-as-of"),
        ({"model": "nowhere.json"}, "no such file"),
        ({"model": "segments/none"}, "nothing is published yet"),
        ({"save_model": Path("m.txt")}, "--save-model m.txt"),
    ],
)
def test_what_is_wrong_is_said(place, given, says):
    with pytest.raises(ParameterError, match=says):
        assign(place / "x.csv", **given)
    assert not (place / "x.csv").exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"data": "nowhere.parquet"}, "no file nowhere.parquet"),
        ({"as_of": "2020-01-01"}, "as of 2020-01-01 there is no row"),
        ({"data": "bare.parquet"}, "has no column"),
        ({"model": "rows.parquet"}, "rows.parquet is no model of segments"),
    ],
)
def test_what_the_data_lack_is_said(place, given, says):
    pl.DataFrame({"x": [1]}).write_parquet(place / "bare.parquet")
    with pytest.raises(DataError, match=says):
        assign(place / "x.csv", **given)
    assert not (place / "x.csv").exists()


def test_a_file_has_an_ending_and_a_folder_and_is_not_the_data(place):
    with pytest.raises(ParameterError, match="out"):
        assign(place / "x.txt")
    with pytest.raises(ParameterError, match="no folder"):
        assign(place / "none" / "x.csv")
    (place / "folder.csv").mkdir()
    with pytest.raises(ParameterError, match="is a folder"):
        assign(place / "folder.csv")
    before = (place / "rows.parquet").read_bytes()
    with pytest.raises(ParameterError, match="holds the data"):
        assign(place / "rows.parquet")
    assert (place / "rows.parquet").read_bytes() == before


def test_a_full_disk_leaves_the_old_file(place, monkeypatch):
    out = place / "kept.csv"
    out.write_text("old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("assay.workbench.files.os.fsync", full)
    with pytest.raises(ProjectError, match="No space left"):
        assign(out)
    assert out.read_text() == "old"
    assert not list(place.glob(".staging*"))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--out", "cli.csv", "--as-of", "2026-02-20", "--set", "told"], 0, "92 entities|80 ent"),
        (["--out", "cli.csv", "--set", "owm"], 2, "did you mean 'own'"),
        (["--out", "cli.csv", "--data", "nowhere.parquet"], 3, "no file nowhere.parquet"),
        ([], 2, "Missing option '--out'"),
        (["--out", "cli.csv", "--charm", "3"], 2, "No such option"),
    ],
)
def test_the_command_line(place, monkeypatch, capsys, words, code, says):
    monkeypatch.setattr(sys, "argv", ["assay", "segment", "assign", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert (ended.value.code or 0) == code
    assert any(one in (said.out + said.err) for one in says.split("|"))
    (place / "cli.csv").unlink(missing_ok=True)


def test_help_tells_every_option(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["assay", "segment", "assign", "--help"])
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr().out
    for option in ("--as-of", "--model", "--anew", "--formed-as-of", "--save-model", "--json"):
        assert option in said
