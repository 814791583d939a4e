"""The types that a parameters cell may name: Python's, those of `assay.params`, and its own."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Final, Literal

from pydantic import Field, create_model

from assay import params
from assay.core.errors import NotebookError
from assay.workbench.values import Called, OwnTable


class Default(Enum):
    """Where a parameter has no default that can be read from the cell."""

    REQUIRED = "required"
    COMPUTED = "computed when the notebook runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A class that the cell defines.

    Attributes:
        kind: what a value must be.
        members: of an enumeration: value by name.
        fields: of a table, in their order.
    """

    kind: Any
    members: Mapping[str, Any]
    fields: tuple[str, ...] = ()


Classes = dict[str, Own]

_PLAIN: Final[dict[str, Any]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "date": date,
    "datetime": datetime,
    "list": list[Any],
    "dict": dict[str, Any],
    "None": None,
    "Any": Any,
    "SecretStr": Annotated[str, params.SecretMark(wrapped=True)],
}
_MODELS: Final[dict[str, Any]] = {name: getattr(params, name) for name in params.__all__}
_LISTS: Final = {"list", "List", "Sequence", "Iterable"}
_TABLES: Final = {"dict", "Dict", "Mapping"}
_BOUNDS: Final = frozenset(
    {"ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern", "description"}
)
_SINGLE: Final = {"Ge": "ge", "Gt": "gt", "Le": "le", "Lt": "lt", "MultipleOf": "multiple_of"}
_KNOWN: Final = (
    "str, int, float, bool, date, datetime, Path, Literal[…], list[…], dict[str, …], … | None, "
    "Annotated[…, Field(ge=…)], an Enum, TypedDict or dataclass of the cell, "
    + (", ".join(sorted(_MODELS)))
)


def kind_of(node: ast.expr, place: str, own: Classes) -> Any:  # noqa: ANN401, PLR0911  one a form
    """The type that an annotation means, as pydantic understands it.

    Raises:
        NotebookError: where it is none of those that can be checked.
    """
    match node:
        case ast.Constant(value=None):
            return None
        case ast.Constant(value=str() as text):
            return kind_of(ast.parse(text, mode="eval").body, place, own)
        case ast.Name(id=name) if name in own:
            return own[name].kind
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in _PLAIN or name in _MODELS:
            return _PLAIN.get(name, _MODELS.get(name))
        case ast.Name(id="Path") | ast.Attribute(attr="Path"):
            return Annotated[str, Called(ast.unparse(node))]
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return kind_of(left, place, own) | kind_of(right, place, own)
        case ast.Subscript(value=ast.Name(id=outer) | ast.Attribute(attr=outer), slice=inner):
            return _parametrised(outer, inner, node, place, own)
    raise _unknown(node, place)


def classes(body: list[ast.stmt], place: str) -> Classes:
    """The classes that a cell defines and whose values can be checked."""
    found: Classes = {}
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            # One that holds what cannot be checked is refused where an annotation names it.
            with suppress(NotebookError):
                found |= _class(statement, place, found)
    return found


def _class(statement: ast.ClassDef, place: str, known: Classes) -> Classes:
    bases = {_last(base) for base in statement.bases}
    if bases & {"Enum", "StrEnum", "IntEnum"}:
        return {statement.name: _enumeration(statement, place)}
    if "TypedDict" in bases:
        return {statement.name: _table(statement, place, known, called=False)}
    if "BaseModel" in bases or "dataclass" in map(_last, statement.decorator_list):
        return {statement.name: _table(statement, place, known, called=True)}
    return {}


