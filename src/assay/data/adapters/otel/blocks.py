"""Lines of OTLP as columns of plain values: without frames, so that a process of its own can."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, Final

from assay.data.adapters.lines import BLANK, latin, object_of
from assay.data.adapters.otel.alike import Alike
from assay.data.adapters.otel.documents import add_document
from assay.data.adapters.otel.packing import Packed, pack
from assay.data.adapters.otel.tally import Tally, Wishes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assay.data.adapters.otel.tally import Row

Parsed = tuple[
    int,
    tuple[Packed, ...],
    tuple[Packed, ...],
    tuple[Packed, ...],
    dict[str, dict[int, Any]],
    list[tuple[int, str, str]],
    dict[str, int],
    dict[str, int],
]
"""Records read; columns of interactions, calls and scores (none where there are no rows); context;
broken; skipped; warnings."""

_EXCERPT: Final = 2_000


class Parsing:
    """Lines and documents that become one set of columns."""

    def __init__(self, wishes: Wishes) -> None:
        self._tally, self._wishes = Tally(), wishes
        self._alike = Alike(self._tally, wishes)

    def add(self, document: dict[str, Any]) -> None:
        """The spans of one document."""
        add_document(document, self._tally, self._alike, self._wishes)
        self._alike.settle()

    def add_broken(self, reason: str, text: str) -> None:
        """One record that could not be read."""
        self._tally.read += 1
        self._tally.broken.append((self._tally.read, reason, text))

    def parsed(self) -> Parsed:
        """Everything so far, once."""
        tally = self._tally
        return (
            tally.read,
            self._alike.columns(),
            _packed(tally.calls),
            _packed(tally.scores),
            tally.context,
            tally.broken,
            tally.skipped,
            tally.warnings,
        )


def parse(lines: Iterable[bytes], wishes: Wishes) -> Parsed:
    """The spans of some lines, as columns."""
    collecting = gc.isenabled()
    gc.disable()  # nothing here is cyclic, and there is a great deal of it
    try:
        parsing = Parsing(wishes)
        for line in lines:
            document = object_of(line)
            if type(document) is dict:
                parsing.add(document)
            elif line.strip(BLANK):
                parsing.add_broken(str(document), latin(line[:_EXCERPT]))
        return parsing.parsed()
    finally:
        if collecting:
            gc.enable()


def _packed(rows: list[Row]) -> tuple[Packed, ...]:
    return tuple(pack(list(column), len(rows)) for column in zip(*rows, strict=True))
