"""What an adapter makes of a source: rows of our tables, and an account of every record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator


ROW: Final = "row"
"""Column of every found frame: number of the record in its piece, from 1."""

LONGEST_EXCERPT: Final = 2_000
"""Characters that are kept of a record that cannot be read."""


class Piece(Protocol):
    """One part of a source that is read from its beginning to its end."""

    @property
    def label(self) -> str:
        """How it is called in messages; never holds credentials."""
        ...

    @property
    def kind(self) -> str:
        """Format of a file (`Parquet`, `CSV`, `JSON lines`), or `query`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user says of a source that the source does not say itself.

    Attributes:
        latency_unit: of sources that are known in both; told from the values where it is None.
        cached: whether input tokens include (`inside`) what was read from and written to the
            provider's cache, against the habit of the format; None follows the habit.
        agent_totals: whether token and cost totals of whole agents and workflows count, beside
            those of the model calls within them.
        mapping: file that maps columns; only for `table`.
        table: table that the rows are of; only for `table`.
        workers: processes that read large files; None: one per core.
    """

    chunk_rows: int = 250_000
    latency_unit: Literal["s", "ms"] | None = None
    cached: Literal["inside", "beside"] | None = None
    agent_totals: bool = False
    mapping: Path | None = None
    table: str | None = None
    workers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A record that could not even be read.

    Attributes:
        text: the record as it stands there, shortened; not yet masked.
    """

    row: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Rows of one table.

    Attributes:
        frame: canonical columns that the source has, in any type that holds what was given;
            `ctx_` columns; and `row`.
        typed: columns with a neighbour that holds the value as given, and what a misfit is called.
    """

    table: str
    frame: pl.DataFrame
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A part of a piece. Every record is in a found row, or broken, or skipped.

    Attributes:
        read: records of the source.
        skipped: reason → records that are none of ours.
        warnings: what the user should know of the values; the same words for the same matter.
        done: share of the piece that is read so far, 0–1; None where it is not known.
    """

    found: tuple[Found, ...]
    read: int
    broken: tuple[Broken, ...] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    done: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The first records of a piece, by which its format is told.

    Attributes:
        names: columns, or keys of the first records.
    """

    kind: str
    names: frozenset[str]
    records: tuple[dict[str, object], ...] = ()


class Adapter(Protocol):
    """One format of logs."""

    @property
    def name(self) -> str:
        """What it is called in commands."""
        ...

    @property
    def habit(self) -> str:
        """One sentence: whether its input tokens include cached ones."""
        ...

    def recognises(self, look: Look) -> bool:
        """Whether the first records are of this format."""
        ...

    def read(self, piece: Piece, options: Options) -> Iterator[Chunk]:
        """The piece, chunk by chunk.

        Raises:
            DataError: where the piece cannot be read to its end.
        """
        ...
