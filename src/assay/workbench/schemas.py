"""A JSON schema of a report's parameters file, so that an editor knows what may stand in it."""

from __future__ import annotations

from datetime import date, datetime
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import TypeAdapter

from assay.params import SecretMark
from assay.workbench.dates import DAY_PATTERN, PERIOD_PATTERN
from assay.workbench.grids import LIMIT
from assay.workbench.kinds import Default
from assay.workbench.layers import SET_NAME
from assay.workbench.meaning import is_period, takes, takes_metric
from assay.workbench.values import DATE, TIME, VARIABLE, field_kinds, is_model, options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic.fields import FieldInfo

    from assay.workbench.annotations import Declaration
    from assay.workbench.parameters import Form

Schema = dict[str, Any]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_VARIABLE: Final[Schema] = {
    "type": "string",
    "pattern": f"^{VARIABLE.pattern}$",
    "description": "env:NAME: the value of a variable of the environment, written nowhere",
}
_DAY: Final[Schema] = {
    "type": "string",
    "pattern": f"^(?:{DAY_PATTERN})$",
    "description": "a day in words, such as yesterday or last_full_month.from",
}
_PERIOD: Final[Schema] = {
    "type": "string",
    "pattern": f"^(?:{PERIOD_PATTERN})$",
    "description": "a period in words, such as last_7_days or last_full_month",
}
_SCALARS: Final[dict[Any, list[Schema]]] = {
    str: [{"type": "string"}],
    bool: [{"type": "boolean"}, _VARIABLE],
    int: [{"type": "integer"}, _VARIABLE],
    float: [{"type": "number"}, _VARIABLE],
    NoneType: [{"type": "null"}],
    date: [{"type": "string", "pattern": f"^{DATE.pattern}$"}, _DAY, _VARIABLE],
    datetime: [{"type": "string", "pattern": f"^{TIME.pattern}$"}, _VARIABLE],
    Any: [{}],
}


