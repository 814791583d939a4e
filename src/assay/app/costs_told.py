"""What each command on costs prints: one section of the report, by its own analysis."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, cast

import polars as pl

from assay.analysis.costs.breakdown import breakdown_of, cacheable_share
from assay.analysis.costs.history import history_of
from assay.analysis.costs.opportunities import find_opportunities
from assay.analysis.costs.opportunities.switching import find_switches, opportunities_of
from assay.analysis.costs.outlook import spend_outlook
from assay.analysis.costs.outlook.ahead import LONGEST, foreseen
from assay.analysis.costs.outlook.daily import calendar_of, counted, daily_of, within
from assay.analysis.costs.outlook.periods import DAY
from assay.app.console import say
from assay.app.costs import Asked
from assay.core.budgets import Plans
from assay.core.errors import ParameterError
from assay.core.result import record
from assay.data.expenses import read_expenses
from assay.data.read import scan
from assay.features.cost_sums import breakdown_sums
from assay.features.drawn_rows import drawn_rows, plausible_drawn
from assay.features.implausible import usual_costs
from assay.features.plausible import plausible
from assay.features.work import work_at_hand
from assay.present.costs.listing import check_form, listed
from assay.present.costs.listings import history_listing
from assay.present.costs.outlook_listing import budget_listing, forecast_listing
from assay.present.costs.section_listings import breakdown_listing, opportunity_listing
from assay.workbench.budgets import BUDGETS_FILE, read_budgets

if TYPE_CHECKING:
    from assay.analysis.costs.history import Every
    from assay.analysis.costs.opportunities import OpportunitiesResult
    from assay.analysis.costs.outlook.result import SpendOutlook, Total
    from assay.app.costs import Question
    from assay.present.costs.listing import Listing

SCOPES: Final = ("agent_id", "provider", "model", "service_tier")
"""Columns whose values opportunities may be ordered by."""
TOLD: Final = 30
"""Days to come that are told one by one."""


def show_history(question: Question, *, every: str, form: str) -> None:
    """Prints spending by period."""
    check_form(form)
    asked = Asked.of(question)
    result = history_of(asked.lines(), every=cast("Every", every), by=asked.by)
    _print(history_listing(record(result, kind="cost-history")), form)


def show_breakdown(question: Question, *, form: str) -> None:
    """Prints who or what the money went to, and what an outcome cost."""
    check_form(form)
    asked = Asked.of(question)
    values, book = asked.values, asked.prices
    by = asked.by or asked.known(values["by"])
    drawn = drawn_rows(asked.rows, by=by)
    usual = usual_costs(asked.rows if drawn is None else drawn.even, book)
    lines = asked.lines(by=by, usual=usual)
    sums = breakdown_sums(
        asked.rows,
        lines,
        book,
        by=list(by),
        basis=values["basis"],
        usual=usual,
        sessions=None if values["sessions"] is None else scan(values["sessions"]),
        window=asked.window,
        time_zone=values["time_zone"],
        drawn=drawn,
    )
    expenses = values["expenses"]
    result = breakdown_of(
        lines,
        sums,
        prices=book,
        expenses=None if expenses is None else read_expenses(expenses, prices=values["prices"]),
        cacheable=cacheable_share(None),
        has_sessions=values["sessions"] is not None,
        k=values["smallest_cell"],
        level=asked.level,
    )
    _print(breakdown_listing(record(result, kind="cost-breakdown")), form)


def show_opportunities(question: Question, *, form: str) -> None:
    """Prints what could be saved, ranked by money, or by whose calls it concerns."""
    check_form(form)
    asked = Asked.of(question)
    for name in asked.by:
        if name not in SCOPES or len(asked.by) > 1:
            raise ParameterError(
                f"--by {' --by '.join(asked.by)}, savings are told by one of {', '.join(SCOPES)}"
            )
    by = asked.by[0] if asked.by else ""
    told = record(_opportunities(asked), kind="cost-opportunities")
    _print(opportunity_listing(told, by=by), form)


def _opportunities(asked: Asked) -> OpportunitiesResult:
    values, book = asked.values, asked.prices
    if book is None:
        raise ParameterError(
            "opportunities need prices, and the set names none",
            remedy="prices: params/prices, or a table of prices",
        )
    drawn = drawn_rows(asked.rows)
    usual = usual_costs(asked.rows if drawn is None else drawn.even, book)
    alpha, window = float(values["alpha"]), asked.window
    lines = asked.lines(by=asked.known(["agent_id"]), usual=usual)
    sound = plausible(asked.rows, lines, usual)
    drawn = plausible_drawn(drawn, lines, usual)
    zone = values["time_zone"]
    work = work_at_hand(sound, book, time_zone=zone, window=window, lines=lines, drawn=drawn)
    switches = (
        None if work is None else find_switches(work, margin=values["margin"], confidence=1 - alpha)
    )
    return find_opportunities(
        asked.rows,
        book,
        usual=usual,
        first=window.start,
        last=window.end,
        time_zone=values["time_zone"],
        alpha=alpha,
        smallest_cell=values["smallest_cell"],
        others=() if switches is None else opportunities_of(switches),
        lines=lines,
        drawn=drawn,
    )


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
