"""How an execution ended: with a complete notebook, or with the first cause of its failure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.workbench.failure import Failure


class RunFailedError(Exception):
    """The notebook did not run to its end; the folder holds it as far as it came."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """A notebook that ran to its end, and what it handed over."""

    notebook: Any
    result: dict[str, Any]
    seconds: dict[str, float]
    cells: int
