"""Columns that a metric computes: its expressions, on whatever engine holds the rows.

Numbers are computed in double precision, true and false count as 1 and 0, what is computed from a
missing value is missing, and so is what is divided by zero.
"""

from __future__ import annotations

from functools import reduce
from operator import add, and_, eq, ge, gt, le, lt, mul, ne, or_, sub, truediv
from typing import TYPE_CHECKING, Any, Final, Literal

import narwhals as nw

from assay.core.errors import DataError, ParameterError, nearest
from assay.core.expressions import (
    Arithmetic,
    Call,
    Column,
    Comparison,
    Constant,
    Logic,
    Node,
    columns_of,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from assay.features.faults import Frame
    from assay.features.measure import Schema
    from assay.params import Metric

Sort = Literal["number", "truth", "text", "time", "nothing"]

_ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": add,
    "-": sub,
    "*": mul,
    "/": truediv,
}
_RELATIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
_TOLD: Final[dict[Sort, str]] = {
    "number": "a number",
    "truth": "true or false",
    "text": "text",
    "time": "a time",
    "nothing": "null",
}


def with_derived(rows: Frame, metrics: Iterable[Metric]) -> tuple[Frame, tuple[Metric, ...]]:
    """The rows with a column for each expression of the metrics, and the metrics that read them.

    What is the name of a column is that column, whatever it looks like; a single word that is none
    is left to whoever looks for columns. The new columns are called as the expressions are written
    (on Spark, whose names have no dots, with `·` for a decimal point).

    Raises:
        DataError: where an expression speaks of a column that is not there, or of one that does
            not hold what it needs.
        ParameterError: where it cannot be understood.
    """
    schema: Schema = dict(rows.collect_schema())
    dotless = rows.implementation.is_spark_like()
    found: dict[str, nw.Expr] = {}
    using: list[Metric] = []
    for metric in metrics:
        named: dict[str, str | list[str]] = {}

        def column(text: str, metric: Metric = metric) -> str:
            if text in schema or text.isidentifier():
                return text
            name = text.replace(".", "·") if dotless else text
            if name not in found:
                found[name] = _derived(text, metric, schema).alias(name)
            return name

        for field in ("value", "numerator", "denominator", "event", "covariate"):
            text = getattr(metric, field)
            if text is not None and (name := column(text)) != text:
                named[field] = name
        several = [column(text) for text in metric.covariates]
        if several != metric.covariates:
            named["covariates"] = several
        using.append(metric.model_copy(update=named) if named else metric)
    return rows.with_columns(*found.values()) if found else rows, tuple(using)


def _derived(text: str, metric: Metric, schema: Schema) -> nw.Expr:
    try:
        node = parse(text)
    except ParameterError as error:
        told = f"metric {metric.name!r}: {error.message}"
        if not any(name in schema for name in _words(text)):
            told = f"metric {metric.name!r}: the data has no column {text!r}"
            raise DataError(told, remedy=nearest(text, schema)) from None
        raise ParameterError(told, remedy=error.remedy) from None
    for name in columns_of(node):
        if name not in schema:
            raise DataError(
                f"metric {metric.name!r}: {text!r} speaks of {name!r}, which is no column",
                remedy=nearest(name, schema),
            )
    return _Compiler(text, metric.name, schema).number(node)


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()


