"""What is known of a table without looking into its columns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One rule, how many rows break it, and the columns that it looks at.

    Attributes:
        told: what is wrong, in words without a value.
        repeated: whether it is the key that appears more than once.
    """

    told: str
    count: int
    columns: tuple[str, ...]
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCount:
    """Rows of a table: valid, rejected, and how many persons and days the valid ones are of."""

    rows: int
    rejected: int
    persons: int | None
    days: int | None
