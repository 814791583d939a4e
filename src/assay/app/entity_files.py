"""Files of one row per entity: where they may lie, what they are written as, which set is meant."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import ParameterError, nearest
from assay.core.project import resolve_path
from assay.workbench.catalogue import find_report
from assay.workbench.files import write_atomically
from assay.workbench.parameters import Form
from assay.workbench.plan import answers
from assay.workbench.sets import sets_of

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from assay.workbench.project import Project

TABLES: Final = (".parquet", ".csv")


def check_place(path: Path, option: str, forms: tuple[str, ...] = TABLES) -> None:
    """That a file may be written there.

    Raises:
        ParameterError: naming the option, where it is a folder, in none, or has another ending.
    """
    if path.suffix not in forms:
        raise ParameterError(f"{option} {path}", remedy=f"a file that ends in {' or '.join(forms)}")
    if path.is_dir():
        raise ParameterError(f"{option} {path} is a folder", remedy="name a file")
    if not path.parent.is_dir():
        raise ParameterError(f"{option} {path}: there is no folder {path.parent}")


def check_not_data(path: Path, data: object) -> None:
    """That a file is not the one that is read.

    Raises:
        ParameterError: where it is.
    """
    if path.resolve() == resolve_path(str(data)).resolve():
        raise ParameterError(f"--out {path} holds the data", remedy="name another file")


def day_of(option: str, text: str | None) -> date | None:
    """The day that was typed.

    Raises:
        ParameterError: where it is none.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ParameterError(f"{option} {text!r}, expected a day such as 2026-11-19") from None


def report_values(
    project: Project, report: str, set_name: str | None
) -> tuple[str, dict[str, Any]]:
    """A set of a report, and all of the notebook's parameters as a run of it would have them.

    Args:
        project: whose report it is.
        report: its name.
        set_name: the first where None.

    Raises:
        ParameterError: for an unknown set, or a parameter that the notebook does not take.
    """
    sets = sets_of(project, report)
    name = next(iter(sets)) if set_name is None else set_name
    if name not in sets:
        raise ParameterError(
            f"params/{report}.yaml has no set {name!r}", remedy=nearest(name, sets)
        )
    form = Form.of(find_report(project, report).notebook(), report=report)
    return name, dict(answers(project, form, sets[name]).values)


def write_table(table: pl.DataFrame, out: Path) -> None:
    """Parquet or CSV, by the ending; there as a whole or not at all.

    Raises:
        ProjectError: where it cannot be written; what was there before stays.
    """
    written = BytesIO()
    if out.suffix == ".csv":
        table.write_csv(written)
    else:
        table.write_parquet(written)
    write_atomically(out, written.getvalue())
