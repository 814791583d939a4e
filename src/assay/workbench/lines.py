"""Where in a YAML text each key stands, so that a mistake is told with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Place = tuple[str, ...]


def lines_of(text: str) -> dict[Place, int]:
    r"""The line, from 1, of each key and item of a valid YAML text.

    >>> lines_of("a:\n  b: 1\n  c: [x]")
    {('a',): 1, ('a', 'b'): 2, ('a', 'c'): 3, ('a', 'c', '0'): 3}
    """
    return dict(_below(yaml.compose(text, Loader=yaml.SafeLoader), ()))


def line_at(place: Place, lines: Mapping[Place, int]) -> int:
    r"""The line of a key, or of the nearest one above it that is written down.

    >>> line_at(("a", "d"), lines_of("x: 1\na:\n  b: 1"))
    2
    """
    above = (place[:end] for end in range(len(place), 0, -1))
    return next((lines[part] for part in above if part in lines), 1)


def _below(node: yaml.Node | None, above: Place) -> Iterator[tuple[Place, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*above, str(key.value))
            yield place, key.start_mark.line + 1
            yield from _below(value, place)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            place = (*above, str(number))
            yield place, item.start_mark.line + 1
            yield from _below(item, place)
