"""Where a number comes from: the tables that were read, and what was left out of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assay.core.units import Count, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Rows or units that do not count, and why; `share` of all there were, where that is known."""

    what: str
    count: Count
    reason: str
    share: Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One table as it was read.

    Attributes:
        name: the parameter that named it, `data` for example.
        path: as given in the parameters (never a secret).
        first, last: ISO dates of the first and last row, None where rows carry no time.
    """

    name: str
    path: str
    rows: Count
    first: str | None = None
    last: str | None = None
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is known of a source without reading all of it; changes when its rows do.

    Attributes:
        label: as it may be printed and kept: no credentials, no path of this machine.
        sha256: of whatever tells its state.
    """

    label: str
    sha256: str


Fingerprint = Callable[[str], "SourceState | str"]
"""The state of a source, or the path of the files that it stands for."""


def only_files(source: str) -> SourceState | str:
    """Takes every source for a path of files."""
    return source
