"""Values that stay in the environment: `env:NAME` is what is written down, everywhere.

The value is read where a run is checked and again where it runs; the kernel finds it in its own
environment. Whatever a run leaves is searched for it, and shows `[env:NAME]` in its place.
"""

from __future__ import annotations

import html
import json
import os
import re
from dataclasses import asdict, dataclass, replace
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args, get_origin
from urllib.parse import quote

from assay.core.errors import NotebookError, ParameterError
from assay.params import SecretMark
from assay.workbench.files import json_text, write_atomically
from assay.workbench.layout import LOG_FILE, RESULT_FILE
from assay.workbench.values import (
    entry_kind,
    expectation,
    is_model,
    item_kind,
    options,
    read_typed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from assay.workbench.failure import Failure

SHORTEST: Final = 6
"""Characters that a value must have to be searched for: fewer stand in any text."""

_MARKER = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")


def name_of(value: object) -> str | None:
    """The variable that a value names.

    >>> name_of("env:API_TOKEN"), name_of("environment")
    ('API_TOKEN', None)
    """
    found = _MARKER.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


def names_in(value: object) -> frozenset[str]:
    """Every variable that is named anywhere within a value."""
    match value:
        case str():
            name = name_of(value)
            return frozenset({name} if name else ())
        case list():
            return frozenset[str]().union(*map(names_in, value))
        case dict():
            return frozenset[str]().union(*map(names_in, value.values()))
    return frozenset()


def revealed(value: Any, kind: Any, *, place: str) -> Any:  # noqa: ANN401  plain JSON
    """The value with what the environment holds, read by the declared type; never to be written.

    Raises:
        ParameterError: where a variable is not set or holds another type, or where a secret is
            written out; the message never has a value.
    """
    name = name_of(value)
    if name is not None:
        return _read(name, kind, place)
    insist_on_secrets(value, kind, place=place)
    match value:
        case list():
            inner = item_kind(kind)
            return [
                revealed(item, inner, place=f"{place}[{number}]")
                for number, item in enumerate(value)
            ]
        case dict():
            return {
                key: revealed(item, entry_kind(kind, key), place=f"{place}[{key!r}]")
                for key, item in value.items()
            }
    return value


def insist_on_secrets(value: object, kind: Any, *, place: str) -> None:  # noqa: ANN401
    """That what the type calls a secret is only named.

    Raises:
        ParameterError: where it is written out; the message does not repeat it.
    """
    if _is_secret(kind) and value is not None and name_of(value) is None:
        raise ParameterError(
            f"parameter {place} is a secret, expected env:NAME",
            remedy="put the value into a variable of the environment, and name that",
        )


def hidden(checked: Any, written: Any, *, place: str) -> Any:  # noqa: ANN401  plain JSON
    """A checked value with `env:NAME` where it was written.

    Raises:
        ParameterError: where checking gave the value another shape, so that it cannot be found.
    """
    if name_of(written) is not None:
        return written
    match checked, written:
        case list(), list() if len(checked) == len(written):
            pairs = zip(checked, written, strict=True)
            return [hidden(one, other, place=place) for one, other in pairs]
        case dict(), dict() if all(key in checked for key in written if names_in(written[key])):
            return {
                key: hidden(item, written.get(key), place=place) for key, item in checked.items()
            }
    if names_in(written):
        raise ParameterError(f"parameter {place}: env: cannot stand in this form of the value")
    return checked


@dataclass(frozen=True, slots=True)
class Mask:
    """What must not be seen, longest first, and what is shown instead."""

    shown: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, parameters: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Mask:
        """A mask for the values of all variables that the parameters name.

        Raises:
            ParameterError: where one of them is not set here.
        """
        found: dict[str, str] = {}
        for parameter, value in parameters.items():
            for name in sorted(names_in(value)):
                for form in _forms(_variable(name, parameter, environment)):
                    found[form] = f"[env:{name}]"
        return cls(tuple(sorted(found.items(), key=lambda pair: -len(pair[0]))))

    def over(self, value: Any) -> Any:  # noqa: ANN401
        """A plain value with the mask over every text in it."""
        match value:
            case str():
                for form, instead in self.shown:
                    value = value.replace(form, instead)
                return value
            case list():
                return [self.over(item) for item in value]
            case dict():
                return {self.over(key): self.over(item) for key, item in value.items()}
        return value

    def over_failure(self, failure: Failure | None) -> Failure | None:
        """A failure with the mask over what it tells."""
        if failure is None or not self.shown:
            return failure
        return replace(failure, **self.over(asdict(failure)))

    def over_run(self, document: Any, folder: Path) -> None:  # noqa: ANN401
        """Puts the mask over a notebook's outputs, and over what the run left beside it.

        Raises:
            NotebookError: where the result holds a secret as a number, which no mask can cover.
        """
        if not self.shown:
            return
        import nbformat  # noqa: PLC0415  heavy, and only where a run had secrets

        for cell in document.cells:
            if "outputs" in cell:
                cell.outputs = nbformat.from_dict(self.over(cell.outputs))  # type: ignore[no-untyped-call]
        log, result = folder / LOG_FILE, folder / RESULT_FILE
        if log.exists():
            log.write_text(self.over(log.read_text("utf-8", "replace")), encoding="utf-8")
        if result.exists():
            self._over_result(result)

    def _over_result(self, file: Path) -> None:
        try:
            content = json.loads(file.read_bytes())
        except ValueError:
            file.unlink()
            raise NotebookError(f"{RESULT_FILE} is no JSON") from None
        for number in _numbers(content):
            instead = dict(self.shown).get(str(number))
            if instead is not None:
                file.unlink()
                raise NotebookError(
                    f"the result holds the value of {instead[1:-1]} as a number",
                    remedy="leave it out of what is handed over",
                )
        write_atomically(file, json_text(self.over(content)))


def _read(name: str, kind: Any, place: str) -> Any:  # noqa: ANN401
    if item_kind(kind) is not Any or any(
        is_model(o) or get_origin(o) is dict for o in given_kinds(kind)
    ):
        raise ParameterError(
            f"parameter {place} is env:{name}, expected {expectation(kind)}",
            remedy="a variable stands for text, a number, true or false, or a date within it",
        )
    text = _variable(name, place, os.environ)
    if Any in options(kind):
        return text
    try:
        return read_typed(text, without_none(kind), name=place)
    except ParameterError:
        raise ParameterError(
            f"parameter {place} is env:{name}, whose value is not {expectation(kind)}"
        ) from None


def _variable(name: str, place: str, environment: Mapping[str, str]) -> str:
    if name not in environment:
        raise ParameterError(
            f"parameter {place} is env:{name}, but the environment has no {name}",
            remedy=f"set it where the report is run: export {name}=…",
        )
    return environment[name]


def given_kinds(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """The types of a union without None."""
    return tuple(option for option in options(kind) if option is not NoneType)


def without_none(kind: Any) -> Any:  # noqa: ANN401
    """The type without None, which no variable stands for."""
    first, *others = given_kinds(kind) or (str,)
    for other in others:
        first |= other
    return first


def secret_marks(kind: Any) -> tuple[SecretMark, ...]:  # noqa: ANN401
    """The marks of a type that takes secrets only."""
    if get_origin(kind) is Annotated:
        own = tuple(mark for mark in kind.__metadata__ if isinstance(mark, SecretMark))
        return (*own, *secret_marks(get_args(kind)[0]))
    if get_origin(kind) in {list, dict}:
        return ()
    return tuple(mark for part in get_args(kind) for mark in secret_marks(part))


def _is_secret(kind: Any) -> bool:  # noqa: ANN401
    return bool(secret_marks(kind))


def _forms(value: str) -> Iterator[str]:
    """How a value may stand in an output: as it is, quoted by Python, in JSON, HTML, an address."""
    for part in {value, *value.splitlines()}:
        if len(part) >= SHORTEST:
            yield from (part, repr(part)[1:-1], json.dumps(part)[1:-1])
            yield from (html.escape(part), html.escape(part, quote=False), quote(part, safe=""))


def _numbers(value: object) -> Iterator[int | float]:
    match value:
        case bool():
            return
        case int() | float():
            yield value
        case list():
            for item in value:
                yield from _numbers(item)
        case dict():
            for item in value.values():
                yield from _numbers(item)
