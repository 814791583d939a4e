"""The author's markdown: one declared subset of Quarto's; what is outside of it is refused.

Every renderer reads what is written here: headings have ids, cross-references are links, citations
are set, callouts and tabs are plain blocks, and no HTML of the author's own acts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from assay.core.errors import RenderError
from assay.workbench.render.citing import Library
from assay.workbench.render.divs import Divs
from assay.workbench.render.escape import Format, markdown, printable, raw
from assay.workbench.render.pictures import Tag, pixels
from assay.workbench.render.subset import FENCE, INLINE, checked

_CODE: Final = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_MATH: Final = re.compile(
    r"\$\$.+?\$\$|(?<![\\$])\$(?![\s$])[^$\n]*?(?<![\s\\])\$(?!\d)", re.DOTALL
)
_MASK: Final = re.compile("\x1a(\\d+)\x1a")
_ATX: Final = re.compile(
    r"^ {0,3}(?P<level>#{1,6})[ \t]+(?P<text>.*?)[ \t]*#*[ \t]*"
    r"(?:\{(?:#(?P<id>[\w.-]+))?[^}]*\})?[ \t]*$",
    re.MULTILINE,
)
_SETEXT: Final = re.compile(
    r"(?:\A|(?<=\n\n))(?P<text>[^\s#>|*-][^\n|]*)\n(?P<line>=+|-{3,})[ \t]*$", re.MULTILINE
)
_GROUP: Final = re.compile(r"(?<!\\)\[(?P<inner>[^\[\]\n]*(?<![\w\\])@\w[^\[\]\n]*)\](?![(\[{:])")
_ITEM: Final = re.compile(
    r"^(?P<before>.*?)(?P<dash>-?)(?<![\w\\])@(?P<id>\w[\w:.#$%&+?<>~/-]*)(?P<after>.*)$"
)
_ALONE: Final = re.compile(r"(?<![\w\\@])@(?P<id>\w(?:[\w:.#$%&+?<>~/-]*\w)?)")
_REFERABLE: Final = re.compile(r"(?i)(fig|tbl|sec)-[\w-]+")
_AT: Final = re.compile(r"(?<![\w\\])@(?=\w)")
_IMAGE: Final = re.compile(
    r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)\s]+)(?:\s+\"(?P<title>[^\"]*)\")?\)"
    r"(?:\{width=\"?(?P<width>[\d.]+(?:px|%)?)\"?\})?"
)
_FIGURE: Final = re.compile(
    r"^!\[(?P<caption>[^\]]*)\]\((?P<target>[^)\s]+)\)"
    r"\{#(?P<id>fig-[\w-]+)(?:[ \t]+fig-alt=\"(?P<alt>[^\"]*)\")?[ \t]*\}[ \t]*$",
    re.MULTILINE,
)
_TABLE: Final = re.compile(
    r"(?P<table>(?:^[^\n]*\|[^\n]*\n){2,})\n?"
    r"^(?:Table)?:[ \t]+(?P<caption>[^\n]*?)[ \t]*\{#(?P<id>tbl-[\w-]+)\}[ \t]*$",
    re.MULTILINE,
)
_TAG: Final = re.compile(r"<!--.*?-->|</?(?P<name>[A-Za-z][\w-]*)(?:\s[^<>]*)?/?>", re.DOTALL)
_NOTE: Final = re.compile(r"^\[\^(?P<name>[^\]\s]+)\]:", re.MULTILINE)
_CITED: Final = re.compile("\x1d(\\d+)\x1d")
_FLOAT: Final = re.compile("\x1e(\\d+)\x1e")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading in the author's text, without its markup where it is quoted."""

    level: int
    text: str
    id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Float:
    """A picture or table of the author's that has a number: `target` is the picture's."""

    id: str
    caption: str
    alt: str = ""
    target: str = ""

    @property
    def word(self) -> str:
        """What it is called."""
        return "Figure" if self.target else "Table"


@dataclass(frozen=True, slots=True)
class Text:
    """Markdown whose code and mathematics are set aside, so that nothing is sought in them.

    Attributes:
        cites: what it cites, as written, in order.
        floats: its numbered pictures and tables, in order.
    """

    masked: str
    kept: tuple[str, ...]
    cites: tuple[str, ...] = ()
    floats: tuple[Float, ...] = ()

    def whole(self, text: str) -> str:
        """With what was set aside put back."""
        while _MASK.search(text):
            text = _MASK.sub(lambda match: self.kept[int(match[1])], text)
        return text


