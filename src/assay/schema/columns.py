"""The kinds of column that the tables are made of, so that a table reads as a list of names.

A column is optional (null means missing) unless it says `required=True`; a `key` never is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dataframely as dy

if TYPE_CHECKING:
    import polars as pl


def key() -> dy.String:
    """A name that tells this row from every other one."""
    return dy.String(primary_key=True)


def day_key() -> dy.Date:
    """The day of a row that there is one of per day."""
    return dy.Date(primary_key=True)


def moment_key() -> dy.Datetime:
    """The moment that tells this row from the others of the same name."""
    return dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")


def text(*, required: bool = False) -> dy.String:
    """Free text, or a name that belongs to the user."""
    return dy.String(nullable=not required)


def one_of(*known: str, required: bool = False, key: bool = False) -> dy.String:
    """One word out of a fixed vocabulary."""

    def known_word(column: pl.Expr) -> pl.Expr:
        return column.is_in(known)

    return dy.String(
        nullable=not (required or key),
        primary_key=key,
        check={"known": known_word},
        metadata={"known": known},
    )


def texts() -> dy.List:
    """Several names."""
    return dy.List(dy.String(nullable=True), nullable=True)


def moment(*, required: bool = False) -> dy.Datetime:
    """A point in time: UTC, microseconds."""
    return dy.Datetime(nullable=not required, time_zone="UTC", time_unit="us")


def day(*, required: bool = False) -> dy.Date:
    """A calendar day."""
    return dy.Date(nullable=not required)


def flag(*, required: bool = False) -> dy.Bool:
    """True or false."""
    return dy.Bool(nullable=not required)


def count(*, required: bool = False) -> dy.Int64:
    """A whole number of things, 0 or more."""
    return dy.Int64(nullable=not required, min=0)


def amount(*, required: bool = False) -> dy.Float64:
    """A finite quantity of 0 or more: seconds, bytes, money spent."""
    return dy.Float64(nullable=not required, min=0)


def share(*, required: bool = False) -> dy.Float64:
    """A part of a whole, 0–1."""
    return dy.Float64(nullable=not required, min=0, max=1)


def number(*, required: bool = False) -> dy.Float64:
    """A finite number of either sign."""
    return dy.Float64(nullable=not required)
