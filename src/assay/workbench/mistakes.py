"""What is wrong with a value, in the words of the person who typed it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import nearest
from assay.workbench.values import expectation, field_names, models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_EXPECTED: Final = {
    "string_type": "text (in quotes, if it looks like a number)",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "date_type": "a date such as 2026-11-01",
    "date_parsing": "a date such as 2026-11-01",
    "date_from_datetime_parsing": "a date such as 2026-11-01",
    "date_from_datetime_inexact": "a date such as 2026-11-01",
    "datetime_type": "a time such as 2026-11-01T09:30:00Z",
    "datetime_parsing": "a time such as 2026-11-01T09:30:00Z",
    "datetime_from_date_parsing": "a time such as 2026-11-01T09:30:00Z",
    "string_too_short": "text that is not empty",
}


def mistakes(name: str, kind: Any, value: object, error: ValidationError) -> Iterator[str]:  # noqa: ANN401
    """One sentence for each place in the value that is not as declared."""
    seen: set[str] = set()
    for detail in error.errors():
        path = [part for part in detail["loc"] if _is_typed(part, value, detail)]
        where = name + "".join(f"[{part!r}]" for part in path)
        if where not in seen:
            seen.add(where)
            yield _sentence(where, kind, path, value, detail)


def _sentence(
    where: str,
    kind: Any,  # noqa: ANN401
    path: list[int | str],
    value: object,
    detail: ErrorDetails,
) -> str:
    given = detail["input"]
    match detail["type"]:
        case "missing":
            return f"parameter {where} is missing"
        case "extra_forbidden":
            known = {field for model in models(kind) for field in field_names(model)}
            return f"parameter {where} is not known ({nearest(str(path[-1]), known)})"
        case "value_error":
            return f"parameter {where}: {detail['msg'].removeprefix('Value error, ')}"
        case "literal_error":
            return f"parameter {where} is {given!r}, expected {detail['ctx']['expected']}"
        case other if path:
            told = detail["msg"].removeprefix("Input should be ")
            return f"parameter {where} is {given!r}, expected {_EXPECTED.get(other, told)}"
        case _:
            return f"parameter {where} is {value!r}, expected {expectation(kind)}"


def _is_typed(part: int | str, value: object, detail: ErrorDetails) -> bool:
    """Pydantic's place also names the branch of a union, which no reader knows."""
    return (
        isinstance(part, int)
        or (detail["type"] == "missing" and part == detail["loc"][-1])
        or f'"{part}":' in json.dumps(value, default=str)
    )
