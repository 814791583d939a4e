"""What the pages around the reports share: templates, style, and how days are printed."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from assay.core.language import ENGLISH, SPACE
from assay.workbench.policy import policy

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def environment() -> Environment:
    """Templates of the index and its neighbours; every text is escaped where it is set."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  only to render

    made = Environment(
        loader=PackageLoader("assay.workbench", "assets"),
        autoescape=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    made.globals["policy"] = policy
    return made


def style() -> Any:  # noqa: ANN401  markupsafe's own type
    """One style for all of them."""
    return trusted(asset("render/assets/base.css") + asset("assets/index.css"))


def asset(name: str) -> str:
    """A file of the package."""
    return files("assay.workbench").joinpath(name).read_text(encoding="utf-8")


def trusted(text: str) -> Any:  # noqa: ANN401  markupsafe's own type
    """Text that is markup: our own style, script and drawings."""
    from markupsafe import Markup  # noqa: PLC0415  only to render

    return Markup(text)  # noqa: S704  our own


def printed_day(day: str) -> str:
    """A day as a reader writes it; as it is where it is none.

    >>> printed_day("2026-11-19T06:00:00+00:00")
    '19 Nov 2026'
    """
    try:
        moment = date.fromisoformat(day[:10])
    except ValueError:
        return day
    return ENGLISH.on(moment, short=True).replace(SPACE, " ")
