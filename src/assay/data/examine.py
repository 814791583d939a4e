"""A file held against a table: what fits, what does not, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import dataframely as dy
import polars as pl

from assay.core.errors import DataError, nearest
from assay.data.convert import PLAIN, convert, present
from assay.data.mapping import CONTEXT, ColumnMap, Mapping, mapped, read_mapping
from assay.data.sources import dated, open_table, readable
from assay.schema import Rule, required_columns, rules_of, schema_of, time_of

if TYPE_CHECKING:
    from pathlib import Path

ROW: Final = "row"
"""Number of a rejected row in its file, from 1."""

_GIVEN: Final = "given "
"""Prefix of a column's values before they are given our type."""

_NO_VALUE: Final = "nullability"


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
        frame: the table's columns and the user's own; beside them, under `given`, what a value was
            before it was given its type.
        typed: the columns that have such a neighbour, and what a value that did not fit is called.
    """

    table: str
    path: str
    kind: str
    columns: Columns
    frame: pl.LazyFrame
    typed: dict[str, str]

    @property
    def rows(self) -> pl.LazyFrame:
        """The table's columns and the user's own."""
        return self.frame.select(self.names)

    @property
    def names(self) -> list[str]:
        """Columns of the table, then the user's own."""
        return [*schema_of(self.table).column_names(), *self.columns.kept]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why rows are rejected: what is wrong with them, how many they are, and by which columns."""

    rule: str
    told: str
    count: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """The rows that keep all rules of the table, and those that do not.

    Attributes:
        valid: lazy; the same rows in the same order as in the file.
        rejected: row number, reasons, and the values as the file gives them.
        reasons: most frequent first; a row may be rejected for several.
        first, last: of the valid rows, ISO dates.
    """

    prepared: Prepared
    valid: pl.LazyFrame
    valid_rows: int
    rejected: pl.DataFrame
    reasons: tuple[Reason, ...]
    first: str | None
    last: str | None


def prepare(path: str | Path, table: str, mapping: str | Path | None) -> Prepared:
    """A file's columns found, renamed, converted; nothing is read but its head.

    Raises:
        DataError: where the file cannot be read.
        ParameterError: where the table is unknown, or the mapping does not fit it or the file.
    """
    schema = schema_of(table)
    entries = read_mapping(mapping, table=table) if mapping is not None else Mapping()
    with readable(path, "data"):
        names = open_table(path).frame.collect_schema().names()
    sources = _sources(schema, entries, names, path)
    written = {entry.source for name, entry in sources.items() if not name.startswith(CONTEXT)}
    opened = open_table(path, as_text={name for name in written if name is not None})
    kept = tuple(name for name in sources if name.startswith(CONTEXT))
    context = {str(sources[name].source) for name in kept} - written
    frame = opened.frame if opened.kind == "Parquet" else dated(opened.frame, context)
    have = frame.collect_schema()
    wanted: dict[str, pl.Expr] = {}
    given: dict[str, pl.Expr] = {}
    typed: dict[str, str] = {}
    for name, column in schema.columns().items():
        if name not in sources:
            wanted[name] = pl.lit(None, dtype=column.dtype)
            continue
        entry = sources[name]
        source = have[entry.source] if entry.source is not None else pl.Null()
        value, so_far = mapped(entry, source, entries.missing)
        wanted[name] = convert(value, so_far, column.dtype)
        if entry.source is not None and (so_far != column.dtype or entry.source != name):
            raw, _ = mapped(ColumnMap.model_validate(entry.source), source, entries.missing)
            given[f"{_GIVEN}{name}"] = pl.when(present(raw, source)).then(raw)
            typed[name] = (
                f"{name} is a value that the mapping does not name"
                if entry.values is not None
                else f"{name} is not {PLAIN[column.dtype.base_type()]}"
            )
    for name in kept:
        entry = sources[name]
        source = have[entry.source] if entry.source is not None else pl.Null()
        wanted[name], _ = mapped(entry, source, entries.missing)
    used = {entry.source for entry in sources.values()}
    required = required_columns(schema)
    absent = [name for name in schema.column_names() if name not in sources]
    return Prepared(
        table=table,
        path=str(path),
        kind=opened.kind,
        columns=Columns(
            found={n: e.source or f"constant {e.constant!r}" for n, e in sources.items()},
            kept=kept,
            missing_required=tuple(name for name in absent if name in required),
            missing_optional=tuple(name for name in absent if name not in required),
            ignored=tuple(name for name in names if name not in used),
        ),
        frame=frame.select(**wanted, **given),
        typed=typed,
    )


def _sources(
    schema: type[dy.Schema], entries: Mapping, names: list[str], path: str | Path
) -> dict[str, ColumnMap]:
    own = [name for name in names if name in schema.columns() or name.startswith(CONTEXT)]
    sources = {name: ColumnMap.model_validate(name) for name in own} | entries.columns
    for name, entry in sources.items():
        if entry.source is not None and entry.source not in names:
            raise DataError(
                f"{path} has no column {entry.source!r}, from which the mapping takes {name}",
                remedy=nearest(entry.source, names),
            )
    return sources


def row_count(prepared: Prepared) -> int:
    """All rows of the file, whatever they hold.

    Raises:
        DataError: where the file turns out to be unreadable on the way.
    """
    with readable(prepared.path, prepared.kind):
        return int(prepared.frame.select(pl.len()).collect(engine="streaming").item())


def examine(prepared: Prepared) -> Examined:
    """Every row held against every rule.

    Raises:
        DataError: where the file turns out to be unreadable on the way.
    """
    schema, rules = _schema_with_types(prepared)
    with readable(prepared.path, prepared.kind):
        numbered = prepared.frame.with_row_index(ROW, offset=1)
        passed = schema.filter(numbered)
        rejected, reasons = _rejected(passed.failure.details(), rules, prepared)
        whole = rejected.is_empty()
        valid = prepared.rows if whole else passed.result.lazy().select(prepared.names)
        rows, first, last = _extent(valid, time_of(schema))
    return Examined(
        prepared=prepared,
        valid=valid,
        valid_rows=rows,
        rejected=rejected,
        reasons=reasons,
        first=first,
        last=last,
    )


def _schema_with_types(prepared: Prepared) -> tuple[type[dy.Schema], dict[str, Rule]]:
    """The table's schema, with the columns that come along and a rule for every given type."""
    base = schema_of(prepared.table)
    rules = rules_of(base)
    members: dict[str, Any] = {name: dy.Any() for name in (ROW, *prepared.columns.kept)}
    for name, told in prepared.typed.items():
        members[f"{_GIVEN}{name}"] = dy.Any()
        members[f"{name}|type"] = _type_rule(name)
        rules[f"{name}|type"] = Rule(told, (name,))
    return cast("type[dy.Schema]", type(base.__name__, (base,), members)), rules


