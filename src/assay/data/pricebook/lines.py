"""One line of the price book, and where it is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

AMOUNTS: Final = ("input", "cache_read", "cache_write", "output", "per_request")

LINES: Final = {
    "provider": "provider",
    "model": "model",
    "aliases": "aliases",
    "tier": "tier",
    "currency": "currency",
    "valid_from": "since",
    "valid_to": "until",
    "input_per_mtok": "input",
    "cache_read_per_mtok": "cache_read",
    "cache_write_per_mtok": "cache_write",
    "output_per_mtok": "output",
    "batch_factor": "batch_factor",
    "per_request": "per_request",
    "source": "source",
}
"""Columns of the table prices → fields of a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A model's price in one tier from a day on, per million tokens, and where it is written."""

    place: str
    provider: str
    model: str
    aliases: tuple[str, ...]
    tier: str
    currency: str
    since: date
    until: date | None
    input: float | None
    cache_read: float | None
    cache_write: float | None
    output: float | None
    batch_factor: float | None
    per_request: float | None
    source: str

    @property
    def called(self) -> str:
        """The model in its tier, as messages call it."""
        return f"{self.provider}/{self.model}" + (f", {self.tier}" * (self.tier != "standard"))
