"""Columns that are nearly ours are told with the mapping that makes them ours, values never."""

from pathlib import Path

import pytest

from assay.core.errors import DataError
from assay.data.adapters import ADAPTERS, Options, recognise
from assay.data.alike import nearest_column
from assay.data.check import check_file
from assay.data.read import read
from data.adapters.log_files import LogFile, log_file

NEARLY = "Interaction ID,OCCURRED_AT,model\na,2026-06-01,m\n"
OURS = (
    '{table: interactions, columns: {interaction_id: "Interaction ID", occurred_at: OCCURRED_AT}}'
)


def remedies(path: Path) -> list[str]:
    """What recognising, importing as a table, and reading for a report each offer."""
    piece = LogFile(path, "CSV")
    found = []
    for attempt in (
        lambda: recognise(piece),
        lambda: list(ADAPTERS["table"].read(piece, Options())),
        lambda: read(path, table="interactions"),
    ):
        with pytest.raises(DataError) as raised:
            attempt()
        found.append(str(raised.value))
    return found


def test_columns_nearly_ours_come_with_their_mapping(tmp_path: Path) -> None:
    path = log_file(tmp_path, "a.csv", NEARLY).path
    assert all(f"nearly ours; a mapping makes them ours: {OURS}" in told for told in remedies(path))
    report = check_file(path, "interactions")
    assert [(column.name, column.meant) for column in report.ignored] == [
        ("Interaction ID", "interaction_id"),
        ("OCCURRED_AT", "occurred_at"),
    ]
    mapping = tmp_path / "m.yaml"
    mapping.write_text(OURS)
    assert read(path, table="interactions", mapping=mapping).source.rows == 1


def test_a_first_row_of_data_is_not_told(tmp_path: Path) -> None:
    text = "anna@example.org,+49 30 1234567,Dear Anna,x\nb,c,d,e\n"
    told = "\n".join(remedies(log_file(tmp_path, "a.csv", text).path))
    assert not [word for word in ("nna", "1234", "Dear") if word in told]
    assert "known: x, and 3 that are more than a word" in told


def test_a_value_that_stands_twice_is_told_by_its_places(tmp_path: Path) -> None:
    piece = log_file(tmp_path, "a.csv", "x,anna@example.org,y,anna@example.org\n1,2,3,4\n")
    for attempt in (lambda: recognise(piece), lambda: read(piece.path, table="interactions")):
        with pytest.raises(DataError, match=r"names a column \(2 and 4\) twice"):
            attempt()


def test_the_nearest_column_is_one_that_may_be_told() -> None:
    columns = ["occured_at", "occurred_at anna@example.org"]
    assert nearest_column("occurred_at", columns) == "did you mean 'occured_at'?"
    assert nearest_column("occurred_at", columns[1:]) == "known: 1 columns"
