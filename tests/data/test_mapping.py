"""A user's columns become ours by a YAML file; what it asks wrongly is told with the right name."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from assay.core.errors import DataError, ParameterError
from assay.data.mapping import read_mapping
from assay.data.read import read

ROOT = Path(__file__).parents[2]
TICKETS = """ticket,opened,closed_ms,customer,answer_ms,status,stars,queue,note
17,01.06.2026 14:00,1780322400000,ada,1250,solved,5,billing,x
18,01.06.2026 15:30,n/a,-,n/a,open,,returns,y
"""


def mapping(folder: Path, text: str) -> Path:
    path = folder / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_maps_a_help_desk(tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text(TICKETS, encoding="utf-8")
    checked = read(
        tmp_path / "tickets.csv",
        table="interactions",
        mapping=ROOT / "params" / "mappings" / "helpdesk.yaml",
    )
    first, second = checked.valid.collect().rows(named=True)
    assert first["interaction_id"] == "17"
    assert first["occurred_at"] == datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert first["updated_at"] == datetime(2026, 6, 1, 14, tzinfo=UTC)
    assert (first["latency_s"], first["succeeded"], first["rating"]) == (1.25, True, 1.0)
    assert (first["agent_id"], first["ctx_queue"]) == ("helpdesk", "billing")
    assert [second[name] for name in ("user_id", "updated_at", "latency_s", "rating")] == [None] * 4
    assert second["succeeded"] is False
    assert checked.rejected.is_empty()


@pytest.mark.parametrize(
    ("unit", "factor"), [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)]
)
def test_a_time_as_number_has_a_unit(tmp_path: Path, unit: str, factor: int) -> None:
    rows = pl.DataFrame({"learner_id": ["l"], "kind": ["badge"], "when": [1_780_315_200 * factor]})
    rows.write_parquet(tmp_path / "awards.parquet")
    entry = mapping(tmp_path, f"columns: {{awarded_at: {{from: when, unit: {unit}}}}}")
    awarded = read(tmp_path / "awards.parquet", table="awards", mapping=entry).valid.collect()
    assert awarded["awarded_at"].to_list() == [datetime(2026, 6, 1, 12, tzinfo=UTC)]


def test_times_of_a_zone_are_brought_to_utc(tmp_path: Path) -> None:
    local = datetime(2026, 6, 1, 14)  # noqa: DTZ001
    rows = pl.DataFrame({"learner_id": ["l"], "kind": ["badge"], "awarded_at": [local]})
    rows.write_parquet(tmp_path / "awards.parquet")
    rows.with_columns(pl.col("awarded_at").cast(pl.String)).write_csv(tmp_path / "awards.csv")
    entry = mapping(tmp_path, "columns: {awarded_at: {from: awarded_at, time_zone: Europe/Berlin}}")
    for suffix in ("parquet", "csv"):
        valid = read(tmp_path / f"awards.{suffix}", table="awards", mapping=entry).valid.collect()
        assert valid["awarded_at"].to_list() == [datetime(2026, 6, 1, 12, tzinfo=UTC)]


def test_a_format_with_an_offset_needs_no_zone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("learner_id,kind,at\nl,badge,01/06/2026 14:00 +0200\n")
    entry = mapping(tmp_path, 'columns: {awarded_at: {from: at, format: "%d/%m/%Y %H:%M %z"}}')
    valid = read(tmp_path / "a.csv", table="awards", mapping=entry).valid.collect()
    assert valid["awarded_at"].to_list() == [datetime(2026, 6, 1, 12, tzinfo=UTC)]


def test_a_value_that_the_mapping_does_not_name_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("learner_id,type\nl,1\nm,9\n")
    entry = mapping(tmp_path, "columns: {role: {from: type, values: {1: analyst}}}")
    checked = read(tmp_path / "a.csv", table="learners", mapping=entry, max_rejected=0.5)
    assert checked.valid.collect()["role"].to_list() == ["analyst"]
    assert checked.reasons[0].reason == "role is a value that the mapping does not name"


def test_a_column_of_the_file_that_is_not_there_offers_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("learner,team\nl,x\n")
    entry = mapping(tmp_path, "columns: {learner_id: lerner}")
    with pytest.raises(DataError, match="no column 'lerner'") as error:
        read(tmp_path / "a.csv", table="learners", mapping=entry)
    assert error.value.remedy == "did you mean 'learner'?"


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("columns: {latency: a}", "no column 'latency'", "did you mean 'latency_s'?"),
        ("colums: {}", "colums: unknown key", "did you mean 'columns'?"),
        ("columns: {model: {fro: a}}", "columns.model.fro: unknown key", "did you mean 'from'?"),
        ("columns: {model: {}}", "expected either `from` or `constant`", ""),
        ("columns: {model: {from: a, constant: b}}", "expected either `from` or `constant`", ""),
        ("columns: {model: {constant: a, scale: 2.0}}", "a constant has no scale", ""),
        ("columns: {latency_s: {from: a, scale: 0.0}}", "scale=0.0, expected a finite", ""),
        ("columns: {latency_s: {from: a, scale: fast}}", "columns.latency_s.scale", ""),
        ("columns: {latency_s: {from: a, scale: 2.0, values: {a: 1}}}", "scale and values", ""),
        ("columns: {model: {from: a, scale: 2.0}}", "model is no number", ""),
        ("columns: {model: {from: a, unit: ms}}", "model is no time", ""),
        ("columns: {occurred_at: {from: a, unit: min}}", "columns.occurred_at.unit", ""),
        (
            "columns: {occurred_at: {from: a, time_zone: Europe/Berlyn}}",
            "'Europe/Berlyn' is unknown; did you mean 'Europe/Berlin'?",
            "",
        ),
        ("table: scores", "is for the table 'scores', not for 'interactions'", "--as scores"),
        ("columns: [", "is no YAML", ""),
        ("- a", "mapping", ""),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str, message: str, remedy: str) -> None:
    with pytest.raises(ParameterError) as error:
        read_mapping(mapping(tmp_path, text), table="interactions")
    assert message in error.value.message
    assert remedy in error.value.remedy


def test_a_missing_mapping_is_told(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no mapping"):
        read_mapping(tmp_path / "none.yaml", table="interactions")


def test_an_empty_mapping_changes_nothing(tmp_path: Path) -> None:
    assert read_mapping(mapping(tmp_path, ""), table="interactions").columns == {}
