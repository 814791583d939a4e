"""What `params/budgets.yaml` says; every mistake is told with its line."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from assay.core.budgets import (
    Budget,
    BudgetEntry,
    BudgetFile,
    Plans,
    Scenario,
    ScenarioEntry,
    Where,
)
from assay.core.errors import ParameterError, nearest
from assay.core.project import resolve_path
from assay.workbench.declarations import read_declaration

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from assay.core.budgets import Scope

BUDGETS_FILE: Final = "params/budgets.yaml"
_EXPECTED: Final = {
    "string_pattern_mismatch": "a currency's code of three letters, such as USD or EUR"
}


def read_budgets(
    path: str | Path | None = BUDGETS_FILE, *, columns: Collection[str] | None = None
) -> Plans:
    """The budgets and scenarios of a file; none where there is no path.

    Args:
        path: of the file.
        columns: that the data have, where that is known.

    Raises:
        ParameterError: where the file cannot be read, an entry is not understood, an owner is not
            declared, a currency has no rate, a name is given twice, two budgets of the same rows
            and period overlap, or the data lack a column; it names file and line.
    """
    if not path:
        return Plans()
    absent = ParameterError(
        f"there is no {path}", remedy="docs/costs.md shows what a file of budgets says"
    )
    found = read_declaration(resolve_path(str(path)), BudgetFile, absent=absent, expected=_EXPECTED)
    told = found.told
    budgets = tuple(
        _budget(one, told, found.place("budgets", i)) for i, one in enumerate(told.budgets)
    )
    scenarios = tuple(
        _scenario(one, found.place("scenarios", i)) for i, one in enumerate(told.scenarios)
    )
    _check_names(budgets)
    _check_names(scenarios)
    _check_overlaps(budgets)
    every: tuple[Budget | Scenario, ...] = (*budgets, *scenarios)
    for one in every:
        _check_columns(one, columns)
    return Plans(budgets=budgets, scenarios=scenarios)


def _budget(told: BudgetEntry, file: BudgetFile, place: str) -> Budget:
    where = f"{place}: budget {told.name!r}"
    scope: Where = dict(told.whom)
    if told.owner is not None:
        if told.owner not in file.owners:
            remedy = (
                nearest(told.owner, file.owners)
                if file.owners
                else "declare it under owners: with the columns and values that are its own"
            )
            raise ParameterError(f"{where}: there is no owner {told.owner!r}", remedy=remedy)
        for column, values in file.owners[told.owner].items():
            if column in scope:
                raise ParameterError(
                    f"{where}: both for and its owner {told.owner!r} name {column!r}",
                    remedy="leave one of them out",
                )
            scope[column] = values
    rate = 1.0 if told.currency == "USD" else file.rates.get(told.currency)
    if rate is None:
        raise ParameterError(
            f"{where}: there is no rate for {told.currency}, and spending is in USD",
            remedy=f"add rates: {{{told.currency}: USD for one {told.currency}}}",
        )
    return Budget(
        name=told.name,
        usd=told.amount * rate,
        amount=told.amount,
        currency=told.currency,
        per=told.per,
        owner=told.owner or "",
        scope=_scope(scope),
        thresholds=told.thresholds,
        first=told.first,
        last=told.last,
        place=place,
    )


def _scenario(told: ScenarioEntry, place: str) -> Scenario:
    replaced = []
    for old, new in told.replace.items():
        provider, _, model = new.rpartition("/")
        if not model or model == old:
            raise ParameterError(
                f"{place}: scenario {told.name!r}: {old!r} is replaced by {new!r}, "
                "expected another model, as model or provider/model"
            )
        replaced.append((old, (provider, model)))
    return Scenario(
        name=told.name,
        first=told.first,
        scope=_scope(told.whom),
        traffic=1.0 if told.traffic is None else 1 + told.traffic,
        replace=tuple(replaced),
        prices=tuple((model, 1 + change) for model, change in told.prices.items()),
        place=place,
    )


def _scope(where: Where) -> Scope:
    return tuple((column, tuple(sorted(set(where[column])))) for column in sorted(where))


def _check_names(entries: Iterable[Budget | Scenario]) -> None:
    seen: dict[str, str] = {}
    for one in entries:
        if one.name in seen:
            raise ParameterError(
                f"{one.place}: {one.name!r} is already the name of what {seen[one.name]} declares",
                remedy="give each a name of its own",
            )
        seen[one.name] = one.place


def _check_columns(one: Budget | Scenario, known: Collection[str] | None) -> None:
    for column, _ in one.scope:
        if known is not None and column not in known:
            raise ParameterError(
                f"{one.place}: {one.name!r} names the column {column!r}, which the data lack",
                remedy=nearest(column, known),
            )


def _check_overlaps(budgets: tuple[Budget, ...]) -> None:
    for i, one in enumerate(budgets):
        for other in budgets[:i]:
            if (one.scope, one.per) == (other.scope, other.per) and _overlap(one, other):
                raise ParameterError(
                    f"{one.place}: budget {one.name!r} overlaps {other.name!r} "
                    f"of {other.place}: the same rows, per {one.per}, on the same days",
                    remedy="end the older one with to:, and begin the newer one with from:",
                )


def _overlap(one: Budget, other: Budget) -> bool:
    first, last = one.first or date.min, one.last or date.max
    return first <= (other.last or date.max) and (other.first or date.min) <= last
