"""What a report's body is made of, whatever the format: the neutral form of notebook outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from assay.core.errors import RenderError
from assay.core.finding import Tone


class Neutral(BaseModel):
    """A block as `present/` emits it; fields that are not known here are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Section(Neutral):
    """A finding as a heading, with its one sentence; the side menu calls it `nav`, under `part`."""

    heading: str = Field(min_length=1)
    nav: str = ""
    part: str = ""
    lead: str = ""
    id: str = ""


class Cell(Neutral):
    """One cell of a table: a plain value, or a verdict with its colour and mark."""

    text: str
    tone: Tone = "neutral"
    mark: str = ""
    tag: bool = False


def _as_cell(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


class Column(Neutral):
    """Head of a column; numbers stand to the right."""

    label: str
    align: Literal["left", "right"] = "left"


class Table(Neutral):
    """A table with its caption; `total` is given where not all rows are shown.

    `heads` is the number of columns that name their row; None for the first one if it is of words.
    """

    columns: tuple[Column, ...] = Field(min_length=1)
    rows: tuple[tuple[Annotated[Cell, BeforeValidator(_as_cell)], ...], ...]
    caption: str = ""
    label: str = ""
    total: int | None = None
    heads: int | None = None

    @model_validator(mode="after")
    def _is_rectangular(self) -> Self:
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} has {len(row)} cells, expected {len(self.columns)}")
        return self


class Note(Neutral):
    """A remark in a box."""

    text: str
    tone: Tone = "neutral"


class Paragraph(Neutral):
    """A paragraph of plain text; it may lead to another report of the project.

    `beside` names that as `<report>/<set>`; on the screen the paragraph is a link to its newest
    version, on paper and wherever that is not published it is the text alone.
    """

    p: str
    beside: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*)?$")


class Pairs(Neutral):
    """Labels and what stands for them."""

    dl: tuple[tuple[str, str], ...]


class Tabled(Neutral):
    """A table without a number."""

    table: Table


class Code(Neutral):
    """A command or code, as it is typed."""

    code: str


class Subhead(Neutral):
    """A heading within."""

    h: str


class Details(Neutral):
    """What only some readers want: folded on screen, an appendix on paper.

    Attributes:
        listed: whether the side menu names it; what belongs to a section need not be.
    """

    summary: str = Field(min_length=1)
    blocks: tuple[Paragraph | Pairs | Tabled | Code | Subhead, ...]
    id: str = ""
    listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture with what it says in words; a chart also has its Vega-Lite specification.

    Attributes:
        data: SVG, PNG or JPEG, as `media` says.
        spec: drawn live on the screen; `data` stands in where scripts are off, and on paper.
        dark: colour on light paper → colour on dark, as far as the chart brings its own.
        width: in CSS pixels, where the picture asks for one.
    """

    data: bytes
    media: str
    alt: str
    caption: str = ""
    label: str = ""
    spec: dict[str, Any] | None = None
    dark: Mapping[str, str] = field(default_factory=dict)
    width: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """The author's markdown, checked against the declared subset."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Text as it was printed, or code where the author asked for it.

    Attributes:
        opened: folded, but open when the page is.
        summary: what a fold is called; "" for the page's own word.
        paper: whether it is printed, too.
    """

    text: str
    language: str = ""
    folded: bool = False
    opened: bool = False
    summary: str = ""
    paper: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """HTML of a notebook's output, cleaned; `text` is what is left of it on paper."""

    html: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """HTML of a trusted notebook, its scripts with it; `scripts` are their hashes."""

    html: str
    scripts: tuple[str, ...]


Block = Section | Table | Note | Details | Figure | Prose | Listing | Markup | Live

NEUTRAL: dict[str, type[Section | Table | Note | Details]] = {
    "application/vnd.assay.section+json": Section,
    "application/vnd.assay.table+json": Table,
    "application/vnd.assay.note+json": Note,
    "application/vnd.assay.details+json": Details,
}

N = TypeVar("N", bound=Neutral)


def parse(kind: type[N], value: object, *, place: str) -> N:
    """A neutral block from its JSON.

    Raises:
        RenderError: where it does not have the shape of its kind; the message names the field.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        field = "/".join(str(part) for part in first["loc"])
        raise RenderError(
            f"{place}: {kind.__name__.lower()} has {field or 'a value'}: {first['msg']}",
            remedy="emit it with the display objects of assay.present",
        ) from error
