"""What stays of a version that was taken away: since when, why, and what it had said."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, Self

from assay.workbench.files import json_text, read_json, write_atomically
from assay.workbench.layout import TOMBSTONE_FILE

if TYPE_CHECKING:
    from pathlib import Path

Cause = Literal["withdrawn", "expired"]
"""Somebody took it back, or it grew older than old versions are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """Of one version; what a withdrawn one had said is not repeated.

    Attributes:
        at: when it was taken away, ISO.
        title: what it had found, "" where it was withdrawn.
        key: of the run that had made it, so that the same is not put up again unasked.
    """

    version: str
    cause: Cause
    at: str
    reason: str
    created: str
    as_of: str
    key: str
    title: str = ""

    @classmethod
    def of(cls, folder: Path) -> Self | None:
        """The one that lies in a version's folder, if any."""
        file = folder / TOMBSTONE_FILE
        return cls(**read_json(file)) if file.exists() else None

    def lay(self, folder: Path) -> None:
        """From here on the version is none, whatever else still lies in its folder."""
        write_atomically(folder / TOMBSTONE_FILE, json_text(asdict(self)))


def is_taken_away(folder: Path) -> bool:
    """Whether a version's folder has a tombstone."""
    return (folder / TOMBSTONE_FILE).exists()
