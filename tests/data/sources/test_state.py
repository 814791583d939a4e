"""The state of a source: the same while its rows are, and free of credentials."""

import sqlite3
from pathlib import Path

import pytest

from assay.core.errors import DataError, ParameterError, ProjectError
from assay.core.provenance import SourceState
from assay.data.sources import fingerprint, scan
from assay.data.store import Store


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "assay.toml").write_text(
        '[sources.calls]\nurl = "sqlite:///logs.db"\ntable = "calls"\n'
        '[sources.files]\npath = "data/*.csv"\n'
    )
    with sqlite3.connect(tmp_path / "logs.db") as connection:
        connection.execute("CREATE TABLE calls (id integer, updated_at text)")
        connection.execute("INSERT INTO calls VALUES (1, '2026-06-01')")
    connection.close()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def state_of(source: str) -> SourceState:
    found = fingerprint(source)
    assert isinstance(found, SourceState)
    return found


@pytest.mark.parametrize("source", ["data/x.csv", "data/*.csv", "/x/y", "s3://bucket/x", "data"])
def test_what_is_no_source_of_ours_is_a_path(project: Path, source: str) -> None:
    assert project.is_dir()
    assert fingerprint(source) == source


@pytest.mark.usefixtures("project")
def test_a_name_stands_for_its_path() -> None:
    assert fingerprint("files") == "data/*.csv"


@pytest.mark.parametrize("source", ["calls", "sqlite:///logs.db?table=calls"])
def test_a_database_changes_with_its_rows(project: Path, source: str) -> None:
    before = state_of(source)
    assert before.label == "sqlite:///logs.db?table=calls"
    assert state_of(source) == before
    with sqlite3.connect(project / "logs.db") as connection:
        connection.execute("INSERT INTO calls VALUES (2, '2026-06-02')")
    connection.close()
    assert state_of(source) != before


def test_a_database_that_is_gone_is_told(project: Path) -> None:
    (project / "logs.db").unlink()
    with pytest.raises(DataError, match="there is no such file"):
        fingerprint("calls")


def test_the_store_counts_by_table(project: Path) -> None:
    with pytest.raises(ProjectError):
        fingerprint("store")
    Store.create(project / "data/store")
    assert state_of("store") == state_of("store:interactions")
    assert state_of("store").label == "store:interactions"
    assert state_of("store:scores") != state_of("store")
    with pytest.raises(DataError, match="the store has no rows of scores"):
        scan("store:scores")
    with pytest.raises(ParameterError, match="is unknown"):
        scan("store:score")
