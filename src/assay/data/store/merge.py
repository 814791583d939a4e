"""Which of the rows that came and of those that are there remain, row by row, by true key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from assay.data.store.identity import identity, key_hash, version, version_columns
from assay.data.store.manifest import Counts
from assay.data.store.parts import Part, all_columns, grouped, read_keys, read_part, widest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assay.data.store.manifest import DataFile
    from assay.data.store.spool import Arrivals

    Hashes = npt.NDArray[np.uint64]
    Places = npt.NDArray[np.int64]

BUCKET: Final = 4_000_000
"""So many rows that may be equal are held against each other at a time."""
SCANNED: Final = 2_000_000
"""Keys of so many rows of the store are read at a time."""
_PLACE: Final = "_place"
_ORDER: Final = "_order"
_VERSION: Final = "_version"


@dataclass(slots=True)
class Settled:
    """What remains.

    Attributes:
        kept: for every row that came, in the order of `Arrivals`, whether it goes into the store.
        lost: the rows that files of the store lose, by their path.
    """

    kept: npt.NDArray[np.bool_]
    counts: Counts
    lost: dict[str, Places] = field(default_factory=dict)


def settle(folder: Path, arrivals: Arrivals, existing: Sequence[DataFile]) -> Settled:
    """The newest version of every row remains; of equal versions the one that came last.

    Rows whose keys have the same hash are held against each other by their true keys.
    """
    hashes = np.concatenate(arrivals.hashes) if arrivals.hashes else np.empty(0, np.uint64)
    old: list[Part] = []
    for file in existing:
        start = old[-1].start + old[-1].rows if old else 0
        old.append(Part(folder / file.path, start, 0, file.rows, file.context))
    comparison = _Comparison(arrivals, hashes, old)
    comparison.run()
    lost = comparison.lost()
    return Settled(
        comparison.kept,
        comparison.counts(),
        {
            file.path: lost[part.path]
            for file, part in zip(existing, old, strict=True)
            if part.path in lost
        },
    )


class Membership:
    """Tells which hashes are among a sorted set; a table of bits spares most of the searching."""

    def __init__(self, members: Hashes) -> None:
        self._members = members
        bits = max(10, min(27, len(members).bit_length() + 3))
        self._shift = np.uint64(64 - bits)
        self._seen = np.zeros(1 << bits, bool)
        self._seen[members >> self._shift] = True

    def of(self, hashes: Hashes) -> Places:
        """Places of the hashes that are members, ascending."""
        if not len(self._members):
            return np.empty(0, np.int64)
        likely = np.flatnonzero(self._seen[hashes >> self._shift])
        likely = likely[_ascending(hashes[likely])]
        found = hashes[likely]
        at = np.minimum(np.searchsorted(self._members, found), len(self._members) - 1)
        members: Places = np.sort(likely[self._members[at] == found])
        return members


class _Comparison:
    """Holds what came against itself and against what is there.

    Rows have numbers: first all rows of the store's files, from `first_new` on those that came.
    """

    def __init__(self, arrivals: Arrivals, hashes: Hashes, old: Sequence[Part]) -> None:
        self.table = arrivals.table
        self.arrivals = arrivals
        self.hashes = hashes
        self.old = old
        self.first_new = sum(part.rows for part in old)
        self.new = [
            Part(piece.path, piece.start + self.first_new, piece.offset, piece.rows, piece.context)
            for piece in arrivals.pieces
        ]
        self.kept = np.ones(len(hashes), bool)
        self._lost: list[Places] = []
        self._ties: list[pl.DataFrame] = []
        self._repeated = self._older = self._replaced = self._unchanged = 0

    def run(self) -> None:
        """Finds rows that may be equal, and settles which of them remain."""
        unique = pl.Series(self.hashes).sort().to_numpy()
        met, places = self._met(Membership(unique))
        twice = unique[1:][unique[1:] == unique[:-1]]
        suspects = pl.Series(np.concatenate([twice, met])).unique().sort().to_numpy()
        del unique
        if not len(suspects):
            return
        came = Membership(suspects).of(self.hashes)
        hashes = np.concatenate([met, self.hashes[came]])
        places = np.concatenate([places, came + self.first_new])
        order = self.arrivals.order()
        buckets = -(-len(hashes) // BUCKET)
        edges = suspects[np.linspace(0, len(suspects), buckets + 1).astype(int)[1:-1]]
        bucket = np.searchsorted(edges, hashes, side="right")
        for number in range(buckets):
            if len(some := np.sort(places[bucket == number])):
                self._settle_bucket(some, order)
        self._settle_ties()

    def counts(self) -> Counts:
        """What became of the rows that came."""
        gone = self._repeated + self._older + self._replaced + self._unchanged
        return Counts(
            new=len(self.hashes) - gone,
            replaced=self._replaced,
            unchanged=self._unchanged,
            older=self._older,
            repeated=self._repeated,
            expired=self.arrivals.expired,
        )

    def lost(self) -> dict[Path, Places]:
        """The rows that each file of the store loses."""
        if not self._lost:
            return {}
        places = np.sort(np.concatenate(self._lost))
        return {part.path: rows for part, rows in _spread(self.old, places)}

    def _met(self, came: Membership) -> tuple[Hashes, Places]:
        found: list[Hashes] = [np.empty(0, np.uint64)]
        places: list[Places] = [np.empty(0, np.int64)]
        if len(self.hashes):
            for group in grouped(self.old, SCANNED):
                keys = read_keys(self.table, group, identity(self.table))
                hashes = keys.select(key_hash(self.table, self.arrivals.seed)).to_series()
                at = came.of(hashes.to_numpy())
                found.append(hashes.to_numpy()[at])
                places.append(at + group[0].start)
        return np.concatenate(found), np.concatenate(places)

    def _settle_bucket(self, places: Places, order: Places | None) -> None:
        columns = list(dict.fromkeys([*identity(self.table), *version_columns(self.table)]))
        frames = [
            read_part(self.table, part, columns)[rows].select(
                *identity(self.table),
                version(self.table).alias(_VERSION),
                pl.Series(_PLACE, rows + part.start),
            )
            for part, rows in _spread([*self.old, *self.new], places)
        ]
        rows = pl.concat(frames)
        came = rows.filter(pl.col(_PLACE) >= self.first_new)
        if order is not None:
            at = came[_PLACE].to_numpy() - self.first_new
            came = came.with_columns(pl.Series(_ORDER, order[at]))
        else:
            came = came.with_columns(pl.col(_PLACE).alias(_ORDER))
        keys = list(identity(self.table))
        last = came.sort(_VERSION, _ORDER).unique(keys, keep="last", maintain_order=True)
        self._leave_out(came[_PLACE].to_numpy())
        self.kept[last[_PLACE].to_numpy() - self.first_new] = True
        self._repeated += came.height - last.height
        there = rows.filter(pl.col(_PLACE) < self.first_new)
        pairs = last.join(there, on=keys, nulls_equal=True, suffix="_there")
        older = pairs.filter(pl.col(_VERSION) < pl.col(f"{_VERSION}_there"))
        self._older += older.height
        self._leave_out(older[_PLACE].to_numpy())
        newer = pairs.filter(pl.col(_VERSION) > pl.col(f"{_VERSION}_there"))
        self._replaced += newer.height
        self._lost.append(newer[f"{_PLACE}_there"].to_numpy())
        ties = pairs.filter(pl.col(_VERSION) == pl.col(f"{_VERSION}_there"))
        self._ties.append(ties.select(_PLACE, f"{_PLACE}_there"))

    def _settle_ties(self) -> None:
        ties = pl.concat(self._ties)
        came, there = ties[_PLACE].to_numpy(), ties[f"{_PLACE}_there"].to_numpy()
        if not len(came):
            return
        context = widest(part.context for part in (*self.old, *self.new))
        same = self._contents(self.new, came, context) == self._contents(self.old, there, context)
        self._unchanged += int(same.sum())
        self._leave_out(came[same])
        self._replaced += int((~same).sum())
        self._lost.append(there[~same])

    def _contents(self, parts: Sequence[Part], places: Places, context: dict[str, str]) -> Hashes:
        columns = all_columns(self.table, context)
        order = _ascending(places)
        hashes = np.empty(len(places), np.uint64)
        done = 0
        for part, rows in _spread(parts, places[order]):
            found = read_part(self.table, part, columns, context)[rows]
            hashes[order[done : done + len(rows)]] = found.hash_rows(self.arrivals.seed).to_numpy()
            done += len(rows)
        return hashes

    def _leave_out(self, places: Places) -> None:
        self.kept[places - self.first_new] = False


def _ascending(numbers: Hashes | Places) -> Places:
    """The order that sorts numbers; searching in order is many times as fast as at random."""
    return pl.Series(numbers).arg_sort().to_numpy()


def _spread(parts: Sequence[Part], places: Places) -> list[tuple[Part, Places]]:
    """Ascending numbers of rows as the parts that hold them, and their rows within each."""
    starts = np.array([part.start for part in parts])
    edges = np.append(np.searchsorted(places, starts), len(places))
    return [
        (part, places[low:high] - part.start)
        for part, low, high in zip(parts, edges[:-1], edges[1:], strict=True)
        if high > low
    ]
