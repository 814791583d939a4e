"""Rows as they may be kept: persons as pseudonyms, text dropped, everything else looked through."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.errors import ParameterError, nearest
from assay.privacy.fields import CODE, FIELDS
from assay.privacy.redact import redact, redacted
from assay.privacy.shapes import HOME, code_faults, label_faults, machine_made
from assay.privacy.template import template
from assay.schema import schema_of

if TYPE_CHECKING:
    from assay.privacy.fields import Kind
    from assay.privacy.forgotten import Forgotten
    from assay.privacy.policy import Policy
    from assay.privacy.pseudonym import Pseudonyms

CONTEXT: Final = "ctx_"
GIVEN: Final = "given "
ROW: Final = "row"
NO_CONSENT: Final = "no consent"
FORGOTTEN: Final = "forgotten"
_SEVERAL: Final = r"[\s,;\[\]]"
_NUMBERS: Final = r"^\[\d{1,8}(?:, ?\d{1,8})*\]$"
_ID: Final = r"[^\s,;\[\]\"']+"
_ROW_ID: Final = "interaction_id"
"""What tells rows apart in the one table that carries consent."""
_MACHINES: Final = ("model", "rule")
_OPAQUE: Final = (pl.Struct, pl.Binary, pl.Object)


@dataclass(frozen=True, slots=True, kw_only=True)
class Treated:
    """Rows that may be kept, and what was done to them; no value that was replaced is in it.

    Attributes:
        frame: the rows that are left, in their order, with the columns that are kept.
        replaced: column and what was found in it → rows. What: `person`, `id`, `judge`, `message`
            (as a template), `dropped text`, `text` (a label that is more than a word),
            `home folder` (the account in a path), or a pattern such as `e-mail`.
        dropped: reason → rows that are gone.
        context_dropped: columns that the policy does not name.
        refused: ids of the rows whose consent is refused, as the store would have them.
    """

    frame: pl.DataFrame
    replaced: dict[tuple[str, str], int]
    dropped: dict[str, int]
    context_dropped: tuple[str, ...]
    refused: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.String))


def treat(
    frame: pl.DataFrame,
    table: str,
    policy: Policy,
    pseudonyms: Pseudonyms,
    forgotten: Forgotten,
) -> Treated:
    """A table's rows as the policy allows to keep them.

    Args:
        frame: columns of the table, the user's own (`ctx_…`), `row`, and beside them, under the
            prefix `given `, values before they had their type, which are passed on untouched and
            must not be stored. Any other column is dropped.
        table: name of the table.
        policy: what may be kept beyond the defaults.
        pseudonyms: of the project's key ring.
        forgotten: marks of persons and ids that must not come back.

    Raises:
        ParameterError: where there is no such table.
    """
    if table not in FIELDS:
        raise ParameterError(f"table {table!r} is unknown", remedy=nearest(table, FIELDS))
    return _Treatment(frame, table, policy, pseudonyms, forgotten).run()


class _Treatment:
    """One frame on its way; holds what was counted so far."""

    def __init__(
        self,
        frame: pl.DataFrame,
        table: str,
        policy: Policy,
        pseudonyms: Pseudonyms,
        forgotten: Forgotten,
    ) -> None:
        self.frame = frame
        self.table = table
        self.kinds = FIELDS[table]
        self.policy = policy
        self.pseudonyms = pseudonyms
        self.forgotten = forgotten
        self.gone = pl.Series([], dtype=pl.Boolean)
        self.replaced: Counter[tuple[str, str]] = Counter()
        self.dropped: dict[str, int] = {}
        self.refused = pl.Series([], dtype=pl.String)

    def run(self) -> Treated:
        unknown = self._drop_columns()
        self._drop_refused()
        self.gone = pl.repeat(False, self.frame.height, dtype=pl.Boolean, eager=True)
        new = [
            self._column(column)
            for column in self.frame.iter_columns()
            if column.dtype.base_type() in {pl.String, pl.List, pl.Array, pl.Categorical, pl.Enum}
            and not column.name.startswith(GIVEN)
            and column.null_count() < len(column)
        ]
        self.frame = self.frame.with_columns(new)
        if gone := int(self.gone.sum()):
            self.frame = self.frame.filter(~self.gone)
            self.dropped[FORGOTTEN] = gone
        return Treated(
            frame=self.frame,
            replaced=dict(sorted(self.replaced.items())),
            dropped=self.dropped,
            context_dropped=unknown,
            refused=self.refused,
        )

    def _drop_columns(self) -> tuple[str, ...]:
        """Columns that nothing allows to keep: context without a place in the policy, strangers."""
        own = _columns_of(self.table)
        kept: list[str] = []
        unknown: list[str] = []
        for name, dtype in self.frame.schema.items():
            known = name in own or name == ROW or name.startswith(GIVEN)
            allowed = name in self.policy.context and not _is_opaque(dtype)
            (kept if known or allowed else unknown).append(name)
        self.frame = self.frame.select(kept)
        return tuple(unknown)

    def _drop_refused(self) -> None:
        if "consent" not in self.frame.columns:
            return
        consent = self.frame["consent"]
        required = self.policy.consent == "required"
        kept = consent.fill_null(value=not required)
        if refused := int((~kept).sum()):
            if _ROW_ID in self.frame.columns:
                ids = self.frame.filter(~consent.fill_null(value=True))[_ROW_ID].cast(pl.String)
                self.refused = self._private_ids(ids.drop_nulls())[0]
            self.frame = self.frame.filter(kept)
            self.dropped[NO_CONSENT] = refused

    def _column(self, column: pl.Series) -> pl.Series:
        kind: Kind = self.kinds.get(column.name, "label")
        if isinstance(column.dtype, pl.List | pl.Array):
            return self._list(column, kind)
        column = column.cast(pl.String)
        return {
            "person": self._person,
            "judge": self._judge,
            "id": self._id,
            "ids": self._ids,
            "message": self._message,
            "messages": self._message,
            "text": self._text,
            "label": self._label,
            "labels": self._label,
        }[kind](column)

    def _list(self, column: pl.Series, kind: Kind) -> pl.Series:
        """Elements one by one; the counts are of elements."""
        rows = pl.DataFrame({"row": pl.int_range(len(column), eager=True), "value": column})
        filled = rows.filter(pl.col("value").list.len() > 0).explode("value")
        values = filled["value"].cast(pl.String).alias(column.name)
        plain = kind in {"message", "messages"}
        new = self._message(values) if plain else self._label(values, filled["row"])
        if new is values:
            return column
        lists = filled.with_columns(value=new).group_by("row", maintain_order=True).agg("value")
        joined = rows.join(lists, on="row", how="left", maintain_order="left", suffix=" new")
        chosen = pl.coalesce("value new", pl.col("value").cast(pl.List(pl.String)))
        return joined.select(chosen.alias(column.name)).to_series()

    def _person(self, column: pl.Series) -> pl.Series:
        new, gone = self.pseudonyms.checked(column, self.forgotten)
        self.gone |= gone
        self._count(column.name, "person", len(column) - column.null_count())
        return new

    def _judge(self, column: pl.Series) -> pl.Series:
        """A model or a rule keeps its name, anyone else is a person."""
        if "source" in self.frame.columns:
            machine = self.frame["source"].cast(pl.String).is_in(_MACHINES).fill_null(value=False)
        else:
            machine = pl.repeat(False, len(column), dtype=pl.Boolean, eager=True)
        none = pl.Series([None], dtype=pl.String)
        person = self._person(column.zip_with(~machine, none))
        label = self._label(column.zip_with(machine, none))
        return person.zip_with(~machine, label).alias(column.name)

    def _id(self, column: pl.Series) -> pl.Series:
        if self.forgotten:
            self.gone |= self.forgotten.covers_ids(column)
        new, gone, replaced = self._private_ids(column)
        if replaced:
            self.gone |= gone
            self._count(column.name, "id", replaced)
        return new

    def _ids(self, column: pl.Series) -> pl.Series:
        """One id, or several in one text, each of them as one: what is equal stays equal.

        A list of numbers that a program wrote (`[0, 1, 2]`) is kept; the same without brackets may
        be a telephone's.
        """
        several = column.str.contains(_SEVERAL).fill_null(value=False)
        if not several.any():
            return self._id(column)
        listed = several & column.str.contains(_NUMBERS).fill_null(value=False)
        rows = pl.DataFrame({"row": pl.int_range(len(column), eager=True), "value": column})
        taken = rows.filter(several & ~listed)
        words = taken.with_columns(pl.col("value").str.extract_all(_ID)).explode("value")
        words = words.drop_nulls("value")
        each = words["value"]
        new, gone = self.pseudonyms.checked(each, self.forgotten, remember=False)
        kept = machine_made(each) & ~each.str.contains(r"^[\d\W_]+$")
        if self.policy.ids != "auto":
            kept = pl.repeat(False, len(each), dtype=pl.Boolean, eager=True)
        private = new.zip_with(~kept, words["value"])
        self.gone.scatter(words["row"].filter(gone & ~kept).unique(), values=True)
        joined = (
            words.with_columns(private=private)
            .group_by("row", maintain_order=True)
            .agg(pl.col("private").str.join(" "))
        )
        self._count(column.name, "id", words["row"].filter(~kept).n_unique())
        alone = self._id(column.zip_with(~several, pl.Series([None], dtype=pl.String)))
        lists = rows.join(joined, on="row", how="left", maintain_order="left")["private"]
        kept_lists = column.zip_with(listed, pl.Series([None], dtype=pl.String))
        return (
            pl.DataFrame({"a": alone, "b": kept_lists, "c": lists})
            .select(pl.coalesce("a", "b", "c").alias(column.name))
            .to_series()
        )

    def _private_ids(self, column: pl.Series) -> tuple[pl.Series, pl.Series, int]:
        """Ids as they are stored, which of the replaced are forgotten, and how many those are.

        An id that a machine made is kept, so that people can look it up in their own log.
        """
        policy = self.policy.ids
        if policy == "auto":
            kept = machine_made(column) | column.is_null()
        elif policy == "keep":
            kept = ~column.is_in(list(self._faults(column, shape=False))).fill_null(value=False)
        else:
            kept = column.is_null()
        if kept.all():
            return column, ~kept, 0
        none = pl.Series([None], dtype=pl.String)
        new, gone = self.pseudonyms.checked(
            column.zip_with(~kept, none), self.forgotten, remember=False
        )
        return column.zip_with(kept, new), gone, len(kept) - int(kept.sum())

    def _label(self, column: pl.Series, rows: pl.Series | None = None) -> pl.Series:
        """A label of one word is kept; one with more, or with something personal, is replaced.

        Args:
            column: labels.
            rows: of which row each of them is; None: of one row each.
        """
        if self._is_code(column.name):
            given, column = column, column.str.replace_all(HOME, r"${1}*")
            self._count(column.name, "home folder", int((given != column).sum()))
        free = self._is_free(column.name)
        faults = self._faults(column, shape=not free)
        if not faults:
            return column
        of = redacted if free else self.pseudonyms.of
        old = pl.Series(list(faults), dtype=pl.String)
        new = pl.Series([of(label) for label in faults], dtype=pl.String)
        if self.forgotten and not free:
            self._drop_forgotten(column, old, rows)
        held = column.filter(column.is_in(old.implode())).value_counts()
        for label, count in held.iter_rows():
            self._count(column.name, faults[label], count)
        return column.replace(old, new)

    def _drop_forgotten(
        self, column: pl.Series, replaced: pl.Series, rows: pl.Series | None
    ) -> None:
        """Rows with a label that stands for somebody forgotten go, as they went from the store."""
        gone = replaced.filter(self.pseudonyms.checked(replaced, self.forgotten)[1])
        if len(gone):
            found = column.is_in(gone.implode()).fill_null(value=False).arg_true()
            self.gone.scatter(found if rows is None else rows.gather(found), values=True)

    def _faults(self, column: pl.Series, *, shape: bool) -> dict[str, str]:
        unique = column.drop_nulls().unique()
        unique = unique.filter(~unique.is_in(list(self.policy.labels)))
        if shape and self._is_code(column.name):
            return code_faults(unique)
        version = column.name.endswith(("version", "revision"))
        return label_faults(unique, shape=shape, version=version)

    def _message(self, column: pl.Series) -> pl.Series:
        if f"{self.table}.{column.name}" in self.policy.keep_text:
            return self._redacted(column)
        new = template(column)
        self._count(column.name, "message", int((new != column).sum()))
        return new

    def _text(self, column: pl.Series) -> pl.Series:
        if f"{self.table}.{column.name}" in self.policy.keep_text:
            return self._redacted(column)
        self._count(column.name, "dropped text", len(column) - column.null_count())
        return pl.Series(column.name, [None], dtype=pl.String).new_from_index(0, len(column))

    def _redacted(self, column: pl.Series) -> pl.Series:
        new = redact(column)
        self._count(column.name, "redacted", int((new != column).sum()))
        return new

    def _is_free(self, column: str) -> bool:
        return not self.policy.free_labels.isdisjoint({column, f"{self.table}.{column}"})

    def _is_code(self, column: str) -> bool:
        return f"{self.table}.{column}" in CODE

    def _count(self, column: str, what: str, rows: int) -> None:
        if rows:
            self.replaced[column, what] += rows


def _columns_of(table: str) -> frozenset[str]:
    return frozenset(schema_of(table).column_names())


def _is_opaque(dtype: pl.DataType) -> bool:
    """Types that cannot be looked through: records, bytes, lists of lists."""
    if isinstance(dtype, pl.List | pl.Array):
        inner = dtype.inner
        return inner.base_type() in _OPAQUE or inner.is_nested()
    return dtype.base_type() in _OPAQUE
