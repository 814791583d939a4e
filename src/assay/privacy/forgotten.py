"""Who was removed, as marks that tell them again without telling who they were."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import polars as pl

from assay.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK_BYTES: Final = 16
_VERSION: Final = 1
_PSEUDONYM: Final = re.compile(r"p_[0-9a-f]{26}")
_SHAPE: Final = rf"^{_PSEUDONYM.pattern}$"
IDS: Final = -1
"""The stage of ids that had been kept as they were, each marked with what it is the id of."""
_UNNAMED_IDS: Final = 0
"""The stage of such ids in stores of earlier versions, which did not say of what."""
_SAME: Final = {"parent_id": "interaction_id", "retry_of": "interaction_id"}


@dataclass(frozen=True, slots=True, eq=False)
class Forgotten:
    """Marks by the number of keys that the ring had when the value was forgotten.

    A mark is the first 16 bytes of SHA-256 of what was stored: a pseudonym under that many keys,
    or, at stage −1, an id that had been kept as it was, after the name of its column, so that the
    interaction 17 is not taken for the session 17. Since a person's pseudonyms under the first
    keys of a longer ring are computed on the way, marks hold after the key was rotated.
    """

    marks: Mapping[int, frozenset[bytes]] = field(default_factory=dict)

    @classmethod
    def none(cls) -> Self:
        """Nobody is forgotten."""
        return cls()

    @property
    def stages(self) -> frozenset[int]:
        """Lengths of the ring at which there are marks."""
        return frozenset(stage for stage, marks in self.marks.items() if marks)

    def __bool__(self) -> bool:
        return bool(self.stages)

    def __len__(self) -> int:
        return sum(len(marks) for marks in self.marks.values())

    def has(self, stored: str, stage: int) -> bool:
        """Whether this pseudonym, as it was stored at that stage, is forgotten."""
        return mark(stored) in self.marks.get(stage, ())

    def has_id(self, stored: str, column: str) -> bool:
        """Whether this id, which was kept as it was, is forgotten."""
        unnamed, named = self.marks.get(_UNNAMED_IDS), self.marks.get(IDS)
        return bool(
            (named and mark(_named(stored, column)) in named)
            or (unnamed and mark(stored) in unnamed)
        )

    def covers(self, stored: pl.Series) -> pl.Series:
        """Of which rows the stored value is a forgotten pseudonym, under however many keys."""
        stages = [stage for stage in self.stages if stage > _UNNAMED_IDS]
        known = stored.filter(stored.str.contains(_SHAPE)) if stages else stored.clear()
        gone = [value for value in known.unique() if any(self.has(value, s) for s in stages)]
        return _among(stored, gone)

    def covers_ids(self, stored: pl.Series) -> pl.Series:
        """Of which rows the id in this column, kept as it was, is forgotten."""
        if not self.stages & {IDS, _UNNAMED_IDS}:
            return _among(stored, [])
        known = stored.drop_nulls().unique().to_list()
        gone: list[str] = []
        for stage, head in ((IDS, _named("", stored.name)), (_UNNAMED_IDS, "")):
            if marks := self.marks.get(stage):
                first, digest = head.encode(), hashlib.sha256  # millions of ids: no call too many
                gone += [
                    v for v in known if digest(first + v.encode()).digest()[:MARK_BYTES] in marks
                ]
        return _among(stored, gone)

    def plus(self, stored: Iterable[str | None], *, length: int, of: str = "") -> Forgotten:
        """These marks, and those of values as they are stored under a ring of `length` keys.

        What has the shape of a pseudonym is marked at that length, any other value as an id of the
        column `of`; where no column is named, it is not marked, for it could be a name.
        """
        new: dict[int, set[bytes]] = {length: set(), IDS: set()}
        for value in stored:
            if value is not None and _PSEUDONYM.fullmatch(value):
                new[length].add(mark(value))
            elif value is not None and of:
                new[IDS].add(mark(_named(value, of)))
        added = Forgotten({stage: frozenset(marks) for stage, marks in new.items() if marks})
        return self | added

    def __or__(self, other: Forgotten) -> Forgotten:
        stages = self.marks.keys() | other.marks.keys()
        empty: frozenset[bytes] = frozenset()
        return Forgotten(
            {s: self.marks.get(s, empty) | other.marks.get(s, empty) for s in sorted(stages)}
        )

    def to_bytes(self) -> bytes:
        """As JSON, the same bytes for the same marks."""
        marks = {str(s): list(_sorted(self.marks[s])) for s in sorted(self.stages)}
        return json.dumps({"version": _VERSION, "marks": marks}, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """What `to_bytes` wrote.

        Raises:
            DataError: where it is something else; without the marks, removals could come undone.
        """
        try:
            held = json.loads(content)
            if held["version"] != _VERSION:
                raise DataError(
                    f"the marks of the forgotten have version {held['version']!r}, expected "
                    f"{_VERSION}",
                    remedy="use the version of assay that wrote them, or a later one",
                )
            return cls(
                {
                    int(stage): frozenset(bytes.fromhex(text) for text in marks)
                    for stage, marks in held["marks"].items()
                }
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DataError(
                "the marks of the forgotten cannot be read",
                remedy="restore them from a backup; without them removals could come undone",
            ) from None


def mark(stored: str) -> bytes:
    """What is kept of a value that was removed."""
    return hashlib.sha256(stored.encode()).digest()[:MARK_BYTES]


def _named(stored: str, column: str) -> str:
    return f"{_SAME.get(column, column)}\0{stored}"


def _among(values: pl.Series, gone: list[str]) -> pl.Series:
    if not gone:
        return pl.repeat(False, len(values), dtype=pl.Boolean, eager=True)
    return values.is_in(pl.Series(gone, dtype=pl.String).implode()).fill_null(value=False)


def _sorted(marks: frozenset[bytes]) -> Iterator[str]:
    return (mark.hex() for mark in sorted(marks))