def schema_of(form: Form, *, metrics: Iterable[str] = ()) -> Schema:
    """The schema of `params/<report>.yaml`: one set of lines, or base, sets and matrix.

    Args:
        form: of the report.
        metrics: names that `params/metrics.yaml` declares.
    """
    known = sorted(metrics)
    values, inside = _values(form, known), _inside(form, known)
    layered = {"anyOf": [{"required": [key]} for key in ("base", "sets", "matrix")]}
    table = {
        "type": ["object", "null"],
        "patternProperties": inside,
        "additionalProperties": False,
    }
    of_set = {
        **table,
        "properties": {
            "extends": {
                "description": "a set, or several, whose values lie below this one's",
                "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            },
            "matrix": {"$ref": "#/$defs/matrix"},
            **values,
        },
    }
    return {
        "$schema": _DIALECT,
        "title": f"Parameters of {form.report}",
        "$defs": {
            "values": {**table, "properties": values},
            "set": of_set,
            "matrix": _matrix(values, inside),
        },
        "type": ["object", "null"],
        "if": {"type": "object", **layered},
        "then": {
            "properties": {
                "base": {"$ref": "#/$defs/values", "description": "what every set shares"},
                "sets": {
                    "description": "each is a report of its own, in a folder of this name",
                    "type": ["object", "null"],
                    "propertyNames": {"pattern": f"^{SET_NAME}$"},
                    "additionalProperties": {"$ref": "#/$defs/set"},
                },
                "matrix": {"$ref": "#/$defs/matrix"},
            },
            "additionalProperties": False,
        },
        "else": {"$ref": "#/$defs/values"},
    }


def _values(form: Form, metrics: list[str]) -> Schema:
    """Every parameter, and every entry of its tables by a name with dots."""
    found: Schema = {}
    for declared in form.declared:
        found[declared.name] = _parameter(declared, metrics)
        for path, kind in _entries(declared.name, declared.type):
            found[path] = _kind(kind, metrics)
    return found


def _inside(form: Form, metrics: list[str]) -> Schema:
    """Entries of tables whose names are the author's own, by a pattern of names with dots."""
    return {
        rf"^{declared.name}\.[^.]+$": _kind(get_args(option)[1], metrics)
        for declared in form.declared
        for option in options(declared.type)
        if get_origin(option) is dict
    }


def _entries(path: str, kind: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
    found = []
    for option in options(kind):
        for name, inner in field_kinds(option).items():
            found += [(f"{path}.{name}", inner), *_entries(f"{path}.{name}", inner)]
    return found


def _parameter(declared: Declaration, metrics: list[str]) -> Schema:
    schema = _kind(declared.type, metrics)
    told = [declared.help, f"Takes {takes(declared.type)}."]
    schema = {**schema, "description": "\n".join(filter(None, told))}
    if not isinstance(declared.default, Default) and not isinstance(declared.default, date):
        schema["default"] = declared.default
    return schema


def _matrix(values: Schema, inside: Schema) -> Schema:
    pairs = {"type": "array", "items": {"$ref": "#/$defs/values"}}
    dimensions, patterns = (
        {
            name: {"type": "array", "minItems": 1, "uniqueItems": True, "items": schema}
            for name, schema in some.items()
        }
        for some in (values, inside)
    )
    own = {
        "include": {**pairs, "description": "added where it fits, else a set of its own"},
        "exclude": {**pairs, "description": "combinations to leave out"},
        "name": {"type": "string", "description": "of the sets, with {parameter} in it"},
        "limit": {"type": "integer", "description": f"sets at most, {LIMIT:,} by default"},
    }
    both = {
        name: {"anyOf": [schema, dimensions[name]]} if name in dimensions else schema
        for name, schema in own.items()
    }
    return {
        "description": "every combination of these values is a set",
        "type": ["object", "null"],
        "properties": {**dimensions, **both},
        "patternProperties": patterns,
        "additionalProperties": False,
    }


def _kind(kind: Any, metrics: list[str]) -> Schema:  # noqa: ANN401, PLR0911  one a form
    """What a value of this type may look like in the file."""
    if get_origin(kind) is Annotated:
        inner = get_args(kind)[0]
        if any(isinstance(mark, SecretMark) for mark in kind.__metadata__):
            return dict(_VARIABLE)
        if inner in _SCALARS and inner is not Any:
            bounded = TypeAdapter[Any](kind).json_schema()
            return _any_of([_SCALARS[inner][0] | bounded, *_SCALARS[inner][1:]])
        return _kind(inner, metrics)
    if get_origin(kind) in {Union, UnionType}:
        return _any_of([_kind(part, metrics) for part in get_args(kind)])
    if kind is None or kind in _SCALARS:
        return _any_of(_SCALARS[NoneType if kind is None else kind])
    if get_origin(kind) is Literal:
        return _any_of([{"enum": list(get_args(kind))}, _VARIABLE])
    if get_origin(kind) is list:
        return {"type": "array", "items": _kind(get_args(kind)[0], metrics)}
    if get_origin(kind) is dict:
        entries = {"type": "object", "additionalProperties": _kind(get_args(kind)[1], metrics)}
        return _any_of([entries, _PERIOD]) if is_period(kind) else entries
    return _model(kind, metrics) if is_model(kind) else {}


def _model(kind: Any, metrics: list[str]) -> Schema:  # noqa: ANN401
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    properties = {name: _field(field, metrics) for name, field in fields.items()}
    table: Schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "required": [name for name, field in fields.items() if field.is_required()],
    }
    if is_period(kind):
        pair = {"type": "array", "items": properties["from"], "minItems": 2, "maxItems": 2}
        return _any_of([table, _PERIOD, pair])
    if takes_metric(kind):
        name = {"enum": metrics} if metrics else {"type": "string"}
        extended = {
            **table,
            "properties": {"extends": name, **properties},
            "required": ["extends"],
        }
        return _any_of([{**name, "description": "of params/metrics.yaml"}, table, extended])
    return table


def _field(field: FieldInfo, metrics: list[str]) -> Schema:
    kind: Any = field.annotation
    for limit in field.metadata:
        kind = Annotated[kind, limit]
    schema = _kind(kind, metrics)
    return {**schema, "description": field.description} if field.description else schema


def _any_of(parts: list[Schema]) -> Schema:
    flat: list[Schema] = []
    for part in parts:
        inner = part["anyOf"] if set(part) == {"anyOf"} else [part]
        flat += [one for one in inner if one not in flat]
    return dict(flat[0]) if len(flat) == 1 else {"anyOf": flat}
