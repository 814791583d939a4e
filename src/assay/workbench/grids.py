"""Grids: every combination of some values, as a matrix of GitHub Actions spells them.

`exclude` drops each combination that has all pairs of one of its entries. Then each entry of
`include` is added to every combination whose own values of the matrix it leaves as they are, and
is a combination of its own where it fits none.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Final
from unicodedata import combining, normalize

from assay.core.errors import ParameterError, nearest

LIMIT: Final = 1_000
"""Sets that a grid may make, unless it says `limit:`."""

_LONGEST: Final = 48
_SLOT = re.compile(r"\{([^{}]*)\}")

Combination = dict[str, Any]
"""Values by the name of their parameter, which may have dots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A matrix as it was written.

    Attributes:
        dimensions: the values of each name.
        include, exclude: as in the module's head.
        template: of the names, with `{parameter}` in it; None for the values in a row.
        limit: how many combinations there may be.
    """

    dimensions: Mapping[str, Sequence[Any]]
    include: tuple[Combination, ...] = ()
    exclude: tuple[Combination, ...] = ()
    template: str | None = None
    limit: int = LIMIT

    def named(self, place: str) -> dict[str, Combination]:
        """The combinations by their names, which can be folders and differ in more than case.

        Raises:
            ParameterError: where there are more than the limit, or none.
        """
        size = prod(map(len, self.dimensions.values())) + len(self.include)
        if size > self.limit:
            raise ParameterError(
                f"{place} makes up to {size:,} sets, expected at most {self.limit:,}",
                remedy=f"take fewer values, or raise it: limit: {size}",
            )
        found = self._combinations()
        if not found:
            raise ParameterError(
                f"{place} makes no set", remedy="exclude fewer combinations, or remove it"
            )
        names = [self._name(own, whole, place) for own, whole in found]
        often = Counter(name.lower() for name in names)
        return {
            name if often[name.lower()] == 1 else f"{name}-{_hash(whole)}": whole
            for name, (_, whole) in zip(names, found, strict=True)
        }

    def _combinations(self) -> list[tuple[Combination, Combination]]:
        """What the matrix itself says of each, and that with what was included."""
        every = product(*self.dimensions.values()) if self.dimensions else ()
        crossed = [dict(zip(self.dimensions, values, strict=True)) for values in every]
        kept = [one for one in crossed if not any(_has(one, out) for out in self.exclude)]
        whole = [dict(one) for one in kept]
        alone: list[Combination] = []
        for entry in self.include:
            fitting = [
                number
                for number, one in enumerate(kept)
                if all(one[name] == value for name, value in entry.items() if name in one)
            ]
            for number in fitting:
                whole[number] |= entry
            if not fitting:
                alone.append(dict(entry))
        return [*zip(kept, whole, strict=True), *((one, one) for one in alone)]

    def _name(self, own: Combination, whole: Combination, place: str) -> str:
        if self.template is None:
            return _short("--".join(map(_slug, own.values())), own)

        def filled(slot: re.Match[str]) -> str:
            if slot[1] not in whole:
                raise ParameterError(
                    f"{place}: the name {self.template!r} speaks of {slot[1]!r}, which is no part"
                    f" of every combination",
                    remedy=nearest(slot[1], whole),
                )
            return _slug(whole[slot[1]])

        return _short(_clean(_SLOT.sub(filled, self.template)), whole)


def grid_of(content: Mapping[str, Any], place: str) -> Grid:
    """A matrix from what stands in the file: lists are dimensions.

    Raises:
        ParameterError: where an entry has another form, or an exclusion can never apply.
    """
    rest = dict(content)
    include = _entries(rest.pop("include", []), f"{place}, include")
    exclude = _entries(rest.pop("exclude", []), f"{place}, exclude")
    template, limit = None, LIMIT
    if isinstance(rest.get("name"), str):
        template = str(rest.pop("name"))
    if isinstance(rest.get("limit"), int):
        limit = int(rest.pop("limit"))
    for name, values in rest.items():
        if not isinstance(values, list) or not values:
            raise ParameterError(
                f"{place}: {name} is {values!r}, expected a list of values",
                remedy=f"write {name}: [one, another]",
            )
        doubled = [value for number, value in enumerate(values) if value in values[:number]]
        if doubled:
            raise ParameterError(f"{place}: {name} has {doubled[0]!r} twice")
    for entry in exclude:
        for name, value in entry.items():
            if name not in rest:
                raise ParameterError(
                    f"{place}, exclude: {name!r} is no name of the matrix",
                    remedy=nearest(name, rest),
                )
            if value not in rest[name]:
                raise ParameterError(
                    f"{place}, exclude: {name} is never {value!r}",
                    remedy=nearest(str(value), map(str, rest[name])),
                )
    return Grid(dimensions=rest, include=include, exclude=exclude, template=template, limit=limit)


def _entries(value: object, place: str) -> tuple[Combination, ...]:
    if not isinstance(value, list) or not all(isinstance(one, dict) and one for one in value):
        raise ParameterError(
            f"{place} is {value!r}, expected a list of tables", remedy="write - {name: value}"
        )
    return tuple(copy.deepcopy(value))


def _has(one: Combination, pairs: Combination) -> bool:
    return all(one[name] == value for name, value in pairs.items())


def _slug(value: object) -> str:
    """A value as a part of a folder's name."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case list():
            return _clean("_".join(map(_slug, value)))
        case dict() if isinstance(value.get("name"), str):
            return _clean(value["name"])
        case dict():
            return _clean("_".join(map(_slug, value.values())))
    return _clean(str(value))


def _clean(text: str) -> str:
    """Letters without accents, digits, `.`, `_` and `-`; all else becomes a dash."""
    letters = "".join(c for c in normalize("NFKD", text) if not combining(c))
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", letters).strip("-._")
    return kept or _hash(text)


def _short(name: str, whole: Combination) -> str:
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST].rstrip('-._')}-{_hash(whole)}"


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:6]
