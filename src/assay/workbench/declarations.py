"""Files of YAML in which a project declares things: every mistake is told with file and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from assay.core.errors import ParameterError, nearest
from assay.workbench.lines import Place, line_at, lines_of
from assay.workbench.values import field_kinds, field_names, is_model, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic_core import ErrorDetails

Told = TypeVar("Told", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration(Generic[Told]):
    """What a file says, and on which line it says each part.

    Attributes:
        file: its name, as messages call it.
        told: the content.
        lines: from 1, of each key and item.
    """

    file: str
    told: Told
    lines: Mapping[Place, int]

    def place(self, *keys: str | int) -> str:
        """File and line of a key or item, such as `budgets.yaml:3`."""
        return f"{self.file}:{line_at(tuple(map(str, keys)), self.lines)}"


def read_declaration(
    file: Path,
    model: type[Told],
    *,
    absent: ParameterError | None = None,
    expected: Mapping[str, str] | None = None,
) -> Declaration[Told]:
    """A file as its model has it; an empty one says what the model says by default.

    Args:
        file: that is read.
        model: of its whole content.
        absent: what to raise where there is no such file; without it, none is an empty one.
        expected: what readers are told instead of pydantic's words, by the type of mistake.

    Raises:
        ParameterError: where it cannot be read, or a key or value is not understood; it names file
            and line, and the nearest key that is known.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        if absent is not None:
            raise absent from None
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"{file.name} cannot be read: {error}") from None
    content = read_yaml(text, place=file.name)
    lines = {} if content is None else lines_of(text)
    try:
        told = model.model_validate({} if content is None else content)
    except ValidationError as error:
        found = min(error.errors(), key=lambda one: _order(one, lines))
        raise _mistake(found, model, file.name, lines, expected or {}) from None
    return Declaration(file=file.name, told=told, lines=lines)


def known_names(kind: Any, place: Place) -> Iterator[str]:  # noqa: ANN401  any type
    """The keys that may stand at a place, as a person writes them; the last of it does not count.

    Args:
        kind: type of the whole content.
        place: keys and numbers of items from there.
    """
    if len(place) == 1 and is_model(kind):
        yield from field_names(kind)
    elif is_model(kind):
        yield from known_names(field_kinds(kind).get(place[0]), place[1:])
    elif get_origin(kind) in {dict, list, tuple} and len(place) > 1:
        yield from known_names(get_args(kind)[get_origin(kind) is dict], place[1:])
    else:
        for inner in get_args(kind):
            yield from known_names(inner, place)


def _order(found: ErrorDetails, lines: Mapping[Place, int]) -> tuple[bool, int]:
    """By lines; what is missing last, since it may be misspelt."""
    return found["type"] == "missing", line_at(tuple(map(str, found["loc"])), lines)


def _mistake(
    found: ErrorDetails,
    model: type[BaseModel],
    file: str,
    lines: Mapping[Place, int],
    expected: Mapping[str, str],
) -> ParameterError:
    place = tuple(str(part) for part in found["loc"])
    where, key = f"{file}:{line_at(place, lines)}", ".".join(place)
    if found["type"] == "extra_forbidden":
        return ParameterError(
            f"{where}: unknown key {key!r}", remedy=nearest(place[-1], known_names(model, place))
        )
    if found["type"] == "missing":
        return ParameterError(f"{where}: {key!r} is missing")
    message = str(found["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    message = expected.get(found["type"], message.removeprefix("expected "))
    return ParameterError(
        f"{where}: {key or 'the file'} = {found['input']!r:.80}, expected {message}"
    )
