"""The canonical tables and published results in a database, so that other tools can query them.

What was written is remembered in `assay_tables` and, day by day, in `assay_days`, so that the next
time only days that changed are written again, and tables of others are never touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.data.databases.address import Address
from assay.data.databases.columns import quoted
from assay.data.databases.query import tables_of
from assay.data.databases.results import REPORTS, RESULTS, report_rows, result_rows
from assay.data.databases.session import session
from assay.data.databases.tables import TableForm, as_stored, canonical_form, sql_type
from assay.schema import TABLES, schema_of, time_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from assay.data.databases.results import PublishedResult
    from assay.data.databases.session import Session

_ROWS_AT_ONCE: Final = 200_000
_NO_DAY: Final = ""
_LOCK: Final = 6_201_907_341
"""Two exports into one server take turns."""
_SEED: Final = 20_260_101

_MADE: Final = TableForm(
    name="assay_tables",
    columns={"name": pl.String()},
    required=frozenset({"name"}),
    key=("name",),
    about="The tables that Assay made here",
)
_DAYS: Final = TableForm(
    name="assay_days",
    columns={
        "table_name": pl.String(),
        "day": pl.String(),
        "rows": pl.Int64(),
        "digest": pl.String(),
    },
    required=frozenset({"table_name", "day", "rows", "digest"}),
    key=("table_name", "day"),
    about="What was written of each table, day by day",
)
_OWN: Final = (_MADE, _DAYS, REPORTS, RESULTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export wrote.

    Attributes:
        rows: of each table, as they are now.
        written: of each table, rows that were written this time.
        removed: of each table, days that were emptied since the store has no rows of them.
        versions: published versions.
        numbers: of these versions.
    """

    label: str
    rows: dict[str, int]
    written: dict[str, int]
    removed: dict[str, int]
    versions: int
    numbers: int


def init_database(url: str) -> tuple[str, ...]:
    """Makes the canonical tables and those of results where they are not yet; their names.

    Raises:
        DataError: where the database cannot be reached, or has a table of the same name that Assay
            did not make.
        ParameterError: where the address names a table or holds a password.
    """
    with session(_address(url), write=True) as open_session:
        made = _init(open_session)
        open_session.commit()
    return made


def export_store(
    scans: Mapping[str, Callable[[], pl.LazyFrame]],
    results: Iterable[PublishedResult],
    url: str,
) -> Exported:
    """Brings the database to what the store holds and what is published, in one transaction.

    Twice the same gives the same content; rows that the store no longer has vanish. Days whose rows
    are as they were are not written again.

    Args:
        scans: canonical table → its rows; a table that is not named is emptied.
        results: every published version that shall be there.
        url: of the database, without a table.

    Raises:
        DataError, ParameterError: as `init_database`; the database is then as it was.
    """
    address, published = _address(url), list(results)
    rows: dict[str, int] = {}
    written: dict[str, int] = {}
    removed: dict[str, int] = {}
    with session(address, write=True) as open_session:
        _init(open_session)
        for table in TABLES:
            lazy = scans[table]() if table in scans else pl.LazyFrame()
            rows[table], written[table], removed[table] = _Sync(open_session, table, lazy).run()
        reports, numbers = report_rows(published), result_rows(published)
        for form, frame in ((REPORTS, reports), (RESULTS, numbers)):
            open_session.run(f"DELETE FROM {quoted(form.name)}")  # noqa: S608
            _append(open_session, form, frame)
        open_session.commit()
    return Exported(
        label=address.label,
        rows=rows,
        written=written,
        removed=removed,
        versions=len(reports),
        numbers=len(numbers),
    )


