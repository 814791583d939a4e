"""What a report may be asked: its form, its sets, and the schemas that editors read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from assay.app.console import aligned, print_json, say, warn
from assay.app.place import this_project
from assay.core.errors import AssayError, ParameterError, nearest
from assay.params import SettingMark
from assay.workbench.catalogue import find_report, reports
from assay.workbench.dates import as_of_day
from assay.workbench.files import json_text, write_atomically
from assay.workbench.kinds import Default
from assay.workbench.literals import assignments
from assay.workbench.meaning import takes
from assay.workbench.parameters import Form
from assay.workbench.plan import answers, given_parameters, meaning_in, metrics_for
from assay.workbench.schemas import schema_of
from assay.workbench.sets import sets_of
from assay.workbench.values import marks, plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from assay.workbench.annotations import Declaration
    from assay.workbench.project import Project

SCHEMAS = "schemas/params"
"""Folder of the project for the schemas of its parameters files."""


def tell_parameters(
    report: str, *, sets: bool, set_name: str | None, as_of: str | None, as_json: bool
) -> int:
    """Prints what a report takes, and its sets where they are asked for; 2 where one has mistakes.

    Raises:
        AssayError: where there is no such report or set, or its notebook cannot be read.
    """
    project = this_project()
    form = _form(project, report)
    told = [_told(declared, form, project) for declared in form.declared]
    day = as_of_day(project, as_of)
    found = _sets(project, form, day, set_name) if sets or set_name else []
    if as_json:
        told_sets = {"as_of": day.isoformat(), "sets": found} if sets or set_name else {}
        print_json({"report": report, "parameters": told} | told_sets)
    elif sets or set_name:
        say(f"# as of {day}")
        _print_sets(found, report)
    else:
        _print_form(report, told, project)
    return ParameterError.exit_code if any(one["error"] for one in found) else 0


def tell_every_set(*, as_of: str | None, as_json: bool) -> int:
    """Prints the sets of every report; 2 where one, or a whole file, has a mistake."""
    project = this_project()
    day = as_of_day(project, as_of)
    found = [_sets_or_why(project, report.name, day) for report in reports(project)]
    if as_json:
        print_json({"as_of": day.isoformat(), "reports": found})
    else:
        say(f"# as of {day}")
        for each in found:
            say(f"\n# {each['report']}")
            if each["error"]:
                warn(f"{each['report']}: {each['error']}")
            _print_sets(each["sets"], each["report"])
    wrong = any(each["error"] or any(one["error"] for one in each["sets"]) for each in found)
    return ParameterError.exit_code if wrong else 0


def tell_all(*, as_json: bool) -> None:
    """Prints which reports there are, and how many parameters and sets each has."""
    project = this_project()
    rows = [_counts(project, report.name) for report in reports(project)]
    if as_json:
        print_json(rows)
        return
    cells = [
        (row["report"], str(row["parameters"] or "–"), str(row["sets"] or row["error"]))
        for row in rows
    ]
    for line in aligned([("REPORT", "PARAMETERS", "SETS"), *cells]):
        say(line)


def tell_schema(report: str) -> None:
    """Prints the JSON schema of a report's parameters file."""
    project = this_project()
    print_json(_schema(project, _form(project, report)))


def write_schemas() -> None:
    """Writes the schema of every report's parameters file into the project."""
    project = this_project()
    for report in reports(project):
        file = project.root / SCHEMAS / f"{report.name}.json"
        write_atomically(file, json_text(_schema(project, _form(project, report.name))))
        say(project.relative(file))


def code_for(
    project: Project,
    report: str,
    set_name: str | None,
    values: Sequence[str],
    *,
    as_of: str | None,
) -> str:
    """Python that gives a notebook's parameters the values that a run would give them.

    Raises:
        AssayError: where there is no such report or set, or a value has a mistake.
    """
    found = find_report(project, report)
    asked = given_parameters(
        project,
        found,
        set_name=set_name,
        assignments=values,
        as_of=as_of_day(project, as_of),
    )
    form = Form.of(found.notebook(), report=report)
    return assignments(form, answers(project, form, asked).given)


def _form(project: Project, report: str) -> Form:
    return Form.of(find_report(project, report).notebook(), report=report)


def _schema(project: Project, form: Form) -> dict[str, Any]:
    return schema_of(form, metrics=metrics_for(form, project))