def _type_rule(name: str) -> object:
    def has_its_type(_: object) -> pl.Expr:
        return pl.col(name).is_not_null() | pl.col(f"{_GIVEN}{name}").is_null()

    return dy.rule()(has_its_type)


def _rejected(
    details: pl.DataFrame, rules: dict[str, Rule], prepared: Prepared
) -> tuple[pl.DataFrame, tuple[Reason, ...]]:
    """The rejected rows as the file gives them, and their reasons, told once each."""
    broken = details.select((pl.col(name) == "invalid").alias(name) for name in rules)
    no_value = {
        name: _any([f"{name}|{kind}" for kind in ("type", _NO_VALUE)], rules)
        for name in prepared.names
    }
    counted = broken.select(
        (
            pl.col(rule) & ~_any([f"{name}|type"], rules)
            if rule.endswith(f"|{_NO_VALUE}")
            else pl.col(rule) & ~pl.any_horizontal(no_value[name] for name in about.columns)
            if "|" not in rule
            else pl.col(rule)
        ).alias(rule)
        for rule, about in rules.items()
        for name in about.columns[:1]
    )
    counts = counted.sum().row(0, named=True)
    reasons = tuple(
        Reason(rule=rule, told=rules[rule].broken, count=count, columns=rules[rule].columns)
        for rule, count in sorted(counts.items(), key=lambda item: (-(item[1] or 0), item[0]))
        if count
    )
    given = [
        pl.coalesce(pl.col(f"{_GIVEN}{name}").cast(pl.String, strict=False)).alias(name)
        if name in prepared.typed
        else pl.col(name)
        for name in prepared.names
    ]
    why = (
        pl.concat_list(
            pl.when(counted[reason.rule]).then(pl.lit(reason.told)) for reason in reasons
        ).list.drop_nulls()
        if reasons
        else pl.lit([], dtype=pl.List(pl.String))
    )
    return details.select(ROW, why.alias("reasons"), *given), reasons


def _any(names: list[str], rules: dict[str, Rule]) -> pl.Expr:
    there = [pl.col(name) for name in names if name in rules]
    return pl.any_horizontal(there) if there else pl.lit(value=False)


def _extent(valid: pl.LazyFrame, time: str | None) -> tuple[int, str | None, str | None]:
    """Rows, and the days of the first and the last."""
    ends = (
        []
        if time is None
        else [pl.col(time).min().alias("first"), pl.col(time).max().alias("last")]
    )
    found = valid.select(pl.len().alias("rows"), *ends).collect(engine="streaming")
    row = found.row(0, named=True)
    first, last = (
        None if row.get(end) is None else f"{row[end]:%Y-%m-%d}" for end in ("first", "last")
    )
    return row["rows"], first, last
