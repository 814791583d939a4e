"""Which entry of a result a printed number is, as far as its surroundings tell."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from math import isclose
from typing import TYPE_CHECKING, Any, Final

from assay.workbench.trace.entries import SCALES, Entry, constants_of, entries_of, matches
from assay.workbench.trace.printed import Printed, numbers_in, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

_WORDS: Final = re.compile(r"[^\W_]+")
_FEW: Final = 10
"""Whole numbers below it, without a unit, are anything."""
_COARSE: Final = 20
"""Of half a printed digit: what has hardly more than one digit is more often a limit."""
_ENDS: Final = re.compile(r"[.;:?!](?=\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A number of a text and where it comes from.

    Attributes:
        entry: of the result; None where several may be meant and nothing tells which, or where the
            number comes from elsewhere.
        known: it is in the result, or one of the numbers that a page may quote beside it.
    """

    printed: Printed
    entry: Entry | None
    known: bool


class Sources:
    """The numbers of a result, to be asked where a printed number comes from."""

    def __init__(self, result: Json, manifest: Json) -> None:
        self._result, self._manifest = result, manifest

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Of the result."""
        return entries_of(self._result)

    @cached_property
    def constants(self) -> tuple[Entry, ...]:
        """What may be quoted beside them."""
        return constants_of(self._result, self._manifest)

    @cached_property
    def _entries_near(self) -> _Near:
        return _Near(self.entries)

    @cached_property
    def _constants_near(self) -> _Near:
        return _Near(self.constants)

    def quoted(self, text: str, *, row: str = "", near: str = "") -> Iterator[Quoted]:
        """Every number of a text, with the entry that it is.

        Args:
            text: what is read.
            row: the other texts of its row or tile.
            near: what stands above it: caption, heading.
        """
        for printed in numbers_in(text, row):
            found = self._entries_near.matching(printed)
            elsewhere = bool(self._constants_near.matching(printed))
            if not found and not elsewhere and (coarse := rounded(printed)) is not None:
                # Counts are told to the last unit; only what was measured is rounded.
                near_it = self._entries_near.matching(coarse)
                found = [entry for entry in near_it if not entry.value.is_integer()]
            around = (_clause(text, printed), f"{text} {row}", near)
            named = [entry for entry in found if _may_be_meant(printed, entry)]
            entry = _meant(named, around, alone=not elsewhere)
            yield Quoted(printed=printed, entry=entry, known=bool(found) or elsewhere)


class _Near:
    """Entries by their size in each scale, so that few of them are held against a number."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self._entries = entries
        self._sized = [
            sorted((abs(entry.value) * scale, place) for place, entry in enumerate(entries))
            for scale in SCALES
        ]

    def matching(self, printed: Printed) -> list[Entry]:
        """Entries that are printed so, in the order of the result."""
        near: set[int] = set(range(len(self._entries)))
        if printed.bound not in {"under", "over"}:
            size, slack = abs(printed.value), 1.001 * printed.half + 1e-9 * abs(printed.value)
            near = {
                place
                for sized in self._sized
                for _, place in sized[
                    bisect_left(sized, (size - slack, -1)) : bisect_right(
                        sized, (size + slack, len(sized))
                    )
                ]
            }
        return [
            self._entries[place] for place in sorted(near) if matches(printed, self._entries[place])
        ]


def _may_be_meant(printed: Printed, entry: Entry) -> bool:
    """Digits so few that anything rounds to them, bounds, and rows of bare numbers tell nothing."""
    if entry.at.rpartition("/")[2].isdigit():
        return False
    if printed.bound in {"under", "over"}:
        told = printed.bound == "over" or printed.scale in {"", "?"}
        return told and entry.unit == "probability" and entry.value > 0
    if not printed.scale.strip("?") and printed.half >= 0.5 and abs(printed.value) < _FEW:
        return False
    coarse = abs(printed.value) < _COARSE * printed.half
    if printed.text.startswith("±") or (coarse and not printed.signed):
        # A limit as it was declared, so the very number.
        sizes = (abs(entry.value) * scale for scale in SCALES)
        return any(isclose(size, abs(printed.value), rel_tol=1e-9) for size in sizes)
    return True


def _clause(text: str, printed: Printed) -> str:
    """The part of a sentence in which a number stands."""
    begin = max((end.end() for end in _ENDS.finditer(text, 0, printed.start)), default=0)
    end = _ENDS.search(text, printed.end)
    return text[begin : end.start() if end else len(text)]


def _meant(found: list[Entry], around: tuple[str, str, str], *, alone: bool) -> Entry | None:
    """The entry whose own words stand nearest; None where more than one may be meant.

    Of one record the plainest is taken: the one that lies least deep. Without any word that tells,
    an entry is meant only where no other number, `alone` in the result, would be printed the same.
    """
    if not found:
        return None
    words = [set(_WORDS.findall(text.casefold())) for text in around]
    told = [(_told(entry, words), entry) for entry in found]
    best = max(_weight(names) for names, _ in told)
    nearest = [(names, entry) for names, entry in told if _weight(names) == best]
    same = len({entry.value for _, entry in nearest}) == 1
    if not best and not (alone and same):
        return None
    if not same and len({names for names, _ in nearest}) > 1:
        return None
    return min((entry for _, entry in nearest), key=lambda entry: _plainness(entry, words))


def _told(entry: Entry, words: list[set[str]]) -> tuple[frozenset[str], ...]:
    """What the entry is about, as far as it is said in the clause, in the text and row, above."""
    own = {text: set(_WORDS.findall(text.casefold())) for text in entry.about}
    return tuple(
        frozenset(text for text, each in own.items() if each and each <= said) for said in words
    )


def _weight(names: tuple[frozenset[str], ...]) -> tuple[int, ...]:
    clause, text, above = map(len, names)
    return (2 * clause + text, above) if clause or text or above else ()


def _plainness(entry: Entry, words: list[set[str]]) -> tuple[int, bool, int, int, str]:
    """Smallest for the one whose field is named beside the number, then for the least deep."""
    fields = {word for part in entry.at.split("/")[-2:] for word in part.split("_")}
    named = len(fields & (words[0] | words[1]) - {"value"})
    return -named, entry.at.startswith("/derived"), entry.at.count("/"), len(entry.at), entry.at
