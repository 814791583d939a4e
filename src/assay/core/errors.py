"""One tree of errors. Each names the value, what was expected, and what to do about it."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

# As Polars quotes values of CSV, of JSON and of a cast; DuckDB and Spark; PostgreSQL.
_QUOTED: Final = (
    re.compile(r"((?:parse|adding|Field) )`.*?`(?= as dtype | to the |\s+is not )", re.DOTALL),
    re.compile(r"(cannot parse )'.*?'(?= \(\w+\) as )", re.DOTALL),
    re.compile(r"(values: )\[.*\]", re.DOTALL),
    re.compile(r"((?:string|value) )(['\"]).*?\2(?= to | of the type )", re.DOTALL | re.IGNORECASE),
    re.compile(r"((?:syntax for [\w ]+|value|out of range): )\".*\"", re.DOTALL),
)


class AssayError(Exception):
    """Something the user can mend; the command line prints it and exits with `exit_code`."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  → {self.remedy}" if self.remedy else self.message

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook: the message, since the mistake is not in the code."""
        return [f"{type(self).__module__}.{type(self).__name__}: {self}"]


class ParameterError(AssayError):
    """A parameter is unknown, missing, or has a value that the report does not take."""

    exit_code = 2


class ProjectError(AssayError):
    """The project's folder, settings, or a file that belongs to it is not as it should be."""

    exit_code = 2


class DataError(AssayError):
    """The data cannot be read, or cannot answer the question that was asked of it."""

    exit_code = 3


class NothingYetError(DataError):
    """Rows that a report is about are still to be made: nothing was imported, no sample built."""


class NotebookError(AssayError):
    """A notebook is not readable, raised an error, or did not run to its end."""

    exit_code = 4


class RenderError(AssayError):
    """An executed notebook cannot be turned into a page."""

    exit_code = 5


class ResultError(AssayError):
    """A result cannot be recorded: a number is not finite, or a field has no JSON form."""

    exit_code = 4


def without_values(reason: str) -> str:
    """What an engine says of data, without the values that it quotes; names of columns stay.

    >>> without_values("could not parse `a@b.example` as dtype `i64` at column 'x'")
    "could not parse a value as dtype `i64` at column 'x'"
    """
    for quoted in _QUOTED:
        reason = quoted.sub(r"\1a value", reason)
    return reason


def nearest(name: str, known: Iterable[str]) -> str:
    """A remedy that offers the closest known name, or lists what there is.

    >>> nearest("contrl", ["control", "treatment"])
    "did you mean 'control'?"
    """
    names = sorted(known)
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(names) or 'none'}"
