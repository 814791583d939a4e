"""The settings of a project: read from `assay.toml`, overridden by the environment, checked."""

from __future__ import annotations

import os
import tomllib
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin

from pydantic import BaseModel, Field, ValidationError

from assay.core.addresses import without_credentials
from assay.core.errors import ProjectError, nearest
from assay.core.places import lines_of
from assay.core.project import SETTINGS_FILE
from assay.core.sections import (
    TABLE_NAMES,
    About,
    Batch,
    Import,
    Limits,
    NamedSource,
    Notify,
    Paths,
    Privacy,
    Publishing,
    ReportStyle,
    Retention,
    Schedules,
    Section,
    Sources,
    Thresholds,
    days_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from assay.core.places import Place

__all__ = ["NamedSource", "Settings", "read_settings", "variable_of"]

_PREFIX: Final = "ASSAY_"
_SEPARATOR: Final = "__"
_LONGEST: Final = 80


class Settings(Section):
    """Everything that `assay.toml` says, with the defaults of what it does not."""

    project: About = About()
    paths: Paths = Paths()
    limits: Limits = Limits()
    batch: Batch = Batch()
    imports: Import = Field(default=Import(), alias="import")
    privacy: Privacy = Privacy()
    publishing: Publishing = Publishing()
    retention: Retention = Field(default_factory=dict)
    thresholds: Thresholds = Thresholds()
    notify: Notify = Notify()
    schedules: Schedules = Schedules()
    report: ReportStyle = ReportStyle()
    sources: Sources = Field(default_factory=dict)

    def days_kept(self, table: str) -> int | None:
        """How many days rows of a table are kept; None for ever."""
        ages = {str(name): age for name, age in self.retention.items()}
        return days_of(ages.get(table, ages.get("default", "")))


def read_settings(root: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the project in `root`; `ASSAY_PRIVACY__K=20` overrides a value of the file.

    A value of the environment is read as TOML, or as the text that it is; a list may be written
    with commas.

    Raises:
        ProjectError: where the file cannot be read, or a key or value is not understood; it names
            the line or the variable, the value (never a password) and what is expected.
    """
    file = root / SETTINGS_FILE
    try:
        text = file.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProjectError(f"{file.name} cannot be read: {error}") from None
    variables = _override(raw, environ)
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        lines = lines_of(text)
        mistakes = [_Mistake(found, lines, variables) for found in error.errors()]
        raise min(mistakes, key=lambda mistake: mistake.order).told() from None


def variable_of(place: Place) -> str:
    """The variable of the environment that overrides a key.

    >>> variable_of(("privacy", "k"))
    'ASSAY_PRIVACY__K'
    """
    return _PREFIX + _SEPARATOR.join(part.upper().replace("-", "_") for part in place)


def _override(raw: dict[str, Any], environ: Mapping[str, str]) -> dict[Place, str]:
    """Puts the environment's values over the file's; tells which variable each comes from."""
    known = {variable_of(place): place for place in _places(raw)}
    variables: dict[Place, str] = {}
    for name in sorted(environ):
        if not name.startswith(_PREFIX) or _SEPARATOR not in name:
            continue
        if name not in known:
            raise ProjectError(
                f"{name} (environment) sets nothing that is known, expected "
                f"{_PREFIX}<SECTION>{_SEPARATOR}<KEY>",
                remedy=nearest(name, known),
            )
        place = known[name]
        table: Any = raw
        for part in place[:-1]:
            table = table.setdefault(part, {}) if isinstance(table, dict) else None
        if isinstance(table, dict):
            table[place[-1]] = _value(environ[name], _annotation(place))
            variables[place] = name
    return variables


def _places(raw: Mapping[str, Any]) -> Iterator[Place]:
    """Every key that there can be, the sources' by the names that the file gives them."""
    for section, field in _by_alias(Settings).items():
        if section == "sources":
            named = raw.get(section)
            for name in named if isinstance(named, dict) else ():
                yield from ((section, name, key) for key in NamedSource.model_fields)
        else:
            yield from ((section, key) for key in _keys(field))


def _by_alias(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _keys(annotation: Any) -> tuple[str, ...]:  # noqa: ANN401
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return tuple(annotation.model_fields)
    return ("default", *TABLE_NAMES)


def _annotation(place: Place) -> Any:  # noqa: ANN401
    if place[0] == "sources":
        return NamedSource.model_fields[place[-1]].annotation
    section = _by_alias(Settings)[place[0]]
    if isinstance(section, type) and issubclass(section, BaseModel):
        return section.model_fields[place[-1]].annotation
    return str


def _value(text: str, annotation: Any) -> Any:  # noqa: ANN401
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        parsed = {"value": text}
    value = parsed["value"] if set(parsed) == {"value"} else text
    if isinstance(value, str):
        if get_origin(annotation) is tuple:
            return [part for item in value.split(",") if (part := item.strip())]
        return value
    return text if _takes_text(annotation) else value


def _takes_text(annotation: Any) -> bool:  # noqa: ANN401
    if get_origin(annotation) is tuple:
        return False
    return annotation is str or any(_takes_text(part) for part in get_args(annotation))


class _Mistake:
    """One thing that is wrong, and where."""

    def __init__(
        self,
        found: ErrorDetails,
        lines: Mapping[Place, int],
        variables: Mapping[Place, str],
    ) -> None:
        self._found = found
        self.place: tuple[str, ...] = tuple(str(part) for part in found["loc"] if part != "[key]")
        above = [self.place[:end] for end in range(len(self.place), 0, -1)]
        self._variable = next((variables[place] for place in above if place in variables), None)
        self._line = next((lines[place] for place in above if place in lines), 1)

    @property
    def order(self) -> tuple[bool, int]:
        """The file's first mistake comes first, then the environment's."""
        return (self._variable is not None, self._line)

    def told(self) -> ProjectError:
        """What the user reads."""
        where = f"{SETTINGS_FILE}:{self._line}"
        if self._variable is not None:
            where = f"{self._variable} (environment)"
        key, kind = ".".join(self.place), self._found["type"]
        if kind == "extra_forbidden" or (kind == "literal_error" and "[key]" in self._found["loc"]):
            return ProjectError(f"{where}: unknown key {key!r}", remedy=self._nearest_key())
        message = str(self._found["msg"]).removeprefix("Value error, expected ")
        expectation = message.removeprefix("Input should be ").removeprefix("Value should have ")
        shown = _shown(self._found["input"])
        return ProjectError(f"{where}: {key}{shown}, expected {expectation}")

    def _nearest_key(self) -> str:
        *above, last = self.place
        sections = _by_alias(Settings)
        if not above:
            return nearest(last, sections)
        known = _keys(sections[above[0]]) if above[0] != "sources" else NamedSource.model_fields
        elsewhere = [name for name, held in sections.items() if last in _keys(held)]
        if elsewhere and not get_close_matches(last, known):
            return f"{last!r} belongs into [{elsewhere[0]}]"
        return nearest(last, known)


def _shown(value: object) -> str:
    """The value as it may be printed: no table (it may hold an address), and no credentials."""
    if isinstance(value, dict):
        return ""
    if isinstance(value, str):
        value = without_credentials(value)
    text = repr(value)
    return f" = {text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}"
