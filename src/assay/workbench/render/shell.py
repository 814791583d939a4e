"""The page around the body: everything that both renderers put before and after it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from assay.core.errors import RenderError
from assay.workbench.render.bundle import source_hash, vega_bundle
from assay.workbench.render.charts import DARK
from assay.workbench.render.escape import call, typst
from assay.workbench.render.head import day
from assay.workbench.render.html import asset, environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.workbench.render.publication import Publication

BODY: Final = "\x1abody\x1a"
_POLICY: Final = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def html_page(
    publication: Publication, body: str, *, template: str = "page.html.j2", more_style: str = ""
) -> str:
    """One self-contained page; its policy allows its own two scripts and no request at all."""
    script = asset("boot.js")
    bundle = vega_bundle() if publication.charts else None
    scripts = [source_hash(script), *([bundle.hash] if bundle else [])]
    return (
        environment()
        .get_template(template)
        .render(
            page=publication,
            policy=_POLICY.format(scripts=" ".join(scripts)),
            style="\n".join(
                [
                    asset("base.css"),
                    asset("report.css"),
                    more_style,
                    _dark_charts(publication.dark),
                ]
            ),
            script=script,
            packed=bundle.packed if bundle else "",
            body=body,
        )
    )


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
    moment = instant(publication)
    setup = {
        "running": f"{publication.report} · {publication.set_name}",
        "version": f"Version {publication.version}",
        "through": f"As of {day(publication.as_of)}",
        "title": publication.head.title,
        "lang": publication.lang,
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
