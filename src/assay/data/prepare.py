"""A file's columns found, renamed, and given the types of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.addresses import without_credentials
from assay.core.errors import DataError
from assay.core.provenance import LeftOut
from assay.data.alike import nearest_column
from assay.data.convert import PLAIN, convert, present
from assay.data.habits import made_disjoint
from assay.data.inner import head_of, with_inner
from assay.data.mapping import CONTEXT, ColumnMap, Mapping, kept, mapped, read_mapping
from assay.data.numbering import PLACE, keys_by_place, placed
from assay.data.sources import dated, open_table, readable
from assay.schema import required_columns, schema_of

if TYPE_CHECKING:
    from pathlib import Path

    import dataframely as dy

GIVEN: Final = "given "
"""Prefix of a column's values before they are given our type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns of a table a file has, and which of the file's are not the table's.

    Attributes:
        found: column of the table → column of the file (or the constant) that it comes from.
        kept: the user's own columns, under their names with the prefix.
        ignored: columns of the file that nothing reads.
    """

    found: dict[str, str]
    kept: tuple[str, ...]
    missing_required: tuple[str, ...]
    missing_optional: tuple[str, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A file's rows in the columns of a table, before their values are checked.

    Attributes:
        path: as it may be printed and kept, without credentials.
        frame: `PLACE`, the table's columns and the user's own; beside them, under the prefix
            `GIVEN`, what a value was before it was given its type. Rows that the mapping does not
            keep are not in it.
        typed: the columns that have such a neighbour, and what a value that did not fit is called.
        skips: one row, of how many rows the mapping does not keep, by reason; None where it keeps
            all.
    """

    table: str
    path: str
    kind: str
    columns: Columns
    frame: pl.LazyFrame
    typed: dict[str, str]
    skips: pl.LazyFrame | None = None

    def skipped(self) -> tuple[LeftOut, ...]:
        """How many rows the mapping does not keep, and why; reads the source.

        Raises:
            DataError: where it turns out to be unreadable on the way.
        """
        if self.skips is None:
            return ()
        with readable(self.path, self.kind):
            counts = self.skips.collect(engine="streaming").row(0, named=True)
        return tuple(
            LeftOut(what=f"rows of {self.table}", count=count, reason=reason)
            for reason, count in counts.items()
            if count
        )

    @property
    def rows(self) -> pl.LazyFrame:
        """The table's columns and the user's own."""
        return self.frame.select(self.names)

    @property
    def names(self) -> list[str]:
        """Columns of the table, then the user's own."""
        return [*schema_of(self.table).column_names(), *self.columns.kept]


def prepare(path: str | Path, table: str, mapping: str | Path | None) -> Prepared:
    """A file's columns as those of a table; of its rows, only what tells their types is read.

    Raises:
        DataError: where the file cannot be read, or lacks a column that the mapping names.
        ParameterError: where the table is unknown, or the mapping does not fit it.
    """
    schema = schema_of(table)
    entries = read_mapping(mapping, table=table) if mapping is not None else Mapping()
    own = {entry.source for name, entry in entries.columns.items() if name.startswith(CONTEXT)}
    own -= set(entries.keep)
    opened = open_table(path, as_text=lambda name: not (name in own or name.startswith(CONTEXT)))
    names = opened.frame.collect_schema().names()
    found, inner = with_inner(opened.frame, names, entries.sources)
    there = {*names, *inner}
    absent = [name for name in entries.sources if name not in there]
    if absent and opened.kind != "JSON lines":
        raise DataError(
            f"{without_credentials(str(path))} has no column {absent[0]!r}, which the mapping "
            "names",
            remedy=nearest_column(absent[0], names),
        )
    found = found.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
    found = found.with_row_index(PLACE, offset=1).with_columns(keys_by_place(entries))
    found, skips = _kept(found, entries)
    entries = placed(_without(entries, set(absent)))
    made = [name for name in found.collect_schema().names() if name != PLACE]
    sources = _sources(schema, entries, made, path)
    own_kept = [entry for name, entry in sources.items() if name.startswith(CONTEXT)]
    context = {entry.source for entry in own_kept if entry.source is not None}
    frame = found if opened.kind == "Parquet" else dated(found, context)
    values, typed = _values(schema, sources, frame.collect_schema(), entries)
    lacking = {
        name: pl.lit(None, dtype=column.dtype)
        for name, column in schema.columns().items()
        if name not in values
    }
    return Prepared(
        table=table,
        path=without_credentials(str(path)),
        kind=opened.kind,
        columns=_columns(schema, names, sources, also=tuple(entries.keep)),
        frame=frame.select(PLACE, **lacking, **values),
        typed=typed,
        skips=skips,
    )


def _kept(frame: pl.LazyFrame, entries: Mapping) -> tuple[pl.LazyFrame, pl.LazyFrame | None]:
    """The rows that the mapping keeps; and how many it does not, each for its first reason."""
    if not entries.keep:
        return frame, None
    still = pl.lit(value=True)
    counts = []
    for reason, keeps in kept(entries, frame.collect_schema()).items():
        counts.append((still & ~keeps).sum().alias(reason))
        still &= keeps
    return frame.filter(still), frame.select(counts)


