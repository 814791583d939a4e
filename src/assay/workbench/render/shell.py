"""The page around the body: everything that both renderers put before and after it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import RenderError
from assay.workbench.render.bundle import source_hash, vega_bundle
from assay.workbench.render.escape import call, typst
from assay.workbench.render.head import day
from assay.workbench.render.html import asset, environment

if TYPE_CHECKING:
    from assay.workbench.render.publication import Publication

BODY: Final = "$body$"
_POLICY: Final = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def html_page(publication: Publication, body: str) -> str:
    """One self-contained page; its policy allows its own two scripts and no request at all."""
    script = asset("boot.js")
    bundle = vega_bundle() if publication.charts else None
    scripts = [source_hash(script), *([bundle.hash] if bundle else [])]
    return environment().get_template("page.html.j2").render(
        page=publication,
        policy=_POLICY.format(scripts=" ".join(scripts)),
        style=f"{asset('base.css')}\n{asset('report.css')}",
        script=script,
        packed=bundle.packed if bundle else "",
        body=body,
    )


def typst_page(publication: Publication, body: str) -> str:
    """The document that Typst sets."""
    moment = instant(publication)
    setup: dict[str, Any] = {
        "running": f"{publication.report} · {publication.set_name}",
        "version": f"Version {publication.version}",
        "through": day(publication.as_of),
        "title": publication.head.title,
        "lang": publication.lang,
    }
    dated = f"datetime(year: {moment.year}, month: {moment.month}, day: {moment.day})"
    named = [f"{name}: {typst(value)}" for name, value in setup.items()]
    top = publication.head
    return environment().get_template("page.typ.j2").render(
        assets=asset("report.typ"),
        setup=", ".join([*named, f"date: {dated}"]),
        head=call(
            "page-head",
            eyebrow=top.eyebrow,
            tags=[{"text": tag.text, "tone": tag.tone} for tag in top.tags],
            subtitle=top.subtitle,
            meta=top.meta,
        ),
        body=body,
    )


def as_template(publication: Publication) -> str:
    """The page as a pandoc template whose body is still open, for a renderer that has its own."""
    whole = html_page if publication.language == "html" else typst_page
    mark = "\x1aassay body\x1a"
    return whole(publication, mark).replace("$", "$$").replace(mark, BODY)


def instant(publication: Publication) -> datetime:
    """The moment that the report speaks for, as the PDF's time stamp.

    Raises:
        RenderError: where `as_of` is no ISO date.
    """
    try:
        moment = datetime.fromisoformat(publication.as_of)
    except ValueError as error:
        raise RenderError(
            f"as_of is {publication.as_of!r}, expected an ISO date", remedy="give --as-of YYYY-MM-DD"
        ) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
