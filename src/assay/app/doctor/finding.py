"""One thing that was looked at, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "missing", "wrong"]
"""`missing` is something that one can do without; `wrong` must be mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One line of the answer.

    Attributes:
        what: was looked at.
        found: a version, a path, a number; or what is the matter.
        cost: what does not work for it.
        remedy: what to do.
    """

    what: str
    state: State
    found: str
    cost: str = ""
    remedy: str = ""


def fine(what: str, found: str) -> Looked:
    """As it should be."""
    return Looked(what=what, state="ok", found=found)


def missing(what: str, *, cost: str, remedy: str, found: str = "not there") -> Looked:
    """One can do without it, at a price."""
    return Looked(what=what, state="missing", found=found, cost=cost, remedy=remedy)


def wrong(what: str, found: str, *, cost: str, remedy: str) -> Looked:
    """It must be mended."""
    return Looked(what=what, state="wrong", found=found, cost=cost, remedy=remedy)
