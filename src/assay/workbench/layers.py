"""A parameters file as it is written, and how one is laid over another.

Tables are merged name by name, however deep; lists and all other values are replaced.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import ParameterError, nearest
from assay.workbench.values import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LAYERED: Final = frozenset({"base", "sets", "matrix"})
"""What a file with several sets has at its top; any other file is one set."""

SET_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"
"""A pattern: a set's name is also that of its folder."""

_RESERVED: Final = ("extends", "matrix")

Table = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one file says.

    Attributes:
        place: the file, as messages call it.
        base: values that every set shares.
        sets: the body of each set: values, `extends` and `matrix`.
        matrix: of every set that has none; of the base, where there are no sets.
    """

    place: str
    base: Table = field(default_factory=dict)
    sets: dict[str, Table] = field(default_factory=dict)
    matrix: Table = field(default_factory=dict)

    def over(self, below: Layer) -> Layer:
        """Both, where this one has the last word."""
        sets = {
            name: _laid(below.sets.get(name, {}), self.sets.get(name, {}))
            for name in dict.fromkeys((*below.sets, *self.sets))
        }
        return Layer(
            place=f"{below.place} with {self.place}",
            base=merged(below.base, self.base),
            sets=sets,
            matrix=merged(below.matrix, self.matrix),
        )

    def body(self, name: str, seen: tuple[str, ...] = ()) -> Table:
        """What a set says itself and by the sets that it extends, without the base.

        Raises:
            ParameterError: where it extends a set that is not there, or itself in the end.
        """
        if name in seen:
            raise ParameterError(
                f"{self.place}: set {name!r} extends itself: {' → '.join((*seen, name))}",
                remedy="remove one of them",
            )
        own = dict(self.sets[name])
        whole: Table = {}
        for other in self._extended(name, own.pop("extends", None)):
            whole = _laid(whole, self.body(other, (*seen, name)))
        return _laid(whole, own)

    def _extended(self, name: str, said: object) -> list[str]:
        others = [said] if isinstance(said, str) else [] if said is None else said
        if not isinstance(others, list) or not all(isinstance(other, str) for other in others):
            raise ParameterError(
                f"{self.place}, set {name}: extends is {said!r}, expected the name of a set"
            )
        for other in others:
            if other not in self.sets:
                raise ParameterError(
                    f"{self.place}, set {name}: extends {other!r}, which is no set of the file",
                    remedy=nearest(other, self.sets.keys() - {name}),
                )
        return others


def read_layer(file: Path, place: str) -> Layer:
    """Reads `name: value` lines (one set), or `base`, `sets` and `matrix`.

    Raises:
        ParameterError: where the file is missing or has another form.
    """
    content = read_table(file, place)
    if not set(content) <= LAYERED:
        if "sets" in content or isinstance(content.get("matrix"), dict):
            strange = next(key for key in content if key not in LAYERED)
            beside = "sets" if "sets" in content else "matrix"
            raise ParameterError(
                f"{place} has {strange!r} beside {beside}, expected base, sets and matrix only",
                remedy=nearest(strange, LAYERED),
            )
        return Layer(place=place, base=nested(content, place))
    named = table(content.get("sets"), f"{place}, sets")
    for name in named:
        if not re.fullmatch(SET_NAME, name):
            raise ParameterError(
                f"{place}: {name!r} cannot be the name of a set",
                remedy="a name is a folder of its own: letters, digits, '-', '_' and '.'",
            )
    return Layer(
        place=place,
        base=nested(table(content.get("base"), f"{place}, base"), f"{place}, base"),
        sets={name: _body(values, f"{place}, set {name}") for name, values in named.items()},
        matrix=table(content.get("matrix"), f"{place}, matrix"),
    )


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Table:
    """Two tables as one; the second has the last word."""
    whole = copy.deepcopy(dict(below))
    for name, value in above.items():
        under = whole.get(name)
        both = isinstance(under, dict) and isinstance(value, dict)
        whole[name] = merged(under, value) if both else copy.deepcopy(value)  # type: ignore[arg-type]
    return whole


def _laid(below: Table, above: Table) -> Table:
    """One set over another; an empty matrix takes away the one below."""
    if above.get("matrix") == {}:
        below = {name: value for name, value in below.items() if name != "matrix"}
    return merged(below, above)


def nested(values: Mapping[str, Any], place: str) -> Table:
    """Names with dots as tables in tables: `window.from: x` is `window: {from: x}`.

    Raises:
        ParameterError: where a name stands twice, as a value and as a table.

    >>> nested({"window.from": "2026-01-01", "window.to": "2026-01-31"}, "x.yaml")
    {'window': {'from': '2026-01-01', 'to': '2026-01-31'}}
    """
    whole: Table = {}
    for name, value in values.items():
        parts = name.split(".")
        inside = whole
        for depth, part in enumerate(parts[:-1], 1):
            if inside.get(part) is None:
                inside[part] = {}
            inside = inside[part]
            if not isinstance(inside, dict):
                raise ParameterError(
                    f"{place}: {name} goes into {'.'.join(parts[:depth])}, which is {inside!r}",
                    remedy="write it as a table",
                )
        last = parts[-1]
        both = isinstance(inside.get(last), dict) and isinstance(value, dict)
        inside[last] = merged(inside[last], value) if both else copy.deepcopy(value)
    return whole


def overlaid(below: Mapping[str, Any], above: Mapping[str, Any], place: str) -> Table:
    """A value takes the whole place of what was under its name; a name with dots, of one entry.

    Raises:
        ParameterError: where a name with dots goes into what is no table.
    """
    plain = {name: value for name, value in above.items() if "." not in name}
    inner = {name: value for name, value in above.items() if "." in name}
    return nested({**below, **plain, **inner}, place)


def table(value: object, place: str) -> Table:
    """The table that stands here; nothing is an empty one.

    Raises:
        ParameterError: where anything else stands here.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ParameterError(f"{place} is {value!r}, expected lines of name: value")
    return value


def _body(values: object, place: str) -> Table:
    written = table(values, place)
    kept = {name: written[name] for name in _RESERVED if name in written}
    if "matrix" in kept:
        kept["matrix"] = table(kept["matrix"], f"{place}, matrix")
    return nested({n: v for n, v in written.items() if n not in kept}, place) | kept


def read_table(file: Path, place: str) -> Table:
    """The table that a YAML file holds.

    Raises:
        ParameterError: where it cannot be read, or holds anything else.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ParameterError(f"there is no parameters file {file}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"{file} cannot be read: {error}") from None
    return table(read_yaml(text, place=place), place)