def _counts(project: Project, report: str) -> dict[str, Any]:
    try:
        parameters, sets = len(_form(project, report).declared), len(sets_of(project, report))
    except AssayError as error:
        return {"report": report, "parameters": None, "sets": None, "error": error.message}
    return {"report": report, "parameters": parameters, "sets": sets, "error": None}


def _sets_or_why(project: Project, report: str, day: date) -> dict[str, Any]:
    try:
        return {
            "report": report,
            "sets": _sets(project, _form(project, report), day, None),
            "error": None,
        }
    except AssayError as error:
        return {"report": report, "sets": [], "error": str(error)}


def _told(declared: Declaration, form: Form, project: Project) -> dict[str, Any]:
    computed = declared.default is Default.COMPUTED
    known = None if isinstance(declared.default, Default) else declared.default
    return {
        "name": declared.name,
        "type": declared.annotation,
        "takes": takes(declared.type),
        "required": declared.required,
        "default": plain(known, name=declared.name),
        "computed": computed,
        "help": declared.help,
        "input": declared.name in form.inputs,
        "setting": _setting(declared, project),
    }


def _setting(declared: Declaration, project: Project) -> dict[str, Any] | None:
    """The setting that stands in for the notebook's default, and its value where it is set."""
    for mark in marks(declared.type):
        if isinstance(mark, SettingMark):
            section, key = getattr(project.settings, mark.section), mark.key or declared.name
            is_set = key in section.model_fields_set
            value = getattr(section, key) if is_set else None
            return {"section": mark.section, "key": key, "set": is_set, "value": value}
    return None


def _sets(project: Project, form: Form, day: date, set_name: str | None) -> list[dict[str, Any]]:
    sets = sets_of(project, form.report, as_of=day)
    if set_name is not None and set_name not in sets:
        raise ParameterError(
            f"report {form.report!r} has no set {set_name!r}", remedy=nearest(set_name, sets)
        )
    meaning = meaning_in(project, form, as_of=day)
    found = []
    for name in sets if set_name is None else [set_name]:
        given = {**form.from_settings(project.settings), **sets[name]}
        told: dict[str, Any] = {"name": name, "values": {}, "written": {}, "error": None}
        try:
            told |= {
                "values": form.resolve(given, meaning),
                "written": form.written(given, meaning),
            }
        except ParameterError as error:
            told["error"] = str(error)
        found.append(told)
    return found


def _print_form(report: str, told: list[dict[str, Any]], project: Project) -> None:
    if not told:
        say(f"{report} takes no parameters: no cell of its notebook is tagged parameters.")
    for one in told:
        say(f"{one['name']}: {one['type']}{_after(one)}")
        takes = f"takes {one['takes']}"
        if one["input"]:
            takes += "; a file whose contents decide whether a run is current"
        say("\n".join(f"    {line}" for line in (one["help"], takes) if line))
    file = project.params / f"{report}.yaml"
    if file.exists():
        say(f"\nSets are in {project.relative(file)}: assay params {report} --sets shows them.")


def _after(one: dict[str, Any]) -> str:
    setting = one["setting"]
    if setting and setting["set"]:
        return f" = {_short(setting['value'])}  ([{setting['section']}] {setting['key']})"
    if one["required"]:
        return "  (required)"
    return "  (computed by the notebook)" if one["computed"] else f" = {_short(one['default'])}"


def _short(value: object, longest: int = 60) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _print_sets(sets: list[dict[str, Any]], report: str) -> None:
    for one in sets:
        say(f"\n{one['name']}:")
        if one["error"]:
            warn(f"{report} · {one['name']}: {one['error']}")
            continue
        for name, value in one["values"].items():
            if (said := one["written"].get(name)) is not None:
                say(f"  # {name} is written {_short(said)}")
            say("\n".join(f"  {line}" for line in _yaml(name, value)))


def _yaml(name: str, value: object) -> list[str]:
    if value and isinstance(value, list | dict):
        shown = yaml.safe_dump(
            {name: value}, default_flow_style=None, sort_keys=False, allow_unicode=True, width=100
        )
        return shown.splitlines()
    shown = yaml.safe_dump(value, allow_unicode=True).removesuffix("...\n")
    return [f"{name}: {shown.strip()}"]