class _Sync:
    """Brings one table to what the store holds."""

    def __init__(self, open_session: Session, table: str, rows: pl.LazyFrame) -> None:
        self._session = open_session
        kind = open_session.address.kind
        found = rows.collect_schema()
        self.form = canonical_form(table).with_columns(found)
        self.time = time_of(schema_of(table))
        known = [pl.col(name) for name in self.form.columns if name in found]
        self._is_empty = not found
        day = pl.lit(None, dtype=pl.String)
        if self.time is not None and self.time in found:
            day = pl.col(self.time).cast(pl.Date).cast(pl.String)
        self.rows = rows.select(known).with_columns(day.fill_null(_NO_DAY).alias(" day"))
        self._kind = kind

    def run(self) -> tuple[int, int, int]:
        """Rows as they are now, rows written, days removed."""
        _add_columns(self._session, self.form)
        now, before = self._days(), self._known_days()
        if self._was_changed_by_others(before):
            self._session.run(f"DELETE FROM {quoted(self.form.name)}")  # noqa: S608
            before = {}
        gone = [day for day in before if day not in now]
        changed = [day for day in now if before.get(day) != now[day]]
        for day in [*gone, *(day for day in changed if day in before)]:
            self._session.run(f"DELETE FROM {quoted(self.form.name)} WHERE {self._is_on(day)}")  # noqa: S608
        for days in _groups(changed, now):
            part = self.rows.filter(pl.col(" day").is_in(days)).drop(" day").collect()
            _append(self._session, self.form, part)
        if gone or changed or not before:
            self._remember(now)
        written = sum(now[day][0] for day in changed)
        return sum(rows for rows, _ in now.values()), written, len(gone)

    def _days(self) -> dict[str, tuple[int, str]]:
        """Day → its rows, and a sum of their hashes, whatever their order."""
        if self._is_empty:
            return {}
        names = [name for name in self.rows.collect_schema().names() if name != " day"]
        row = pl.concat_str(
            [pl.lit(",".join(names)), *(_as_digestible(self.form, n) for n in names)],
            separator="\x1f",
            ignore_nulls=False,
        )
        found = (
            self.rows.group_by(" day")
            .agg(pl.len().alias("rows"), row.hash(_SEED).cast(pl.Int128).sum().alias("digest"))
            .sort(" day")
            .collect(engine="streaming")
        )
        return {day: (rows, str(digest)) for day, rows, digest in found.iter_rows()}

    def _known_days(self) -> dict[str, tuple[int, str]]:
        found = self._session.rows(
            "SELECT day, rows, digest FROM assay_days WHERE table_name = "  # noqa: S608
            f"'{self.form.name}'"
        )
        return {str(day): (int(rows), str(digest)) for day, rows, digest in found.iter_rows()}

    def _was_changed_by_others(self, before: Mapping[str, tuple[int, str]]) -> bool:
        there = self._session.value(f"SELECT count(*) FROM {quoted(self.form.name)}")  # noqa: S608
        return int(there) != sum(rows for rows, _ in before.values())

    def _is_on(self, day: str) -> str:
        if self.time is None:
            return "true"
        column = quoted(self.time)
        if day == _NO_DAY:
            return f"{column} IS NULL"
        if self._kind == "SQLite":
            return f"substr({column}, 1, 10) = '{day}'"
        return f"{column} >= '{day}' AND {column} < CAST('{day}' AS date) + 1"

    def _remember(self, days: Mapping[str, tuple[int, str]]) -> None:
        self._session.run(f"DELETE FROM assay_days WHERE table_name = '{self.form.name}'")  # noqa: S608
        frame = pl.DataFrame(
            [(self.form.name, day, rows, digest) for day, (rows, digest) in days.items()],
            schema=_DAYS.columns,
            orient="row",
        )
        _append(self._session, _DAYS, frame)


def _as_digestible(form: TableForm, name: str) -> pl.Expr:
    column = pl.col(name)
    if isinstance(form.columns[name], pl.List):
        column = column.cast(pl.List(pl.String())).list.join("\x1e", ignore_nulls=True)
    return column.cast(pl.String).fill_null("\x00")


def _groups(days: list[str], now: Mapping[str, tuple[int, str]]) -> Iterator[list[str]]:
    group: list[str] = []
    rows = 0
    for day in days:
        if group and rows + now[day][0] > _ROWS_AT_ONCE:
            yield group
            group, rows = [], 0
        group.append(day)
        rows += now[day][0]
    if group:
        yield group


def _append(open_session: Session, form: TableForm, frame: pl.DataFrame) -> None:
    if not frame.is_empty():
        open_session.ingest(form.name, as_stored(frame, form, open_session.address.kind))


def _address(url: str) -> Address:
    address = Address.of(url)
    if address.table is not None or address.query is not None:
        raise ParameterError(
            f"{address.label} names a table or query, expected a database as a whole"
        )
    return address


def _init(open_session: Session) -> tuple[str, ...]:
    if open_session.address.kind == "PostgreSQL":
        open_session.value(f"SELECT 1 AS waited FROM pg_advisory_xact_lock({_LOCK})")  # noqa: S608
    forms = [*_OWN, *(canonical_form(table) for table in TABLES)]
    there = set(tables_of(open_session))
    ours: set[str] = set()
    if _MADE.name in there:
        ours = {
            str(name) for name in open_session.rows("SELECT name FROM assay_tables").to_series()
        }
    foreign = sorted(form.name for form in forms if form.name in there - ours - {_MADE.name})
    if foreign:
        raise DataError(
            f"{open_session.address.label} has {_listed(foreign)}, which Assay did not make",
            remedy="name a database of its own; on PostgreSQL a schema of its own will do: "
            "create schema assay, and add ?options=-csearch_path%3Dassay",
        )
    new = [form for form in forms if form.name not in there]
    for form in new:
        open_session.run(form.created(open_session.address.kind))
        if open_session.address.kind == "PostgreSQL":
            about = form.about.replace("'", "''")
            open_session.run(f"COMMENT ON TABLE {quoted(form.name)} IS '{about}'")
    _append(open_session, _MADE, pl.DataFrame({"name": [form.name for form in new]}))
    return tuple(form.name for form in forms)


def _listed(names: list[str]) -> str:
    return ("the table " if len(names) == 1 else "the tables ") + ", ".join(names)


def _add_columns(open_session: Session, form: TableForm) -> None:
    """The user's own columns, as they appear."""
    kind = open_session.address.kind
    own = [name for name in form.columns if name not in canonical_form(form.name).columns]
    if not own:
        return
    if kind == "SQLite":
        sql = f"SELECT name FROM pragma_table_info('{form.name}')"  # noqa: S608
    else:
        sql = (
            "SELECT CAST(attname AS text) FROM pg_attribute WHERE attrelid = "  # noqa: S608
            f"CAST('{form.name}' AS regclass) AND attnum > 0 AND NOT attisdropped"
        )
    have = {str(name) for name in open_session.rows(sql).to_series()}
    for name in own:
        if name not in have:
            type_ = sql_type(form.columns[name], kind)
            open_session.run(f"ALTER TABLE {quoted(form.name)} ADD COLUMN {quoted(name)} {type_}")
