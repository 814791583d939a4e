"""Small stores, and a slow dictionary that says what a store must hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from assay.data.store import Counts, ImportRecord, Store
from assay.schema import schema_of

START = datetime(2026, 1, 1, tzinfo=UTC)


def moment(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def frame(rows: list[dict[str, Any]], table: str = "interactions") -> pl.DataFrame:
    """Rows with the columns that any of them has, in the types of the table."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    types = {n: c.dtype for n, c in schema_of(table).columns().items() if n in names}
    return pl.DataFrame(
        [{name: row.get(name) for name in names} for row in rows],
        schema={name: types.get(name) for name in names},
        orient="row",
    )


def interaction(key: str, hours: float, **more: Any) -> dict[str, Any]:
    return {"interaction_id": key, "occurred_at": moment(hours), **more}


def record(key: str, label: str | None = None) -> ImportRecord:
    return ImportRecord(key=key, label=label or key, format="table", at=START)


def bring(store: Store, key: str, *frames: pl.DataFrame, table: str = "interactions") -> Counts:
    """One import of chunks of a table."""
    with store.writing() as writer:
        stage = writer.stage(table)
        for rows in frames:
            stage.add(rows)
        return writer.commit(record(key)).get(table, Counts())


def held(store: Store, table: str = "interactions") -> list[dict[str, Any]]:
    """The rows of a table, by key, without what is missing."""
    rows = store.scan(table).collect().rows(named=True)
    kept = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return sorted(kept, key=lambda row: str(row.get("interaction_id", row)))


@dataclass
class Oracle:
    """A store as a dictionary: row by row, the newest version, of equal ones the last."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)

    def bring(self, rows: list[dict[str, Any]]) -> Counts:
        winners: dict[str, dict[str, Any]] = {}
        for row in rows:
            key = row["interaction_id"]
            if key not in winners or version(row) >= version(winners[key]):
                winners[key] = row
        fate = dict.fromkeys(("new", "replaced", "unchanged", "older"), 0)
        for key, row in winners.items():
            there = self.rows.get(key)
            if there is None:
                fate["new"] += 1
            elif version(row) < version(there):
                fate["older"] += 1
                continue
            elif present(row) == present(there):
                fate["unchanged"] += 1
            else:
                fate["replaced"] += 1
            self.rows[key] = row
        return Counts(**fate, repeated=len(rows) - len(winners))

    def held(self) -> list[dict[str, Any]]:
        return [present(self.rows[key]) for key in sorted(self.rows)]


def version(row: dict[str, Any]) -> datetime:
    return row.get("updated_at") or row["occurred_at"]


def present(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
