"""The state of a source: the same while its rows are, and free of credentials."""

import sqlite3
from pathlib import Path

import pytest

from assay.core.errors import DataError, NothingYetError, ParameterError, ProjectError
from assay.core.provenance import SourceState
from assay.data.sources import check_imported, fingerprint, scan
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


def test_the_store_is_told_apart_by_whether_it_has_rows(project: Path) -> None:
    for source in ("store", "store:scores"):
        with pytest.raises(NothingYetError, match="the store has no rows of") as caught:
            check_imported(source)
        assert "assay import" in caught.value.remedy
    Store.create(project / "data/store")
    with pytest.raises(NothingYetError):
        check_imported("store")
    for source in ("calls", "files", "data/none.csv", "postgresql://host/db?table=t"):
        check_imported(source)
