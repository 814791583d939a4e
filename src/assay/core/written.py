"""What people write in YAML, made what the models want: lists as tuples, one as a list, days."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator


def as_tuple(value: object) -> object:
    """A list as a tuple; all else as it is.

    >>> as_tuple([1, 2])
    (1, 2)
    """
    return tuple(value) if isinstance(value, list) else value


def one_or_more(value: object) -> object:
    """A text alone as a tuple of one, a list as a tuple; all else as it is.

    >>> one_or_more("cost")
    ('cost',)
    """
    return (value,) if isinstance(value, str) else as_tuple(value)


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("expected a day such as 2026-11-01") from None


Day = Annotated[date, BeforeValidator(_day)]
