"""YAML whose every value knows the line that it stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import yaml

from assay.core.errors import ParameterError

if TYPE_CHECKING:
    from pathlib import Path

Place = tuple[str | int, ...]
"""Keys and numbers that lead to a value."""

LONGEST: Final = 4_000_000
"""Characters up to which a file is read; a book of 3,000 models has a sixth of them."""
DEEPEST: Final = 12
"""Levels up to which values may lie within each other; a price lies on the sixth."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Marked:
    """What a YAML file holds, and where.

    Attributes:
        name: the file, as messages call it.
        content: its plain value.
    """

    def __init__(self, name: str, content: object, lines: dict[Place, int]) -> None:
        self.name = name
        self.content = content
        self._lines = lines

    def at(self, place: Place) -> str:
        """File and line of a value, or of the nearest that it is part of.

        >>> Marked("a.yaml", {}, {(): 1, ("models",): 3}).at(("models", "x"))
        'a.yaml:3'
        """
        while place and place not in self._lines:
            place = place[:-1]
        return f"{self.name}:{self._lines.get(place, 1)}"


def read_marked(path: Path, name: str) -> Marked:
    """A YAML file with the lines of its values.

    Raises:
        ParameterError: where it cannot be read, is not YAML, has a key twice, or uses anchors;
            names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ParameterError(f"{name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ParameterError(f"{name} is not UTF-8 text") from None
    return marked_text(text, name)


def marked_text(text: str, name: str) -> Marked:
    """The same of text; `name` is what messages call it."""
    if len(text) > LONGEST:
        raise ParameterError(f"{name} has {len(text):,} characters, expected {LONGEST:,} at most")
    try:
        _check_shape(text, name)
        reader = _Reader(name, _LOADER(text))
        content = reader.read()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ParameterError(f"{where}: not YAML: {said}") from None
    return Marked(name, content, reader.lines)


def _check_shape(text: str, name: str) -> None:
    """That no value stands for another, and none is deeper than a price can be."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise ParameterError(f"{name}:{line}: *{event.anchor} is not taken; write it out")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ParameterError(f"{name}:{line}: nested deeper than {DEEPEST} levels")


class _Reader:
    """Builds plain values, and notes the line of each."""

    def __init__(self, name: str, loader: yaml.SafeLoader) -> None:
        self.name = name
        self.lines: dict[Place, int] = {}
        self._loader = loader

    def read(self) -> object:
        try:
            node = self._loader.get_single_node()
            return None if node is None else self._value(node, ())
        finally:
            self._loader.dispose()

    def _value(self, node: yaml.Node, place: Place) -> object:
        self.lines[place] = self.lines.get(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._table(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(one, (*place, i)) for i, one in enumerate(node.value)]
        try:
            return self._loader.construct_object(node)
        except ValueError:
            raise ParameterError(
                f"{self.name}:{self.lines[place]}: {node.value[:40]!r} is no value: {place[-1]}"
            ) from None

    def _table(self, node: yaml.MappingNode, place: Place) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, inner in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise ParameterError(f"{self.name}:{line}: a key is no text")
            if key.value in found:
                raise ParameterError(f"{self.name}:{line}: {key.value!r} stands here twice")
            self.lines[*place, key.value] = line
            found[key.value] = self._value(inner, (*place, key.value))
        return found
