"""Where a person appears in the tables, and which rows hang on theirs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from assay.data.store.identity import CONTEXT, canonical
from assay.data.store.parts import scan_files, widest
from assay.privacy.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from assay.data.store.manifest import DataFile
    from assay.privacy.forgotten import Forgotten

    Lost = dict[str, npt.NDArray[np.int64]]

PERSONS: Final = ("person", "judge")
_NAMING: Final = (*PERSONS, "id", "label")
_CHILDREN: Final = ("parent_id", "retry_of")
_LINKS: Final = ("interaction_id", "session_id", "trace_id")
"""Columns by which rows hang together; a row hangs on a person's if it names nobody else."""


_OWNING: Final = ("interactions", "sessions", "attempts")
"""Tables whose rows are the person's; what somebody only judged is not."""


@dataclass(slots=True)
class Traces:
    """What a person leaves in the store.

    Attributes:
        lost: rows by table and file.
        ids: column → what told those rows from others, so that they can be told again.
    """

    lost: dict[str, Lost] = field(default_factory=dict)
    ids: dict[str, set[str]] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Rows by table."""
        return {
            table: sum(len(rows) for rows in lost.values())
            for table, lost in sorted(self.lost.items())
        }


def naming_columns(table: str) -> list[str]:
    """The columns of a table whose text may be a person's pseudonym."""
    return [name for name, kind in FIELDS[table].items() if kind in _NAMING]


def person_columns(table: str) -> list[str]:
    """The columns of a table that name persons."""
    return [name for name, kind in FIELDS[table].items() if kind in PERSONS]


def traces_of(folder: Path, tables: Mapping[str, Sequence[DataFile]], pseudonym: str) -> Traces:
    """The rows that name a person, and those that hang on them and name nobody else.

    A session or trace that others took part in hangs on nobody.
    """
    traces = Traces()
    links: dict[str, set[str]] = {name: set() for name in _LINKS}
    for table, files in tables.items():
        for file, frame in _each(folder, table, files):
            gone = frame.filter(_names(table, frame, pseudonym))
            _lose(traces, table, file, gone)
            for name in set(_LINKS) & set(frame.columns) if table in _OWNING else ():
                links[name].update(gone[name].drop_nulls())
    _spare_shared(folder, tables, links, pseudonym)
    for table, files in sorted(tables.items(), key=lambda each: each[0] != "interactions"):
        present = [name for name in _LINKS if name in canonical(table)]
        persons = person_columns(table)
        if not present:
            continue
        for file, frame in _each(folder, table, files):
            hangs = pl.any_horizontal(pl.col(name).is_in(list(links[name])) for name in present)
            nobody = pl.all_horizontal(pl.col(persons).is_null()) if persons else pl.lit(True)
            own = table in {"scores", "calls"}
            gone = frame.filter(hangs.fill_null(value=False) & (pl.lit(own) | nobody))
            _lose(traces, table, file, gone)
            if table == "interactions":
                links["interaction_id"].update(gone["interaction_id"])
    traces.ids.setdefault("interaction_id", set()).update(links["interaction_id"])
    # Of a session that others took part in the row goes, but its id is theirs, too.
    traces.ids["session_id"] = links["session_id"]
    return traces


def hanging_on(
    folder: Path, tables: Mapping[str, Sequence[DataFile]], interactions: pl.Series
) -> Traces:
    """These interactions, by their ids, and the rows that name one of them."""
    traces = Traces()
    for table, files in tables.items():
        names = [name for name in (*_LINKS[:1], *_CHILDREN) if name in canonical(table)]
        if not names:
            continue
        wanted = list(dict.fromkeys((_own(table), *names)))
        for file in files:
            rows = scan_files(table, [(folder / file.path, file.context)], {})
            found = (
                rows.select(wanted)
                .with_row_index("_row")
                .filter(pl.any_horizontal(pl.col(n).is_in(interactions.implode()) for n in names))
            )
            _lose(traces, table, file, found.collect())
    return traces


def marked(folder: Path, tables: Mapping[str, Sequence[DataFile]], marks: Forgotten) -> Traces:
    """The rows with a value that is forgotten."""
    traces = Traces()
    for table, files in tables.items():
        for file, frame in _each(folder, table, files):
            _lose(traces, table, file, frame.filter(covered(table, frame, marks)))
    return traces


def covered(table: str, frame: pl.DataFrame, marks: Forgotten) -> pl.Series:
    """Of which rows a value is forgotten, whatever key it was stored under."""
    gone = pl.repeat(value=False, n=frame.height, dtype=pl.Boolean, eager=True)
    for column in frame.iter_columns() if marks else ():
        kind = FIELDS[table].get(column.name, "label" if column.name.startswith(CONTEXT) else None)
        if kind == "id":
            gone |= marks.covers_ids(column)
        if column.dtype == pl.String and kind in _NAMING:
            gone |= marks.covers(column)
        elif column.dtype == pl.List(pl.String) and kind == "labels":
            each = column.explode()
            named = each.filter(marks.covers(each)).implode()
            gone |= column.list.eval(pl.element().is_in(named)).list.any().fill_null(value=False)
    return gone


def _spare_shared(
    folder: Path,
    tables: Mapping[str, Sequence[DataFile]],
    links: dict[str, set[str]],
    pseudonym: str,
) -> None:
    for table in ("interactions", "sessions"):
        for _, frame in _each(folder, table, tables.get(table, ())):
            others = frame.filter(
                pl.any_horizontal(pl.col(person_columns(table)).is_not_null())
                & ~_names(table, frame, pseudonym)
            )
            for name in ("session_id", "trace_id"):
                if name in frame.columns and links[name]:
                    shared = others.filter(pl.col(name).is_in(list(links[name])))
                    links[name].difference_update(shared[name])


def _names(table: str, frame: pl.DataFrame, pseudonym: str) -> pl.Expr:
    texts = [*naming_columns(table), *(n for n in frame.columns if n.startswith(CONTEXT))]
    plain = [pl.col(name) == pseudonym for name in texts]
    lists = [
        pl.col(name).list.contains(pseudonym)
        for name, kind in FIELDS[table].items()
        if kind == "labels"
    ]
    return pl.any_horizontal(*plain, *lists, pl.lit(value=False)).fill_null(value=False)


def _each(
    folder: Path, table: str, files: Sequence[DataFile]
) -> Iterator[tuple[DataFile, pl.DataFrame]]:
    columns = [name for name in FIELDS[table] if FIELDS[table][name] in (*_NAMING, "labels")]
    for file in files:
        context = {n: kind for n, kind in widest([file.context]).items() if kind == "text"}
        rows = scan_files(table, [(folder / file.path, file.context)], context)
        yield file, rows.select(*columns, *context).collect().with_row_index("_row")


def _lose(traces: Traces, table: str, file: DataFile, gone: pl.DataFrame) -> None:
    if not gone.height:
        return
    lost = traces.lost.setdefault(table, {})
    rows = gone["_row"].to_numpy().astype(np.int64)
    lost[file.path] = np.union1d(lost.get(file.path, np.empty(0, np.int64)), rows)
    keys = [name for name, kind in FIELDS[table].items() if kind == "id" and name == _own(table)]
    for name in keys:
        traces.ids.setdefault(name, set()).update(gone[name].drop_nulls())


def _own(table: str) -> str:
    return next(iter(canonical(table)))
