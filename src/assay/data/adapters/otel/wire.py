"""OTLP JSON as it is written: values in their wrappers, ids, states, events."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from assay.data.adapters.otel.names import EVALUATION
from assay.data.adapters.values import Given, as_text

_DEEPEST: Final = 16
ZEROS: Final = "0" * 32

Evaluation = tuple[Any, dict[str, Any]]
"""When it was given, and its attributes."""


def listed(record: Given, *names: str) -> list[Any]:
    """The first list under one of the names, empty where there is none."""
    if type(record) is dict:
        for name in names:
            value = record.get(name)
            if type(value) is list:
                return value
    return []


def plain(value: Given, depth: int = 0) -> Given:
    """A value without its wrapper: `{"intValue": "7"}` is 7.

    What is not wrapped, as some exporters write it, is taken as it is.
    """
    if type(value) is not dict:
        return value
    for name, inner in value.items():
        kind = _KINDS.get(name)
        if kind is None or inner is None:
            continue
        if kind == "whole":
            return _whole(inner)
        if kind == "plain" or depth > _DEEPEST:
            return inner if kind == "plain" else None
        if kind == "list":
            return [plain(one, depth + 1) for one in listed(inner, "values")]
        return {
            str(one.get("key")): plain(one.get("value"), depth + 1)
            for one in listed(inner, "values")
            if type(one) is dict
        }
    return value if value and depth == 0 and _KINDS.keys().isdisjoint(value) else None


_KINDS: Final = {
    "stringValue": "plain",
    "intValue": "whole",
    "doubleValue": "plain",
    "boolValue": "plain",
    "bytesValue": "plain",
    "arrayValue": "list",
    "kvlistValue": "fields",
    "string_value": "plain",
    "int_value": "whole",
    "double_value": "plain",
    "bool_value": "plain",
    "bytes_value": "plain",
    "array_value": "list",
    "kvlist_value": "fields",
}


WHOLE: Final = frozenset({"intValue", "int_value"})
"""Wrappers of whole numbers."""


def _whole(value: Given) -> Given:
    if type(value) is str and len(value) <= 20:
        try:
            return int(value)
        except ValueError:
            return value
    return value


def as_id(record: dict[str, Any], name: str, other: str) -> str | None:
    """An id in lower-case hex, also where it is written in base64; zeros are none."""
    value = record.get(name)
    if value is None:
        value = record.get(other)
    if type(value) is not str:
        return as_text(value)
    if value.endswith("="):
        try:
            value = base64.b64decode(value, validate=True).hex()
        except (binascii.Error, ValueError):
            return value
    if not value or (value[0] == "0" and value in ZEROS):
        return None
    return value.lower()


def status_of(span: dict[str, Any]) -> tuple[str | None, str | None]:
    """`ok`, `error` or None, and what is said of it."""
    status = span.get("status")
    if type(status) is not dict:
        return None, None
    code = status.get("code")
    if code is None:
        return None, None
    return CODES.get(code if type(code) in {int, str} else None), status.get("message") or None


CODES: Final = {
    1: "ok",
    "1": "ok",
    "STATUS_CODE_OK": "ok",
    "OK": "ok",
    "Ok": "ok",
    2: "error",
    "2": "error",
    "STATUS_CODE_ERROR": "error",
    "ERROR": "error",
    "Error": "error",
}


def events_of(events: Given) -> tuple[tuple[Any, Any] | None, Any, list[Evaluation]]:
    """The last exception (type, message), when the first piece of an answer came, evaluations."""
    failure: tuple[Any, Any] | None = None
    first_chunk: Given = None
    evaluations: list[Evaluation] = []
    if type(events) is not list:
        return failure, first_chunk, evaluations
    for event in events:
        if type(event) is not dict:
            continue
        name = event.get("name")
        when = event.get("timeUnixNano", event.get("time_unix_nano"))
        if name == "exception":
            told = _attributes(event)
            failure = (told.get("exception.type"), told.get("exception.message"))
        elif name == EVALUATION:
            evaluations.append((when, _attributes(event)))
        elif first_chunk is None and type(name) is str and "first token" in name.lower():
            first_chunk = when
    return failure, first_chunk, evaluations


def _attributes(event: dict[str, Any]) -> dict[str, Any]:
    return {
        one["key"]: plain(one.get("value"))
        for one in listed(event, "attributes")
        if type(one) is dict and type(one.get("key")) is str
    }
