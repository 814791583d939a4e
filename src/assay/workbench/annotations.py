"""What a parameters cell declares: names, types, defaults and help, parsed and never run."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from assay.core.errors import NotebookError
from assay.workbench.kinds import Classes, Default, classes, default_of, kind_of
from assay.workbench.values import is_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.workbench.notebook import Cell

__all__ = ["Declaration", "Default", "declarations"]


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
    own = classes(tree.body, f"{notebook}, cell {cell.number} (parameters)")
    found: dict[str, Declaration] = {}
    for statement in tree.body:
        help_text = comments.get(statement.end_lineno or 0, "")
        place = f"{notebook}, cell {cell.number} (parameters), line {statement.lineno}"
        for declaration in _declared(statement, help_text, place, own):
            found[declaration.name] = declaration
    return tuple(found.values())


def _declared(
    statement: ast.stmt, help_text: str, place: str, own: Classes
) -> Iterator[Declaration]:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            default = Default.REQUIRED if value is None else default_of(value, own)
            kind = kind_of(annotation, place, own)
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
            default = default_of(value, own)
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