@dataclass(slots=True, kw_only=True)
class Reader:
    """Reads a notebook's texts one after the other, since blocks may reach over several cells."""

    language: Format
    divs: Divs
    library: Library
    clean: Callable[[str, str], str]
    include: Callable[[str, str], str]
    _notes: dict[str, str] = field(default_factory=dict)

    def read(self, source: str, *, place: str) -> Text:
        """The author's text, checked.

        Raises:
            RenderError: where it uses what is not in the subset; names the cell and the line.
        """
        kept: list[str] = []

        def put_aside(match: re.Match[str]) -> str:
            kept.append(match[0])
            return f"\x1a{len(kept) - 1}\x1a"

        text = self.include(printable(source), place)

        def fenced(match: re.Match[str]) -> str:
            at = f"{place}, line {text[: match.start()].count(chr(10)) + 1}"
            kept.append(self._fence(match, at))
            return f"\x1a{len(kept) - 1}\x1a"

        masked = FENCE.sub(fenced, text)
        lines = Text(masked, tuple(kept))
        for pattern in (_CODE, _MATH):
            masked = pattern.sub(put_aside, masked)
        lines = Text(masked, tuple(kept))

        def line(offset: int) -> str:
            return f"{place}, line {_lines(lines, text, masked[:offset])}"

        checked(masked, text, at=line)
        self._notes_once(masked, line)
        starts = [0, *(found.end() for found in re.finditer("\n", masked))]
        masked = self.divs.read(masked, at=lambda number: line(starts[number]))
        masked = _SETEXT.sub(
            lambda m: f"{'#' if m['line'][0] == '=' else '##'} {m['text']}", masked
        )
        floats: list[Float] = []
        masked = _FIGURE.sub(lambda m: self._figure(m, floats), masked)
        masked = _TABLE.sub(lambda m: self._table(m, floats), masked)
        cites: list[str] = []
        masked = self._cited(masked, cites, place)
        return Text(masked, tuple(kept), tuple(cites), tuple(floats))

    def _fence(self, match: re.Match[str], place: str) -> str:
        info = match["info"].strip()
        if not info.startswith("{"):
            return match[0]
        body = "\n".join(match[0].split("\n")[1:-1])
        if named := re.fullmatch(r"\{\.([\w-]+)\}", info):
            return match[0].replace(info, named[1], 1)
        if info == "{=html}":
            return (
                raw(self.clean(body, place), "html") if self.language in {"html", "slides"} else ""
            )
        if info == "{=typst}":
            if '"@' in body:
                raise RenderError(
                    f"{place}: a raw block that would fetch a package",
                    remedy="write what it does in plain Typst",
                )
            return raw(body, "typst") if self.language == "typst" else ""
        raise RenderError(
            f"{place}: a block ```{info} is not in the markdown that both renderers support",
            remedy="a raw block is {=html} or {=typst}; code of a language is ```python, without "
            "braces, and what shall run stands in a code cell",
        )

    def _notes_once(self, masked: str, line: Callable[[int], str]) -> None:
        for found in _NOTE.finditer(masked):
            if first := self._notes.get(found["name"]):
                raise RenderError(
                    f"{line(found.start())}: footnote [^{found['name']}] is written twice, first "
                    f"at {first}",
                    remedy="give one of them another name: names hold for the whole notebook",
                )
            self._notes[found["name"]] = line(found.start())

    def _figure(self, match: re.Match[str], floats: list[Float]) -> str:
        alt = match["alt"] or plain(match["caption"])
        floats.append(
            Float(id=match["id"], caption=match["caption"], alt=alt, target=match["target"])
        )
        return f"\x1e{len(floats) - 1}\x1e"

    def _table(self, match: re.Match[str], floats: list[Float]) -> str:
        floats.append(Float(id=match["id"], caption=match["caption"]))
        return f"\n\x1e{len(floats) - 1}\x1e\n\n{match['table']}\n: {match['caption']}\n\n:::\n"

    def _cited(self, masked: str, cites: list[str], place: str) -> str:
        def kept_back(written: str) -> str:
            cites.append(written)
            return f"\x1d{len(cites) - 1}\x1d"

        def group(match: re.Match[str]) -> str:
            items = [_ITEM.match(part) for part in match["inner"].split(";")]
            ids = [item["id"].rstrip(".,:?") for item in items if item]
            if any(_REFERABLE.fullmatch(each) for each in ids):
                return match[0]
            for name in ids:
                self.library.require(name, place=place)
            return kept_back(match[0])

        def alone(match: re.Match[str]) -> str:
            name = match["id"]
            if _REFERABLE.fullmatch(name) or name not in self.library.keys:
                return match[0]
            return kept_back(match[0])

        return _ALONE.sub(alone, _GROUP.sub(group, masked))


def _lines(text: Text, source: str, before: str) -> int:
    """The line of the source at which a masked text ends."""
    whole = before
    while _MASK.search(whole):
        whole = _MASK.sub(lambda match: "\n" * text.kept[int(match[1])].count("\n"), whole)
    return min(whole.count("\n"), source.count("\n")) + 1


