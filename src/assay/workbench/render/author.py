"""The author's markdown: one declared subset of Quarto's, in two formats; the rest is refused.

Both renderers read what is written here: headings have ids, cross-references are links, callouts
are plain boxes, and nothing in it is HTML or Typst of the author's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assay.core.errors import RenderError
from assay.workbench.render.escape import Format, markdown, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_FENCE: Final = re.compile(
    r"^(?P<indent> {0,3})(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)\n"
    r"(?:.*\n)*?(?P=indent)? {0,3}(?P=mark)[`~]*[ \t]*$",
    re.MULTILINE,
)
_CODE: Final = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_MATH: Final = re.compile(
    r"\$\$.+?\$\$|(?<![\\$])\$(?![\s$])[^$\n]*?(?<![\s\\])\$(?!\d)", re.DOTALL
)
_MASK: Final = re.compile("\x1a(\\d+)\x1a")
_ATX: Final = re.compile(
    r"^ {0,3}(?P<level>#{1,6})[ \t]+(?P<text>.*?)[ \t]*#*[ \t]*"
    r"(?:\{#(?P<id>[\w.-]+)[^}]*\})?[ \t]*$",
    re.MULTILINE,
)
_SETEXT: Final = re.compile(
    r"(?:\A|(?<=\n\n))(?P<text>[^\s#>|*-][^\n|]*)\n(?P<line>=+|-{3,})[ \t]*$", re.MULTILINE
)
_CALLOUT: Final = re.compile(
    r"^(?P<fence>:{3,})[ \t]*\{[ \t]*\.callout-(?P<kind>\w+)(?P<rest>[^}\n]*)\}[ \t]*\n"
    r"(?:\s*^#{1,6}[ \t]+(?P<heading>[^\n]+)\n)?",
    re.MULTILINE,
)
_DIV: Final = re.compile(r"^:{3,}[ \t]*(?P<open>[^\s:][^\n]*)$", re.MULTILINE)
_BOX: Final = re.compile(r"\{\.note \.tone-\w+\}")
_REFERENCE: Final = re.compile(r"(?<![\w\\])\[?(?P<dash>-?)@(?P<id>(?:fig|tbl|sec)-[\w-]+)\]?")
_CITATION: Final = re.compile(r"\[[^\]\n]*(?<![\w\\])-?@[\w:-]+[^\]\n]*\](?!\()")
_AT: Final = re.compile(r"(?<![\w\\])@(?=\w)")
_IMAGE: Final = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<target>[^)\s]+)(?:\s+\"[^\"]*\")?\)")
_TAG: Final = re.compile(r"<!--.*?-->|</?(?P<name>[A-Za-z][\w-]*)(?:\s[^<>]*)?/?>", re.DOTALL)
_TITLE: Final = re.compile(r'title\s*=\s*"([^"]*)"')

CALLOUTS: Final = {
    "note": "neutral",
    "tip": "good",
    "important": "attention",
    "caution": "attention",
    "warning": "bad",
}
_INLINE: Final = frozenset(
    ["b", "strong", "i", "em", "u", "s", "sub", "sup", "small", "mark", "kbd", "code"]
)
_IGNORED: Final = frozenset(["p", "div", "span", "center", "font", "a", "section"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading in the author's text, without its markup where it is quoted."""

    level: int
    text: str
    id: str | None


@dataclass(frozen=True, slots=True)
class Text:
    """Markdown whose code and mathematics are set aside, so that nothing is sought in them."""

    masked: str
    kept: tuple[str, ...]

    def whole(self, text: str) -> str:
        """With what was set aside put back."""
        while _MASK.search(text):
            text = _MASK.sub(lambda match: self.kept[int(match[1])], text)
        return text


def read(source: str, *, place: str) -> Text:
    """The author's text, checked.

    Raises:
        RenderError: where it uses what is not in the subset; names the cell and the line.
    """
    kept: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\x1a{len(kept) - 1}\x1a"

    text = printable(source)
    if (shortcode := re.search(r"\{\{<[^\n]*", text)) is not None:
        raise _refused("a shortcode {{< … >}}", place, shortcode[0])
    for fence in _FENCE.finditer(text):
        if fence["info"].strip().startswith("{"):
            raise _refused(f"a block {fence['mark']}{fence['info'].strip()}", place, fence[0])
    for pattern in (_FENCE, _CODE, _MATH):
        text = pattern.sub(put_aside, text)
    text = _callouts(text, place)
    text = _SETEXT.sub(lambda m: f"{'#' if m['line'][0] == '=' else '##'} {m['text']}", text)
    read_text = Text(text, tuple(kept))
    _refuse_the_rest(read_text, place)
    return read_text


