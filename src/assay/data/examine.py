"""A table's rows held against its rules: which are valid, which are not, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast

import dataframely as dy
import polars as pl

from assay.core.provenance import LeftOut
from assay.data.numbering import PLACE
from assay.data.prepare import GIVEN, Prepared
from assay.data.sources import readable
from assay.schema import Rule, rules_of, schema_of, time_of

ROW: Final = "row"
"""Number of a rejected row in its file, from 1."""


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
        skipped: rows that the mapping does not keep.
        first, last: of the valid rows, ISO dates.
    """

    prepared: Prepared
    valid: pl.LazyFrame
    valid_rows: int
    rejected: pl.DataFrame
    reasons: tuple[Reason, ...]
    skipped: tuple[LeftOut, ...]
    first: str | None
    last: str | None

    def none_is_kept(self) -> str | None:
        """What to say where the mapping keeps no row at all."""
        if self.valid_rows or len(self.rejected) or not self.skipped:
            return None
        why = "; ".join(f"{one.reason} ({one.count:,} rows)" for one in self.skipped)
        return f"the mapping keeps no row of {self.prepared.path}: {why}"


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
        numbered = prepared.frame.rename({PLACE: ROW})
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
        skipped=prepared.skipped(),
        first=first,
        last=last,
    )


def _schema_with_types(prepared: Prepared) -> tuple[type[dy.Schema], dict[str, Rule]]:
    """The table's schema, with the columns that come along and a rule for every given type."""
    base = schema_of(prepared.table)
    rules = rules_of(base)
    members: dict[str, Any] = {name: dy.Any() for name in (ROW, *prepared.columns.kept)}
    for name, told in prepared.typed.items():
        members[f"{GIVEN}{name}"] = dy.Any()
        members[f"{name}|type"] = _type_rule(name)
        rules[f"{name}|type"] = Rule(told, (name,))
    return cast("type[dy.Schema]", type(base.__name__, (base,), members)), rules


def _type_rule(name: str) -> object:
    def has_its_type(_: object) -> pl.Expr:
        return pl.col(name).is_not_null() | pl.col(f"{GIVEN}{name}").is_null()

    return dy.rule()(has_its_type)


def _rejected(
    details: pl.DataFrame, rules: dict[str, Rule], prepared: Prepared
) -> tuple[pl.DataFrame, tuple[Reason, ...]]:
    """The rejected rows as the file gives them, and their reasons, the most frequent first."""
    broken = details.select((pl.col(name) == "invalid").alias(name) for name in rules)
    broken = broken.select(_to_blame(name, rules).alias(name) for name in rules)
    counts = broken.sum().row(0, named=True)
    reasons = tuple(
        Reason(rule=rule, told=rules[rule].broken, count=count, columns=rules[rule].columns)
        for rule, count in sorted(counts.items(), key=lambda item: (-(item[1] or 0), item[0]))
        if count
    )
    why = [pl.when(broken[reason.rule]).then(pl.lit(reason.told)) for reason in reasons]
    told = pl.concat_list(why).list.drop_nulls() if why else pl.lit([], dtype=pl.List(pl.String))
    given = [
        pl.col(f"{GIVEN}{name}" if name in prepared.typed else name).alias(name)
        for name in prepared.names
    ]
    return details.select(ROW, told.alias("reasons"), *given), reasons


def _to_blame(rule: str, rules: dict[str, Rule]) -> pl.Expr:
    """Whether the rule is broken, and not merely because a value is missing or of another type."""
    columns = rules[rule].columns
    types, values = ([f"{name}|{kind}" for name in columns] for kind in ("type", "nullability"))
    excuses = types if rule in values else [] if "|" in rule else [*types, *values]
    return pl.col(rule) & ~pl.any_horizontal(
        pl.lit(value=False), *(pl.col(name) for name in excuses if name in rules)
    )


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
