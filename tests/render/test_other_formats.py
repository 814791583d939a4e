"""Slides and Word documents, which Quarto makes; here pandoc stands in for what it does with them."""

import os
import re
import sys
import zipfile
from pathlib import Path

import pytest

from assay.core.errors import RenderError
from assay.workbench.render import quarto, render_as
from assay.workbench.render.embedded import MARKDOWN
from assay.workbench.render.pandoc import pandoc_path
from render.concierge_page import TABLE, cell, chart, forest, page, plain_page, section, shows
from render.elements_page import elements

STAND_IN = f"""#!{sys.executable}
import json, subprocess, sys
import yaml
args = sys.argv[1:]
target, name = args[args.index("--to") + 1], args[args.index("--output") + 1]
title, *cells = json.load(open("report.ipynb"))["cells"]
settings = yaml.safe_load("".join(title["source"]).strip("-"))
source = "\\n\\n".join("".join(cell["source"]) for cell in cells)
more = ["--slide-level=2", "--mathml", "--css=slides.css"] if target == "revealjs" else []
subprocess.run(
    [{pandoc_path()!r}, "--from={MARKDOWN}", "--to=" + target, "--standalone", "--output=" + name,
     "--lua-filter=publication.lua", "-M", "title=" + settings["title"],
     "-M", "pagetitle=" + settings["pagetitle"], *more],
    input=source, text=True, check=True,
)
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "quarto"
    program.write_text(STAND_IN, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv(quarto.VARIABLE, str(program))


def test_without_quarto_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(quarto.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setattr(quarto.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(quarto, "find_spec", lambda _: None)
    with pytest.raises(
        RenderError, match="slides are made by Quarto, which was not found"
    ) as refused:
        render_as(page(), tmp_path / "slides.html", "slides")
    assert "html and pdf need no Quarto" in refused.value.remedy
    assert not (tmp_path / "slides.html").exists()


@pytest.mark.usefixtures("stand_in")
def test_slides_begin_with_the_decision_and_have_one_section_each(tmp_path: Path) -> None:
    out = render_as(page(), tmp_path / "out" / "slides.html", "slides")
    text = re.sub(r"<script.*?</script>|<!--.*?-->", "", out.read_text("utf-8"), flags=re.DOTALL)
    slides = [s for s in re.split(r"<section", text)[1:] if "slide level2" in s]
    heads = [re.sub("<[^>]+>", "", re.search(r"<h2.*?</h2>", s, re.DOTALL)[0]) for s in slides]
    assert list(dict.fromkeys(heads)) == [
        "Ship variant B",
        "Success and cost improve; rating and escalations are still open",
        "The effect has been clear since 19 October",
        "Reading the figures",
        "Three checks passed, one remark",
    ]
    assert "<title>Ship the new greeting" in text
    assert "Chance that B is better" in slides[0]
    assert "data:image/svg+xml" in slides[1]
    assert "vega" not in text.lower()


@pytest.mark.usefixtures("stand_in")
def test_each_slide_has_one_figure_or_table(tmp_path: Path) -> None:
    rows = {"caption": "All.", "columns": [{"label": "n"}], "rows": [["1"]]}
    shown = cell(section("A", "Both rise", "As told."), chart(forest()), shows(TABLE, rows))
    out = render_as(plain_page(shown), tmp_path / "slides.html", "slides")
    slides = [s for s in out.read_text("utf-8").split("<section")[1:] if "slide level2" in s]
    assert [("<figure" in s, "<table" in s) for s in slides] == [(True, False), (False, True)]
    assert all("Both rise</h2>" in s for s in slides)


@pytest.mark.usefixtures("stand_in")
def test_word_document_has_words_tables_and_pictures(tmp_path: Path) -> None:
    out = render_as(elements(), tmp_path / "report.docx", "docx")
    with zipfile.ZipFile(out) as archive:
        names = archive.namelist()
        document = archive.read("word/document.xml").decode()
    words = re.sub("<[^>]+>", "", document)
    for part in (
        "Table 1. Users by arm.",
        "Figure 1. Two bars, drawn by a cell within a tab.",
        "A title of its own",
        "As a figure",
        "Wald, Abraham. 1945.",
        "Table 2. A table that a cell shows.",
    ):
        assert part in words, part
    assert "On the screen only" not in words
    assert [name for name in names if name.endswith(".png")]
    assert "The bar before is longer than the bar after" in document