class _Compiler:
    """From an expression to one of Narwhals, with what each part of it holds."""

    def __init__(self, text: str, metric: str, schema: Mapping[str, nw.dtypes.DType]) -> None:
        self._text, self._metric, self._schema = text, metric, schema

    def number(self, node: Node) -> nw.Expr:
        """The expression as a number: true and false are 1 and 0."""
        found, sort = self._compiled(node)
        if sort not in {"number", "truth", "nothing"}:
            raise self._wrong(sort, "a number, or true or false")
        return found.cast(nw.Float64)

    def _truth(self, node: Node) -> nw.Expr:
        found, sort = self._compiled(node)
        if sort not in {"truth", "nothing"}:
            raise self._wrong(sort, "true or false")
        return found.cast(nw.Boolean) if sort == "nothing" else found

    def _compiled(self, node: Node) -> tuple[nw.Expr, Sort]:  # noqa: PLR0911  one a form
        match node:
            case Column(name):
                column = nw.col(name)
                floats = self._schema[name].is_float()
                return column.fill_nan(None) if floats else column, self._sort(name)
            case Constant(value):
                return _constant(value)
            case Arithmetic(operator, left, right):
                one, other = self.number(left), self.number(right)
                if operator == "/":
                    return nw.when(other != 0).then(one / other), "number"
                return _ARITHMETIC[operator](one, other), "number"
            case Comparison(relation, left, right):
                return self._compared(relation, left, right), "truth"
            case Logic(operator, parts):
                return reduce(and_ if operator == "and" else or_, map(self._truth, parts)), "truth"
            case Call():
                return self._called(node)

    def _compared(self, relation: str, left: Node, right: Node) -> nw.Expr:
        (one, sort), (other, its) = self._compiled(left), self._compiled(right)
        compare = _RELATIONS[relation]
        if sort == its and sort != "nothing":
            found: nw.Expr = compare(one, other)
        elif "nothing" in {sort, its}:
            raise ParameterError(
                f"metric {self._metric!r}: {self._text!r} compares with null",
                remedy="write x is null",
            )
        elif {sort, its} <= {"number", "truth"}:
            found = compare(one.cast(nw.Float64), other.cast(nw.Float64))
        else:
            raise self._wrong(its, _TOLD[sort])
        return found

    def _called(self, node: Call) -> tuple[nw.Expr, Sort]:
        match node.function, node.arguments:
            case "not", (inner,):
                return ~self._truth(inner), "truth"
            case "is_null", (inner,):
                return self._compiled(inner)[0].is_null(), "truth"
            case "when", (condition, then, otherwise):
                chosen = nw.when(self._truth(condition)).then(self.number(then))
                return chosen.otherwise(self.number(otherwise)), "number"
            case "negative", (inner,):
                return self.number(inner) * -1.0, "number"
            case "min" | "max" | "coalesce" as name, arguments:
                together: Any = {
                    "min": nw.min_horizontal,
                    "max": nw.max_horizontal,
                    "coalesce": nw.coalesce,
                }[name]
                return together(*map(self.number, arguments)), "number"
            case name, (inner,):
                return _of_one(name, self.number(inner)), "number"
        raise ParameterError(f"{self._text!r} calls {node.function!r}")

    def _sort(self, name: str) -> Sort:
        kind = self._schema[name]
        if kind.is_numeric():
            return "number"
        if kind == nw.Boolean:
            return "truth"
        if isinstance(kind, nw.String | nw.Categorical | nw.Enum):
            return "text"
        if kind.is_temporal():
            return "time"
        raise DataError(
            f"metric {self._metric!r}: column {name!r} holds {kind}, which no expression takes",
            remedy="use columns of numbers, text, times, or true and false",
        )

    def _wrong(self, sort: Sort, expected: str) -> DataError:
        return DataError(
            f"metric {self._metric!r}: {self._text!r} has {_TOLD[sort]} where it needs {expected}",
            remedy="put text into quotes, and compare like with like",
        )


def _constant(value: float | str | bool | None) -> tuple[nw.Expr, Sort]:  # noqa: FBT001
    match value:
        case None:
            return nw.lit(None, dtype=nw.Float64), "nothing"
        case bool():
            return nw.lit(value), "truth"
        case str():
            return nw.lit(value), "text"
    return nw.lit(float(value)), "number"


def _of_one(name: str, value: nw.Expr) -> nw.Expr:
    match name:
        case "abs":
            return value.abs()
        case "sqrt":
            return nw.when(value >= 0).then(value.sqrt())
        case "log":
            return nw.when(value > 0).then(value.log())
    return value.exp()
