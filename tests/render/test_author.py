"""The declared subset of markdown: what it becomes, and what is refused with its place."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

from assay.core.errors import RenderError
from assay.workbench.render import render
from assay.workbench.render.embedded import Embedded
from assay.workbench.render.html import HtmlWriter
from assay.workbench.render.paper import TypstWriter
from assay.workbench.render.publication import prepare
from render.concierge_page import cell, front_matter, plain_page
from render.skeleton import Element, read

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def main(*sources: str) -> Element:
    made = plain_page(*(new_markdown_cell(source) for source in sources))
    return read(Embedded().html(prepare(made, HtmlWriter(), "html")).decode()).one("main")


def on_paper(*sources: str) -> str:
    made = plain_page(*(new_markdown_cell(source) for source in sources))
    return "\n".join(c.source for c in prepare(made, TypstWriter(), "typst").notebook.cells)


@pytest.mark.parametrize(
    ("source", "place", "what"),
    [
        ("Text\n\n{{< video x.mp4 >}}", "cell 1", "shortcode"),
        ("Quarto reads `{{< meta x >}}` in code too", "cell 1", "shortcode"),
        ("Before [@doe2020, p. 3] after", "cell 1", "citation @doe2020, but no bibliography"),
        ("\n::: {.panel-tabs}\n## A\n:::", "cell 1, line 2", "panel-tabs"),
        ("::: {.panel-tabset}\nText\n:::", "cell 1, line 3", "tabs without a heading"),
        ("Text\n\n::: {.callout-note}\nText", "cell 1, line 3", "has no end"),
        ("Text\n\n:::", "cell 1, line 3", "ends a block that did not begin"),
        ('::: {.callout-note colour="x"}\n:::', "cell 1, line 1", "no attribute 'colour'"),
        ("::: {.content-visible}\n:::", "cell 1, line 1", "without a format"),
        (
            '::: {.content-visible when-format="epub"}\n:::',
            "cell 1, line 1",
            "when-format is 'epub'",
        ),
        ("```\na\nb\n```\n\n[x]{.red}", "cell 1, line 6", r"text with \{.red\}"),
        ("## One {.big}", "cell 1, line 1", r"a heading with \{.big\}"),
        ("![A](a.png){.big}", "cell 1, line 1", "an image with"),
        ("a[^1]\n\n[^1]: x\n[^1]: y", "cell 1, line 4", "written twice, first at cell 1, line 3"),
        ("[@fig-a; @doe]", "cell 1", "mixes references and citations"),
        ("x\n\n{{< include part.md >}}", "cell 1, line 3", "include of 'part.md'"),
        ('```{=typst}\n#import "@preview/x:1.0.0"\n```', "cell 1, line 1", "fetch a package"),
        ("::: {.callout-danger}\nx\n:::", "cell 1", "callout-danger"),
        ("```{=latex}\n\\x\n```", "cell 1", r"\{=latex\}"),
        ("`<b>`{=html}", "cell 1", r"raw block \{=html\} within a line"),
        ("```{python}\n1\n```", "cell 1", r"\{python\}"),
        ("<script>alert(1)</script>", "cell 1", "HTML <script>"),
        ("<table><tr><td>1</td></tr></table>", "cell 1", "HTML <table>"),
        ("![a chart](x.png)", "cell 1", "lies outside the project"),
        ("![a chart](https://example.org/x.png)", "cell 1", "lies outside the project"),
        ("See @fig-nowhere.", "cell 1", "@fig-nowhere refers to nothing"),
    ],
)
def test_what_is_outside_is_refused_with_its_place(source: str, place: str, what: str) -> None:
    with pytest.raises(RenderError, match=what) as refused:
        main(source)
    assert place in str(refused.value)
    assert refused.value.remedy


def test_code_and_mathematics_are_left_alone() -> None:
    code = "Use `<script>`, `@fig-x`, `{{ x }}`.\n\n```html\n<script>@fig-x {{ y }}</script>\n```"
    found = main(code, "$a<b>c$ and $$x @fig-x$$")
    assert [c.text for c in found.all("code")][:3] == ["<script>", "@fig-x", "{{ x }}"]
    assert "<script>@fig-x {{ y }}</script>" in found.all("pre")[0].text
    assert len(found.all("math")) == 2


def test_headings_are_levelled_and_named() -> None:
    found = main("# One\n\n### Deep *it*\n\nTitle two\n=========\n\ntext", "# One")
    headings = [(e.tag, e.text, e.attributes["id"]) for e in found.all() if e.tag in {"h2", "h3"}]
    assert headings == [
        ("h2", "Deep it", "sec-deep-it"),
        ("h2", "Title two", "sec-title-two"),
        ("h2", "One", "sec-one"),
    ]


def test_level_is_never_skipped_after_the_title() -> None:
    found = main("# Title\n\n#### First\n\n## Second\n\n#### Third")
    tags = [e.tag for e in found.all() if e.tag in {"h2", "h3", "h4"}]
    assert tags == ["h2", "h2", "h3"]


def test_lists_need_no_empty_line_before() -> None:
    assert len(main("Two things:\n- one\n- two").all("li")) == 2


def test_callout_becomes_a_box_with_its_title() -> None:
    found = main('::: {.callout-warning title="Mind the <gap>"}\nText *here*.\n:::')
    box = found.one("div", class_="note")
    assert box.attributes["class"] == "note tone-bad"
    assert box.all("p")[0].text == "Mind the <gap>"
    assert box.text.split("<gap>")[1].strip() == "Text here."


def test_heading_in_a_callout_is_its_title_not_a_section() -> None:
    found = main("::: {.callout-note}\n## Title\n\nText\n:::")
    assert not found.all("h2")
    assert found.one("div", class_="note").all("strong")[0].text == "Title"


def test_inline_tags_stay_and_lose_their_attributes() -> None:
    found = main(
        'H<sub onclick="x()">2</sub>O <b style="x">bold</b> <span class="y">z</span><br>end'
    )
    assert found.one("sub").attributes == {}
    assert found.one("b").attributes == {}
    assert not found.all("span")
    assert len(found.all("br")) == 1


def test_at_sign_of_a_name_is_no_citation() -> None:
    assert "ask @team or a@b.example" in main("ask @team or a@b.example").text


def test_section_reference_quotes_the_heading() -> None:
    found = main("## Which *way* {#sec-way}\n\nSee @sec-way.")
    assert found.one("a").text == "“Which way”"


def test_attached_image_is_in_the_page_and_beside_the_paper() -> None:
    made = new_markdown_cell("![A dot](attachment:dot.png)")
    made["attachments"] = {"dot.png": {"image/png": PIXEL}}
    page = plain_page(made)
    image = read(Embedded().html(prepare(page, HtmlWriter(), "html")).decode()).one("img")
    assert image.attributes["src"].startswith("data:image/png;base64,")
    assert image.attributes["alt"] == "A dot"
    publication = prepare(page, TypstWriter(), "typst")
    assert len(publication.files) == 1
    assert Embedded().pdf(publication)[0].startswith(b"%PDF-")


def test_paper_has_equations_in_words_and_boxes(tmp_path: Path) -> None:
    source = '$\\frac{a}{b}$ and "quotes"\n\n$$x \\text{"q"}$$\n\n::: {.callout-tip}\nBox\n:::\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n'
    made = plain_page(new_markdown_cell(source))
    assert render(made, tmp_path, renderer="embedded").pdf.stat().st_size > 1000


def test_raw_cell_is_refused_unless_it_is_the_front_matter() -> None:
    made = plain_page(new_markdown_cell("x"), new_raw_cell("\\LaTeX"))
    with pytest.raises(RenderError, match="cell 2 is a raw cell"):
        prepare(made, HtmlWriter(), "html")


@pytest.mark.parametrize(
    ("source", "what", "remedy"),
    [
        ("#| fig-atl: x", "unknown option 'fig-atl'", "did you mean 'fig-alt'"),
        ("#| echo: maybe", "option 'echo'", "list of options"),
        ("#| label: [", "not YAML", "in quotes"),
        ("#| just text", "expected `#| name: value`", ""),
    ],
)
def test_option_that_is_not_known_is_refused(source: str, what: str, remedy: str) -> None:
    made = plain_page(new_code_cell(source, execution_count=1))
    with pytest.raises(RenderError) as refused:
        prepare(made, HtmlWriter(), "html")
    assert what in refused.value.message
    assert "cell 1" in refused.value.message
    assert remedy in refused.value.remedy


def test_front_matter_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(RenderError, match=r"front matter.*unknown option 'bibliografy'") as refused:
        prepare(plain_page(front_matter("bibliografy: x.bib")), HtmlWriter(), "html")
    assert "bibliography" in refused.value.remedy


def test_code_is_shown_folded_on_request() -> None:
    made = plain_page(
        cell(source="#| echo: true\nx = 1 < 2"),
        cell(source="#| echo: true\n#| code-fold: false\ny = 2"),
    )
    found = read(Embedded().html(prepare(made, HtmlWriter(), "html")).decode()).one("main")
    assert found.one("details").one("code").text == "x = 1 < 2"
    assert [p.text for p in found.all("pre")] == ["x = 1 < 2", "y = 2"]


def test_options_hide_what_they_name() -> None:
    said = new_output("stream", name="stdout", text="said\n")
    warned = new_output("stream", name="stderr", text="warned\n")
    made = plain_page(
        cell(said, source="#| output: false"),
        cell(said, source="#| include: false"),
        cell(said, warned, source="#| warning: false"),
        cell(new_output("stream", name="stdout", text="**loud**\n"), source="#| output: asis"),
    )
    found = read(Embedded().html(prepare(made, HtmlWriter(), "html")).decode()).one("main")
    assert [p.text for p in found.all("pre")] == ["said"]
    assert found.one("strong").text == "loud"
