"""Parameters as Python: literals, so that nothing in them can be run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args, get_origin

from assay.workbench.secrets import given_kinds, name_of, secret_marks, without_none
from assay.workbench.values import (
    Called,
    OwnTable,
    entry_kind,
    is_model,
    item_kind,
    options,
    read_typed,
    with_dates,
)

if TYPE_CHECKING:
    from assay.workbench.parameters import Form, Values

_IMPORTS: Final = {
    "_environ[": "from os import environ as _environ",
    "_SecretStr(": "from pydantic import SecretStr as _SecretStr",
    "_datetime.": "import datetime as _datetime",
}
"""What the code needs, by what shows the need."""


@dataclass(frozen=True, slots=True)
class _Code:
    """Stands in the place of a literal."""

    text: str


def assignments(form: Form, given: Values) -> str:
    """Lines that give the parameters their checked values, as the cell's types ask for them."""
    types = {declared.name: declared.type for declared in form.declared if not declared.as_text}
    lines = [
        f"{name} = {_literal(_made(with_dates(value, types.get(name, str)), types.get(name, str)))}"
        for name, value in given.items()
    ]
    code = "\n".join(lines)
    return "\n".join([*(line for need, line in _IMPORTS.items() if need in code), code])


def _made(value: Any, kind: Any) -> Any:  # noqa: ANN401
    """The value with code where it names a variable, or where the notebook has a class for it."""
    name = name_of(value)
    match value:
        case str() if name is not None:
            value = _Code(_reading(name, kind))
        case list():
            value = [_made(item, item_kind(kind)) for item in value]
        case dict():
            value = {key: _made(item, _typed(kind, key)) for key, item in value.items()}
    called = _called(kind)
    if called is None or value is None:
        return value
    stars = "**" if called.table else ""
    return _Code(f"{called.name}({stars}{_literal(value)})")


def _typed(kind: Any, key: str) -> Any:  # noqa: ANN401
    """A table of `assay.params` keeps its days as text, as all its values do."""
    tables = [option for option in options(kind) if is_model(option)]
    return entry_kind(kind, key) if not tables or issubclass(tables[0], OwnTable) else str


def _called(kind: Any) -> Called | None:  # noqa: ANN401
    if get_origin(kind) in {list, dict}:
        return None
    own = kind.__metadata__ if get_origin(kind) is Annotated else ()
    marks = [mark for mark in own if isinstance(mark, Called)]
    return next(iter((*marks, *filter(None, map(_called, get_args(kind))))), None)


def _reading(name: str, kind: Any) -> str:  # noqa: ANN401, PLR0911  one line a type
    read = f"_environ[{name!r}]"
    if any(mark.wrapped for mark in secret_marks(kind)):
        return f"_SecretStr({read})"
    if Any in options(kind):
        return read
    value = read_typed(os.environ[name], without_none(kind), name=name)
    kinds = given_kinds(kind)
    match value:
        case bool():
            return f"({read} == 'true')"
        case int() | float():
            return f"{type(value).__name__}({read})"
        case str() if str not in kinds and date in kinds and len(value) == len("2026-11-01"):
            return f"_datetime.date.fromisoformat({read})"
        case str() if str not in kinds and datetime in kinds:
            return f"_datetime.datetime.fromisoformat({read})"
    return read


def _literal(value: object) -> str:
    match value:
        case _Code(text):
            return text
        case date():
            return f"_datetime.{type(value).__name__}.fromisoformat({value.isoformat()!r})"
        case list():
            return f"[{', '.join(_literal(item) for item in value)}]"
        case dict():
            items = (f"{key!r}: {_literal(item)}" for key, item in value.items())
            return f"{{{', '.join(items)}}}"
    return repr(value)
