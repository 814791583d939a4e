"""Baselines at the command line: captured, listed, and held against new runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from assay.analysis.regressions import compare_captures
from assay.app.console import aligned, print_json, say, warn
from assay.app.place import take_in, this_project
from assay.core.errors import ParameterError
from assay.core.project import project_root
from assay.core.result import record
from assay.data.baselines import FOLDER, baseline_text, find_baselines, read_baseline
from assay.data.readings import read_readings
from assay.features.runs import capture, select_rows
from assay.present import regressions as report
from assay.present.regressions_text import as_text
from assay.workbench.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.captures import Capture

KIND: Final = "baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which rows are meant."""

    data: str
    suite: str | None
    revision: str | None
    first: date | None
    last: date | None
    runs: int | None

    @classmethod
    def of(  # noqa: PLR0913, PLR0917  the options of a command, in their order
        cls,
        data: str,
        suite: str | None,
        revision: str | None,
        since: str | None,
        until: str | None,
        runs: int | None,
    ) -> Self:
        """As they were typed.

        Raises:
            ParameterError: where a day is none.
        """
        return cls(
            data=data,
            suite=suite,
            revision=revision,
            first=_day("--since", since),
            last=_day("--until", until),
            runs=runs,
        )

    def capture(self, *, name: str = "", lower: Sequence[str] = ()) -> Capture:
        """Their runs.

        Raises:
            DataError: where none is left, or the source cannot be read.
        """
        if self.data.startswith("store"):
            take_in(this_project())
        rows = read_readings(self.data).valid
        narrowed = (self.revision, self.first, self.last, self.runs)
        newest = self.revision is None and all(one is None for one in narrowed)
        chosen = select_rows(
            rows,
            suite=self.suite,
            revision="latest" if newest and not name else self.revision,
            first=self.first,
            last=self.last,
            runs=self.runs,
        )
        return capture(chosen, name=name, worse=dict.fromkeys(lower, "lower"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What runs are held against, and how."""

    baseline: str
    alpha: float
    power: float
    smallest: float | None
    history: bool


def capture_baseline(  # noqa: PLR0913  options of one command
    chosen: Chosen,
    output: Path,
    *,
    name: str | None,
    lower: Sequence[str],
    force: bool,
    as_json: bool,
) -> None:
    """Writes the file and says what is in it.

    Raises:
        ParameterError: where a file is there already, or cannot be written.
    """
    if output.exists() and not force:
        raise ParameterError(
            f"{output} is there already, and baselines are compared with for a long time",
            remedy="choose another name, or --force",
        )
    found = chosen.capture(name=name or output.stem, lower=lower)
    unknown = set(lower) - {case.metric for case in found.cases}
    if unknown:
        metrics = ", ".join(sorted({case.metric for case in found.cases}))
        raise ParameterError(
            f"--lower-is-worse {min(unknown)}: there is no such metric", remedy=f"known: {metrics}"
        )
    write_atomically(output, baseline_text(found))
    if as_json:
        print_json({"file": str(output), **_summary(found)})
        return
    say(f"{output}: {_told(found)}")
    few = min(len(case.runs) for case in found.cases)
    if few < 5:
        say(f"  {few} runs say little of how much runs differ; 10 or more make it sharper")


def compare_with_baseline(
    chosen: Chosen, judged: Judged, *, form: str, output: Path | None, fail_on: Sequence[str]
) -> int:
    """Compares, prints or writes it; 1 where something was found that is to fail.

    Raises:
        ParameterError: where the baseline is not there, or a number is out of range.
        DataError: where the runs cannot be compared with it.
    """
    path = baseline_path(judged.baseline)
    baseline = read_baseline(path)
    if chosen.suite is None:
        chosen = replace(chosen, suite=baseline.suite)
    candidate = chosen.capture()
    older = find_baselines(path.parent, baseline.suite) if judged.history else ()
    if judged.smallest is not None:
        baseline = with_smallest(baseline, judged.smallest)
    result = compare_captures(
        baseline,
        candidate,
        alpha=judged.alpha,
        power=judged.power,
        history=[one for one in older if one.last < baseline.last],
    )
    answer = report.tell(record(result, kind=KIND))
    text = as_text(answer, form)
    if output is None:
        say(text)
    else:
        write_atomically(output, f"{text}\n")
    failed = [name for name in fail_on if report.found(answer, name)]
    if failed:
        warn(f"assay: {report.title(answer)} (--fail-on {', '.join(failed)})")
    return int(bool(failed))


def with_smallest(baseline: Capture, smallest: float) -> Capture:
    """The baseline with another change that matters, in all cases that compare ratios.

    Raises:
        ParameterError: where it is no share between 0 and 1.
    """
    if not 0 < smallest < 1:
        raise ParameterError(f"smallest={smallest}, expected a share such as 0.05")
    cases = [replace(case, smallest=smallest) if case.relative else case for case in baseline.cases]
    return replace(baseline, cases=tuple(cases))


def baseline_path(name: str) -> Path:
    """The file of a baseline, by its name in params/baselines/ or by its path."""
    given = Path(name)
    if given.suffix in {".yaml", ".yml"} or given.parent != Path():
        return given
    return project_root() / FOLDER / f"{name}.yaml"


def print_baselines(*, as_json: bool) -> None:
    """All baselines of the project."""
    folder = project_root() / FOLDER
    found = [read_baseline(path) for path in sorted(folder.glob("*.yaml"))]
    if as_json:
        print_json([_summary(one) for one in found])
        return
    if not found:
        say(f"no baseline in {FOLDER}/; make one: assay baseline capture --output {FOLDER}/v1.yaml")
        return
    for line in aligned([(one.name, one.suite, _told(one)) for one in found]):
        say(line)


def _summary(found: Capture) -> dict[str, object]:
    head = asdict(replace(found, cases=()))
    del head["cases"]
    return {
        **{key: f"{one}" if isinstance(one, date) else one for key, one in head.items()},
        "runs": found.runs,
        "cases": [
            {
                "case": case.label,
                "unit": case.unit,
                "worse": case.worse,
                "smallest": case.smallest,
                "runs": len(case.runs),
                "n": case.n,
                "run_sd": case.run_sd,
                **case.quantiles,
            }
            for case in found.cases
        ],
    }


def _told(found: Capture) -> str:
    revisions = found.revisions
    shown = revisions[0] if len(revisions) == 1 else f"{len(revisions)} revisions"
    return (
        f"{len(found.cases)} cases, {found.runs} runs of {shown if revisions else 'no revision'}, "
        f"{found.first} to {found.last}, {', '.join(found.environments) or 'unnamed machine'}"
    )


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ParameterError(f"{option} {text!r}, expected a day such as 2026-11-01") from error
