"""All tables by name, and what their rules say in words."""

from __future__ import annotations

from dataclasses import dataclass
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

    import polars as pl

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


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule says of a row that breaks it, and the columns that it looks at."""

    broken: str
    columns: tuple[str, ...]


def rules_of(schema: type[dy.Schema]) -> dict[str, Rule]:
    """Every rule of a table by its name: of the key, of single columns, of whole rows."""
    rules: dict[str, Rule] = {}
    if keys := tuple(schema.primary_key()):
        verb = "appears" if len(keys) == 1 else "appear together"
        rules["primary_key"] = Rule(f"{_names(keys)} {verb} more than once", keys)
    for name, column in schema.columns().items():
        for rule in column.validation_rules(column.col):
            rules[f"{name}|{rule}"] = Rule(_broken(name, rule, column), (name,))
    for name, member in vars(schema).items():
        if make := getattr(member, "validation_fn", None):
            columns = tuple(make(schema).meta.root_names())
            rule = make.__doc__.strip().rstrip(".")
            rules[name] = Rule(f"breaks the rule: {rule[:1].lower()}{rule[1:]}", columns)
    return rules


def row_rules(schema: type[dy.Schema]) -> dict[str, pl.Expr]:
    """The rules that a row keeps or breaks by itself, as expressions: true where it keeps them.

    What takes several rows to tell (keys, what happens once) is not among them.
    """
    found = {
        f"{name}|{rule}": expr
        for name, column in schema.columns().items()
        for rule, expr in column.validation_rules(column.col).items()
    }
    for name, member in vars(schema).items():
        if make := getattr(member, "validation_fn", None):
            expr = make(schema)
            if "is_unique" not in str(expr):
                found[name] = expr
    return found


def _broken(name: str, rule: str, column: dy.Column) -> str:
    known = (column.metadata or {}).get("known", ())
    told = {
        "nullability": "is missing",
        "min": f"is below {getattr(column, 'min', None)}",
        "max": f"is above {getattr(column, 'max', None)}",
        "inf": "is infinite",
        "nan": "is not a number (NaN)",
        "regex": f"does not match {getattr(column, 'regex', None)}",
        "check__known": f"is none of {', '.join(known)}",
    }
    return f"{name} {told[rule]}"


def _names(columns: Sequence[str]) -> str:
    *others, last = columns
    return f"{', '.join(others)} and {last}" if others else last
