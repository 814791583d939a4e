"""A small language over columns: `input_tokens + output_tokens`, `latency_s > 10 and not retried`.

It has numbers, text in quotes, `true`, `false` and `null`; `+ - * /`; `== != < <= > >=`,
`in (a, b)` and `is null`; `and`, `or`, `not`; and the functions of `FUNCTIONS`. A name is a column;
a column whose name is no word is `col("Latency (s)")`. It is parsed and never run.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final, Literal

from assay.core.errors import ParameterError, nearest

Number = int | float
Operator = Literal["+", "-", "*", "/"]
Relation = Literal["==", "!=", "<", "<=", ">", ">="]

FUNCTIONS: Final = {
    "abs": "abs(x)",
    "min": "min(x, y, …)",
    "max": "max(x, y, …)",
    "coalesce": "coalesce(x, y, …)",
    "when": "when(condition, then, otherwise)",
    "sqrt": "sqrt(x)",
    "log": "log(x)",
    "exp": "exp(x)",
}
"""Functions, and how each is written. The smallest and largest are of one row; so is all else."""

LONGEST: Final = 2_000
"""Characters of an expression."""
DEEPEST: Final = 40
"""Levels that an expression may be nested."""

_ARGUMENTS: Final = {"min": (2, 20), "max": (2, 20), "coalesce": (2, 20), "when": (3, 3)}
_OPERATORS: Final[dict[type[ast.operator], Operator]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
_RELATIONS: Final[dict[type[ast.cmpop], Relation]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Column:
    """The value of a column."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, text, truth value or null."""

    value: Number | str | bool | None


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers become one."""

    operator: Operator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values become true or false."""

    relation: Relation
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """Several truth values become one."""

    operator: Literal["and", "or"]
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `FUNCTIONS`; `not`, `negative` and `is_null` are written otherwise."""

    function: str
    arguments: tuple[Node, ...]


Node = Column | Constant | Arithmetic | Comparison | Logic | Call


def parse(text: str) -> Node:
    """The expression that is written.

    Raises:
        ParameterError: where it is none, with the part that is not understood.

    >>> parse("a + 1")
    Arithmetic(operator='+', left=Column(name='a'), right=Constant(value=1))
    """
    if len(text) > LONGEST:
        raise ParameterError(f"an expression of {len(text):,} characters, expected {LONGEST:,}")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        told = error.msg if isinstance(error, SyntaxError) else "it cannot be read"
        raise ParameterError(
            f"{text!r} is no expression: {told}",
            remedy='a column whose name is no word is written col("Latency (s)")',
        ) from None
    return _Reader(text).node(tree.body, 0)


def columns_of(node: Node) -> tuple[str, ...]:
    """The columns that an expression reads, each once, in order."""
    match node:
        case Column(name):
            return (name,)
        case Constant():
            return ()
        case Arithmetic(_, left, right) | Comparison(_, left, right):
            parts: tuple[Node, ...] = (left, right)
        case Logic(_, parts) | Call(_, parts):
            pass
    return tuple(dict.fromkeys(name for part in parts for name in columns_of(part)))


@dataclass(frozen=True, slots=True)
class _Reader:
    text: str

    def node(self, tree: ast.expr, depth: int) -> Node:  # noqa: PLR0911  one a form
        if depth > DEEPEST:
            raise self._strange(tree, "is nested too deeply")
        match tree:
            case ast.Name(id=name):
                return Constant(_WORDS[name.lower()]) if name.lower() in _WORDS else Column(name)
            case ast.Constant(value=bool() | int() | float() | str() | None as value):
                return Constant(value)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Not() as sign, operand=operand):
                inner = self.node(operand, depth + 1)
                named = {ast.USub: "negative", ast.Not: "not"}.get(type(sign))
                return Call(named, (inner,)) if named else inner
            case ast.BinOp(op=sign, left=left, right=right) if type(sign) in _OPERATORS:
                both = self.node(left, depth + 1), self.node(right, depth + 1)
                return Arithmetic(_OPERATORS[type(sign)], *both)
            case ast.BoolOp(op=sign, values=values):
                parts = tuple(self.node(value, depth + 1) for value in values)
                return Logic("and" if isinstance(sign, ast.And) else "or", parts)
            case ast.Compare():
                return self._compared(tree, depth)
            case ast.Call(func=ast.Name(id=name), args=given, keywords=[]):
                return self._called(tree, name, given, depth)
        raise self._strange(tree, "is not part of the language")

    def _compared(self, tree: ast.Compare, depth: int) -> Node:
        parts: list[Node] = []
        left = tree.left
        for sign, right in zip(tree.ops, tree.comparators, strict=True):
            parts.append(self._relation(tree, sign, left, right, depth + 1))
            left = right
        return parts[0] if len(parts) == 1 else Logic("and", tuple(parts))

    def _relation(
        self, tree: ast.expr, sign: ast.cmpop, left: ast.expr, right: ast.expr, depth: int
    ) -> Node:
        one = self.node(left, depth)
        if type(sign) in _RELATIONS:
            return Comparison(_RELATIONS[type(sign)], one, self.node(right, depth))
        found: Node
        match sign, right:
            case ((ast.Is() | ast.IsNot()), _) if self.node(right, depth) == Constant(None):
                found = Call("is_null", (one,))
            case ((ast.In() | ast.NotIn()), (ast.Tuple(elts=items) | ast.List(elts=items))) if (
                items
            ):
                same = tuple(Comparison("==", one, self.node(item, depth)) for item in items)
                found = same[0] if len(same) == 1 else Logic("or", same)
            case _:
                raise self._strange(tree, "is no comparison: write x is null, or x in (a, b)")
        return Call("not", (found,)) if isinstance(sign, ast.IsNot | ast.NotIn) else found

    def _called(self, tree: ast.expr, name: str, given: list[ast.expr], depth: int) -> Node:
        if name == "col":
            match given:
                case [ast.Constant(value=str() as column)]:
                    return Column(column)
            raise self._strange(tree, 'takes one name in quotes: col("Latency (s)")')
        if name not in FUNCTIONS:
            raise ParameterError(
                f"{self.text!r} calls {name!r}, which is no function here",
                remedy=nearest(name, {*FUNCTIONS, "col"}),
            )
        least, most = _ARGUMENTS.get(name, (1, 1))
        if not least <= len(given) <= most:
            raise self._strange(tree, f"is written {FUNCTIONS[name]}")
        return Call(name, tuple(self.node(one, depth + 1) for one in given))

    def _strange(self, tree: ast.expr, told: str) -> ParameterError:
        part = ast.get_source_segment(self.text.strip(), tree) or self.text
        return ParameterError(
            f"{self.text!r}: {part!r} {told}",
            remedy="known: + - * /, comparisons, and, or, not, is null, in (a, b), "
            + ", ".join(FUNCTIONS),
        )
