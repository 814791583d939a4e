"""Rows, batch by batch → sums per entity: amounts, counts, days as bits, hours, what is named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from assay.features.behaviour.latest import Latest
from assay.features.behaviour.mixes import Mix, Sessions, named
from assay.features.behaviour.scan import ENTITY, LOCAL, Span, columns_of
from assay.features.clock import day_number
from assay.features.faults import in_batches
from assay.features.numbering import Numbering, room_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet
    from concurrent.futures import Executor, Future

    from numpy.typing import NDArray

    from assay.features.behaviour.scan import Total
    from assay.features.numbering import Numbers

_BATCH: Final = 500_000
_WORKERS: Final = 4
_DENSE: Final = 8
"""Cells of day × entity per row up to which days of a batch are marked in a table."""
_BITS: Final = 64
_BY_DAY: Final = frozenset({"days", "later_days", "gap_cv"})
_KEY: Final = "assay_key"
_SESSION: Final = "assay_session"
_LATE: Final = 2**62
_HOURS: Final = 24 * 7
_THURSDAY: Final = 3 * 24
"""Hours from a Monday to 1970-01-01."""
_PARTS: Final = ("nights", "mornings", "office", "rest")
_PART: Final = np.repeat([0, 1, 2, 3, 0], [6, 3, 8, 5, 2])
"""The part of the day of each hour."""
_CELL: Final = np.arange(_HOURS) // 24 // 5 * len(_PARTS) + np.tile(_PART, 7)
"""Of each hour of the week from Monday on: its part of the day, and of weekends four on."""
_CELLS: Final = 2 * len(_PARTS)


def tallied(  # noqa: PLR0913  whose, when and what is added up are told apart
    rows: pl.LazyFrame,
    entity: pl.Expr,
    span: Span,
    *,
    needs: AbstractSet[str],
    profile: Sequence[str] = (),
    numbers: Sequence[str] = (),
    mixed: Sequence[str] = (),
    sessions: bool = False,
) -> pl.DataFrame:
    """Sums per entity of rows with `assay_local`, of one span, and the hash of its name, `key`.

    Entities meet in 64 bits: of a million, two in one case of 40 million.

    Args:
        rows: of the span.
        entity: names the entity; rows without one are an entity without a name.
        span: days that count.
        needs: sums that features are made of; of the others none is taken.
        profile: columns of which one value is kept, the last of the rows that have one.
        numbers: further columns that are added up, as `… sum` and `… n`.
        mixed: columns of which it is told how mixed the things are that they name, as `…_pairs`.
        sessions: counts those that rows name.

    Raises:
        DataError: where a column that should hold numbers holds something else, or a file cannot
            be read.
    """
    schema = rows.collect_schema()
    made, totals = columns_of(schema, needs, numbers=numbers)
    if sessions:
        both = entity.hash() ^ pl.col("session_id").cast(pl.String).hash(1)
        made[_SESSION] = pl.when(pl.col("session_id").is_not_null()).then(both)
    made |= {_mix(name): named(name) for name in mixed}
    kinds = {name: schema[name] for name in profile}
    found = _Tally(span, needs, totals, kinds, mixed, sessions=sessions)
    picked = rows.select(
        entity.alias(ENTITY),
        entity.hash().alias(_KEY),
        LOCAL,
        *(value.alias(name) for name, value in made.items()),
        *profile,
    )
    with ThreadPoolExecutor(min(pl.thread_pool_size(), _WORKERS)) as workers:
        begun: list[Future[None]] = []
        for batch in in_batches(picked, _BATCH):
            tasks = found.tasks(batch)  # numbered while the batch before is still added up
            _finish(begun)
            begun = [workers.submit(task) for task in tasks]
        _finish(begun)
        return found.told(needs, workers)


def _finish(begun: Sequence[Future[None]]) -> None:
    for one in begun:
        one.result()


def _mix(column: str) -> str:
    return f"assay_mix_{column}"


class _Tally:
    """Sums of the entities that were met, each at its number."""

    def __init__(  # noqa: PLR0913  private: what is added up
        self,
        span: Span,
        needs: AbstractSet[str],
        totals: Sequence[Total],
        profile: dict[str, pl.DataType],
        mixed: Sequence[str],
        *,
        sessions: bool,
    ) -> None:
        self._entities = Numbering()
        self._names: list[pl.Series] = []
        self._totals = totals
        self._sums: dict[str, NDArray[Any]] = {}
        self._events: dict[str, NDArray[Any]] = {}
        self._gaps = {one.count: np.zeros(0, dtype=np.int64) for one in totals if one.count}
        self._first = np.zeros(0, dtype=np.int64)
        self._last = np.zeros(0, dtype=np.int64)
        self._cells = np.zeros(0, dtype=np.int64)
        words = ceil(span.days / _BITS) if needs & _BY_DAY else 0
        self._words = [np.zeros(0, dtype=np.uint64) for _ in range(words)]
        self._begin = day_number(span.first)
        self._profile = {name: Latest(kind) for name, kind in profile.items()}
        self._mixes = {name: Mix() for name in mixed}
        self._sessions = Sessions() if sessions else None

    def tasks(self, batch: pl.DataFrame) -> list[Callable[[], None]]:
        """What adds up the rows of one more batch: each sum is a task of its own.

        They may be carried out at once, those of one batch after those of the batch before.
        """
        if not batch.height:
            return []
        whose, fresh = self._entities.of(batch[_KEY].to_numpy())
        if len(fresh):
            names = batch[ENTITY].gather(fresh).to_list()  # copied, to let go of the batch
            self._names.append(pl.Series(ENTITY, names, dtype=pl.String))
        local, count = batch[LOCAL].to_numpy(), self._entities.count
        tasks: list[Callable[[], None]] = [
            partial(self._add_times, whose, local, count),
            partial(self._add_hours, whose, local, count),
        ]
        tasks += [
            partial(self._add_total, whose, batch[one.column], one, count) for one in self._totals
        ]
        tasks += [
            partial(kept.add, whose, batch[name], count) for name, kept in self._profile.items()
        ]
        tasks += [
            partial(_add_named, mix, whose, batch[_mix(name)]) for name, mix in self._mixes.items()
        ]
        if self._sessions is not None:
            tasks.append(partial(_add_named, self._sessions, whose, batch[_SESSION]))
        return tasks

    def _add_times(self, whose: Numbers, local: Numbers, count: int) -> None:
        self._first = room_for(self._first, count, _LATE)
        self._last = room_for(self._last, count, -_LATE)
        np.minimum.at(self._first, whose, local)
        np.maximum.at(self._last, whose, local)

    def _add_hours(self, whose: Numbers, local: Numbers, count: int) -> None:
        self._cells = room_for(self._cells, _CELLS * count)
        hour = local // 3600
        np.add.at(self._cells, whose * _CELLS + _CELL[(hour + _THURSDAY) % _HOURS], 1)
        if self._words:
            self._add_days(whose, hour // 24 - self._begin, count)

    def _add_days(self, whose: Numbers, day: Numbers, count: int) -> None:
        """Day d of the span as bit d mod 64 of word d // 64."""
        self._words = [room_for(word, count) for word in self._words]
        low, high = int(day.min()), int(day.max())
        if (high - low + 1) * count <= _DENSE * len(day):
            seen = np.zeros((high - low + 1, count), dtype=np.bool_)
            seen.ravel()[(day - low) * count + whose] = True
            for place, those in enumerate(seen, start=low):
                self._words[place // _BITS][:count] |= _shifted(those, place % _BITS)
            return
        bit = np.uint64(1) << (day % _BITS).astype(np.uint64)
        for at in range(low // _BITS, high // _BITS + 1):
            here = day // _BITS == at
            word, mine, bits = self._words[at], whose[here], bit[here]
            while len(mine):  # of rows of one entity one is set at a time
                word[mine] |= bits
                left = (word[mine] & bits) == 0
                mine, bits = mine[left], bits[left]

    def _add_total(self, whose: Numbers, values: pl.Series, one: Total, count: int) -> None:
        empty = values.is_null().to_numpy() if values.null_count() else None
        if one.count:
            gaps = self._gaps[one.count] = room_for(self._gaps[one.count], count)
            if empty is not None:
                np.add.at(gaps, whose[empty], 1)
        if not one.total:
            return
        amounts: NDArray[Any] = np.array(1)
        if values.dtype == pl.Boolean:
            whose = whose[values.fill_null(value=False).to_numpy()]
        elif empty is not None:
            whose, amounts = whose[~empty], values.drop_nulls().to_numpy()
        else:
            amounts = values.to_numpy()
        kept = self._events if values.dtype == pl.Boolean else self._sums
        kind = np.float64 if values.dtype.is_float() else np.int64
        sums = kept.get(one.total, np.zeros(0, dtype=kind))
        sums = kept[one.total] = room_for(sums, count)
        with np.errstate(invalid="ignore"):  # infinite in both directions: told as no number
            np.add.at(sums, whose, amounts)

    def told(self, needs: AbstractSet[str], workers: Executor) -> pl.DataFrame:
        """One row per entity."""
        count = self._entities.count
        sessions = workers.submit(self._sessions.told, count) if self._sessions else None
        pairs = {name: workers.submit(mix.told, count) for name, mix in self._mixes.items()}
        cells = self._cells[: _CELLS * count].reshape(count, 2, len(_PARTS))
        rows = cells.sum(axis=(1, 2))
        parts = dict(zip(_PARTS, cells.sum(axis=1).T, strict=True))
        parts["weekend"] = cells[:, 1].sum(axis=1)
        asked = needs | (set(_PARTS[:3]) if "hour_pairs" in needs else set())
        whole = {"rows": rows} | {name: parts[name] for name in parts if name in asked}
        whole |= {name: rows - gaps[:count] for name, gaps in self._gaps.items()}
        whole |= {name: sums[:count] for name, sums in self._events.items()}
        if sessions is not None:
            whole["sessions"] = sessions.result()
        columns: dict[str, NDArray[Any]] = {
            "first": self._first[:count],
            "last": self._last[:count],
        }
        columns |= {name: sums[:count] for name, sums in self._sums.items()}
        columns |= {f"days{at}": word[:count] for at, word in enumerate(self._words)}
        for name, told in pairs.items():
            columns[f"{name}_pairs"], columns[f"{name}_pairs_n"] = told.result()
        empty = pl.Series(ENTITY, [], dtype=pl.String)
        return pl.DataFrame(
            [
                pl.concat([empty, *self._names]),
                pl.Series("key", self._entities.hashes),
                *(pl.Series(name, values).cast(pl.UInt32) for name, values in whole.items()),
                *(pl.Series(name, values) for name, values in columns.items()),
                *(kept.told(name, count) for name, kept in self._profile.items()),
            ]
        )


def _shifted(those: NDArray[np.bool_], bit: int) -> NDArray[np.uint64]:
    found: NDArray[np.uint64] = those.astype(np.uint64) << np.uint64(bit)
    return found


def _add_named(to: Mix | Sessions, whose: Numbers, hashes: pl.Series) -> None:
    """Rows of entities that name something, and its hash."""
    if hashes.null_count():
        whose = whose[hashes.is_not_null().to_numpy()]
    to.add(whose, hashes.drop_nulls().to_numpy())
