"""Consent that is refused after the row was stored."""

import json
from pathlib import Path

import polars as pl
import pytest

from assay.core import audit
from assay.core.errors import ProjectError
from assay.data.intake import imports
from assay.data.intake.account import ImportReport, Request, Terms
from assay.data.intake.imports import import_source
from assay.data.store import Store


@pytest.fixture
def terms(tmp_path: Path) -> Terms:
    return Terms(store=tmp_path / "store", audit=tmp_path / "audit.jsonl", key=tmp_path / "key")


def take_in(terms: Terms, name: str, table: str, rows: list[dict]) -> ImportReport:
    path = terms.store.parent / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return import_source(Request(source=str(path), format="table", as_table=table), terms)


def interaction(number: int, *, consent: bool | None, updated: int = 1) -> dict:
    return {
        "interaction_id": f"i-{number}",
        "occurred_at": "2026-11-01T10:00:00Z",
        "updated_at": f"2026-11-0{updated}T10:00:00Z",
        "consent": consent,
        "user_id": f"user{number}@example.org",
    }


def stored(terms: Terms, table: str = "interactions") -> list[str]:
    rows = Store.at(terms.store).scan(table).select("interaction_id").collect()
    return sorted(rows.to_series().to_list())


def test_a_row_goes_with_its_scores_once_consent_is_refused(terms: Terms) -> None:
    first = [interaction(1, consent=True), interaction(2, consent=True)]
    take_in(terms, "first.jsonl", "interactions", first)
    scores = [
        {"score_id": f"s-{n}", "interaction_id": f"i-{n}", "name": "helpful", "value": 1.0,
         "source": "human", "scored_at": "2026-11-01T11:00:00Z"}
        for n in (1, 2)
    ]  # fmt: skip
    take_in(terms, "scores.jsonl", "scores", scores)
    report = take_in(terms, "later.jsonl", "interactions", [interaction(1, consent=False)])
    assert report.withdrawn == {"interactions": 1, "scores": 1}
    assert stored(terms) == ["i-2"]
    assert stored(terms, "scores") == ["i-2"]
    values = [
        value
        for path in terms.store.rglob("*.parquet")
        for column in pl.read_parquet(path).cast(pl.String, strict=False).iter_columns()
        for value in column.to_list()
    ]
    assert "i-1" not in values
    last = list(audit.entries(terms.audit))[-1]
    assert last.what == "removal"
    assert last.details["interactions"] == 1


def test_a_refusal_is_final(terms: Terms) -> None:
    take_in(terms, "first.jsonl", "interactions", [interaction(1, consent=True)])
    take_in(terms, "second.jsonl", "interactions", [interaction(1, consent=False)])
    again = [interaction(1, consent=True, updated=5), interaction(3, consent=True)]
    report = take_in(terms, "third.jsonl", "interactions", again)
    assert report.dropped == {"forgotten": 1}
    assert stored(terms) == ["i-3"]


def test_a_refusal_beside_an_older_consent_in_one_file_counts(terms: Terms) -> None:
    both = [interaction(1, consent=True), interaction(1, consent=False, updated=2)]
    report = take_in(terms, "both.jsonl", "interactions", both)
    assert report.withdrawn == {"interactions": 1}
    assert Store.at(terms.store).scan("interactions").collect().height == 0


def test_refusals_of_rows_that_were_never_stored_leave_no_mark(terms: Terms) -> None:
    rows = [interaction(n, consent=n % 2 == 0) for n in range(10)]
    report = take_in(terms, "first.jsonl", "interactions", rows)
    assert report.dropped == {"no consent": 5}
    assert not report.withdrawn
    assert not list(terms.store.glob("forgotten-*"))


def test_ids_that_became_pseudonyms_are_found_again(terms: Terms) -> None:
    row = interaction(1, consent=True) | {"interaction_id": "Anna's first question"}
    take_in(terms, "first.jsonl", "interactions", [row])
    report = take_in(terms, "second.jsonl", "interactions", [row | {"consent": False}])
    assert report.withdrawn == {"interactions": 1}


def test_only_the_row_that_is_refused_goes_where_other_ids_are_the_same(terms: Terms) -> None:
    rows = [
        interaction(n, consent=True)
        | {"interaction_id": str(n), "session_id": str(n + 1), "agent_version": str(n % 3)}
        for n in range(1, 8)
    ]
    take_in(terms, "first.jsonl", "interactions", rows)
    scores = [
        {"score_id": str(n), "interaction_id": str(n + 3), "name": "helpful", "value": 1.0,
         "source": "human", "scored_at": "2026-11-01T11:00:00Z"}
        for n in range(1, 4)
    ]  # fmt: skip
    take_in(terms, "scores.jsonl", "scores", scores[:2])
    report = take_in(terms, "later.jsonl", "interactions", [rows[1] | {"consent": False}])
    assert report.withdrawn == {"interactions": 1}
    assert stored(terms) == ["1", "3", "4", "5", "6", "7"]
    report = take_in(terms, "more.jsonl", "scores", [scores[2] | {"score_id": "2"}])
    assert report.dropped == {}


@pytest.mark.parametrize("known", [True, False])
def test_a_refusal_holds_for_later_commits_of_the_same_import(
    terms: Terms, monkeypatch: pytest.MonkeyPatch, *, known: bool
) -> None:
    monkeypatch.setattr(imports, "ROWS_PER_COMMIT", 1)
    if known:
        take_in(terms, "first.jsonl", "interactions", [interaction(1, consent=True)])
    folder = terms.store.parent / "many"
    folder.mkdir()
    refused = [interaction(1, consent=False), interaction(2, consent=True)]
    again = [interaction(1, consent=True, updated=5), interaction(3, consent=True)]
    for name, rows in (("1.jsonl", refused), ("2.jsonl", again)):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_source(Request(source=str(folder), format="table", as_table="interactions"), terms)
    assert stored(terms) == ["i-2", "i-3"]


def test_nothing_is_removed_where_the_log_cannot_tell_of_it(terms: Terms) -> None:
    take_in(terms, "first.jsonl", "interactions", [interaction(1, consent=True)])
    terms.audit.unlink()
    terms.audit.mkdir()
    with pytest.raises(ProjectError, match="cannot be written"):
        take_in(terms, "later.jsonl", "interactions", [interaction(1, consent=False)])
    assert stored(terms) == ["i-1"]
    terms.audit.rmdir()
    report = take_in(terms, "later.jsonl", "interactions", [interaction(1, consent=False)])
    assert report.withdrawn == {"interactions": 1}
    assert [entry.what for entry in audit.entries(terms.audit)] == ["import", "removal"]
