"""What the commands print: plain lines, JSON, and one line of progress that is overwritten."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def say(text: str = "") -> None:
    """One line on standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def warn(text: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"{text}\n")


def print_json(value: Any) -> None:  # noqa: ANN401  any JSON
    """One JSON document on standard output."""
    say(json.dumps(value, indent=1, ensure_ascii=False))


def interactive() -> bool:
    """Whether somebody looks at a terminal."""
    return sys.stderr.isatty()


def show(text: str) -> None:
    """Progress: one line on standard error that the next one overwrites, on a terminal only."""
    if interactive():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()


@contextmanager
def passing() -> Iterator[None]:
    """Whatever progress was shown is gone when the context ends, however it ends."""
    try:
        yield
    finally:
        show("")


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows as lines whose columns stand below each other.

    >>> aligned([("a", "b"), ("long", "c")])
    ['a     b', 'long  c']
    """
    lines = [tuple(row) for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