def headings(text: Text) -> tuple[Heading, ...]:
    """In order; `level` as the author wrote it."""
    return tuple(
        Heading(level=len(m["level"]), text=text.whole(m["text"]), id=m["id"])
        for m in _ATX.finditer(text.masked)
    )


def write(  # noqa: PLR0913  one argument for each thing that a text may need
    text: Text,
    *,
    language: Format,
    headings: Iterable[tuple[int, str]],
    targets: Mapping[str, str],
    image: Callable[[str, str], str],
    place: str,
) -> str:
    """Markdown that both renderers read alike.

    Args:
        text: as `read` returned it.
        language: what stands for line breaks and inline tags.
        headings: level and id of each heading.
        targets: id of a figure, table or section → how it is called ("Figure 1").
        image: (alternative text, target) → where the picture lies.
        place: names the cell in messages.
    """
    following = iter(headings)

    def one_heading(match: re.Match[str]) -> str:
        level, name = next(following)
        return f"\n{'#' * level} {match['text']} {{#{name}}}\n"

    def reference(match: re.Match[str]) -> str:
        if match["id"] not in targets:
            known = ", ".join(f"@{name}" for name in sorted(targets)) or "none"
            raise RenderError(
                f"{place}: @{match['id']} refers to nothing",
                remedy=f"label it with `#| label: {match['id']}`; known: {known}",
            )
        return f"[{markdown(targets[match['id']])}](#{match['id']})"

    def tag(match: re.Match[str]) -> str:
        name = (match["name"] or "").lower()
        if name == "br":
            return "\\\n"
        if name in _INLINE and language == "html":
            return f"`<{'/' if match[0].startswith('</') else ''}{name}>`{{=html}}"
        return ""

    out = _IMAGE.sub(lambda m: f"![{m['alt']}]({image(m['alt'], m['target'])})", text.masked)
    out = _TAG.sub(tag, out)
    out = _REFERENCE.sub(reference, out)
    out = _AT.sub(r"\\@", out)
    out = _ATX.sub(one_heading, out)
    return text.whole(out)


def _callouts(text: str, place: str) -> str:
    def box(match: re.Match[str]) -> str:
        kind = match["kind"]
        if kind not in CALLOUTS:
            raise _refused(f"callout-{kind}", place, match[0], known=CALLOUTS)
        title = _TITLE.search(match["rest"])
        name = match["heading"] or (markdown(title[1]) if title else kind.capitalize())
        return f"{match['fence']} {{.note .tone-{CALLOUTS[kind]}}}\n\n**{name}**\n\n"

    return _CALLOUT.sub(box, text)


def _refuse_the_rest(text: Text, place: str) -> None:
    for what, found in _outside_the_subset(text.masked):
        raise _refused(what, place, found)
    for image in _IMAGE.finditer(text.masked):
        if not image["alt"].strip():
            raise RenderError(
                f"{place}: image {image['target'][:60]} without alternative text",
                remedy="write what it shows between the brackets: ![…](…)",
            )


def _outside_the_subset(masked: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"\x1a(\{=\w+\})", masked):
        yield f"a raw block {found[1]}", found[1]
    for found in _DIV.finditer(masked):
        if not _BOX.fullmatch(found["open"]):
            yield f"a block ::: {found['open']}", found[0]
    for found in _CITATION.finditer(masked):
        if not _REFERENCE.fullmatch(found[0]):
            yield f"a citation {found[0]}", found[0]
    for found in _TAG.finditer(masked):
        name = (found["name"] or "br").lower()
        if name not in _INLINE | _IGNORED | {"br"}:
            yield f"HTML <{name}>", found[0]


def _refused(
    what: str, place: str, where: str, *, known: Mapping[str, str] | None = None
) -> RenderError:
    line = _MASK.sub("…", where).strip().splitlines()[0][:60]
    offer = f"one of {', '.join(known)}" if known else "plain markdown, or a code cell's output"
    return RenderError(
        f"{place}: {what} is not in the markdown that both renderers support ({line!r})",
        remedy=f"write it as {offer}",
    )


def without_first_heading(text: Text) -> Text:
    """Where the title was taken from."""
    return Text(_ATX.sub("", text.masked, count=1), text.kept)
