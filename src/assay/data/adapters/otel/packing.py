"""Columns of plain values as few bytes, to be handed from one process to another.

`pack` loses nothing: `unpack` gives the same values of the same types.
"""

from __future__ import annotations

from array import array
from typing import Any, Final, NamedTuple

NULL: Final = "\x01"
"""What stands for no value among texts."""
BREAK: Final = "\n"
"""What stands between texts."""

SAME: Final = "="
TEXTS: Final = "s"
WHOLE: Final = "q"
FLOATS: Final = "d"
VALUES: Final = "*"


class Same(NamedTuple):
    """A column of one value."""

    value: Any

    def equals(self, other: object) -> bool:
        """Whether the other column is the same, for sure."""
        return (
            isinstance(other, Same)
            and type(self.value) is type(other.value)
            and type(self.value) in PLAIN
            and self.value == other.value
        )


Column = list[Any] | Same
Packed = tuple[str, Any, int]
"""How it is packed; the content; and how many values there are.

`=`: the one value; `s`: UTF-8 of all texts; `q`, `d`: 64-bit integers or floats; `*`: a list.
"""

_LARGEST: Final = 2**63
_NOTHING: Final = type(None)
PLAIN: Final = {str, int, bool, _NOTHING}
"""Types of which equal values are the same."""


def spread(column: Column, count: int) -> list[Any]:
    """Every value of a column of so many."""
    return [column.value] * count if isinstance(column, Same) else column


def pack(column: Column, count: int) -> Packed:
    """A column in the form that is read fastest."""
    if isinstance(column, Same):
        return (SAME, column.value, count)
    types = set(map(type, column))
    packed: Packed = (VALUES, column, count)
    if len(types) == 1 and types <= PLAIN and column.count(column[0]) == count:
        packed = (SAME, column[0], count)
    elif types <= {str, _NOTHING}:
        packed = _texts(column, count)
    elif types == {float}:
        packed = (FLOATS, array(FLOATS, column).tobytes(), count)
    elif types == {int} and min(column) >= -_LARGEST and max(column) < _LARGEST:
        packed = (WHOLE, array(WHOLE, column).tobytes(), count)
    return packed


def _texts(column: list[Any], count: int) -> Packed:
    filled = [NULL if value is None else value for value in column] if None in column else column
    text = BREAK.join(filled)
    nulls = text.count(NULL)
    if text.count(BREAK) == count - 1 and nulls == column.count(None):
        try:
            return (TEXTS, text.encode(), count)
        except UnicodeEncodeError:
            return (VALUES, column, count)
    return (VALUES, column, count)


def unpack(packed: Packed) -> list[Any]:
    """The values again."""
    how, content, count = packed
    if how == SAME:
        return [content] * count
    if how == TEXTS:
        return [None if text == NULL else text for text in content.decode().split(BREAK)]
    if how == VALUES:
        return list(content)
    values = array(how)
    values.frombytes(content)
    return values.tolist()
