"""Events as bytes for another process, whatever values they hold."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.data.live.events import Event

UNUSABLE: Final = "\N{REPLACEMENT CHARACTER}unusable"
"""Key of an object that stands for a value of which nothing can be kept; holds its type's name."""

_INFINITE: Final = frozenset({float("inf"), float("-inf")})
_DEEPEST: Final = 4
_LEAST, _MOST = -(2**63), 2**63 - 1


def packed(events: Sequence[Event]) -> bytes:
    """The events as JSON; numbers that JSON does not know become text, so that none is lost."""
    try:
        fit = [
            event if _INFINITE.isdisjoint(event[3].values()) else mended(event) for event in events
        ]
    except Exception:  # noqa: BLE001  a list, or an object with a hash of its own
        fit = [event if _plain(event[3]) else mended(event) for event in events]
    try:
        return orjson.dumps(fit, default=_form, option=orjson.OPT_SERIALIZE_NUMPY)
    except (TypeError, ValueError, RecursionError):
        return orjson.dumps([mended(event) for event in events])


def mended(event: Event) -> Event:
    """The event with values that are JSON by themselves."""
    at, key, table, fields, ambient = event
    try:
        return at, value_of(key), _text(table), fields_of(fields), ambient and fields_of(ambient)
    except Exception as error:  # noqa: BLE001  an object of the caller's may do anything
        return at, None, "", {UNUSABLE: type(error).__name__}, None


def fields_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Every value in a form that is JSON by itself."""
    return {_text(name): value_of(value) for name, value in fields.items()}


def value_of(value: Any, depth: int = 0) -> Any:  # noqa: ANN401
    """A value as JSON has it; an object that says what it is where nothing can be made of it."""
    try:
        return _known(value, depth)
    except Exception:  # noqa: BLE001  an object of the caller's may do anything
        return _unusable(value)


def _plain(fields: Mapping[str, Any]) -> bool:
    """Whether no number is lost in JSON, and nothing can change while it is written."""
    try:
        return _INFINITE.isdisjoint(fields.values())
    except Exception:  # noqa: BLE001  as above
        return False


def _known(value: Any, depth: int) -> Any:  # noqa: ANN401, PLR0911  one line for each kind
    if value is None or isinstance(value, bool):
        return value
    if type(value) is int:
        return value if _LEAST <= value <= _MOST else _long(value)
    if type(value) is float:
        return str(value) if value in _INFINITE else value
    if type(value) is str:
        return _text(value)
    if depth >= _DEEPEST:
        return _unusable(value)
    if isinstance(value, dict):
        pairs = tuple(value.items())
        return {_text(str(name)): value_of(each, depth + 1) for name, each in pairs}
    if isinstance(value, list | tuple | set | frozenset):
        return [value_of(each, depth + 1) for each in tuple(value)]
    return _other(value, depth)


def _other(value: Any, depth: int) -> Any:  # noqa: ANN401
    """What becomes of an object that is no plain one: a number of NumPy, a member of an Enum."""
    content = orjson.dumps(value, default=_form, option=orjson.OPT_SERIALIZE_NUMPY)
    if content == b"null":
        return value_of(float(value), depth + 1)
    read = orjson.loads(content)
    if isinstance(read, dict):
        return read if UNUSABLE in read else _unusable(value)
    return value_of(read, depth + 1)


def _form(value: object) -> object:
    """The JSON form of a value that has none of its own."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal | PurePath):
        return str(value)
    if isinstance(value, int):
        return int(value) if _LEAST <= value <= _MOST else _long(value)
    if isinstance(value, float):
        return float(value)
    return _unusable(value)


def _unusable(value: object) -> dict[str, str]:
    return {UNUSABLE: type(value).__name__.encode("ascii", "replace").decode()}


def _long(value: int) -> str:
    """Beyond 64 bits: no count of anything, but the rule of its column shall say so."""
    return f"about {'-' if value < 0 else ''}2^{value.bit_length() - 1}"


def _text(value: str) -> str:
    text = str(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
