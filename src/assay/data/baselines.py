"""Baseline files: written for review in git, read back for a comparison.

The order is fixed and numbers have five digits, so that a second capture of the same runs gives the
same bytes, and a diff shows what was measured anew.
"""

from __future__ import annotations

from dataclasses import replace
from glob import iglob
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from pydantic import TypeAdapter, ValidationError

from assay.core.errors import DataError, ParameterError, nearest
from assay.core.project import resolve_path
from assay.features.captures import Capture

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assay.features.captures import CapturedRun, Case

FORMAT: Final = 1
"""Raised when a field is renamed or changes its meaning."""
DIGITS: Final = 5
FOLDER: Final = Path("params") / "baselines"
_WIDTH: Final = 90
_LONG: Final = 10_000


def baseline_text(capture: Capture) -> str:
    """The file that keeps a capture."""
    return "".join(f"{line}\n" for line in _lines(capture))


def read_baseline(path: Path) -> Capture:
    """The capture that a file keeps.

    Raises:
        ParameterError: where it is not there, or not a baseline file; names the place.
    """
    if not path.is_file():
        known = sorted(file.stem for file in path.parent.glob("*.yaml"))
        raise ParameterError(
            f"there is no baseline {path}",
            remedy=nearest(path.stem, known) if known else "make it: assay baseline capture",
        )
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path} is no YAML: {error}") from error
    if not isinstance(body, dict) or body.pop("format", None) != FORMAT:
        raise ParameterError(f"{path} is no baseline of format {FORMAT}", remedy="capture it anew")
    try:
        found = TypeAdapter(Capture).validate_python(_unfolded(body, path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ParameterError(f"{path}: {place}: {first['msg']}") from error
    except DataError as error:
        raise ParameterError(f"{path}: {error.message}") from error
    return replace(found, name=found.name or path.stem)


def read_baselines(path: str, history: str | None) -> tuple[Capture, tuple[Capture, ...]]:
    """A baseline, and the older ones of its suite among the files of a glob, the oldest first.

    Raises:
        ParameterError: where a file is not there, or not a baseline file.
    """
    kept = read_baseline(resolve_path(path))
    files = sorted(iglob(str(resolve_path(history)))) if history else []  # noqa: PTH207
    found = [read_baseline(Path(file)) for file in files]
    older = [one for one in found if one.suite == kept.suite and one.last < kept.last]
    return kept, tuple(sorted(older, key=lambda one: one.last))


def find_baselines(folder: Path, suite: str) -> tuple[Capture, ...]:
    """All baselines of a suite, the oldest first."""
    found = [read_baseline(path) for path in sorted(folder.glob("*.yaml"))]
    return tuple(sorted((one for one in found if one.suite == suite), key=lambda one: one.last))


def _lines(capture: Capture) -> Iterator[str]:
    yield f"# Baseline {capture.name}: made by `assay baseline capture`. Edit worse and smallest"
    yield "# where they are wrong; all else is measured. Of a run: statistic: [value, error]."
    head = {
        "format": FORMAT,
        "name": capture.name,
        "suite": capture.suite,
        "revisions": list(capture.revisions),
        "environments": list(capture.environments),
        "first": capture.first,
        "last": capture.last,
    }
    for name, value in head.items():
        yield from _flow(name, value, "")
    yield "runs:"
    runs = {run.run: run for case in capture.cases for run in case.runs}
    for run in sorted(runs.values(), key=lambda run: (run.day, run.run)):
        named = {"revision": run.revision} if run.revision else {}
        yield f"  - {_dumped({'run': run.run, 'day': run.day, **named}, width=_LONG)}"
    yield "cases:"
    for case in capture.cases:
        yield from _case_lines(case)


def _case_lines(case: Case) -> Iterator[str]:
    plain = {
        "workload": case.workload,
        "name": case.name,
        "provider": case.provider,
        "metric": case.metric,
        "unit": case.unit,
        "worse": case.worse,
        "smallest": _short(case.smallest),
        "compared": case.compared,
        "quantiles": {name: _short(value) for name, value in case.quantiles.items()},
        "run_sd": None if case.run_sd is None else _short(case.run_sd),
    }
    lead = "  - "
    for name, value in plain.items():
        if value in ("", None):
            continue
        yield from _flow(name, value, lead)
        lead = "    "
    yield "    runs:"
    for run in case.runs:
        yield f"      - {_dumped(_run_body(run), width=_LONG)}"
    yield from _flow("sketch", dict(case.sketch), "    ")


def _run_body(run: CapturedRun) -> dict[str, Any]:
    told = {name: [_short(run.values[name]), _short(run.errors[name])] for name in run.values}
    return {"run": run.run, "n": run.n} | told


def _flow(name: str, value: object, lead: str) -> Iterator[str]:
    """One field: what is short on its line, what is long on lines below it."""
    first, *rest = _dumped(value, width=_WIDTH).splitlines()
    yield f"{lead}{name}: {first}"
    yield from (f"{' ' * len(lead)}  {line.strip()}" for line in rest)


def _dumped(value: object, *, width: int) -> str:
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=width
    )
    return text.removesuffix("...\n").rstrip("\n")


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _unfolded(body: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The file's cases with their runs as they were captured."""
    try:
        runs = {run["run"]: run for run in body["runs"]}
        cases = [
            {**case, "runs": [_unfolded_run(run, runs[run["run"]]) for run in case["runs"]]}
            for case in body["cases"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise ParameterError(
            f"{path}: cases hold something else than runs with statistics ({error!r})",
            remedy="capture it anew",
        ) from error
    return {**{name: value for name, value in body.items() if name != "runs"}, "cases": cases}


def _unfolded_run(run: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in run.items() if isinstance(value, list)}
    kept = {name: value for name, value in run.items() if name not in told}
    values = {name: float(value) for name, (value, _) in told.items()}
    errors = {name: float(error) for name, (_, error) in told.items()}
    return {**named, **kept, "values": values, "errors": errors}
