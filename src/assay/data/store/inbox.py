"""Events of running applications on their way into the store: dropped without a lock, then merged.

A segment is one Parquet file; it appears under its name when it is complete and on the disk.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from assay.data.store.disk import PASSING, private_file, storing, sync

if TYPE_CHECKING:
    import polars as pl

FOLDER: Final = "inbox"
_NO_RING: Final = "-"
_VALID: Final = "valid"
_REJECTED: Final = "rejected"
_REFUSED: Final = "refused"


@dataclass(frozen=True, slots=True)
class Segment:
    """One file in the inbox.

    Attributes:
        rejected: whether its rows broke a rule.
        refused: whether it names interactions, by their ids, whose consent is refused now.
        ring: public fingerprint of the keys that made its pseudonyms, None where it was not said.
    """

    path: Path
    table: str
    rejected: bool
    ring: str | None
    refused: bool = False


def drop_segment(  # noqa: PLR0913  three kinds of rows
    store: Path,
    table: str,
    valid: pl.DataFrame,
    rejected: pl.DataFrame | None = None,
    *,
    refused: pl.DataFrame | None = None,
    ring: str | None = None,
) -> None:
    """Leaves rows of a table for the store; when it returns, they survive a crash.

    Needs no lock and never waits for a writer. Rows are to be private and checked, as those of an
    import are; a segment that comes twice is harmless.

    Args:
        store: the store's folder.
        table: whose rows they are.
        valid: as `Stage.add` takes them.
        rejected: row, hash, reasons, excerpt.
        refused: interaction_id, of those whose consent is refused now.
        ring: public fingerprint of the keys that made the pseudonyms.

    Raises:
        ProjectError: where the inbox cannot be written; nothing was left there.
    """
    for kind, rows in ((_VALID, valid), (_REJECTED, rejected), (_REFUSED, refused)):
        if rows is None or not rows.height:
            continue
        name = f"{table}.{ring or _NO_RING}.{uuid4().hex}.{kind}.parquet"
        passing = store / FOLDER / f"{PASSING}{os.getpid()}-{name}"
        with storing(store / FOLDER):
            try:
                private_file(passing)
                rows.write_parquet(passing, compression="lz4")
                sync(passing)
                passing.rename(store / FOLDER / name)
            except BaseException:
                passing.unlink(missing_ok=True)
                raise
            sync(store / FOLDER)


def set_aside(segment: Segment) -> None:
    """Keeps a damaged segment where nobody reads it again."""
    with suppress(FileNotFoundError):
        segment.path.rename(segment.path.with_suffix(".unreadable"))


def waiting(store: Path) -> tuple[Segment, ...]:
    """The segments that were dropped and not merged yet, oldest first."""
    found = []
    for path in (store / FOLDER).glob("*.parquet"):
        parts = path.name.split(".")
        if path.name.startswith(PASSING) or len(parts) != 5:  # table.ring.number.kind.parquet
            continue
        table, ring, _, kind, _ = parts
        try:
            when = path.stat().st_mtime_ns
        except FileNotFoundError:  # merged by another process just now
            continue
        given = None if ring == _NO_RING else ring
        segment = Segment(path, table, kind == _REJECTED, given, kind == _REFUSED)
        found.append((when, segment))
    return tuple(segment for _, segment in sorted(found, key=lambda each: (each[0], each[1].path)))
