"""What is to be run: a report with checked parameters, and the key that says whether it must."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.core.errors import ParameterError, nearest
from assay.params import Metric
from assay.workbench.catalogue import Report
from assay.workbench.closure import closure_of
from assay.workbench.dates import today
from assay.workbench.inputs import matching
from assay.workbench.keys import Ingredients, ingredients_of
from assay.workbench.layers import overlaid
from assay.workbench.meaning import Meaning
from assay.workbench.metrics import Metrics, declared_metrics
from assay.workbench.notebook import Notebook
from assay.workbench.parameters import Form, Values
from assay.workbench.secrets import names_in
from assay.workbench.sets import DEFAULT_SET, Asked, read_sets, sets_of
from assay.workbench.values import models

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.workbench.digests import Digests
    from assay.workbench.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything about a run that is known before a kernel starts.

    Attributes:
        given: checked values of the parameters that were named, by a person, a set or the settings;
            the rest are the notebook's own.
        values: all parameters, for the key and the manifest.
        written: what was said in other words than its value, such as `last_full_month`, by name.
        as_of: the day that such words were told from.
        from_set: the values are those of a set of the project, not a person's own.
        packages: top-level modules from elsewhere that the code imports.
    """

    report: Report
    set_name: str
    from_set: bool
    notebook: Notebook
    form: Form
    given: Values
    values: Values
    written: Values
    as_of: date
    ingredients: Ingredients
    packages: tuple[str, ...]
    key: str


def plan(
    project: Project,
    report: Report,
    given: Mapping[str, Any],
    *,
    digests: Digests,
    set_name: str | None = None,
) -> Plan:
    """Checks the parameters and computes the key.

    What the settings say of a parameter stands in for the notebook's default. Relative dates are
    told from the day that `given` is asked as of, by default today.

    Raises:
        NotebookError: where the notebook cannot be read.
        ParameterError: where a parameter is unknown, missing, or of another type.
        DataError: where an input file is missing.
    """
    notebook = report.notebook()
    form = Form.of(notebook, report=report.name)
    found = answers(project, form, given)
    values = found.values
    code = tuple(cell.source for cell in notebook.cells if cell.is_code)
    closure = digests.once(("closure", code), lambda: closure_of(notebook, project))
    ingredients = ingredients_of(
        notebook, form, values, project=project, digests=digests, closure=closure
    )
    return Plan(
        report=report,
        set_name=set_name or DEFAULT_SET,
        from_set=set_name is not None,
        notebook=notebook,
        form=form,
        given=found.given,
        values=values,
        written=found.written,
        as_of=found.as_of,
        ingredients=ingredients,
        packages=closure.packages,
        key=ingredients.key,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Checked parameters, as `Plan` has them."""

    given: Values
    values: Values
    written: Values
    as_of: date


def answers(project: Project, form: Form, given: Mapping[str, Any]) -> Answers:
    """Checks what is asked of a report, with the settings and all words that stand for something.

    Raises:
        ParameterError: where a parameter is unknown, missing, or of another type.
    """
    as_of = (given.as_of if isinstance(given, Asked) else None) or today(project)
    said = {**form.from_settings(project.settings), **given}
    meaning = meaning_in(project, form, as_of=as_of)
    values, written = form.resolve(said, meaning), form.written(said, meaning)
    named = {
        name: value
        for name, value in values.items()
        if name in said or name in written or names_in(value)
    }
    return Answers(given=named, values=values, written=written, as_of=as_of)


def meaning_in(project: Project, form: Form, *, as_of: date | None = None) -> Meaning:
    """What words mean in the project's parameters; days are told from today, where none is named.

    Raises:
        ParameterError: where the file of declared metrics cannot be understood.
    """
    return Meaning(as_of=as_of or today(project), metrics=metrics_for(form, project))


def metrics_for(form: Form, project: Project) -> Metrics:
    """The metrics that the project declares, where the report takes any.

    Raises:
        ParameterError: where their file cannot be understood.
    """
    takes = any(Metric in models(declared.type) for declared in form.declared)
    return declared_metrics(project) if takes else {}


def given_parameters(  # noqa: PLR0913  each is one of the command's options
    project: Project,
    report: Report,
    *,
    file: Path | None = None,
    set_name: str | None = None,
    assignments: Sequence[str] = (),
    as_of: date | None = None,
) -> Asked:
    """What a person asks for on the command line: one set of a file, then `name=value` on top.

    Paths of inputs that are there from where one stands, but not from the project's folder, are
    rewritten, since kernels stand in the project's folder.

    Args:
        project: where the report is.
        report: whose parameters they are.
        file: parameters file; with `set_name` alone, the report's own in the project.
        set_name: which of its sets; may be absent where the file has only one.
        assignments: `name=value`, each.
        as_of: the day that relative dates are told from; by default today.

    Raises:
        ParameterError: where the set is unknown or not named, or an assignment cannot be read.
    """
    form = Form.of(report.notebook(), report=report.name)
    values: Values = _chosen_set(project, report, file, set_name) if file or set_name else {}
    typed = form.parse(assignments)
    for name in form.inputs:
        if isinstance(typed.get(name), str):
            typed[name] = _seen_from_project(typed[name], project)
    for declared in form.declared:
        # An entry of a table that only the notebook has: the rest of the table stays.
        inside = any(name.startswith(f"{declared.name}.") for name in typed)
        if inside and isinstance(declared.default, dict):
            values = {declared.name: declared.default, **values}
    return Asked(overlaid(values, typed, "-p"), as_of=as_of)


def _chosen_set(
    project: Project, report: Report, file: Path | None, set_name: str | None
) -> Values:
    sets = read_sets(file) if file else sets_of(project, report.name)
    place = file.name if file else f"report {report.name!r}"
    if set_name is None and len(sets) == 1:
        return next(iter(sets.values()))
    if set_name is None:
        raise ParameterError(
            f"{place} has several sets: {', '.join(sets)}", remedy="choose one with --set"
        )
    if set_name not in sets:
        raise ParameterError(f"{place} has no set {set_name!r}", remedy=nearest(set_name, sets))
    return sets[set_name]


def _seen_from_project(path: str, project: Project) -> str:
    here = Path.cwd()
    if "://" in path or Path(path).is_absolute() or not matching(path, here):
        return path
    return path if matching(path, project.root) else project.relative(here / path)
