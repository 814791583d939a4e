"""Costs at the command line: the report's own parameters and analyses, one section at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import polars as pl

from assay.app.console import warn
from assay.app.place import take_in, this_project
from assay.core.errors import DataError, ParameterError, nearest
from assay.core.project import resolve_path
from assay.data.pricebook import PRICES, read_prices
from assay.data.read import scan
from assay.features.call_log import call_log
from assay.features.implausible import usual_costs
from assay.features.spend_scan import PRICED
from assay.features.spending import spend_lines, spent
from assay.params import Window
from assay.workbench.catalogue import find_report
from assay.workbench.parameters import Form
from assay.workbench.plan import answers
from assay.workbench.sets import sets_of

if TYPE_CHECKING:
    from assay.features.spending import Basis
    from assay.workbench.project import Project

REPORT: Final = "cost"
TIME: Final = "occurred_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked of the data, as it was typed."""

    days: int | None = None
    by: Sequence[str] | None = None
    first: str | None = None
    last: str | None = None
    set_name: str | None = None
    data: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with the parameters of the report.

    Attributes:
        values: of the notebook's parameters, as the report would have them.
        rows: the interactions.
        by: columns that were asked for; none where nobody did.
        window: days that count.
    """

    values: dict[str, Any]
    rows: pl.LazyFrame
    by: tuple[str, ...]
    window: Window

    @classmethod
    def of(cls, question: Question) -> Asked:
        """Reads the set, and holds what was typed against the data.

        Raises:
            ParameterError: for an unknown set or column, or days that are none.
            DataError: where no row is within the days.
        """
        project = this_project()
        values = _values(project, question)
        rows = call_log(scan(values["data"]))
        kind = rows.collect_schema().get(TIME)
        if kind is None:
            raise DataError(
                f"{values['data']} has no column {TIME!r}, expected rows of interactions",
                remedy="bring the file in with `assay import FILE --mapping`, which says which "
                "column is which, and take --data store:interactions",
            )
        if isinstance(kind, pl.Datetime) and kind.time_zone is None:
            warn(f"assay: {TIME} has no time zone: its times are taken to be UTC")
        by = _columns(question.by or (), rows)
        return cls(values=values, rows=rows, by=by, window=_window(question, values, rows))

    def lines(
        self, *, by: Sequence[str] | None = None, usual: pl.DataFrame | None = None
    ) -> pl.DataFrame:
        """What was spent, by day, price and the columns.

        Args:
            by: columns; those that were asked for, unless others are given.
            usual: limits of `usual_costs`; found unless they are given.

        Raises:
            DataError: where no row is within the days.
        """
        prices = self.prices
        lines = spend_lines(
            self.rows,
            by=self.by if by is None else by,
            time_zone=self.values["time_zone"],
            window=self.window,
            usual=usual_costs(self.rows, prices) if usual is None else usual,
        )
        if lines["day"].drop_nulls().is_empty():
            raise DataError(
                f"no interaction {_told(self.window)}",
                remedy=f"the data run {_reach(self.rows, self.values['time_zone'])}",
            )
        return spent(lines, prices, cast("Basis", self.values["basis"]))

    def check_column(self, name: str, asker: str) -> None:
        """That the data have a column.

        Raises:
            ParameterError: where they do not; names who asks for it.
        """
        known = self.rows.collect_schema().names()
        if name not in known:
            raise ParameterError(
                f"{asker} names {name!r}, and the data have no such column",
                remedy=nearest(name, known),
            )

    def known(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of the columns that the data have, in order."""
        there = set(self.rows.collect_schema().names())
        return tuple(name for name in dict.fromkeys(names) if name in there)

    @property
    def level(self) -> float:
        """Of intervals."""
        return 1 - float(self.values["alpha"])

    @property
    def prices(self) -> pl.DataFrame | None:
        """The price book, where the set names one."""
        named = self.values["prices"]
        return None if named is None else read_prices(named)


def _values(project: Project, question: Question) -> dict[str, Any]:
    """The report's parameters with a set's values, as a run would have them."""
    sets = sets_of(project, REPORT)
    name = next(iter(sets)) if question.set_name is None else question.set_name
    if name not in sets:
        raise ParameterError(
            f"params/{REPORT}.yaml has no set {name!r}", remedy=nearest(name, sets)
        )
    report = find_report(project, REPORT)
    form = Form.of(report.notebook(), report=REPORT)
    values = dict(answers(project, form, sets[name]).values)
    if question.data is not None:
        values["data"] = question.data
        values["window"] = None
        if question.set_name is None:
            values |= _of_other_data()
    if str(values["data"]).startswith("store"):
        take_in(project)
    return values


def _of_other_data() -> dict[str, Any]:
    """What goes with data that are no set's: the project's price book, and nothing of a set."""
    none = dict.fromkeys(("expenses", "sessions"))
    return none | ({"prices": PRICES} if resolve_path(PRICES).is_dir() else {})


def _columns(asked: Sequence[str], rows: pl.LazyFrame) -> tuple[str, ...]:
    known = rows.collect_schema().names()
    for name in asked:
        if name not in known:
            raise ParameterError(
                f"--by {name}: the data have no such column", remedy=nearest(name, known)
            )
    return tuple(dict.fromkeys(asked))


def _window(question: Question, values: dict[str, Any], rows: pl.LazyFrame) -> Window:
    """The days that were asked for: typed ones, the last of them, or those of the set."""
    given = values["window"]
    own = Window.model_validate(given) if given else Window.model_validate({})
    first, last = _day(question.first, "--from"), _day(question.last, "--to")
    start, end = first or own.start, last or own.end
    if question.days is not None:
        if first is not None and last is not None:
            raise ParameterError("--days beside --from and --to", remedy="leave one of them out")
        if first is not None:
            end = first + timedelta(days=question.days - 1)
        else:
            end = end or _ends(rows, values["time_zone"])[1]
            start = end - timedelta(days=question.days - 1)
    if start is not None and end is not None and end < start:
        raise ParameterError(f"the last day that counts, {end}, comes before the first, {start}")
    return Window.model_validate({"from": start, "to": end})


def _told(window: Window) -> str:
    start, end = window.start, window.end
    if start is not None and end is not None:
        return f"between {start} and {end}"
    return f"from {start} on" if start else f"until {end}" if end else "has a time"


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError(
            f"{option} {text}, expected a day such as 2026-09-01",
            remedy="days are those of the set's time_zone",
        ) from None


def _ends(rows: pl.LazyFrame, time_zone: str) -> tuple[date, date]:
    """First and last local day of the data."""
    days = spend_lines(rows.select(_read(rows)), time_zone=time_zone)["day"].drop_nulls()
    if days.is_empty():
        raise DataError("no interaction has a time, so that no cost has a day")
    return cast("date", days.min()), cast("date", days.max())


def _read(rows: pl.LazyFrame) -> list[str]:
    """The columns that tell days, and which prices count."""
    return [name for name in rows.collect_schema().names() if name in {TIME, *PRICED}]


def _reach(rows: pl.LazyFrame, time_zone: str) -> str:
    first, last = _ends(rows, time_zone)
    return f"from {first} to {last}"
