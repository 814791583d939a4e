"""The guide as pages of HTML: one file each, without scripts, readable with no network."""

from __future__ import annotations

import re
from functools import cache
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import jinja2
import pypandoc
from markupsafe import Markup

from assay.app.guide.book import Leaf, leaves
from assay.app.guide.commands import NAME, command_tree
from assay.core.errors import ProjectError, RenderError
from assay.workbench.files import write_atomically
from assay.workbench.policy import policy
from assay.workbench.render.html import asset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FOLDER: Final = Path(__file__).parent
_DIALECT: Final = "gfm-autolink_bare_uris"
_OPTIONS: Final = ("--wrap=none", "--syntax-highlighting=none")
_LINK: Final = re.compile(r'<a href="([^":#]*)(#[^"]*)?"([^>]*)>(.*?)</a>', re.DOTALL)
_CODE: Final = re.compile(r"<code>(assay [^<]*)</code>")
_SET_APART: Final = re.compile(r"(<a [^>]*>.*?</a>|<pre.*?</pre>)", re.DOTALL)
"""Where commands are no links: within links, and in what is to be copied."""
_TABLE: Final = re.compile(r"<table>.*?</table>", re.DOTALL)
_PICTURE: Final = re.compile(r"<img\b")
_MARK: Final = "Assay guide"
"""Names the maker of a page, so that no other file is taken for one."""


def write_guide(out: Path) -> tuple[Path, ...]:
    """Writes every page into the folder; the first is its index.

    Raises:
        ProjectError: where a page would replace a file that is none of the guide's.
        RenderError: where a page shows a picture, which it cannot carry.
    """
    book = leaves()
    names = {leaf.name for leaf in book}
    _insist_on_our_own(out / f"{name}.html" for name in sorted(names))
    written = []
    for leaf in book:
        file = out / f"{leaf.name}.html"
        write_atomically(file, _page(leaf, book, names))
        written.append(file)
    return tuple(written)


def _insist_on_our_own(files: Iterable[Path]) -> None:
    for file in files:
        if file.exists() and _MARK not in file.read_text(encoding="utf-8", errors="replace"):
            raise ProjectError(
                f"{file} is there already, and no page of the guide",
                remedy="name another folder with --out",
            )


def _page(leaf: Leaf, book: tuple[Leaf, ...], names: set[str]) -> str:
    groups: dict[str, list[Leaf]] = {}
    for other in book:
        groups.setdefault(other.group, []).append(other)
    return _template().render(
        leaf=leaf,
        groups=groups,
        body=Markup(_body(leaf, names)),  # noqa: S704  made by pandoc from our own pages
        css=Markup(asset("base.css") + (FOLDER / "guide.css").read_text("utf-8")),  # noqa: S704
        policy=policy(),
        mark=_MARK,
    )


def _body(leaf: Leaf, names: set[str]) -> str:
    html = pypandoc.convert_text(leaf.markdown, "html5", format=_DIALECT, extra_args=list(_OPTIONS))
    if _PICTURE.search(html):
        raise RenderError(f"{leaf.name}.md shows a picture, which the guide cannot carry")
    html = _LINK.sub(lambda link: _within(link, names), html)
    if leaf.name != "commands":
        html = "".join(
            part if part.startswith(("<a ", "<pre")) else _CODE.sub(_to_command, part)
            for part in _SET_APART.split(html)
        )
    html = html.replace("<pre", '<pre tabindex="0"')
    return _TABLE.sub(_scrolling, html)


def _within(link: re.Match[str], names: set[str]) -> str:
    """A link to another page of the guide; to anything else of the checkout, only its words."""
    target, anchor, rest, words = link[1], link[2] or "", link[3], link[4]
    if not target:
        return link[0]
    path = Path(target)
    name = "tables" if target.endswith("data/README.md") else path.stem
    if path.suffix == ".md" and name in names:
        return f'<a href="{name}.html{anchor}"{rest}>{words}</a>'
    return str(words)


def _to_command(found: re.Match[str]) -> str:
    """A command that is named in the text leads to what the reference says of it."""
    words = unescape(found[1]).split()
    for end in range(len(words), 1, -1):
        command = " ".join(words[:end])
        if _commands().get(command):
            anchor = command.replace(" ", "-")
            return f'<a href="commands.html#{anchor}">{found[0]}</a>'
    return found[0]


@cache
def _commands() -> Mapping[str, bool]:
    """Whether the reference has an entry of the command's own, by its words."""
    return {
        words: words != NAME and not getattr(command, "commands", None)
        for words, command in command_tree().items()
    }


def _scrolling(table: re.Match[str]) -> str:
    """A table that is wider than the page scrolls by itself, also with the keyboard."""
    heads = ", ".join(re.findall(r"<th[^>]*>(.*?)</th>", table[0], re.DOTALL))
    label = escape(unescape(re.sub(r"<[^>]+>", "", heads))) or "Table"
    return f'<div class="wide" role="group" tabindex="0" aria-label="{label}">{table[0]}</div>'


@cache
def _template() -> jinja2.Template:
    text = (FOLDER / "guide.html.j2").read_text("utf-8")
    return jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(text)