def headings(text: Text) -> tuple[Heading, ...]:
    """In order; `level` as the author wrote it."""
    return tuple(
        Heading(level=len(m["level"]), text=text.whole(m["text"]), id=m["id"])
        for m in _ATX.finditer(text.masked)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What a text needs from the rest of the report to be written.

    Attributes:
        headings: level and id of each heading.
        targets: id of a figure, table or section → how it is called ("Figure 1").
        floats: what each numbered picture or table is called.
        cites: how each citation is set.
        image: (alternative text, target, width in pixels) → the picture, as markdown.
        figure: (float, name) → a numbered picture.
    """

    language: Format
    headings: Iterable[tuple[int, str]]
    targets: Mapping[str, str]
    floats: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    image: Callable[[str, str, int | None], str]
    figure: Callable[[Float, str], str]
    place: str


def write(text: Text, given: Writing) -> str:
    """Markdown that every renderer reads alike.

    Raises:
        RenderError: where a reference leads to nothing.
    """
    following = iter(given.headings)

    def one_heading(match: re.Match[str]) -> str:
        level, name = next(following)
        return f"\n{'#' * level} {match['text']} {{#{name}}}\n"

    def tag(match: re.Match[str]) -> str:
        name = (match["name"] or "").lower()
        if name == "br":
            return "\\\n"
        if name == "img":
            img = Tag.of(match[0])
            return given.image(markdown(img.alt), img.target, img.width)
        if name in INLINE and given.language in {"html", "slides"}:
            return f"`<{'/' if match[0].startswith('</') else ''}{name}>`{{=html}}"
        return ""

    def floated(match: re.Match[str]) -> str:
        number = int(match[1])
        found, name = text.floats[number], given.floats[number]
        if found.target:
            return f"\n\n{given.figure(found, name)}\n\n"
        return f'::: {{.numbered name="{found.id}" number="{name}"}}'

    def image(match: re.Match[str]) -> str:
        alt = match["alt"].strip() or markdown(match["title"] or "")
        return given.image(alt, match["target"], pixels(match["width"] or ""))

    out = _IMAGE.sub(image, text.masked)
    out = _TAG.sub(tag, out)
    out = _references(out, given)
    out = _AT.sub(r"\\@", out)
    out = _CITED.sub(lambda match: given.cites[int(match[1])], out)
    out = _ATX.sub(one_heading, out)
    out = _FLOAT.sub(floated, out)
    return text.whole(out)


def _references(out: str, given: Writing) -> str:
    def named(name: str) -> str:
        kind, _, rest = name.partition("-")
        lowered = f"{kind.lower()}-{rest}"
        if lowered not in given.targets:
            known = ", ".join(f"@{target}" for target in sorted(given.targets)) or "none"
            raise RenderError(
                f"{given.place}: @{name} refers to nothing",
                remedy=f"label it with `#| label: {lowered}`; known: {known}",
            )
        return lowered

    def one(item: re.Match[str]) -> str:
        name = named(item["id"].rstrip(".,:?"))
        called, before = given.targets[name], item["before"].strip()
        numbered = not called.startswith("“")
        number = called.rpartition(" ")[2]
        if numbered and item["dash"]:
            shown = number
        else:
            shown = f"{before} {number}" if numbered and before else called
        lead = f"{before} " if before and not numbered else ""
        return f"{lead}[{markdown(shown)}](#{name}){item['after']}"

    def group(match: re.Match[str]) -> str:
        items = [_ITEM.match(part) for part in match["inner"].split(";")]
        if not any(item and _REFERABLE.fullmatch(item["id"].rstrip(".,:?")) for item in items):
            return match[0]
        if not all(item and _REFERABLE.fullmatch(item["id"].rstrip(".,:?")) for item in items):
            raise RenderError(
                f"{given.place}: {match[0]} mixes references and citations",
                remedy="write them in brackets of their own",
            )
        return ", ".join(one(item) for item in items if item)

    def alone(match: re.Match[str]) -> str:
        if not _REFERABLE.fullmatch(match["id"]):
            return match[0]
        name = named(match["id"])
        return f"[{markdown(given.targets[name])}](#{name})"

    return _ALONE.sub(alone, _GROUP.sub(group, out))


def plain(text: str) -> str:
    """The words of a line without its markup."""
    unmarked = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return printable(re.sub(r"\\([!-/:-@\[-`{-~])|[*_`]", r"\1", unmarked)).strip()


def without_first_heading(text: Text) -> Text:
    """Where the title was taken from."""
    return Text(_ATX.sub("", text.masked, count=1), text.kept, text.cites, text.floats)
