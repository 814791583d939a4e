"""Hostile text: whatever a name, a caption or a cell holds, the page's structure is the same.

Each property asks the language's own parser (pandoc, Typst, an HTML parser), not our idea of it.
"""

import json
import subprocess
from copy import deepcopy
from pathlib import Path

import typst as compiler
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_notebook

from assay.workbench.render.docx import DocxWriter
from assay.workbench.render.embedded import MARKDOWN, Embedded
from assay.workbench.render.escape import heading, markdown, one_line, printable, raw, typst
from assay.workbench.render.html import HtmlWriter
from assay.workbench.render.pandoc import pandoc_path
from assay.workbench.render.paper import TypstWriter
from assay.workbench.render.publication import prepare
from assay.workbench.render.quarto import lay_out
from assay.workbench.render.slides import SlidesWriter
from render.concierge_page import (
    DETAILS,
    NOTE,
    TABLE,
    VEGALITE,
    brief,
    cell,
    chart,
    forest,
    page,
    section,
    shows,
)
from render.skeleton import read, shape

HOSTILE = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<!-- --><style>*{display:none}</style>",
    "&lt;b&gt; & &amp;",
    "```\n#panic()\n```",
    "``````{=html}\n<script>\n``````",
    ']#panic("x")[',
    '"+panic()+"',
    "\\",
    '\\"',
    "#set page(width: 1pt)",
    "$x$ $$y$$ \\(z\\)",
    "{{< include /etc/passwd >}}",
    "{{ 7*7 }} {% raw %}",
    "@fig-x [@y] <https://example.org>",
    "# not a heading {#main}",
    "::: {.note}",
    "\u202e\u2028\u2029\x00\x1b[31m\ufffe",
    "// comment /* */ http://a.b",
    "*bold* _it_ `code` ~s~ ^s^ --- ...",
    "1. one\n2. two\n\n- three",
    "| a | b |\n|---|---|",
    "^[note] [^1]: x",
]
ANY = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(alphabet="<>&\"'`\\#$@{}[]()*_~^|:;=+-!%/ \n\tabλ−→", max_size=30),
    st.text(max_size=30),
)
SAID = ANY.filter(lambda text: any(c.isalnum() for c in printable(text)))


