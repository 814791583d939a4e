"""A page in another language: its own words, numbers and dates; what a report says stays."""

import re
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest

from assay.core.errors import RenderError
from assay.workbench.render import Look, render
from assay.workbench.render.words import _WORDS, Say
from render.concierge_page import TABLE, cell, front_matter, page, plain_page, section, shows
from render.skeleton import read


@pytest.mark.parametrize("word", sorted(_WORDS))
def test_words_keep_their_blanks_in_every_language(word: str) -> None:
    blanks = sorted(re.findall(r"\{\w*\}", word))
    for lang in ("de", "fr", "es"):
        assert sorted(re.findall(r"\{\w*\}", Say(lang)(word))) == blanks


def test_german_page_has_german_furniture_on_screen_and_paper(tmp_path: Path) -> None:
    made = render(replace(page(), look=Look(lang="de-AT")), tmp_path, renderer="embedded")
    root = read(made.html.read_text(encoding="utf-8"))
    assert root.one("html").attributes["lang"] == "de-AT"
    assert [f.one("figcaption").one("b").text for f in root.all("figure")] == [
        "Abbildung 1.",
        "Abbildung 2.",
    ]
    assert root.one("nav").one("summary").text == "In diesem Bericht"
    facts = {d.one("dt").text: d.one("dd").text for d in root.one("header").one("dl").all("div")}
    assert facts["Daten bis"] == "19. Nov. 2026"
    assert "48.210" in root.one("details", id="provenance").text
    paper = pypdf.PdfReader(made.pdf)
    assert paper.trailer["/Root"]["/Lang"] == "de-AT"
    text = " ".join(paper.pages[0].extract_text().split())
    assert "Seite 1 von" in text
    assert "Stand 20. Nov. 2026" in text


def test_front_matter_wins_over_the_project(tmp_path: Path) -> None:
    rows = {"caption": "c", "columns": [{"label": "a"}], "rows": [[str(i)] for i in range(1200)]}
    made = plain_page(
        front_matter("lang: fr"),
        cell(section("x", "Une"), shows(TABLE, rows)),
        look=Look(lang="de"),
    )
    root = read(render(made, tmp_path, renderer="embedded").html.read_text(encoding="utf-8"))
    assert root.one("html").attributes["lang"] == "fr"
    assert root.one("caption").one("b").text == "Tableau 1."
    assert "1\u202f200 lignes" in root.one("main").text


def test_language_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="option 'lang'"):
        render(plain_page(front_matter("lang: German!")), tmp_path, renderer="embedded")
