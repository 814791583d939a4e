"""A new report: a notebook, its parameter sets and a test, from a template or another report."""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, Final

from assay.app.console import print_json, say
from assay.app.place import this_project
from assay.core.errors import ParameterError, ProjectError, nearest
from assay.workbench.catalogue import readable, reports
from assay.workbench.files import json_text, write_atomically
from assay.workbench.stripped import stripped

if TYPE_CHECKING:
    from assay.workbench.project import Project

TEMPLATES: Final = Path(__file__).with_name("templates")
BUNDLED: Final = ("averages", "blank")
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_TAKEN: Final = (
    "schedules",
    "metrics",
    "goals",
    "budgets",
    "invoices",
    "baselines",
    "prices",
    "mappings",
    "local",
)
"""Names that files and folders of `params/` have which are no report's."""
_STEP: Final = 10
_HEADING: Final = re.compile(r"^# .*$", re.MULTILINE)


def draft_report(name: str, *, title: str | None, template: str, as_json: bool) -> None:
    """Writes the files of a new report and says where they are.

    Raises:
        ParameterError: where the name cannot be one, or the template is unknown.
        ProjectError: where a report or a file of that name is there.
    """
    project = this_project()
    files = drafted(project, name, title or readable(name), template)
    for file, content in files.items():
        write_atomically(file, content)
    shown = [project.relative(file) for file in files]
    if as_json:
        print_json({"report": name, "files": shown})
        return
    for line in shown:
        say(line)
    say()
    say(f"Look at it with `assay lab`, publish it with `assay publish {name}`.")


def drafted(project: Project, name: str, title: str, template: str) -> dict[Path, str]:
    """The files of the new report, none of which is there yet."""
    _check(name, title)
    known = {report.name: report for report in reports(project)}
    if name in known:
        raise ProjectError(
            f"there is a report {name!r} already: {known[name].path.name}",
            remedy="choose another name, or remove that one",
        )
    if template not in BUNDLED and template not in known:
        raise ParameterError(
            f"there is no template {template!r}", remedy=nearest(template, (*BUNDLED, *known))
        )
    number = _free([report.number for report in known.values()])
    source = TEMPLATES / f"{template}.ipynb" if template in BUNDLED else known[template].path
    notebook = project.notebooks / f"{number:02}-{name}.ipynb"
    words = {
        "name": name,
        "title": title,
        "notebook": project.relative(notebook),
        "test": name.replace("-", "_"),
    }
    files = {
        notebook: _titled(source, title),
        project.params / f"{name}.yaml": _parameters(project, template, words),
        _tests(project) / f"test_{words['test']}.py": _test(template, words),
    }
    for file in files:
        if file.exists():
            raise ProjectError(
                f"{project.relative(file)} is there already",
                remedy="choose another name, or move that file away",
            )
    return files


def _check(name: str, title: str) -> None:
    if not _NAME.fullmatch(name):
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")
        raise ParameterError(
            f"{name!r} cannot be the name of a report, expected small letters, digits and -",
            remedy=f"for example {slug or 'my-report'!r}; --title may say anything",
        )
    if name in _TAKEN:
        raise ParameterError(
            f"{name!r} cannot be the name of a report: params/{name} is something else",
            remedy=f"for example 'about-{name}'",
        )
    if not title.strip() or "\n" in title:
        raise ParameterError(f"title {title!r}, expected one line of text")


def _free(numbers: list[int]) -> int:
    """The next round number behind all others."""
    return (max(numbers, default=0) // _STEP + 1) * _STEP


def _titled(source: Path, title: str) -> str:
    """The notebook without outputs, its first heading exchanged."""
    notebook: dict[str, Any] = json.loads(stripped(source.read_bytes()))
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and _HEADING.search(text):
            changed = _HEADING.sub(lambda _: f"# {title}", text, count=1)
            cell["source"] = changed.splitlines(keepends=True)
            break
    return json_text(notebook)


def _parameters(project: Project, template: str, words: dict[str, str]) -> str:
    if template in BUNDLED:
        return _filled("parameters.yaml.txt", words)
    file = project.params / f"{template}.yaml"
    head = f"# Parameter sets of {words['notebook']}, first copied from {template}.\n"
    if not file.exists():
        return f"{head}sets:\n  default: {{}}\n"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    while lines and lines[0].startswith("#"):
        del lines[0]
    return head + "".join(lines)


def _test(template: str, words: dict[str, str]) -> str:
    return _filled("test_averages.py.txt" if template == "averages" else "test_any.py.txt", words)


def _filled(file: str, words: dict[str, str]) -> str:
    return Template((TEMPLATES / file).read_text(encoding="utf-8")).substitute(words)


def _tests(project: Project) -> Path:
    """Beside the tests of the other notebooks."""
    folder = project.root / "tests" / "notebooks"
    return folder if folder.is_dir() else folder.parent
