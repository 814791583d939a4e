"""The page around the body: everything that both renderers put before and after it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from assay.core.errors import RenderError
from assay.workbench.policy import policy, source_hash
from assay.workbench.render.bundle import vega_bundle
from assay.workbench.render.charts import DARK
from assay.workbench.render.escape import call, typst
from assay.workbench.render.head import day
from assay.workbench.render.html import asset, environment
from assay.workbench.render.words import Say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.workbench.render.publication import Publication

WORDS: Final = {
    "take": "{name}: copy or save",
    "table": "Table",
    "copy_png": "Copy as PNG",
    "copy_svg": "Copy as SVG",
    "save_png": "Save PNG",
    "save_svg": "Save SVG",
    "save_data": "Save data (CSV)",
    "save_table": "Save as CSV",
    "saved": "Saved as {file}",
    "copied": "Copied",
    "refused": "The clipboard was refused; saved as {file}",
    "failed": "This browser cannot do that",
}
"""What the buttons say that the page's script makes."""
BODY: Final = "\x1abody\x1a"
_STYLED: Final = re.compile(r"""(<[a-z][a-z0-9]*\b[^<>]*?) style="([^"<>]*)"(?=[^<>]*>)""")
_ALIGNED: Final = re.compile(r"text-align:\s*(left|right|center)")
_INSERT: Final = re.compile(r'<div data-insert="([0-9a-f]{64})"></div>')


def html_page(
    publication: Publication, body: str, *, template: str = "page.html.j2", more_style: str = ""
) -> str:
    """One self-contained page; its policy allows its own scripts and no request at all."""
    script = f"{asset('boot.js')}\n{asset('tabs.js')}\n{asset('tools.js')}"
    looks = [
        asset("base.css"),
        asset("report.css"),
        publication.theme.css,
        more_style,
        _dark_charts(publication.dark),
    ]
    style = "\n".join(looks)
    say = Say(publication.lang)
    bundle = vega_bundle() if publication.charts else None
    own = [source_hash(script), *([bundle.hash] if bundle else [])]
    styles = "'unsafe-inline'" if publication.scripts else source_hash(style)
    return (
        environment()
        .get_template(template)
        .render(
            page=publication,
            policy=policy(scripts=(*own, *publication.scripts), styles=styles),
            style=style,
            file=_file_stem(publication),
            words={name: say(word) for name, word in WORDS.items()},
            script=script,
            packed=bundle.packed if bundle else "",
            body=body,
            say=say,
        )
    )


def finished(page: str, publication: Publication) -> str:
    """The page with its large parts, and without the style attributes that its policy refuses."""
    plain = _STYLED.sub(_unstyled, page)
    return _INSERT.sub(lambda match: publication.inserts[match[1]], plain)


def _unstyled(tag: re.Match[str]) -> str:
    """Pandoc aligns the cells of the author's tables by style attributes."""
    aligned = _ALIGNED.search(tag[2])
    return f'{tag[1]} class="{aligned[1]}"' if aligned else tag[1]


def _file_stem(publication: Publication) -> str:
    """Begins the names of the files that a reader saves."""
    name = f"{publication.report}-{publication.set_name}".removesuffix("-default")
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "report"


def _dark_charts(dark: Mapping[str, str]) -> str:
    """Rules that exchange colour by colour, in the live chart and in the drawing alike."""
    rules = [
        f'.chart [{place}="{light}" i] {{ {place}: {colour}; }}'
        for light, colour in sorted({**DARK, **dark}.items())
        for place in ("fill", "stroke")
    ]
    return f"@media screen and (prefers-color-scheme: dark) {{\n{chr(10).join(rules)}\n}}"


def typst_page(publication: Publication, body: str) -> str:
    """The document that Typst sets."""
    return "\n".join([asset("report.typ"), typst_opening(publication), body])


def typst_opening(publication: Publication) -> str:
    """What stands between the definitions and the body: page, running heads, and the head."""
    moment, theme, say = instant(publication), publication.theme, Say(publication.lang)
    language, _, region = publication.lang.partition("-")
    setup = {
        "running": f"{publication.report} · {publication.set_name}",
        "version": f"{say('Version')} {publication.version}",
        "through": f"{say('As of')} {day(publication.as_of, publication.lang)}",
        "title": publication.head.title,
        "lang": language.lower(),
        "region": region.upper() if len(region) == 2 else None,
        "page-words": say("Page {} of {}").split("{}"),
        "accent": theme.accent,
        "footer": theme.footer,
        "logo": theme.logo.file if theme.logo else None,
        "logo-alt": theme.logo_alt,
    }
    named = [f"{name}: {typst(value)}" for name, value in setup.items()]
    dated = f"datetime(year: {moment.year}, month: {moment.month}, day: {moment.day})"
    top = publication.head
    opening = call(
        "page-head",
        eyebrow=top.eyebrow,
        tags=[{"text": tag.text, "tone": tag.tone} for tag in top.tags],
        subtitle=top.subtitle,
        meta=top.meta,
    )
    return f"#show: report.with({', '.join(named)}, date: {dated})\n{opening}\n"


def as_template(page: str) -> str:
    """Text that pandoc takes for a template: the body's place open, everything else as it is."""
    return page.replace("$", "$$").replace(BODY, "$body$")


def instant(publication: Publication) -> datetime:
    """The moment that the report speaks for, as the PDF's time stamp.

    Raises:
        RenderError: where `as_of` is no ISO date.
    """
    try:
        moment = datetime.fromisoformat(publication.as_of)
    except ValueError as error:
        raise RenderError(
            f"as_of is {publication.as_of!r}, expected an ISO date",
            remedy="give --as-of YYYY-MM-DD",
        ) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
