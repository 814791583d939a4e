"""What an author asks for: `#|` lines, a cell's metadata, and the notebook's front matter."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from assay.core.errors import RenderError, nearest
from assay.core.language import is_tag

if TYPE_CHECKING:
    from nbformat import NotebookNode


class FrontMatter(BaseModel):
    """The first raw cell. How to compute and which format to make is not ours to follow."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    title: str = ""
    subtitle: str = ""
    description: str = ""
    author: tuple[str, ...] = ()
    date: str = ""
    lang: str = ""
    toc: bool = True
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    bibliography: tuple[str, ...] = ()
    code_fold: bool | Literal["show"] | None = Field(None, alias="code-fold")
    format: Any = None
    jupyter: Any = None
    execute: Any = None
    keywords: Any = None
    agents: Any = None

    @field_validator("author", "categories", "tags", "bibliography", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return _texts(value)

    @field_validator("date", mode="before")
    @classmethod
    def _is_no_clock(cls, value: object) -> object:
        if value in {"today", "now", "last-modified"}:
            raise ValueError(f"{value!r} is another day each time; write the day, or leave it out")
        return value.isoformat() if isinstance(value, date) else value

    @field_validator("lang")
    @classmethod
    def _is_a_language(cls, value: str) -> str:
        if not is_tag(value):
            raise ValueError("expected a language's tag such as 'en', 'de' or 'pt-BR'")
        return value


class Options(BaseModel):
    """The declared subset of Quarto's options of a code cell."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    label: str = ""
    fig_cap: tuple[str, ...] = Field((), alias="fig-cap")
    fig_alt: tuple[str, ...] = Field((), alias="fig-alt")
    tbl_cap: tuple[str, ...] = Field((), alias="tbl-cap")
    echo: bool | None = None
    output: bool | Literal["asis"] = True
    include: bool = True
    warning: bool = True
    code_fold: bool | Literal["show"] | None = Field(None, alias="code-fold")
    code_summary: str = Field("", alias="code-summary")
    column: Literal["body", "page"] = "body"

    @field_validator("fig_cap", "fig_alt", "tbl_cap", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @classmethod
    def of(cls, cell: NotebookNode, *, place: str) -> Self:
        """From the `#|` lines at the top of a code cell; the cell's metadata gives defaults.

        Raises:
            RenderError: where an option is not known, or has a value that it does not take.
        """
        lines = []
        for line in cell.source.splitlines():
            if not line.startswith("#|"):
                break
            lines.append(line[2:].removeprefix(" "))
        metadata = {
            name: cell.metadata[name] for name in ("echo", "include") if name in cell.metadata
        }
        tags = set(cell.metadata.get("tags", ()))
        if "remove-cell" in tags:
            metadata["include"] = False
        if tags & {"remove-input", "hide-input", "parameters", "injected-parameters"}:
            metadata.setdefault("echo", False)
        if tags & {"remove-output", "hide-output"}:
            metadata["output"] = False
        return _validated(cls, "\n".join(lines), metadata, place)


def _texts(value: object) -> object:
    """One or several; of a table with a name, the name."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, dict):
        return (value.get("name", ""),)
    if isinstance(value, list):
        return tuple(each.get("name", "") if isinstance(each, dict) else each for each in value)
    return value


def front_matter(cells: list[NotebookNode]) -> FrontMatter:
    """The notebook's head, where its first cell is a raw one between `---` lines."""
    if not cells or cells[0].cell_type != "raw":
        return FrontMatter()
    text = cells[0].source.strip()
    if not (text.startswith("---") and text.endswith("---")):
        return FrontMatter()
    return _validated(FrontMatter, text.strip("-"), {}, "cell 1 (front matter)")


def without_options(source: str) -> str:
    """A code cell's source as a reader wants it: from the first line that is no option."""
    lines = source.splitlines()
    while lines and lines[0].startswith("#|"):
        lines.pop(0)
    return "\n".join(lines).strip("\n")


M = TypeVar("M", bound=BaseModel)


def _validated(model: type[M], source: str, defaults: dict[str, Any], place: str) -> M:
    try:
        given = yaml.safe_load(source) or {}
    except yaml.YAMLError as error:
        raise RenderError(
            f"{place}: options are not YAML ({str(error).splitlines()[0]})",
            remedy='write them as `#| name: value`, and text with a colon in quotes: "…"',
        ) from error
    if not isinstance(given, dict):
        raise RenderError(f"{place}: options are {given!r}, expected `#| name: value`")
    try:
        return model.model_validate({**defaults, **given})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        known = [field.alias or key for key, field in model.model_fields.items()]
        if first["type"] == "extra_forbidden":
            message, remedy = f"unknown option {name!r}", nearest(name, known)
        else:
            message, remedy = f"option {name!r}: {first['msg']}", "see the list of options"
        raise RenderError(f"{place}: {message}", remedy=remedy) from error
