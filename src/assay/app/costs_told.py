"""What each command on costs prints: one section of the report, by its own analysis."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, cast

import polars as pl

from assay.analysis.costs.history import history_of
from assay.analysis.costs.outlook import spend_outlook
from assay.analysis.costs.outlook.ahead import LONGEST, foreseen
from assay.analysis.costs.outlook.daily import calendar_of, counted, daily_of, within
from assay.analysis.costs.outlook.periods import DAY
from assay.app.console import say
from assay.app.costs import Asked
from assay.core.budgets import Plans
from assay.core.errors import ParameterError
from assay.core.result import record
from assay.present.costs.listing import check_form, listed
from assay.present.costs.listings import history_listing
from assay.present.costs.outlook_listing import budget_listing, forecast_listing
from assay.workbench.budgets import BUDGETS_FILE, read_budgets

if TYPE_CHECKING:
    from assay.analysis.costs.history import Every
    from assay.analysis.costs.outlook.result import SpendOutlook, Total
    from assay.app.costs import Question
    from assay.present.costs.listing import Listing

TOLD: Final = 30
"""Days to come that are told one by one."""


def show_history(question: Question, *, every: str, form: str) -> None:
    """Prints spending by period."""
    check_form(form)
    asked = Asked.of(question)
    result = history_of(asked.lines(), every=cast("Every", every), by=asked.by)
    _print(history_listing(record(result, kind="cost-history")), form)


def show_forecast(question: Question, *, ahead: int, form: str) -> None:
    """Prints what days, weeks and months to come will cost."""
    check_form(form)
    if not 1 <= ahead <= LONGEST:
        raise ParameterError(f"--days {ahead}, expected 1 to {LONGEST} days to come")
    asked = Asked.of(question)
    lines = asked.lines()
    result = spend_outlook(lines, by=asked.by, level=asked.level)
    told = record(result, kind="cost-outlook")
    labels = {f"{ahead} days", "this month", "next month"}
    totals = [one for one in told["totals"] if one["label"] in labels]
    if result.days and not any(one["label"] == f"{ahead} days" for one in totals):
        own = _total(lines, ahead, asked.level)
        totals = [record(own, kind="total"), *totals] if own else totals
    told |= {"totals": totals, "days": told["days"][: min(ahead, TOLD)]}
    _print(forecast_listing(told), form)


def _total(lines: pl.DataFrame, ahead: int, level: float) -> Total | None:
    """What so many days to come cost together."""
    kept = counted(lines)
    calendar = calendar_of(kept)
    found = foreseen(daily_of(kept, calendar), ahead).sum_of(0, ahead)
    if found is None:
        return None
    first, last = calendar.through + DAY, calendar.through + ahead * DAY
    return found.total(f"{ahead} days", first, last, level)


def show_budgets(question: Question, *, file: str | None, form: str) -> None:
    """Prints where each budget stands, and who uses it."""
    check_form(form)
    asked = Asked.of(question)
    plans = read_budgets(file or asked.values["budgets"] or BUDGETS_FILE)
    if len(asked.by) > 1:
        raise ParameterError("--by twice", remedy="one column tells who uses each budget")
    for column in plans.columns:
        asked.check_column(column, "a budget or scenario")
    columns = tuple(dict.fromkeys((*plans.columns, *asked.by)))
    lines = asked.lines(by=columns)
    result = spend_outlook(lines, plans=Plans(budgets=plans.budgets), level=asked.level)
    by = asked.by[0] if asked.by else ""
    shares = _shares(lines, plans, result, by) if by else None
    _print(budget_listing(record(result, kind="cost-outlook"), by=by, shares=shares), form)


def _shares(
    lines: pl.DataFrame, plans: Plans, result: SpendOutlook, by: str
) -> list[dict[str, Any]]:
    """What each value of a column spent of each budget in its present period."""
    kept, told = counted(lines), []
    for budget, state in zip(plans.budgets, result.budgets, strict=True):
        first, last = (date.fromisoformat(day) for day in (state.first, result.through))
        mine = within(kept, budget.scope).filter(pl.col("day").is_between(first, last))
        sums = mine.group_by(pl.col(by).fill_null("")).agg(pl.col("spent_usd").sum())
        told += [
            {
                "name": budget.name,
                "value": value or "(none)",
                "spent": usd,
                "share": usd / state.budget,
            }
            for value, usd in sums.sort("spent_usd", by, descending=[True, False]).iter_rows()
        ]
    return told


def _print(listing: Listing, form: str) -> None:
    say(listed(listing, check_form(form)))
