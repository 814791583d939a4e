"""What is counted while OTLP is read: rows, and the account of every record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from assay.data.adapters.tokens import Habit

Row = tuple[Any, ...]


@dataclass(slots=True)
class Tally:
    """Rows and the account of the records that were read.

    Attributes:
        interactions: values in the order of `INTERACTIONS`; None where they are made later, with
            those of other spans.
        context: column → place among the interactions → value.
    """

    read: int = 0
    interactions: list[Row | None] = field(default_factory=list)
    calls: list[Row] = field(default_factory=list)
    scores: list[Row] = field(default_factory=list)
    context: dict[str, dict[int, Any]] = field(default_factory=dict)
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)

    def skip(self, reason: str) -> None:
        """One more record that is none of ours."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def warn(self, warning: str, times: int = 1) -> None:
        """So many more records that the user should know of."""
        self.warnings[warning] = self.warnings.get(warning, 0) + times


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user says of the source."""

    cached: Habit | None = None
    agent_totals: bool = False