def _without(entries: Mapping, absent: set[str]) -> Mapping:
    """The mapping without columns of which the file has nothing."""
    columns = {
        name: entry
        for name, entry in entries.columns.items()
        if not entry.sources or not absent.issuperset(entry.sources)
    }
    return entries.model_copy(update={"columns": columns})


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Rows in memory in the columns of a table: those that their source has, and no others.

    Attributes:
        frame, typed: as of `Prepared`.
        ignored: columns of the source that nothing reads.
    """

    frame: pl.DataFrame
    typed: dict[str, str]
    ignored: tuple[str, ...]


def prepare_frame(
    rows: pl.DataFrame, table: str, entries: Mapping, *, along: tuple[str, ...] = (), path: str = ""
) -> Typed:
    """Rows as those of a table, value by value; for one that does not fit, see `Prepared.frame`.

    A text that is blank may still be in it: `conform` makes it null.

    Args:
        rows: as their source has them.
        table: name of the table.
        entries: which column becomes which.
        along: columns that come along as they are.
        path: where the rows come from, for errors.

    Raises:
        DataError: where the rows lack a column that the mapping names.
        ParameterError: where the table is unknown.
    """
    schema = schema_of(table)
    names = [name for name in rows.columns if name not in along]
    sources = _sources(schema, entries, names, path or "the source")
    values, typed = _values(schema, sources, rows.schema, entries, texts_later=True)
    return Typed(
        frame=rows.select(*along, **values),
        typed=typed,
        ignored=_columns(schema, names, sources).ignored,
    )


def _values(
    schema: type[dy.Schema],
    sources: dict[str, ColumnMap],
    have: pl.Schema,
    entries: Mapping,
    *,
    texts_later: bool = False,
) -> tuple[dict[str, pl.Expr], dict[str, str]]:
    """Expressions of the columns there are, each beside what it was given as; and their misfits.

    With `texts_later`, a text that needs no more than that blanks become null is left as it is.
    """
    values: dict[str, pl.Expr] = {}
    typed: dict[str, str] = {}
    missing = entries.missing
    for name, column in schema.columns().items():
        if name not in sources:
            continue
        entry = sources[name]
        source = have[entry.source] if entry.source is not None else pl.Null()
        decimal = entries.decimal if column.dtype.is_numeric() else None
        value, so_far = mapped(entry, source, missing, decimal)
        plain = so_far == source == column.dtype and entry.is_plain
        as_it_is = texts_later and plain and so_far == pl.String
        values[name] = value if as_it_is else convert(value, so_far, column.dtype)
        if entry.source is not None and not plain:
            values[f"{GIVEN}{name}"] = _as_given(entry.source, source, missing)
            typed[name] = f"{name} {_misfit(entry, column)}"
    if entries.tokens is not None:
        made_disjoint(values, typed, entries.tokens, GIVEN)
    for name, entry in sources.items():
        if name.startswith(CONTEXT):
            values[name], _ = mapped(entry, have.get(entry.source or "", pl.Null()), missing)
    return values, typed


def _sources(
    schema: type[dy.Schema], entries: Mapping, names: list[str], path: str | Path
) -> dict[str, ColumnMap]:
    """Where each column comes from: one of the same name, or what the mapping says."""
    own = [name for name in names if name in schema.columns() or name.startswith(CONTEXT)]
    sources = {name: ColumnMap.model_validate(name) for name in own} | entries.columns
    for name, entry in sources.items():
        if entry.source is not None and entry.source not in names:
            raise DataError(
                f"{without_credentials(str(path))} has no column {entry.source!r}, "
                f"from which the mapping takes {name}",
                remedy=nearest_column(entry.source, names),
            )
    return sources


def _columns(
    schema: type[dy.Schema],
    names: list[str],
    sources: dict[str, ColumnMap],
    *,
    also: tuple[str, ...] = (),
) -> Columns:
    looked_at = [*also, *(source for entry in sources.values() for source in entry.sources)]
    used = {*looked_at, *(head_of(name, names) for name in looked_at)}
    required = required_columns(schema)
    absent = [name for name in schema.column_names() if name not in sources]
    return Columns(
        found={name: _origin(entry) for name, entry in sources.items()},
        kept=tuple(name for name in sources if name.startswith(CONTEXT)),
        missing_required=tuple(name for name in absent if name in required),
        missing_optional=tuple(name for name in absent if name not in required),
        ignored=tuple(name for name in names if name not in used),
    )


def _origin(entry: ColumnMap) -> str:
    if entry.join is not None:
        return " / ".join(entry.join)
    return entry.source or f"constant {entry.constant!r}"


def _as_given(source: str, have: pl.DataType, missing: tuple[str, ...]) -> pl.Expr:
    value, _ = mapped(ColumnMap.model_validate(source), have, missing)
    return pl.when(present(value, have)).then(value)


def _misfit(entry: ColumnMap, column: dy.Column) -> str:
    if entry.values is not None:
        return "is a value that the mapping does not name"
    return f"is not {PLAIN[column.dtype.base_type()]}"
