"""Blocks between `:::` lines: callouts, tab sets, columns, and what only one format shows.

A block may begin in one markdown cell and end in a later one, so that a tab holds what a code
cell shows. What is written here are plain blocks with classes of our own, which neither Quarto nor
pandoc gives a meaning to; the filter `publication.lua` makes boxes and tabs of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from assay.core.errors import RenderError, nearest
from assay.workbench.render.escape import Format, markdown
from assay.workbench.render.words import Say

if TYPE_CHECKING:
    from collections.abc import Callable


CALLOUTS: Final = {
    "note": "neutral",
    "tip": "good",
    "important": "attention",
    "caution": "attention",
    "warning": "bad",
}
TABS: Final = "panel-tabset"
WIDE: Final = "column-page"
BODY: Final = "column-body"
VISIBLE: Final = "content-visible"
HIDDEN: Final = "content-hidden"
KNOWN: Final = (*(f"callout-{kind}" for kind in CALLOUTS), TABS, WIDE, BODY, VISIBLE, HIDDEN)
FORMATS: Final[dict[str, tuple[Format, ...]]] = {
    "html": ("html", "slides"),
    "pdf": ("typst",),
    "typst": ("typst",),
    "revealjs": ("slides",),
    "docx": ("docx",),
}
_LINE: Final = re.compile(r"^ {0,3}:{3,}[ \t]*(?P<open>.*?)[ \t]*:*[ \t]*$")
_WORD: Final = re.compile(r"[\w.-]+")
_ATTRIBUTE: Final = re.compile(r"""([\w-]+)\s*=\s*("([^"]*)"|'([^']*)'|[^\s}]+)""")
_CLASS: Final = re.compile(r"\.([\w-]+)")
_HEADING: Final = re.compile(
    r"^ {0,3}(?P<level>#{1,6})[ \t]+(?P<text>.*?)[ \t]*#*[ \t]*(\{[^}]*\})?$"
)
_ALLOWED: Final = {
    "callout": frozenset({"title", "collapse", "appearance", "icon"}),
    TABS: frozenset({"group"}),
    VISIBLE: frozenset({"when-format", "unless-format"}),
    HIDDEN: frozenset({"when-format", "unless-format"}),
}


@dataclass(slots=True, kw_only=True)
class _Open:
    kind: str
    place: str
    shown: bool = True
    level: int = 0
    in_tab: bool = False
    untitled: str = ""


@dataclass(slots=True, kw_only=True)
class Divs:
    """What is open while a notebook's texts are read, one after the other."""

    language: Format
    say: Say
    _open: list[_Open] = field(default_factory=list)

    def read(self, masked: str, *, at: Callable[[int], str]) -> str:
        """The text with our blocks for the author's; headings that name a tab or box are gone.

        `at` names the place of a line, counted from 0.

        Raises:
            RenderError: where a block is not known, or ends that did not begin.
        """
        out: list[str] = []
        for number, line in enumerate(masked.split("\n")):
            found = _LINE.match(line)
            if found is None:
                new = self._inside(line)
            elif found["open"]:
                new = self._begin(found["open"], at(number))
            else:
                new = self._end(at(number))
            if not self.hidden:
                out.append(new)
        return "\n".join(out)

    def finish(self) -> None:
        """Raises RenderError where a block has no end."""
        if self._open:
            last = self._open[-1]
            raise RenderError(
                f"{last.place}: the block ::: {{.{last.kind}}} has no end",
                remedy="close it with a line of three colons",
            )

    @property
    def hidden(self) -> bool:
        """Whether what stands here now is left out of this format."""
        return not all(each.shown for each in self._open)

    def _begin(self, opening: str, place: str) -> str:
        kind, given = _parsed(opening, place)
        if kind in {VISIBLE, HIDDEN}:
            self._open.append(
                _Open(kind=kind, place=place, shown=self._is_shown(kind, given, place))
            )
            return ""
        self._open.append(_Open(kind=kind, place=place))
        if kind == TABS:
            return "\n::: {.tabs}\n"
        if kind in {WIDE, BODY}:
            return "\n::: {.outset}\n" if kind == WIDE else "\n::: {.narrow}\n"
        return self._callout(kind.removeprefix("callout-"), given)

    def _callout(self, kind: str, given: dict[str, str]) -> str:
        fold = given.get("collapse")
        folded = "" if fold is None else f' fold="{"yes" if fold == "true" else "no"}"'
        opening = f"\n::: {{.note .tone-{CALLOUTS[kind]}{folded}}}\n"
        if title := given.get("title", ""):
            return f"{opening}\n**{markdown(title)}**\n"
        self._open[-1].untitled = self.say(kind.capitalize())
        return opening

    def _inside(self, line: str) -> str:
        if not self._open:
            return line
        top = self._open[-1]
        heading = _HEADING.match(line)
        if top.untitled:
            if not line.strip():
                return line
            title, top.untitled = top.untitled, ""
            return f"**{heading['text']}**\n" if heading else f"**{title}**\n\n{line}"
        if top.kind == TABS and heading and top.level in {0, len(heading["level"])}:
            top.level = len(heading["level"])
            before = "\n:::\n" if top.in_tab else ""
            top.in_tab = True
            return f"{before}\n::: {{.tab}}\n\n**{heading['text']}**\n"
        return line

    def _end(self, place: str) -> str:
        if not self._open:
            raise RenderError(
                f"{place}: a line of colons ends a block that did not begin",
                remedy="remove it, or begin the block with ::: {.callout-note} for example",
            )
        top = self._open.pop()
        if top.kind in {VISIBLE, HIDDEN}:
            return ""
        if top.kind == TABS and not top.in_tab:
            raise RenderError(
                f"{place}: tabs without a heading", remedy="begin each tab with a heading: ## Name"
            )
        title = f"**{top.untitled}**\n" if top.untitled else ""
        return f"{title}\n:::\n" + ("\n:::\n" if top.in_tab else "")

    def _is_shown(self, kind: str, given: dict[str, str], place: str) -> bool:
        if not given:
            raise RenderError(
                f"{place}: ::: {{.{kind}}} without a format",
                remedy=f'write ::: {{.{kind} when-format="html"}}',
            )
        holds = True
        for name, value in given.items():
            if value not in FORMATS:
                raise RenderError(
                    f"{place}: {name} is {value!r}, expected one of {', '.join(FORMATS)}",
                    remedy=nearest(value, FORMATS),
                )
            holds &= (self.language in FORMATS[value]) == (name == "when-format")
        return holds == (kind == VISIBLE)


def _parsed(opening: str, place: str) -> tuple[str, dict[str, str]]:
    inner = opening[1:-1] if opening.startswith("{") and opening.endswith("}") else f".{opening}"
    given = {m[1]: m[3] or m[4] or m[2].strip("\"'") for m in _ATTRIBUTE.finditer(inner)}
    rest = _ATTRIBUTE.sub("", inner)
    classes = _CLASS.findall(rest)
    if len(classes) != 1 or classes[0] not in KNOWN or _CLASS.sub("", rest).strip():
        name = next((name for name in classes if name not in KNOWN), opening)
        raise RenderError(
            f"{place}: a block ::: {opening} is not in the markdown that both renderers support",
            remedy=nearest(name, KNOWN),
        )
    kind = classes[0]
    allowed = _ALLOWED.get(
        kind.partition("-")[0] if kind.startswith("callout") else kind, frozenset()
    )
    if odd := given.keys() - allowed:
        name = min(odd)
        raise RenderError(
            f"{place}: ::: {{.{kind}}} has no attribute {name!r}",
            remedy=nearest(name, sorted(allowed)),
        )
    return kind, given
