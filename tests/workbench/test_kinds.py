"""Types of parameters cells as people write them, checked and handed to a kernel."""

from typing import Any

import pytest

from assay.core.errors import NotebookError, ParameterError
from assay.workbench.annotations import declarations
from assay.workbench.literals import assignments
from assay.workbench.notebook import Cell
from assay.workbench.parameters import Form

CELL = """
from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum, StrEnum, auto
from pathlib import Path
from typing import Annotated, Literal, NotRequired, Optional, TypedDict, Union
from pydantic import BaseModel, Field

class Mode(Enum):
    fast = "f"
    slow = "s"

class Level(IntEnum):
    low = 1
    high = 2

class Colour(StrEnum):
    RED = auto()
    BLUE = auto()

class Span(TypedDict):
    since: date
    label: NotRequired[str]

@dataclass
class Limit:
    share: Annotated[float, Field(gt=0, le=1)]
    until: date | None = None

class Nested(BaseModel):
    limit: Limit
    spans: list[Limit] = []

class Odd:
    x = object()

mode: Mode = Mode.fast  # how it runs
level: Level | None = None
colour: Colour = Colour.RED
modes: list[Mode] = [Mode.fast]
span: Span = {"since": "2026-01-01"}
limit: Limit = Limit(0.5)
nested: Nested | None = None
share: Annotated[float, Field(ge=0, le=1)] = 0.05  # of the rows
names: Annotated[list[str], Field(min_length=1)] = ["a"]
path: Path = Path("a/b.csv")
either: Union[int, str] = 3
maybe: Optional[date] = None
"""


def form_of(source: str) -> Form:
    cell = Cell(number=1, kind="code", source=source, tags=("parameters",))
    return Form(report="x", declared=declarations(cell, notebook="x.ipynb"))


FORM = form_of(CELL)
GIVEN: dict[str, Any] = {
    "mode": "s",
    "level": 2,
    "colour": "blue",
    "modes": ["s", "f"],
    "span": {"since": "2026-02-03", "label": "x"},
    "limit": {"share": 0.25, "until": "2026-02-03"},
    "nested": {"limit": {"share": 1.0}, "spans": [{"share": 0.5, "until": "2026-02-03"}]},
    "share": 0.1,
    "names": ["b"],
    "path": "c.csv",
    "either": "x",
    "maybe": "2026-02-03",
}


def kernel(given: dict[str, Any]) -> dict[str, Any]:
    """What a kernel would have after the cell and the one that is put behind it."""
    names: dict[str, Any] = {}
    exec(CELL, names)  # noqa: S102  as a kernel would
    exec(assignments(FORM, FORM.resolve(given)), names)  # noqa: S102  as a kernel would
    return names


def test_defaults_are_read_as_plain_values() -> None:
    defaults = {declared.name: declared.default for declared in FORM.declared}
    assert defaults == {
        "mode": "f",
        "level": None,
        "colour": "red",
        "modes": ["f"],
        "span": {"since": "2026-01-01"},
        "limit": {"share": 0.5},
        "nested": None,
        "share": 0.05,
        "names": ["a"],
        "path": "a/b.csv",
        "either": 3,
        "maybe": None,
    }
    assert FORM.resolve({}) == defaults
    assert FORM.resolve(GIVEN) == GIVEN


def test_the_kernel_gets_what_the_annotation_says() -> None:
    names = kernel(GIVEN)
    day = names["date"](2026, 2, 3)
    assert names["mode"] is names["Mode"].slow
    assert names["level"] is names["Level"].high
    assert names["colour"] is names["Colour"].BLUE
    assert names["modes"] == [names["Mode"].slow, names["Mode"].fast]
    assert names["span"] == {"since": day, "label": "x"}
    assert names["limit"] == names["Limit"](0.25, day)
    assert names["nested"].limit == names["Limit"](1.0)
    assert names["nested"].spans == [names["Limit"](0.5, day)]
    assert names["path"] == names["Path"]("c.csv")
    assert (names["either"], names["maybe"]) == ("x", day)


def test_a_default_that_is_given_again_is_the_default() -> None:
    before: dict[str, Any] = {}
    exec(CELL, before)  # noqa: S102  as a kernel would
    after = kernel({})
    for name in GIVEN:
        if name not in {"mode", "level", "colour", "modes", "limit", "span"}:
            assert after[name] == before[name], name
    assert after["mode"].value == before["mode"].value
    assert after["limit"].share == before["limit"].share


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"mode": "x"}, "mode is 'x', expected 'f' or 's'"),
        ({"span": {"label": "x"}}, r"span\['since'\] is missing"),
        ({"span": {"since": "2026-01-01", "lable": "x"}}, r"not known \(did you mean 'label'"),
        ({"limit": {"share": 2}}, r"limit\['share'\] is 2, expected less than or equal to 1"),
        ({"share": -1}, "share is -1, expected a number, at least 0, at most 1"),
        ({"names": []}, r"names is \[\], expected a list, each text.*, of at least 1"),
        (
            {"nested": {"limit": {"share": 1}, "spans": [3]}},
            r"\['spans'\]\[0\] is 3, expected a ta",
        ),
    ],
)
def test_mistakes_are_told_by_their_place(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        FORM.resolve(given)


@pytest.mark.parametrize(
    "line",
    [
        "x: Odd = 3",
        "x: Annotated[int, Field(default_factory=list)] = 3",
        "x: Annotated[int, AfterValidator(f)] = 3",
        "x: np.ndarray = 3",
    ],
)
def test_what_cannot_be_checked_is_refused_with_what_can(line: str) -> None:
    with pytest.raises(NotebookError, match=r"cannot be checked\n.*Annotated\[…, Field"):
        form_of(f"class Odd:\n    x = object()\n{line}")


def test_plain_notes_of_the_author_are_left_aside() -> None:
    assert form_of("x: Annotated[float, 'share'] = 0.5").resolve({"x": 0.25}) == {"x": 0.25}
