"""What a message tells: the headline of a new version, or why there is none and what stays up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from assay.core.errors import AssayError
from assay.workbench.catalogue import readable
from assay.workbench.layout import NOTEBOOK_FILE, PAGE_FILE, PDF_FILE
from assay.workbench.notebook import Notebook
from assay.workbench.sets import display_name

if TYPE_CHECKING:
    from assay.workbench.versions import Version


Changes = Callable[[dict[str, Any], dict[str, Any]], tuple[str, ...]]
"""Tells in sentences which findings of two results differ by more than chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A headline number as it is printed."""

    name: str
    value: str
    interval: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A new version; text that is not known is "".

    Attributes:
        name: what people call the report, with its set where it has several.
        headline: the main finding, or the report's name where it has none.
        changed: since the version that the reader was told of last; empty where nothing did.
        first: there is no such version.
        link: where the version can be read, for good.
        paper: the PDF.
    """

    name: str
    version: str
    state: str
    needs_decision: bool
    headline: str
    subtitle: str
    action: str
    figures: tuple[Figure, ...]
    changed: tuple[str, ...]
    first: bool
    as_of: str
    link: str
    paper: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """A report that could not be published.

    Attributes:
        cause: the first real one.
        up: the version that stays up, "" where there is none, and `age` how old it is, in words.
    """

    name: str
    cause: str
    remedy: str
    up: str
    age: str
    link: str


def news_of(version: Version, before: Version | None, *, base: str, changes: Changes) -> News:
    """What a version has to tell to somebody who read `before` last."""
    report, set_name = place_of(version)
    result, manifest = version.result, version.manifest
    brief: dict[str, Any] = result.get("brief") or {}
    decision: dict[str, Any] = brief.get("decision") or {}
    return News(
        name=display_name(report, set_name),
        version=version.id,
        state=_text(brief, "state"),
        needs_decision=bool(brief.get("needs_decision")),
        headline=_text(brief, "title") or _title(version) or readable(report),
        subtitle=_text(brief, "subtitle"),
        action=": ".join(
            part for part in (_text(decision, "title"), _text(decision, "text")) if part
        ),
        figures=tuple(
            Figure(**{key: _text(tile, key) for key in ("name", "value", "interval", "detail")})
            for tile in brief.get("tiles") or ()
        ),
        changed=() if before is None else changes(before.result, result),
        first=before is None,
        as_of=_text(brief, "data_through") or _text(manifest, "as_of"),
        link=link_to(version, base),
        paper=version.folder / PDF_FILE,
    )


def place_of(version: Version) -> tuple[str, str]:
    """The report and the set that a version is of."""
    return version.folder.parent.parent.name, version.folder.parent.name


def link_to(version: Version, base: str) -> str:
    """Where a version can be read for good; "" where the project does not say."""
    if not base:
        return ""
    parts = (*place_of(version), version.id, PAGE_FILE)
    return "/".join([base.rstrip("/"), *(quote(part, safe="") for part in parts)])


def _title(version: Version) -> str:
    try:
        return Notebook.read(version.folder / NOTEBOOK_FILE).title or ""
    except AssayError:
        return ""


def _text(table: dict[str, Any], key: str) -> str:
    return " ".join(str(table.get(key) or "").split())
