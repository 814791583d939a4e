"""What a parameters cell declares: names, types, defaults and help, parsed and never run."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from assay import params
from assay.core.errors import NotebookError
from assay.workbench.values import is_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.workbench.notebook import Cell


class Default(Enum):
    """Where a parameter has no default that can be read from the cell."""

    REQUIRED = "required"
    COMPUTED = "computed when the notebook runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One line of the parameters cell.

    Attributes:
        type: what a value must be, as pydantic understands it.
        annotation: the type as it is written in the cell (or inferred), for people.
        default: plain value, or a member of `Default`.
        as_text: the cell's own default is a date as text, so the notebook expects dates as text.
    """

    name: str
    type: Any
    annotation: str
    default: Any
    help: str
    as_text: bool = False

    @property
    def required(self) -> bool:
        """Whether a run must name a value."""
        return self.default is Default.REQUIRED


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
_KNOWN: Final = (
    "str, int, float, bool, date, datetime, Literal[…], list[…], dict[str, …], … | None, "
    + (", ".join(sorted(_MODELS)))
)


def declarations(cell: Cell, *, notebook: str) -> tuple[Declaration, ...]:
    """The parameters in the order of the cell; later assignments to a name win, as in Python.

    Raises:
        NotebookError: where the cell is not Python, or a type is none of those that can be checked.
    """
    try:
        tree = ast.parse(cell.python)
    except SyntaxError as error:
        raise NotebookError(
            f"{notebook}, cell {cell.number} (parameters), line {error.lineno}: {error.msg}"
        ) from None
    comments = _comments(cell.python)
    found: dict[str, Declaration] = {}
    for statement in tree.body:
        help_text = comments.get(statement.end_lineno or 0, "")
        place = f"{notebook}, cell {cell.number} (parameters), line {statement.lineno}"
        for declaration in _declared(statement, help_text, place):
            found[declaration.name] = declaration
    return tuple(found.values())


def _declared(statement: ast.stmt, help_text: str, place: str) -> Iterator[Declaration]:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            default = Default.REQUIRED if value is None else _default(value)
            kind = _type(annotation, place)
            written = ast.unparse(annotation)
            if default is None and not _allows_none(annotation):
                kind, written = kind | None, f"{written} | None"
            yield Declaration(
                name=name,
                type=kind,
                annotation=written,
                default=default,
                help=help_text,
                as_text=isinstance(default, str) and is_time(default),
            )
        case ast.Assign(targets=targets, value=value):
            default = _default(value)
            kind, written = _inferred(default)
            for target in targets:
                if isinstance(target, ast.Name):
                    yield Declaration(
                        name=target.id,
                        type=kind,
                        annotation=written,
                        default=default,
                        help=help_text,
                        as_text=isinstance(default, str) and is_time(default),
                    )


def _default(node: ast.expr) -> Any:  # noqa: ANN401
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        return _date_call(node) or Default.COMPUTED
    return value if _is_plain(value) else Default.COMPUTED


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


def _type(node: ast.expr, place: str) -> Any:  # noqa: ANN401
    match node:
        case ast.Constant(value=None):
            return None
        case ast.Constant(value=str() as text):
            return _type(ast.parse(text, mode="eval").body, place)
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in _PLAIN or name in _MODELS:
            return _PLAIN.get(name, _MODELS.get(name))
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _type(left, place) | _type(right, place)
        case ast.Subscript(value=ast.Name(id=outer) | ast.Attribute(attr=outer), slice=inner):
            return _parametrised(outer, inner, node, place)
    raise _unknown(node, place)


def _parametrised(outer: str, inner: ast.expr, node: ast.expr, place: str) -> Any:  # noqa: ANN401
    match outer, inner:
        case "Literal", ast.Tuple(elts=choices):
            return Literal[tuple(_choice(choice, node, place) for choice in choices)]
        case "Literal", choice:
            return Literal[_choice(choice, node, place)]
        case "Optional", item:
            return _type(item, place) | None
        case "list" | "List", item:
            return list[_type(item, place)]  # type: ignore[misc]
        case "dict" | "Dict", ast.Tuple(elts=[ast.Name(id="str"), item]):
            return dict[str, _type(item, place)]  # type: ignore[misc]
    raise _unknown(node, place)


def _choice(node: ast.expr, whole: ast.expr, place: str) -> object:
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | bool | None):
        return node.value
    raise _unknown(whole, place)


def _unknown(node: ast.expr, place: str) -> NotebookError:
    return NotebookError(
        f"{place}: the type {ast.unparse(node)!r} cannot be checked", remedy=f"use one of {_KNOWN}"
    )


def _allows_none(annotation: ast.expr) -> bool:
    written = ast.unparse(annotation)
    return "None" in written or "Optional" in written or written == "Any"


def _inferred(default: object) -> tuple[Any, str]:
    """An author who wrote no type gets the widest reading: `x = 1` may become 0.5."""
    match default:
        case bool():
            return bool, "bool"
        case int():
            return int | float, "int | float"
        case float() | str() | date():
            return type(default), type(default).__name__
        case list():
            return list[Any], "list"
        case dict():
            return dict[str, Any], "dict"
        case _:
            return Any, "Any"


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("#").strip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }
