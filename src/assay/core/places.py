"""Where in a TOML text each key stands, so that a mistake is told with its line."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[str, ...]


def lines_of(text: str) -> dict[Place, int]:
    r"""The line, from 1, on which each table and key of a valid TOML text first stands.

    >>> lines_of("[limits]\nrun = 5")
    {('limits',): 1, ('limits', 'run'): 2}
    """
    places: dict[Place, int] = {}
    table: Place = ()
    for number, statement in _statements(text):
        found = list(_below(tomllib.loads(statement)))
        if statement.lstrip().startswith("["):
            table = max(found, key=len)
        else:
            found = [(*table, *place) for place in found]
        for place in found:
            places.setdefault(place, number)
    return places


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The shortest pieces of the text that are TOML by themselves, with their first line."""
    begun, piece = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        begun, piece = (begun, f"{piece}\n{line}") if piece else (number, line)
        try:
            content = tomllib.loads(piece)
        except tomllib.TOMLDecodeError:
            continue
        if content:
            yield begun, piece
        piece = ""


def _below(content: Any, above: Place = ()) -> Iterator[Place]:  # noqa: ANN401
    if isinstance(content, list) and content:
        content = content[0]
    if isinstance(content, dict):
        for key, value in content.items():
            yield (*above, key)
            yield from _below(value, (*above, key))
