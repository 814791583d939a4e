"""From what a person types, on the command line or in YAML, to plain JSON values.

YAML 1.1 reads `yes` as true, `007` as 7, `1_000` as 1000 and `2026-11-01` as a date; here only
what JSON also has is a number, a truth value or null, and everything else stays text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    Union,
    get_args,
    get_origin,
)

import yaml
from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from assay.core.errors import ParameterError
from assay.params import SecretMark

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(
    r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?)"
)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile(
    rf"{DATE.pattern}T[0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]{{1,6}})?)?"
    r"(?:Z|[-+][0-9]{2}:[0-9]{2})?"
)
VARIABLE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")
_WORD = re.compile(r"(?=.*[a-z])[a-z0-9]+(?:_[a-z0-9]+)*(?:\.[a-z]+)?")


@dataclass(frozen=True, slots=True)
class Called:
    """Marks a type whose values the notebook makes by a call: `Mode('fast')`, `Row(**{…})`."""

    name: str
    table: bool = False


class OwnTable(BaseModel):
    """Base of the tables that a parameters cell defines; they reach the notebook typed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Loader(yaml.SafeLoader):
    """YAML whose scalars mean what they mean in JSON; a key twice is an error."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  the parent declares it without ClassVar

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  the parent's signature
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if key.tag != "tag:yaml.org,2002:str":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {name} is not text", key.start_mark
                )
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {name!r} stands here twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


_resolve("bool", r"^(?:true|false)$", "tf")
_resolve("null", r"^(?:null|~|)$", "n~")
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^$"), [""])
_resolve("int", rf"^{_INT.pattern}$", "-+0123456789")
_resolve("float", rf"^{_FLOAT.pattern}$", "-+.0123456789")


def read_yaml(text: str, *, place: str) -> Any:  # noqa: ANN401
    """The plain value that YAML (or JSON) text stands for.

    Args:
        text: what was written.
        place: where, for the message of an error.

    Raises:
        ParameterError: where it cannot be read; the message names line and column.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader with fewer types
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ParameterError(f"{place}: {error.problem}{at}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ParameterError(f"{place} cannot be read: {error}") from None


def read_typed(text: str, kind: Any, *, name: str) -> Any:  # noqa: ANN401
    """What `-p name=text` stands for where the parameter is declared as `kind`.

    Text is taken as it stands for `str`; numbers, truth values and dates must be written as such;
    lists, tables and models are YAML or JSON; words that may stand for a day, and
    names of variables (`env:NAME`), are left to `resolve`.

    Raises:
        ParameterError: where the text is none of what the type allows.
    """
    if VARIABLE.fullmatch(text):
        return text
    for option in options(kind):
        found = _scalar(text, option)
        if found is not _NOTHING:
            return found
    if date in options(kind) and _WORD.fullmatch(text):
        return text
    structured = [option for option in options(kind) if _is_structured(option)]
    if structured:
        return read_yaml(text, place=f"parameter {name!r}")
    raise ParameterError(f"parameter {name!r} is {text!r}, expected {expectation(kind)}")


def plain(value: object, *, name: str) -> Any:  # noqa: ANN401
    """A Python value as JSON has it; dates become ISO text, models become tables.

    Raises:
        ParameterError: for anything else, since a run must be repeatable from what is written down.
    """
    match value:
        case None | bool() | str():
            return value
        case int() | float() if type(value) in {int, float}:
            if not math.isfinite(value):
                raise ParameterError(f"parameter {name!r} is {value}, expected a finite number")
            return value
        case date():
            return value.isoformat()
        case BaseModel():
            return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
        case list() | tuple():
            return [plain(item, name=name) for item in value]
        case dict() if all(isinstance(key, str) for key in value):
            return {key: plain(item, name=name) for key, item in value.items()}
    raise ParameterError(
        f"parameter {name!r} holds a {type(value).__name__}, expected a plain value",
        remedy="give text, a number, true or false, a date, or lists and tables of them",
    )


def with_dates(value: Any, kind: Any) -> Any:  # noqa: ANN401
    """A checked plain value with dates and times where the type has them and takes no text.

    >>> with_dates(["2026-11-01", None], list[date | None])
    [datetime.date(2026, 11, 1), None]
    """
    taken = options(kind)
    for option in taken if not isinstance(value, str) or str not in taken else ():
        match value:
            case str() if option is date and DATE.fullmatch(value):
                return date.fromisoformat(value)
            case str() if option is datetime and is_time(value):
                return datetime.fromisoformat(value)
            case list() if get_origin(option) is list:
                return [with_dates(item, get_args(option)[0]) for item in value]
            case dict() if get_origin(option) is dict:
                return {key: with_dates(item, get_args(option)[1]) for key, item in value.items()}
            case dict() if is_model(option) and issubclass(option, OwnTable):
                return {k: with_dates(item, entry_kind(option, k)) for k, item in value.items()}
    return value


def is_time(text: str) -> bool:
    """Whether text is a date or a time as it is written here."""
    return bool(DATE.fullmatch(text) or TIME.fullmatch(text))


def expectation(kind: Any) -> str:  # noqa: ANN401
    """A type in plain words, for messages."""
    if get_origin(kind) is Annotated:
        if any(isinstance(mark, SecretMark) for mark in kind.__metadata__):
            return "env:NAME"
        bounds = [bound for mark in kind.__metadata__ for bound in _bounds(mark)]
        return ", ".join((expectation(get_args(kind)[0]), *bounds))
    if get_origin(kind) in {Union, UnionType}:
        parts = sorted(get_args(kind), key=lambda part: (part is not NoneType, part is str))
        return " or ".join(dict.fromkeys(map(expectation, parts)))
    return _words(NoneType if kind is None else kind)


_BOUND_WORDS: Final = {
    "ge": "at least {}",
    "gt": "more than {}",
    "le": "at most {}",
    "lt": "less than {}",
    "multiple_of": "a multiple of {}",
    "min_length": "of at least {}",
    "max_length": "of at most {}",
    "pattern": "like {}",
}


def _bounds(mark: object) -> Iterator[str]:
    for limit in mark.metadata if isinstance(mark, FieldInfo) else ():
        for name, words in _BOUND_WORDS.items():
            if (value := getattr(limit, name, None)) is not None:
                yield words.format(value)


def marks(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """Everything that is annotated anywhere within a type."""
    own = kind.__metadata__ if get_origin(kind) is Annotated else ()
    return (*own, *(mark for inner in get_args(kind) for mark in marks(inner)))


def models(kind: Any) -> tuple[type[BaseModel], ...]:  # noqa: ANN401
    """Every model that is named anywhere within a type."""
    own = (kind,) if is_model(kind) else ()
    return (*own, *(model for inner in get_args(kind) for model in models(inner)))


def field_names(model: type[BaseModel]) -> tuple[str, ...]:
    """The names that a table of this model may have, as a person writes them."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def field_kinds(kind: Any) -> dict[str, Any]:  # noqa: ANN401
    """The types of a model's fields, by the names that a person writes."""
    if not is_model(kind):
        return {}
    return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}


def item_kind(kind: Any) -> Any:  # noqa: ANN401
    """What the items of a list may be; anything, where the type takes no list."""
    return next((get_args(one)[0] for one in options(kind) if get_origin(one) is list), Any)


def entry_kind(kind: Any, key: str) -> Any:  # noqa: ANN401
    """What the entry of a table under this name may be."""
    for option in options(kind):
        if get_origin(option) is dict:
            return get_args(option)[1]
        if key in (known := field_kinds(option)):
            return known[key]
    return Any


def is_model(kind: Any) -> bool:  # noqa: ANN401
    """Whether the type is a model that brings its own strictness."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


_NOTHING: Final = object()


def options(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """The types that a union is made of; None comes first, text last."""
    if get_origin(kind) is Annotated:
        return options(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        # None first, since text would swallow it; text last, since it takes everything.
        parts = [option for part in get_args(kind) for option in options(part)]
        return tuple(sorted(parts, key=lambda part: (part is not NoneType, part is str)))
    return (NoneType,) if kind is None else (kind,)


def _scalar(text: str, kind: Any) -> Any:  # noqa: ANN401, PLR0911  one line a type
    if get_origin(kind) is Literal:
        return next((choice for choice in get_args(kind) if _as_text(choice) == text), _NOTHING)
    if kind is NoneType and text == "null":
        return None
    if kind is str:
        return text
    if kind is bool and text in {"true", "false"}:
        return text == "true"
    if kind is int and _INT.fullmatch(text):
        return int(text)
    if kind is float and _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if (kind is date and DATE.fullmatch(text)) or (kind is datetime and TIME.fullmatch(text)):
        return text
    return _NOTHING


def _as_text(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_structured(kind: Any) -> bool:  # noqa: ANN401
    return kind is Any or get_origin(kind) in {list, dict} or is_model(kind)


_WORDS: Final[dict[Any, str]] = {
    NoneType: "null",
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    date: "a date such as 2026-11-01",
    datetime: "a time such as 2026-11-01T09:30:00Z",
    Any: "a value",
}


def _words(kind: Any) -> str:  # noqa: ANN401
    if kind in _WORDS:
        return _WORDS[kind]
    if get_origin(kind) is Literal:
        return " or ".join(_as_text(choice) for choice in get_args(kind))
    if get_origin(kind) is list:
        item = get_args(kind)[0]
        example = "" if is_model(item) else ", as in [a, b]"
        return f"a list, each {expectation(item)}{example}"
    if get_origin(kind) is dict:
        return f"a table, each entry {expectation(get_args(kind)[1])}, as in {{a: 1}}"
    return f"a table {{{', '.join(field_names(kind))}}}"
