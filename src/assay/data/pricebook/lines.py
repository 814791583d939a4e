"""One line of the price book, and where it is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

AMOUNTS: Final = ("input", "cache_read", "cache_write", "cache_write_1h", "output", "per_request")

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
    "cache_write_1h_per_mtok": "cache_write_1h",
    "output_per_mtok": "output",
    "batch_factor": "batch_factor",
    "per_request": "per_request",
    "source": "source",
}
"""Columns of the table prices → fields of a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A model's price in one tier from a day on, per million tokens, and where it is written.

    `cache_write_1h` is as the line has it; a file may say for its lines without one how many times
    their input it costs (`hour_of_input`), and `hour` is what counts.
    """

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
    cache_write_1h: float | None
    output: float | None
    batch_factor: float | None
    per_request: float | None
    source: str
    hour_of_input: float | None = None

    @property
    def hour(self) -> float | None:
        """What a million tokens written to the cache for an hour cost."""
        ruled = None not in {self.hour_of_input, self.cache_write, self.input}
        if self.cache_write_1h is not None or not ruled:
            return self.cache_write_1h
        return (self.hour_of_input or 0.0) * (self.input or 0.0)

    @property
    def called(self) -> str:
        """The model in its tier, as messages call it."""
        return f"{self.provider}/{self.model}" + (f", {self.tier}" * (self.tier != "standard"))
