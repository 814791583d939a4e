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
    lines: dict[Place, int] = {}
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        try:
            node = loader.get_single_node()
            content = None if node is None else _value(node, loader, (), lines, name)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ParameterError(f"{where}: not YAML: {said}") from None
    except RecursionError:
        raise ParameterError(f"{name}: nested too deeply to be read") from None
    except ValueError as error:
        raise ParameterError(f"{name}: {error}") from None
    return Marked(name, content, lines)


def _value(
    node: yaml.Node, loader: yaml.SafeLoader, place: Place, lines: dict[Place, int], name: str
) -> Any:  # noqa: ANN401  whatever stands there
    line = node.start_mark.line + 1
    if place in lines:
        raise ParameterError(f"{name}:{line}: {place[-1]!r} stands here twice")
    lines[place] = line
    if isinstance(node, yaml.MappingNode):
        found = {}
        for key, inner in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ParameterError(f"{name}:{line}: a key is no text")
            at = key.start_mark.line + 1
            if key.value in found:
                raise ParameterError(f"{name}:{at}: {key.value!r} stands here twice")
            found[key.value] = _value(inner, loader, (*place, key.value), lines, name)
            lines[*place, key.value] = at
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, loader, (*place, i), lines, name) for i, one in enumerate(node.value)]
    return loader.construct_object(node)
