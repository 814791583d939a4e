"""What is not in the declared subset of markdown, and is refused with its line and a remedy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assay.core.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FENCE: Final = re.compile(
    r"^(?P<indent> {0,3})(?P<mark>`{3,}|~{3,})(?P<info>[^\n]*)\n"
    r"(?:.*\n)*?(?P=indent)? {0,3}(?P=mark)[`~]*[ \t]*$",
    re.MULTILINE,
)
INLINE: Final = frozenset(
    ["b", "strong", "i", "em", "u", "s", "sub", "sup", "small", "mark", "kbd", "code"]
)
_IGNORED: Final = frozenset(["p", "div", "span", "center", "font", "a", "section"])
_SHORTCODE: Final = re.compile(r"\{\{<[^\n]*")
_RAW: Final = re.compile(r"\x1a(\{=\w+\})")
_TAG: Final = re.compile(r"<!--.*?-->|</?(?P<name>[A-Za-z][\w-]*)(?:\s[^<>]*)?/?>", re.DOTALL)
_IMAGE: Final = re.compile(r"!\[[^\]]*\]\([^)\s]+[^)\n]*\)(?P<more>\{[^}\n]*\})?")
_FIGURE: Final = re.compile(r"\{#fig-[\w-]+(?:[ \t]+fig-alt=\"[^\"]*\")?[ \t]*\}")
_SIZED: Final = re.compile(r"\{width=\"?[\d.]+(px|%)?\"?\}")
_SPAN: Final = re.compile(r"(?<!!)\[[^\[\]\n]*\](?:\([^()\n]*\))?(?P<attributes>\{[^}\n]*\})")
_ATX: Final = re.compile(
    r"^ {0,3}#{1,6}[ \t]+[^\n]*?(?P<attributes>\{[^}\n]*\})[ \t]*$", re.MULTILINE
)
_HEADED: Final = re.compile(r"\{\s*(#[\w.-]+)?(\s*\.(unnumbered|unlisted))*\s*\}")
_PLAIN: Final = "plain markdown, or a code cell's output"
_DIV: Final = re.compile(r"^ {0,3}:{3,}[^\n]*", re.MULTILINE)
_SPANS: Final = frozenset({"{.underline}", "{.mark}", "{.smallcaps}"})


def checked(masked: str, source: str, *, at: Callable[[int], str]) -> None:
    """Refuses the first thing that is outside of the subset.

    Args:
        masked: the text without its code and mathematics.
        source: the whole text; shortcodes are sought in code, too, since Quarto would follow them.
        at: the place of an offset in `masked`.

    Raises:
        RenderError: names the line, and what to write instead.
    """
    if (shortcode := _SHORTCODE.search(source)) is not None:
        line = source[: shortcode.start()].count("\n") + 1
        place = re.sub(r"line \d+$", f"line {line}", at(0))
        raise _refused(
            "a shortcode {{< … >}}", place, shortcode[0], "{{< include FILE.md >}} or " + _PLAIN
        )
    for what, found, instead in _outside(masked):
        raise _refused(what, at(found.start()), found[0], instead)


def _outside(text: str) -> Iterator[tuple[str, re.Match[str], str]]:
    masked = _DIV.sub(lambda line: " " * len(line[0]), text)  # read by `divs`
    for found in _RAW.finditer(masked):
        yield f"a raw block {found[1]} within a line", found, "a block ```{=html} of its own"
    for found in _TAG.finditer(masked):
        name = (found["name"] or "br").lower()
        if name not in INLINE | _IGNORED | {"br", "img"}:
            yield f"HTML <{name}>", found, f"{_PLAIN}; or in a block ```{{=html}}"
    for found in _IMAGE.finditer(masked):
        if found["more"] and not _placed(found["more"]):
            yield (
                f"an image with {found['more']}",
                found,
                '{#fig-name fig-alt="…"}, on a line of its own, or with {width=50%}',
            )
    for found in _SPAN.finditer(masked):
        if found["attributes"] not in _SPANS:
            yield f"text with {found['attributes']}", found, " or ".join(sorted(_SPANS))
    for found in _ATX.finditer(masked):
        if not _HEADED.fullmatch(found["attributes"]):
            yield f"a heading with {found['attributes']}", found, "## Heading {#sec-name}"


def _placed(attributes: str) -> bool:
    return any(form.fullmatch(attributes) for form in (_FIGURE, _SIZED))


def _refused(what: str, place: str, where: str, instead: str) -> RenderError:
    line = re.sub("\x1a(\\d+)\x1a", "…", where).strip().splitlines()[0][:60]
    return RenderError(
        f"{place}: {what} is not in the markdown that both renderers support ({line!r})",
        remedy=f"write it as {instead}",
    )
