"""Why a run did not end well: the first real cause, told so that somebody can mend it."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from assay.core import errors
from assay.core.errors import AssayError, NotebookError
from assay.workbench.notebook import INJECTED, section_of

if TYPE_CHECKING:
    from assay.workbench.kernel import Kernel

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_TAIL: Final = 40
_WIDEST: Final = 2000
"""Characters of a line that are told of a cause; the notebook itself keeps them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The first cause, as it is kept in `error.json`.

    Attributes:
        cell: number of the cell, counted from 1 over all cells as written; None outside of any.
        section: the heading above it.
        name: class of the exception, or what ended the run (KernelDied, TimeLimit, …).
    """

    name: str
    value: str
    cell: int | None = None
    section: str | None = None
    source: str = ""
    traceback: str = ""
    kernel_output: str = ""
    own: bool = False

    def error(self, notebook: str, kept: str) -> AssayError:
        """The error to raise: Assay's own as it was raised in the notebook, any other with place.

        Args:
            notebook: its file name.
            kept: where the failed notebook lies.
        """
        if self.own:
            message, _, remedy = self.value.partition("\n  → ")
            return OWN_ERRORS[self.name](message, remedy=remedy)
        place = f"{notebook}, cell {self.cell}" if self.cell else notebook
        section = f" ({self.section})" if self.section else ""
        told = f"{self.name}: {self.value}" if self.traceback else self.value
        return NotebookError(f"{place}{section}: {told}", remedy=f"see {kept}")


def _tree(root: type[AssayError]) -> dict[str, type[AssayError]]:
    found = {root.__name__: root}
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            found.update(_tree(child))
    return found


OWN_ERRORS: Final = _tree(AssayError)


def raised_in(cells: list[dict[str, Any]]) -> Failure | None:
    """The first error that a cell's outputs show."""
    for index, cell in enumerate(cells):
        for output in cell.get("outputs", ()):
            if output.get("output_type") == "error":
                traceback = _ANSI.sub("", "\n".join(output.get("traceback", ())))
                name = str(output.get("ename", ""))
                return _at(
                    cells,
                    index,
                    name=name,
                    value=_cut(_ANSI.sub("", str(output.get("evalue", "")))),
                    traceback="\n".join(map(_cut, traceback.splitlines()[-_TAIL:])),
                    own=name in OWN_ERRORS and traceback.startswith(f"{errors.__name__}.{name}: "),
                )
    return None


def not_run(cells: list[dict[str, Any]]) -> Failure | None:
    """The first code cell with source that was never executed."""
    for index, cell in enumerate(cells):
        has_code = cell["cell_type"] == "code" and cell["source"].strip()
        if has_code and cell.get("execution_count") is None:
            return _at(cells, index, name="NotRun", value="the cell was never executed")
    return None


def kernel_died(cells: list[dict[str, Any]], index: int | None, kernel: Kernel) -> Failure:
    """The kernel's process is gone, or never answered."""
    code = kernel.exit_code()
    if code is None:
        value = "the kernel stopped answering"
    elif code == -signal.SIGKILL:
        value = "the kernel was killed (SIGKILL): by a person, or because memory ran out"
    elif code < 0:
        value = f"the kernel was ended by {signal.Signals(-code).name}"
    else:
        value = f"the kernel exited with code {code}"
    said = "\n".join(map(_cut, kernel.said().splitlines()))
    last = said.splitlines()[-1] if said else ""
    return _at(
        cells,
        index,
        name="KernelDied",
        value=f"{value}; it said: {last}" if last else value,
        kernel_output=said,
    )


def too_long(
    cells: list[dict[str, Any]], index: int | None, *, what: Literal["run", "cell"], limit: float
) -> Failure:
    """A time limit passed."""
    value = f"the {what} took longer than {limit:g} s and was stopped (limits.{what} in assay.toml)"
    return _at(cells, index, name="TimeLimit", value=value)


def too_big(cells: list[dict[str, Any]], index: int | None, *, peak: int, limit: str) -> Failure:
    """The limit of memory passed."""
    value = (
        f"the kernel took {peak / 1e6:,.0f} MB of memory, more than {limit}, and was stopped "
        "(limits.memory in assay.toml)"
    )
    return _at(cells, index, name="MemoryLimit", value=value)


def too_much(cells: list[dict[str, Any]], index: int | None, *, limit: int) -> Failure:
    """More was printed or shown than can be kept."""
    value = f"the notebook put out more than {limit / 1e6:,.0f} MB and was stopped; print less"
    return _at(cells, index, name="OutputLimit", value=value)


def _at(cells: list[dict[str, Any]], index: int | None, **cause: Any) -> Failure:  # noqa: ANN401
    if index is None:
        return Failure(**cause)
    # The cell that a run puts in has no number in the notebook as it was written.
    written = [cell for cell in cells[: index + 1] if not _injected(cell)]
    return Failure(
        cell=len(written),
        section=section_of(cells, index),
        source=str(cells[index]["source"]),
        **cause,
    )


def _cut(text: str) -> str:
    if len(text) <= _WIDEST:
        return text
    return f"{text[:_WIDEST]}… ({len(text):,} characters)"


def _injected(cell: dict[str, Any]) -> bool:
    return INJECTED in cell.get("metadata", {}).get("tags", ())
