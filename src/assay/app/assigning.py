"""The commands that tell which arm units are in, and what past experiments found."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from assay.app.console import print_json, say
from assay.app.place import this_project
from assay.core.errors import DataError, ParameterError
from assay.workbench.experiments.experiment import experiments, find_experiment
from assay.workbench.experiments.results import estimates_of
from assay.workbench.files import json_text, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from assay.assignment import Allocation


def tell_arms(name: str, units: list[str], file: Path | None, *, as_json: bool) -> None:
    """Prints the arm of each unit, one a line: unit, arm, epoch.

    Raises:
        ParameterError: where no unit is named, or the experiment has not started.
        DataError: where the file cannot be read.
    """
    project = this_project()
    allocation = find_experiment(project, name).allocation
    if allocation is None:
        raise ParameterError(
            f"experiment {name!r} has not started, so that no unit is in an arm yet",
            remedy=f"assay experiment start {name}",
        )
    wanted = [*units, *(_lines(file) if file else ())]
    if not wanted:
        raise ParameterError("no unit is named", remedy="give --unit U or --units FILE")
    rows = _rows(allocation, wanted)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        say(f"{row['unit']}\t{row['arm'] or '–'}\t{'–' if row['epoch'] is None else row['epoch']}")


def write_archive(output: Path | None, *, as_json: bool) -> None:
    """Writes the estimates of all concluded experiments, for priors and for the portfolio."""
    project = this_project()
    found = [row for one in experiments(project) for row in estimates_of(one)]
    if output is not None:
        write_atomically(output, json_text(found))
        names = {row["experiment"] for row in found}
        say(f"{_some(len(found), 'estimate')} of {_some(len(names), 'experiment')}")
    elif as_json:
        print_json(found)
    else:
        for row in found:
            say(
                f"{row['experiment']}\t{row['metric']}\t{row['arm']}\t"
                f"{row['log_lift']:+.4f} ± {row['se']:.4f}\t{row['decision']}"
            )
        if not found:
            say("No experiment was concluded with a result yet.")


def _some(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _rows(allocation: Allocation, units: list[str]) -> list[dict[str, Any]]:
    epochs = allocation.epochs_of(units).tolist()
    return [
        {"unit": unit, "arm": arm, "epoch": None if epoch < 0 else epoch}
        for unit, arm, epoch in zip(units, allocation.arms_of(units), epochs, strict=True)
    ]


def _lines(file: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"{file} cannot be read: {error.strerror or error}",
            remedy="name a file with one unit a line, - for standard input, or give --unit U",
        ) from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{file} is no text: {error}", remedy="write it as UTF-8, one unit a line"
        ) from None
    return [line for line in text.splitlines() if line]
