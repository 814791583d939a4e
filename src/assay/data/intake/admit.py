"""Rows made private and held against their table's rules: kept, dropped, or rejected and why."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.data.intake.conform import ROW, Rows
from assay.data.prepare import GIVEN
from assay.privacy import excerpt, treat
from assay.schema import required_columns, row_rules, rules_of, schema_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.data.adapters import Broken
    from assay.privacy import Forgotten, Policy, Pseudonyms
    from assay.schema import Rule

REJECTED: Final[dict[str, pl.DataType]] = {
    "row": pl.Int64(),
    "hash": pl.String(),
    "reasons": pl.List(pl.String()),
    "excerpt": pl.String(),
}
"""What is kept of a row that is not: never its values as they were given."""

LONGEST_VALUE: Final = 60
_TYPE: Final = "|type"
_ABSENT: Final = "|absent"
_HASH_BYTES: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """What became of some rows.

    Attributes:
        valid: the table's columns that the source has, and the user's own that are allowed.
        rejected: as `REJECTED`.
        reasons: why rows were rejected; a row may be rejected for several.
        dropped: rows that are not kept although nothing is wrong with them, by reason.
        replaced: (column, what was done) → values that were made private.
        context_dropped: the user's own columns that are not allowed.
        refused: ids, as the store has them, of rows whose consent is refused.
    """

    table: str
    valid: pl.DataFrame
    rejected: pl.DataFrame
    reasons: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    replaced: Mapping[tuple[str, str], int] = field(default_factory=dict)
    context_dropped: tuple[str, ...] = ()
    refused: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))


class Door:
    """Lets rows in under one policy; the same value gets the same pseudonym in every table."""

    def __init__(self, policy: Policy, pseudonyms: Pseudonyms, forgotten: Forgotten) -> None:
        self._policy = policy
        self._pseudonyms = pseudonyms
        self._forgotten = forgotten
        self._key = pseudonyms.ring.keys[-1]

    def admit(self, rows: Rows) -> Admitted:
        """The rows that may be kept, as they may be kept, and an account of all others.

        Keys are not held against each other here: which of several rows of a key counts, the store
        decides.
        """
        treated = treat(
            rows.frame.with_columns(_misfits(rows)),
            rows.table,
            self._policy,
            self._pseudonyms,
            self._forgotten,
        )
        frame = treated.frame
        broken = _broken(frame, rows)
        bad = broken.select(pl.any_horizontal(pl.all())).to_series() if broken.width else None
        kept = [name for name in rows.columns if name in frame.columns]
        told = _words(rows)
        return Admitted(
            table=rows.table,
            valid=(frame if bad is None else frame.filter(~bad)).select(kept),
            rejected=pl.DataFrame(schema=REJECTED)
            if bad is None
            else self._rejected(frame.filter(bad), broken.filter(bad), told, rows),
            reasons={told[name]: int(broken[name].sum()) for name in broken.columns},
            dropped=treated.dropped,
            replaced=treated.replaced,
            context_dropped=treated.context_dropped,
            refused=treated.refused,
        )

    def broken(self, records: Sequence[Broken]) -> pl.DataFrame:
        """Records that could not even be read, as rejected rows."""
        return pl.DataFrame(
            {
                "row": [record.row for record in records],
                "hash": [self._hash(f"{record.reason}\0{record.text}") for record in records],
                "reasons": [[excerpt_of_reason(record.reason)] for record in records],
                "excerpt": [excerpt(record.text) for record in records],
            },
            schema=REJECTED,
        )

    def _rejected(
        self, frame: pl.DataFrame, broken: pl.DataFrame, told: Mapping[str, str], rows: Rows
    ) -> pl.DataFrame:
        why = [pl.when(pl.col(name)).then(pl.lit(told[name])) for name in broken.columns]
        content = frame.select(
            pl.struct(pl.exclude(ROW)).struct.json_encode().alias("content")
        ).to_series()
        return pl.DataFrame(
            {
                "row": frame[ROW].cast(pl.Int64),
                "hash": [self._hash(f"{rows.table}\0{text}") for text in content.to_list()],
                "reasons": broken.select(pl.concat_list(why).list.drop_nulls()).to_series(),
                "excerpt": _shown(frame, broken.columns, rows),
            },
            schema=REJECTED,
        )

    def _hash(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, raw, "sha256")[:_HASH_BYTES].hex()


def excerpt_of_reason(reason: str) -> str:
    """What an adapter says of a broken record, without what it may quote of it."""
    return reason.partition(": ")[0] if len(reason) > 200 else reason


def _misfits(rows: Rows) -> list[pl.Expr]:
    """Where a value was given, and none of its column's type came of it."""
    return [
        (pl.col(name).is_null() & pl.col(f"{GIVEN}{name}").is_not_null()).alias(_misfit(name))
        for name in rows.typed
    ]


