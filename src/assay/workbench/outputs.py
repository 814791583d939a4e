"""What cells put out: no more than can be kept, and gathered in time that grows with its length."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

MOST: Final = 64_000_000
"""Characters that a notebook may put out; a page that shows a part of it is too large by far."""


class Tally:
    """Counts what a notebook puts out; what it has taken back again is counted off when it matters.

    Args:
        cells: of the notebook that runs.
        most: characters that it may put out.
    """

    def __init__(self, cells: list[Any], most: int = MOST) -> None:
        self._cells = cells
        self._most = most
        self._counted = 0

    def is_over(self, content: object) -> bool:
        """Whether it is too much with this message."""
        size = _size(content)
        self._counted += size
        if self._counted > self._most:
            kept = sum(_size(cell.get("outputs", ())) for cell in self._cells)
            self._counted = kept + size
        return self._counted > self._most


def gather_streams(cells: list[Any]) -> None:
    """Leaves one output for all that a cell prints to each stream, where its first part stood.

    Of a line that was printed over, as bars of progress are, the last state stays. Jupyter's own
    client does both in time that grows with the square of a line's length.
    """
    for cell in cells:
        if cell.get("outputs"):
            cell.outputs = _in_order(_gathered(cell.outputs))


def _gathered(outputs: list[Any]) -> list[Any]:
    kept: list[Any] = []
    parts: dict[str, list[str]] = {}
    for output in outputs:
        if output.output_type != "stream":
            kept.append(output)
        elif output.name in parts:
            parts[output.name].append(output.text)
        else:
            parts[output.name] = [output.text]
            kept.append(output)
    for output in kept:
        if output.output_type == "stream":
            output.text = _last_states("".join(parts[output.name]))
    return kept


def _in_order(outputs: list[Any]) -> list[Any]:
    """Two streams side by side stand in the same order in every run."""
    names = [output.get("name") for output in outputs]
    if ("stderr", "stdout") in pairwise(names):
        at = names.index("stderr")
        outputs[at : at + 2] = outputs[at + 1], outputs[at]
    return outputs


def _last_states(text: str) -> str:
    r"""Each line from its last carriage return that something follows.

    >>> _last_states("1 %\r50 %\r100 %\r\nover\r\n")
    '100 %\r\nover\r\n'
    """
    if "\r" not in text:
        return text
    return "\n".join(line[line.rfind("\r", 0, -1) + 1 :] for line in text.split("\n"))


def _size(value: object) -> int:
    match value:
        case str() | bytes():
            return len(value)
        case dict():
            return sum(map(_size, value.values()))
        case list() | tuple():
            return sum(map(_size, value))
    return 1
