"""All tables by name, and what their rules say in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import dataframely as dy

from assay.core.errors import ParameterError, nearest
from assay.schema.advice import Actions, Alerts, Predictions, Recommendations
from assay.schema.configuration import Configurations, Versions
from assay.schema.content import Accounts, Posts, Touches
from assay.schema.experiments import Assignments
from assay.schema.interactions import Calls, Interactions, Sessions
from assay.schema.learning import Attempts, Awards, Learners, Roles
from assay.schema.money import Expenses, Prices
from assay.schema.scores import Measurements, Scores

if TYPE_CHECKING:
    from collections.abc import Sequence

TABLES: Final[dict[str, type[dy.Schema]]] = {
    "interactions": Interactions,
    "sessions": Sessions,
    "scores": Scores,
    "assignments": Assignments,
    "attempts": Attempts,
    "configurations": Configurations,
    "versions": Versions,
    "calls": Calls,
    "posts": Posts,
    "accounts": Accounts,
    "touches": Touches,
    "measurements": Measurements,
    "prices": Prices,
    "expenses": Expenses,
    "learners": Learners,
    "roles": Roles,
    "awards": Awards,
    "recommendations": Recommendations,
    "actions": Actions,
    "alerts": Alerts,
    "predictions": Predictions,
}


def schema_of(table: str) -> type[dy.Schema]:
    """The schema of a table.

    Raises:
        ParameterError: where there is no such table; offers the nearest name.
    """
    if table not in TABLES:
        raise ParameterError(
            f"table {table!r} is unknown, expected one of the {len(TABLES)} tables",
            remedy=nearest(table, TABLES),
        )
    return TABLES[table]


def required_columns(schema: type[dy.Schema]) -> tuple[str, ...]:
    """Columns without which a row means nothing."""
    return tuple(name for name, column in schema.columns().items() if not column.nullable)


def time_of(schema: type[dy.Schema]) -> str | None:
    """The column that dates a row, None where rows carry no time."""
    times = {
        name: column
        for name, column in schema.columns().items()
        if isinstance(column, dy.Datetime | dy.Date)
    }
    required = (name for name, column in times.items() if not column.nullable)
    return next(required, next(iter(times), None))


def rules_of(schema: type[dy.Schema]) -> dict[str, str]:
    """Every rule of a table by its name, and what is wrong with a row that breaks it."""
    told: dict[str, str] = {}
    if keys := schema.primary_key():
        verb = "appears" if len(keys) == 1 else "appear together"
        told["primary_key"] = f"{_names(keys)} {verb} more than once"
    for name, column in schema.columns().items():
        told |= {
            f"{name}|{rule}": _broken(name, rule, column)
            for rule in column.validation_rules(column.col)
        }
    for name, member in vars(schema).items():
        sentence = getattr(getattr(member, "validation_fn", None), "__doc__", None)
        if sentence:
            told[name] = sentence.strip().rstrip(".")
    return told


def _broken(name: str, rule: str, column: dy.Column) -> str:
    match rule:
        case "nullability":
            return f"{name} is missing"
        case "min":
            return f"{name} is below {getattr(column, 'min', None)}"
        case "max":
            return f"{name} is above {getattr(column, 'max', None)}"
        case "inf":
            return f"{name} is infinite"
        case "nan":
            return f"{name} is not a number (NaN)"
        case "regex":
            return f"{name} does not match {getattr(column, 'regex', None)}"
        case "check__known":
            return f"{name} is none of {', '.join((column.metadata or {}).get('known', []))}"
        case _:
            return f"{name} breaks its rule {rule}"


def _names(columns: Sequence[str]) -> str:
    *others, last = columns
    return f"{', '.join(others)} and {last}" if others else last