def pandoc(source: str, to: str) -> str:
    done = subprocess.run(
        [pandoc_path(), f"--from={MARKDOWN}", f"--to={to}"],
        input=source.encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def words(inlines: list[dict]) -> str:
    plain = {"Space": " ", "SoftBreak": " "}
    return "".join(i["c"] if i["t"] == "Str" else plain[i["t"]] for i in inlines)


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    assert one_line("is \t0.50\u00a0%\nof\u20031\u202f000 ") == "is 0.50\u00a0% of 1\u202f000"
    assert "0.50\u00a0%" in heading("0.50\u00a0%", "typst")


@settings(max_examples=15)
@given(st.lists(SAID, min_size=1, max_size=20))
def test_markdown_shows_text_as_it_is(texts: list[str]) -> None:
    source = "\n\n".join(f"## {markdown(text)} {{#h-{i}}}" for i, text in enumerate(texts))
    blocks = json.loads(pandoc(source, "json"))["blocks"]
    assert [b["t"] for b in blocks] == ["Header"] * len(texts)
    assert [words(b["c"][2]) for b in blocks] == [one_line(t) for t in texts]


@settings(max_examples=15)
@given(st.lists(ANY, min_size=1, max_size=10))
def test_no_text_leaves_a_raw_block(texts: list[str]) -> None:
    source = "\n\n".join(raw(printable(text), "html") for text in texts)
    blocks = json.loads(pandoc(source, "json"))["blocks"]
    assert [b["t"] for b in blocks] == ["RawBlock"] * len(texts)
    expected = [printable(text).expandtabs(4) for text in texts]
    assert [b["c"][1].rstrip("\n") for b in blocks] == [text.rstrip("\n") for text in expected]


@settings(max_examples=40)
@given(st.lists(ANY, max_size=10))
def test_typst_reads_back_what_was_written(texts: list[str]) -> None:
    value = {
        "texts": texts,
        "pairs": [(t, t) for t in texts],
        "nothing": None,
        "yes": True,
        "x": 1.5,
    }
    source = f"#metadata({typst(value)}) <it>".encode()
    found = compiler.query(source, "<it>", field="value", one=True)
    shown = [printable(text) for text in texts]
    assert json.loads(found) == {
        "texts": shown,
        "pairs": [[t, t] for t in shown],
        "nothing": None,
        "yes": True,
        "x": 1.5,
    }


CHART = chart(forest())


def everywhere(text: str):
    told = brief(title=text, subtitle=text, subject=text, state=text)
    told["decision"] = {
        **told["decision"],
        "title": text,
        "text": text,
        "note": text,
        "facts": [{"label": text, "value": text}],
    }
    told["tiles"] = [
        {**tile, "name": text, "value": text, "interval": text, "detail": text}
        for tile in told["tiles"]
    ]
    table = {
        "caption": text,
        "columns": [{"label": text, "align": "left"}, {"label": "n", "align": "right"}],
        "rows": [[text, {"text": text, "tone": "good", "mark": text, "tag": True}]],
    }
    details = {
        "summary": text,
        "id": "method",
        "blocks": [{"p": text}, {"dl": [[text, text]]}, {"table": table}, {"code": text}],
    }
    spec = {**forest(), "description": text, "title": text}
    drawn = deepcopy(CHART)
    drawn.metadata["assay"] = {"caption": text, "alt": text}
    drawn.data[VEGALITE] = spec
    notebook = new_notebook(
        cells=[
            cell(
                section(text, text, text),
                shows(TABLE, table),
                shows(NOTE, {"text": text}),
                shows(DETAILS, details),
            ),
            cell(drawn),
        ]
    )
    manifest = {
        "parameters": {"p": text},
        "inputs": [{"name": text, "path": text}],
        "command": text,
        "seed": 1,
    }
    return page(
        notebook=notebook,
        result={"brief": told},
        manifest=manifest,
        report=text,
        set_name="s",
        history=(),
    )


def html_of(text: str) -> str:
    return Embedded().html(prepare(everywhere(text), HtmlWriter(), "html")).decode()


PLAIN_SHAPE = shape(read(html_of("harmless")))


@settings(max_examples=25)
@given(SAID)
def test_no_text_changes_the_structure_of_the_page(text: str) -> None:
    made = html_of(text)
    root = read(made)
    assert shape(root) == PLAIN_SHAPE
    shown = one_line(text)
    assert root.one("h1").text == printable(text)
    assert one_line(root.one("main").all("h2")[1].text) == shown
    assert json.loads(root.one("figure").one("script").text)["title"] == printable(text)
    assert root.one("figure").one("div", role="img").attributes["aria-label"] == printable(text)


def test_no_text_becomes_a_shortcode_in_any_file_of_a_quarto_job(tmp_path: Path) -> None:
    # Quarto finds shortcodes in raw blocks, headings, code and settings, also in escaped words
    text = "{{< include /etc/passwd >}}"
    for writer, language in (
        (HtmlWriter(), "html"),
        (TypstWriter(), "typst"),
        (SlidesWriter(), "slides"),
        (DocxWriter(), "docx"),
    ):
        folder = tmp_path / language
        folder.mkdir()
        lay_out(prepare(everywhere(text), writer, language), folder)
        for path in folder.iterdir():
            if path.suffix not in {".svg", ".png"} and path.is_file():
                assert "{{<" not in path.read_text(encoding="utf-8").replace("\\", ""), path.name


@settings(max_examples=25)
@given(SAID)
def test_every_text_can_be_set_on_paper(text: str) -> None:
    pdf, _ = Embedded().pdf(prepare(everywhere(text), TypstWriter(), "typst"))
    assert pdf.startswith(b"%PDF-")