def default_of(node: ast.expr, own: Classes) -> Any:  # noqa: ANN401  one a form
    """The plain value of an expression, `COMPUTED` where it would have to be run."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=member) if name in own:
            return own[name].members.get(member, Default.COMPUTED)
        case ast.List(elts=items):
            values = [default_of(item, own) for item in items]
            return Default.COMPUTED if Default.COMPUTED in values else values
        case ast.Call(func=ast.Name(id=name), args=given, keywords=named) if name in own:
            return _instance(own[name], given, named, own)
        case ast.Call(func=ast.Name(id="Path") | ast.Attribute(attr="Path"), args=[path]):
            return default_of(path, own)
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        return _date_call(node) or Default.COMPUTED
    return value if _is_plain(value) else Default.COMPUTED


def _instance(own: Own, given: list[ast.expr], named: list[ast.keyword], classes: Classes) -> Any:  # noqa: ANN401
    """`Mode("fast")` is its value, `Row(1, b=2)` the table of its fields."""
    if own.members:
        return default_of(given[0], classes) if len(given) == 1 else Default.COMPUTED
    table = dict(zip(own.fields, (default_of(value, classes) for value in given), strict=False))
    table |= {str(one.arg): default_of(one.value, classes) for one in named}
    return Default.COMPUTED if Default.COMPUTED in table.values() else table


def _is_plain(value: object) -> bool:
    match value:
        case None | bool() | int() | float() | str():
            return True
        case list():
            return all(_is_plain(item) for item in value)
        case dict():
            return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
        case _:
            return False


def _date_call(node: ast.expr) -> date | None:
    if not isinstance(node, ast.Call) or node.keywords:
        return None
    try:
        arguments = [ast.literal_eval(argument) for argument in node.args]
        match ast.unparse(node.func), arguments:
            case "date" | "datetime.date", [int(), int(), int()]:
                return date(*arguments)
            case "date.fromisoformat" | "datetime.date.fromisoformat", [str() as text]:
                return date.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return None


def _enumeration(statement: ast.ClassDef, place: str) -> Own:
    members: dict[str, Any] = {}
    for line in statement.body:
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str() | int())):
                members[name] = ast.literal_eval(line.value)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call()):
                members[name] = name.lower()  # StrEnum's auto()
            case ast.Assign():
                raise NotebookError(f"{place}: a member that is no text or whole number")
    if not members:
        raise NotebookError(f"{place}: no members")
    choices: Any = Literal[tuple(members.values())]
    return Own(kind=Annotated[choices, Called(statement.name)], members=members)


def _table(statement: ast.ClassDef, place: str, own: Classes, *, called: bool) -> Own:
    every = next((word.value for word in statement.keywords if word.arg == "total"), None)
    optional = isinstance(every, ast.Constant) and every.value is False
    fields: dict[str, Any] = {}
    for line in statement.body:
        match line:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                kind, needed = _field(annotation, place, own)
                needed = value is None and (not optional if needed is None else needed)
                fields[name] = (kind, ... if needed else None)
    model: Any = create_model(statement.name, __base__=OwnTable, **fields)
    kind = Annotated[model, Called(statement.name, table=True)] if called else model
    return Own(kind=kind, members={}, fields=tuple(fields))


def _field(annotation: ast.expr, place: str, own: Classes) -> tuple[Any, bool | None]:
    match annotation:
        case ast.Subscript(value=ast.Name(id="NotRequired" | "Required" as word), slice=inner):
            return kind_of(inner, place, own), word == "Required"
    return kind_of(annotation, place, own), None


def _parametrised(  # noqa: PLR0911  one a form
    outer: str, inner: ast.expr, node: ast.expr, place: str, own: Classes
) -> Any:  # noqa: ANN401
    match outer, inner:
        case "Literal", ast.Tuple(elts=choices):
            return Literal[tuple(_choice(choice, node, place) for choice in choices)]
        case "Literal", choice:
            return Literal[_choice(choice, node, place)]
        case "Annotated", ast.Tuple(elts=[first, *more]):
            return _annotated(kind_of(first, place, own), more, node, place)
        case "Optional", item:
            return kind_of(item, place, own) | None
        case "Union", ast.Tuple(elts=[first, *more]):
            kind = kind_of(first, place, own)
            for other in more:
                kind |= kind_of(other, place, own)
            return kind
        case _, item if outer in _LISTS:
            return list[kind_of(item, place, own)]  # type: ignore[misc]
        case _, ast.Tuple(elts=[ast.Name(id="str"), item]) if outer in _TABLES:
            return dict[str, kind_of(item, place, own)]  # type: ignore[misc]
    raise _unknown(node, place)


def _annotated(kind: Any, more: list[ast.expr], node: ast.expr, place: str) -> Any:  # noqa: ANN401
    """Bounds that can be read; text and other notes of the author's are left aside."""
    for note in more:
        if not isinstance(note, ast.Call):
            continue
        name = _last(note.func)
        try:
            if name == "Field":
                told = {str(word.arg): ast.literal_eval(word.value) for word in note.keywords}
            elif name in _SINGLE and len(note.args) == 1:
                told = {_SINGLE[name]: ast.literal_eval(note.args[0])}
            else:
                raise _unknown(node, place)
        except ValueError:
            raise _unknown(node, place) from None
        if not set(told) <= _BOUNDS:
            raise _unknown(node, place)
        kind = Annotated[kind, Field(**told)]
    return kind


def _last(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func):
            return _last(func)
    return ""


def _choice(node: ast.expr, whole: ast.expr, place: str) -> object:
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | bool | None):
        return node.value
    raise _unknown(whole, place)


def _unknown(node: ast.expr, place: str) -> NotebookError:
    return NotebookError(
        f"{place}: the type {ast.unparse(node)!r} cannot be checked", remedy=f"use one of {_KNOWN}"
    )
