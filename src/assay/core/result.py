"""Any result → versioned JSON with units, and the JSON schema that it keeps to."""

from __future__ import annotations

import dataclasses
import math
from datetime import date, datetime
from functools import cache
from typing import Any, Final, TypeGuard, get_type_hints

from assay.core.errors import ResultError
from assay.core.units import UnitOf

RECORD_VERSION: Final = 1
"""Raised when a field is renamed or changes its meaning; added fields leave it as it is."""

Json = dict[str, Any]


def record(result: object, *, kind: str) -> Json:
    """The result as JSON: its fields, `schema` (kind and version), and `units`.

    `units` maps the JSON pointer of each number to its unit, read from the field's annotation, so
    that a program that knows nothing of the kind can still label an axis.

    Args:
        result: an instance of a frozen dataclass of scalars, tuples and such dataclasses.
        kind: name of the schema, `ab-test` for example.

    Raises:
        ResultError: where a number is NaN or infinite, or a value has no JSON form; the message
            names the field.
    """
    if not _is_dataclass(result):
        raise ResultError(f"{type(result).__name__} cannot be recorded, expected a dataclass")
    units: dict[str, str] = {}
    body = _fields(result, "", "", units)
    return {"schema": {"kind": kind, "version": RECORD_VERSION}, **body, "units": units}


def result_schema(result_type: type, *, kind: str) -> Json:
    """The JSON schema (draft 2020-12) that `record()` of this type keeps to.

    What the workbench adds (`brief`, `sources`) may stand beside the result's own fields.
    """
    from pydantic import TypeAdapter  # noqa: PLC0415  costs 0.1 s; only where schemas are made

    schema = TypeAdapter(result_type).json_schema(mode="serialization")
    units = {"type": "object", "additionalProperties": {"type": "string"}}
    head = {
        "type": "object",
        "properties": {"kind": {"const": kind}, "version": {"const": RECORD_VERSION}},
        "required": ["kind", "version"],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "properties": {"schema": head, **schema["properties"], "units": units},
        "required": ["schema", *schema.get("required", []), "units"],
    }


def _is_dataclass(value: object) -> TypeGuard[Any]:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _fields(value: Any, at: str, unit: str, units: dict[str, str]) -> Json:  # noqa: ANN401
    kind: Any = type(value)
    return {
        name: _plain(getattr(value, name), f"{at}/{name}", _unit(hint, value) or unit, units)
        for name, hint in _hints(kind).items()
    }


@cache
def _hints(kind: Any) -> Json:  # noqa: ANN401  a dataclass
    """The fields of a dataclass with their annotations, which are slow to read."""
    found = get_type_hints(kind, include_extras=True)
    return {field.name: found[field.name] for field in dataclasses.fields(kind)}


def _unit(hint: object, owner: object) -> str:
    for mark in getattr(hint, "__metadata__", ()):
        if isinstance(mark, UnitOf):
            return str(getattr(owner, mark.field))
        if isinstance(mark, str):
            return mark
    return next(
        (found for inner in getattr(hint, "__args__", ()) if (found := _unit(inner, owner))), ""
    )


def _plain(value: Any, at: str, unit: str, units: dict[str, str]) -> Any:  # noqa: ANN401
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise ResultError(
                f"{at} is {value}, expected a finite number or None",
                remedy="record None with a reason where there is no answer",
            )
        if not unit:
            raise ResultError(
                f"{at} is a number without a unit",
                remedy='annotate the field, for example Annotated[float, "USD"]',
            )
        units[at] = unit
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(item, f"{at}/{i}", unit, units) for i, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: _plain(item, f"{at}/{key}", unit, units) for key, item in value.items()}
    if _is_dataclass(value):
        return _fields(value, at, unit, units)
    raise ResultError(f"{at} is a {type(value).__name__}, expected a number, text, date or tuple")
