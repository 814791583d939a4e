"""The form of a report: its parameters, checked before a kernel starts."""

from __future__ import annotations

import json
import keyword
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError

from assay.core.errors import ParameterError, nearest
from assay.params import InputMark, SettingMark
from assay.workbench.annotations import Declaration, Default, declarations
from assay.workbench.meaning import Meaning
from assay.workbench.mistakes import mistakes
from assay.workbench.secrets import hidden, insist_on_secrets, names_in, revealed
from assay.workbench.values import (
    entry_kind,
    expectation,
    is_model,
    marks,
    plain,
    read_typed,
    read_yaml,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assay.core.settings import Settings
    from assay.workbench.notebook import Notebook

Values = dict[str, Any]
"""Plain JSON values by the name of their parameter."""

_LITERAL: Final = Meaning()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a report may be asked, from the annotated cell of its notebook."""

    report: str
    declared: tuple[Declaration, ...]

    @classmethod
    def of(cls, notebook: Notebook, *, report: str) -> Self:
        """Reads the cell tagged `parameters`; a notebook without one takes none.

        Raises:
            NotebookError: where the cell cannot be parsed, or declares a type that has no check.
        """
        cell = notebook.parameters
        if cell is None or notebook.language != "python":
            return cls(report=report, declared=())
        return cls(report=report, declared=declarations(cell, notebook=notebook.path.name))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the parameters whose files decide whether a run is current."""
        return tuple(
            declaration.name
            for declaration in self.declared
            if any(isinstance(mark, InputMark) for mark in marks(declaration.type))
        )

    def from_settings(self, settings: Settings) -> Values:
        """Values of the parameters that the project's settings set: those it names, no defaults."""
        found: Values = {}
        for declaration in self.declared:
            for mark in marks(declaration.type):
                if isinstance(mark, SettingMark):
                    section, key = getattr(settings, mark.section), mark.key or declaration.name
                    if key in section.model_fields_set:
                        found[declaration.name] = getattr(section, key)
        return found

    def parse(self, assignments: Iterable[str]) -> Values:
        """Reads `name=value` as typed on a command line, by the declared types.

        A name may go into a table (`window.from=2026-01-01`), and `name@file.yaml` takes the value
        from a file.

        Raises:
            ParameterError: for an unknown name, a name given twice, or a value of another type.
        """
        values: Values = {}
        for assignment in assignments:
            name, value = self._parsed(assignment)
            if name in values:
                raise ParameterError(f"parameter {name!r} is given twice")
            values[name] = value
        return values

    def _parsed(self, assignment: str) -> tuple[str, Any]:
        name, equals, text = assignment.partition("=")
        if not equals:
            name, at, file = assignment.partition("@")
            if not at:
                raise ParameterError(
                    f"parameter {assignment!r} has no value", remedy="write -p name=value"
                )
            self._kind(name)
            try:
                return name, read_yaml(Path(file).read_text(encoding="utf-8"), place=file)
            except (OSError, UnicodeDecodeError) as error:
                raise ParameterError(
                    f"parameter {name!r}: {file} cannot be read: {error}"
                ) from None
        value = read_typed(text, self._kind(name), name=name)
        # Before anything could be made of it: what is typed here may be kept as a set.
        insist_on_secrets(value, self._kind(name), place=name)
        return name, value

    def _kind(self, name: str) -> Any:  # noqa: ANN401
        """The declared type of a parameter, or of an entry of its table."""
        first, *inner = name.split(".")
        kind = self._find(first).type
        for part in inner:
            kind = entry_kind(kind, part)
        return kind

    def resolve(self, given: Mapping[str, object], meaning: Meaning = _LITERAL) -> Values:
        """Every parameter with its value, given or default, as plain JSON.

        A default that the notebook computes is left to the notebook, and absent here.

        Args:
            given: plain values by name, as they were written.
            meaning: what words such as `last_full_month` stand for.

        Raises:
            ParameterError: for unknown or missing names and values of another type; all mistakes
                are told at once.
        """
        for name in given:
            self._find(name)
        problems: list[str] = []
        values: Values = {}
        for declared in self.declared:
            if declared.name in given:
                value, origin = given[declared.name], ""
            elif declared.required:
                problems.append(
                    f"parameter {declared.name} has no value, expected {expectation(declared.type)}"
                )
                continue
            elif declared.default is Default.COMPUTED:
                continue
            else:
                value, origin = declared.default, " (the notebook's default)"
            try:
                meant = meaning.of(value, declared.type, place=declared.name)
                values[declared.name] = self._secretly(declared, meant)
            except ParameterError as error:
                remedy = f" ({error.remedy})" if error.remedy else ""
                problems.append(f"{error.message}{origin}{remedy}")
            except ValidationError as error:
                told = mistakes(declared.name, declared.type, value, error)
                problems.extend(f"{problem}{origin}" for problem in told)
        if problems:
            raise ParameterError("\n".join(problems))
        return values

    def written(self, given: Mapping[str, object], meaning: Meaning) -> Values:
        """What was said, or is the notebook's default, in words that stand for another value."""
        found: Values = {}
        for declared in self.declared:
            said = given.get(declared.name, declared.default)
            if isinstance(said, str | list | dict):
                meant = meaning.of(said, declared.type, place=declared.name)
                found |= {} if meant == said else {declared.name: plain(said, name=declared.name)}
        return found

    def _secretly(self, declared: Declaration, value: object) -> Any:  # noqa: ANN401  plain JSON
        """Checks with the values of variables, and returns their names."""
        name = declared.name
        secret = names_in(value)
        if secret and name in self.inputs:
            raise ParameterError(
                f"parameter {name} is an input, whose path is kept, and cannot be an env: value",
                remedy="name the source in [sources] of assay.toml, with ${VARIABLE} for passwords",
            )
        real = revealed(value, declared.type, place=name)
        if not secret:
            return _checked(declared, real)
        try:
            checked = _checked(declared, real)
        except ValidationError:
            named = ", ".join(f"env:{variable}" for variable in sorted(secret))
            raise ParameterError(
                f"parameter {name} with {named} is not as declared, "
                f"expected {expectation(declared.type)}"
            ) from None
        return hidden(checked, value, place=name)

    def _find(self, name: str) -> Declaration:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ParameterError(
                f"{name!r} cannot be the name of a parameter",
                remedy="a name has letters, digits and _ only",
            )
        known = {declared.name: declared for declared in self.declared}
        if name not in known:
            raise ParameterError(
                f"report {self.report!r} has no parameter {name!r}", remedy=nearest(name, known)
            )
        return known[name]


def _checked(declared: Declaration, value: object) -> Any:  # noqa: ANN401
    bare = get_args(declared.type)[0] if get_origin(declared.type) is Annotated else declared.type
    config = None if is_model(bare) else ConfigDict(strict=True)
    adapter = TypeAdapter[Any](declared.type, config=config)
    # Through JSON, since strictness there means JSON's types: a date is text, a tuple a list.
    written = json.dumps(plain(value, name=declared.name))
    return plain(adapter.validate_json(written), name=declared.name)