def _misfit(name: str) -> str:
    return f"{GIVEN}{name}{_TYPE}"


def _broken(frame: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """For every rule that some row breaks, which rows do.

    A rule is not to blame where a value is missing or of another type: that is told by itself.
    """
    schema = schema_of(rows.table)
    columns = {name: rule.columns for name, rule in rules_of(schema).items()}
    found = {
        f"{name}{_TYPE}": frame[_misfit(name)] for name in rows.typed if frame[_misfit(name)].any()
    }
    required = required_columns(schema)
    for name in required:
        if name not in frame.columns:
            found[f"{name}{_ABSENT}"] = pl.repeat(value=True, n=frame.height, eager=True)
    checks = {
        name: ~expr.fill_null(value=True)
        for name, expr in row_rules(schema).items()
        if not {f"{root}{_ABSENT}" for root in expr.meta.root_names()} & found.keys()
    }
    roots = {root for expr in checks.values() for root in expr.meta.root_names()}
    empty = {
        name: pl.lit(None, dtype=schema.columns()[name].dtype)
        for name in roots - set(frame.columns)
    }
    for column in frame.with_columns(**empty).select(**checks).get_columns():
        excuses = [f"{name}{_TYPE}" for name in columns[column.name] if f"{name}{_TYPE}" in found]
        to_blame = column
        for excuse in excuses:
            to_blame &= ~found[excuse]
        if not column.name.endswith("|nullability"):
            for name in columns[column.name]:
                if name in required and frame[name].null_count():
                    to_blame &= frame[name].is_not_null()
        if to_blame.any():
            found[column.name] = to_blame
    return pl.DataFrame(found)


def _words(rows: Rows) -> dict[str, str]:
    """What each rule says of a row that breaks it."""
    schema = schema_of(rows.table)
    return (
        {name: rule.broken for name, rule in rules_of(schema).items()}
        | {f"{name}{_TYPE}": text for name, text in rows.typed.items()}
        | {f"{n}{_ABSENT}": f"there is no column {n}" for n in required_columns(schema)}
    )


def _shown(frame: pl.DataFrame, broken: Sequence[str], rows: Rows) -> pl.Series:
    """`column=value` of the columns that the reasons are about, as given but masked."""
    rules = rules_of(schema_of(rows.table))
    named = [c for rule in broken for c in _columns_of(rule, rules)]
    parts: list[pl.Series] = []
    for name in dict.fromkeys(named):
        source = f"{GIVEN}{name}" if name in rows.typed else name
        if source not in frame.columns or frame.schema[source].is_nested():
            continue
        text = frame[source].cast(pl.String, strict=False).str.slice(0, LONGEST_VALUE)
        unique = text.unique().drop_nulls()
        masked = pl.Series([excerpt(value) for value in unique.to_list()], dtype=pl.String)
        shown = text.replace_strict(unique, masked, default=None, return_dtype=pl.String)
        parts.append(f"{name}=" + shown.fill_null(""))
    if not parts:
        return pl.repeat(None, len(frame), dtype=pl.String, eager=True)
    return pl.select(pl.concat_str(parts, separator=", ")).to_series()


def _columns_of(rule: str, rules: Mapping[str, Rule]) -> tuple[str, ...]:
    return rules[rule].columns if rule in rules else (rule.partition("|")[0],)
