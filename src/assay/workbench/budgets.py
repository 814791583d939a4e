"""What `params/budgets.yaml` says; every mistake is told with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

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
from assay.workbench.schedule.lines import lines_of
from assay.workbench.values import read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from assay.core.budgets import Scope

BUDGETS_FILE: Final = "params/budgets.yaml"


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
    file, name = resolve_path(str(path)), Path(path).name
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ParameterError(
            f"there is no {path}", remedy="docs/costs.md shows what a file of budgets says"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"{name} cannot be read: {error}") from None
    content = read_yaml(text, place=name)
    lines = lines_of(text) if content is not None else {}
    try:
        told = BudgetFile.model_validate({} if content is None else content)
    except ValidationError as error:
        raise _mistake(error, name, lines) from None
    places = _Places(name, lines)
    budgets = tuple(
        _budget(one, told, places.of("budgets", i)) for i, one in enumerate(told.budgets)
    )
    scenarios = tuple(
        _scenario(one, places.of("scenarios", i)) for i, one in enumerate(told.scenarios)
    )
    _check_names(budgets)
    _check_names(scenarios)
    _check_overlaps(budgets)
    every: tuple[Budget | Scenario, ...] = (*budgets, *scenarios)
    for one in every:
        _check_columns(one, columns)
    return Plans(budgets=budgets, scenarios=scenarios)


class _Places:
    """File and line of each entry."""

    def __init__(self, name: str, lines: Mapping[tuple[str, ...], int]) -> None:
        self.name, self.lines = name, lines

    def of(self, *keys: str | int) -> str:
        return f"{self.name}:{_line(tuple(map(str, keys)), self.lines)}"


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


def _line(place: tuple[str, ...], lines: Mapping[tuple[str, ...], int]) -> int:
    above = (place[:end] for end in range(len(place), 0, -1))
    return next((lines[part] for part in above if part in lines), 1)


def _mistake(
    error: ValidationError, name: str, lines: Mapping[tuple[str, ...], int]
) -> ParameterError:
    """The first mistake in the order of lines; what is missing last, since it may be misspelt."""

    def order(found: Any) -> tuple[bool, int]:  # noqa: ANN401  pydantic's own record
        return found["type"] == "missing", _line(tuple(map(str, found["loc"])), lines)

    found = min(error.errors(), key=order)
    place = tuple(str(part) for part in found["loc"])
    where = f"{name}:{_line(place, lines)}"
    if found["type"] == "extra_forbidden":
        return ParameterError(
            f"{where}: unknown key {'.'.join(place)!r}", remedy=nearest(place[-1], _known(place))
        )
    if found["type"] == "missing":
        return ParameterError(f"{where}: {'.'.join(place)!r} is missing")
    message = str(found["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    message = message.removeprefix("expected ")
    if found["type"] == "string_pattern_mismatch":
        message = "a currency's code of three letters, such as USD or EUR"
    return ParameterError(
        f"{where}: {'.'.join(place) or 'the file'} = {found['input']!r:.80}, expected {message}"
    )


def _known(place: tuple[str, ...]) -> tuple[str, ...]:
    model = BudgetFile if len(place) == 1 else {"budgets": BudgetEntry}.get(place[0], ScenarioEntry)
    return tuple(field.alias or name for name, field in model.model_fields.items())
