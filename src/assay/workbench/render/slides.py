"""The body of slides: one for each section, the decision first, drawings that need no script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.workbench.render.escape import heading, inert, raw
from assay.workbench.render.head import DECISION
from assay.workbench.render.html import HtmlWriter

if TYPE_CHECKING:
    from assay.workbench.render.blocks import Details, Figure, Table

ROWS: Final = 10
"""Rows of a table that fit on a slide."""


class SlidesWriter(HtmlWriter):
    """As on the page, as far as it fits; what is folded there is left to the page."""

    def decision(self, decision: dict[str, Any]) -> str:
        """The first slide; reveal.js takes no section within a slide."""
        facts = [
            f"- {inert(fact['label'])}: **{inert(fact['value'])}**"
            for fact in decision.get("facts", ())
        ]
        said = [decision.get("text", ""), decision.get("note", "")]
        words = "\n\n".join(inert(text) for text in said if text)
        lines = "\n".join(facts)
        return f"## {heading(decision['title'], 'html')} {{#{DECISION}}}\n\n{words}\n\n{lines}"

    def table(self, table: Table, name: str) -> str:
        """Its first rows."""
        total = table.total or len(table.rows)
        shown = table.model_copy(update={"rows": table.rows[:ROWS], "total": total})
        return super().table(shown, name)

    def details(self, details: Details) -> str:  # noqa: ARG002
        """Not on a slide."""
        return ""

    def _raw(self, code: str, *, large: bool = False) -> str:  # noqa: ARG002
        return raw(str(code), "html")

    def figure(self, figure: Figure, name: str) -> str:
        """The drawing as a picture."""
        source = self.image(figure.alt, figure.data, figure.media)
        name_id = figure.label or name.lower().replace(" ", "-")
        return raw(str(self._blocks.picture(figure, name, name_id, source)), "html")
