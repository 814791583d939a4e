"""An executed notebook becomes one page on the screen and on paper."""

from assay.workbench.render.look import Look
from assay.workbench.render.page import Page, Rendered
from assay.workbench.render.rendering import render, render_as

__all__ = ["Look", "Page", "Rendered", "render", "render_as"]
