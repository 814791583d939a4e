"""Single values of any JSON type as ours: what does not fit comes back as it was given.

Numbers come as numbers or as text, moments as ISO text or as numbers since 1970. A value that is
none of what is wanted stays what it is, so that the rule for its column can reject and show it.
"""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Given: TypeAlias = Any
"""A value as a log has it: of any JSON type."""

_MOST: Final = 2**63 - 1
_LAST: Final = 253_402_300_799_999_999
"""The last microsecond of the year 9999."""
_LONGEST: Final = 2_000
_LONGEST_NUMBER: Final = 400
_LONGEST_PYTHON: Final = 20_000
_TRUE: Final = frozenset({"true", "1", "yes", "t"})
_FALSE: Final = frozenset({"false", "0", "no", "f"})
_NOTHING: Final = frozenset({"", "null", "none", "nan"})


def missing(value: Given) -> bool:
    """Whether there is nothing: null, an empty text, NaN."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value or value.isspace()
    return isinstance(value, float) and value != value  # noqa: PLR0124  NaN alone


def as_text(value: Given) -> str | None:
    """As text that can be stored: objects as JSON, and never a lone surrogate."""
    if missing(value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = value
    elif isinstance(value, int | float):
        text = _digits(value)
    else:
        text = as_json(value) if isinstance(value, dict | list) else str(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def name_of(value: Given) -> str | None:
    """A name or an id: text without the blanks around it."""
    text = as_text(value)
    return None if text is None else text.strip()


def as_json(value: Given) -> str:
    """An object as JSON, shortened; whatever it holds."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, TypeError, RecursionError):
        text = f"({type(value).__name__})"
    return text[:_LONGEST]


def _digits(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # more digits than Python writes
        return f"about 2^{int(value).bit_length() - 1}"


def whole(value: Given) -> Given:
    """A whole number, also one written as text or as 12.0."""
    if type(value) is int:
        return value if -_MOST <= value <= _MOST else _digits(value)
    if value is None:
        return None
    if isinstance(value, bool) or missing(value):
        return as_text(value)
    if isinstance(value, str) and len(value) < _LONGEST_NUMBER:
        return _whole_of_text(value)
    if isinstance(value, float | Decimal) and _is_whole(float(value)):
        return int(value)
    return value


def _whole_of_text(value: str) -> Given:
    text = value.strip()
    if text.lower() in _NOTHING:
        return None
    try:
        return whole(int(text)) if "_" not in text else value
    except ValueError:
        read = number(text)
        return whole(read) if isinstance(read, float) and _is_whole(read) else value


def _is_whole(value: float) -> bool:
    return value.is_integer() and abs(value) < _MOST


def number(value: Given) -> Given:
    """A number as float."""
    if value is None or isinstance(value, bool) or missing(value):
        return None if value is None else as_text(value)
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in _NOTHING:
            return None
        if len(text) >= _LONGEST_NUMBER or "_" in text:
            return value
        value = text
    if isinstance(value, int | float | str | Decimal):
        try:
            return float(value)
        except (ValueError, OverflowError):
            return _digits(value) if isinstance(value, int) else value
    return value


def truth(value: Given) -> Given:
    """True or false, also as a word or as 0 and 1."""
    if isinstance(value, bool):
        return value
    word = as_text(value)
    if word is None:
        return None
    word = word.strip().lower()
    if word in _TRUE:
        return True
    return False if word in _FALSE else (None if word in _NOTHING else value)


def moment(value: Given) -> Given:
    """Microseconds since 1970, of ISO text (UTC where it names no zone) or of a number.

    A number is of seconds, milliseconds, microseconds or nanoseconds, whichever puts it between
    1973 and 5138.
    """
    if isinstance(value, bool) or missing(value):
        return as_text(value)
    if isinstance(value, datetime):
        return _since(value)
    if isinstance(value, int | float):
        return _of_number(value)
    if isinstance(value, str):
        return _of_text(value)
    return value


def _of_text(value: str) -> Given:
    text = value.strip()
    if text.lower() in _NOTHING:
        return None
    if len(text) > 40:
        return value
    try:
        return _since(datetime.fromisoformat(_with_microseconds(text)))
    except (ValueError, OverflowError):
        read = number(text)
        return _of_number(read, given=value) if isinstance(read, float) else value


def _with_microseconds(text: str) -> str:
    """ISO text as Python 3.11 reads it: at most six digits of a second, no zone by name."""
    if text.endswith(" UTC"):
        text = text[:-4] + "+00:00"
    head, dot, rest = text.partition(".")
    if not dot:
        return text
    digits = len(rest) - len(rest.lstrip("0123456789"))
    return f"{head}.{rest[:digits][:6]}{rest[digits:]}"


def _since(when: datetime) -> int:
    zoned = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    gone = zoned - _EPOCH
    return (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _of_number(value: float, given: object = None) -> Given:
    size = abs(value)
    if not 1e8 <= size < 1e20:
        return as_text(value) if given is None else given
    for limit, factor in ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0)):
        if size < limit:
            return round(value * factor)
    return int(value) // 1000


def since_nanoseconds(value: Given) -> Given:
    """Microseconds since 1970, of nanoseconds as number or text; 0 is no time."""
    try:
        microseconds = int(value) // 1000
    except (ValueError, TypeError, OverflowError):
        return moment(value)
    if isinstance(value, str) and len(value) > 40:
        return value
    if not 0 <= microseconds <= _LAST:
        return str(value)
    return microseconds or None


def fields_of(value: Given) -> Mapping[str, Given]:
    """An object: itself, as JSON text, or as the list of keys and values that Parquet has.

    Text that a program quoted twice, or in the way of Python, is read as well.
    """
    if isinstance(value, str):
        value = _object_of(value.strip())
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        pairs = (pair for pair in value if isinstance(pair, dict) and "key" in pair)
        return {str(pair["key"]): pair.get("value") for pair in pairs}
    return {}


def unreadable(value: Given) -> bool:
    """Whether a text was given that holds no object."""
    return isinstance(value, str) and not missing(value) and _object_of(value.strip()) is None


def _object_of(text: str) -> Given:
    if text[:1] in {'"', "'"}:
        text = _unquoted(text)
    if text.lower() in _NOTHING:
        return {}
    if not text.startswith("{"):
        return None
    for attempt in (text, text.replace('""', '"')):
        try:
            return json.loads(attempt)
        except (ValueError, RecursionError):
            continue
    return _as_python(text)


def _unquoted(text: str) -> str:
    try:
        inner = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return inner.strip() if isinstance(inner, str) else text


def _as_python(text: str) -> Given:
    """`{'input': 1}`, as a frame of Python writes an object into CSV."""
    if not text.startswith("{'") or len(text) > _LONGEST_PYTHON or "\\" in text:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def tags_of(value: Given) -> str | None:
    """Several labels as one text: `one;two`, of a list or of JSON text."""
    if isinstance(value, str) and value.strip().startswith("["):
        value = list(fields_of(f'{{"tags": {value}}}').get("tags") or [])
    if isinstance(value, list):
        return ";".join(text for one in value if (text := as_text(one))) or None
    return as_text(value)
