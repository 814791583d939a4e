"""The pages on paper: tagged, in words, vector, and set with one typeface."""

import re
import shutil
import subprocess
from pathlib import Path

import pypdf
import pytest
from nbformat.v4 import new_markdown_cell

from assay.core.errors import RenderError
from assay.workbench.render import Rendered, render
from assay.workbench.render.blocks import Table
from assay.workbench.render.paper import TypstWriter
from assay.workbench.render.publication import prepare
from assay.workbench.render.shell import instant
from assay.workbench.render.tables import TALL
from assay.workbench.render.typesetting import typeset
from render.concierge_page import TABLE, brief, cell, page, plain_page, section, shows


@pytest.fixture(scope="session")
def paper(rendered: Rendered) -> pypdf.PdfReader:
    return pypdf.PdfReader(rendered.pdf)


@pytest.fixture(scope="session")
def text(paper: pypdf.PdfReader) -> str:
    return "\n".join(sheet.extract_text() for sheet in paper.pages)


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_it_is_tagged_and_says_that_it_is_pdf_ua(paper: pypdf.PdfReader) -> None:
    catalog = paper.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in catalog
    assert catalog["/Lang"] == "en"
    xmp = catalog["/Metadata"].get_object().get_data().decode()
    assert re.search(r"<pdfuaid:part>1<|pdfuaid:part=\"1\"", xmp)


def test_title_and_time_are_the_report_s(paper: pypdf.PdfReader) -> None:
    assert paper.metadata.title == brief()["title"]
    assert paper.metadata.creation_date_raw.startswith("D:20261120")


def test_words_and_numbers_can_be_selected(text: str) -> None:
    for part in (
        "Ship variant B",
        "+4.5 %",
        "[−10.9, −2.6]",
        "70.1 → 73.3 %",
        "✓ as planned",
        "Figure 2. Cumulative lift",
        "Table 1. What was checked",
        "A remark at the foot.",
        "How it was done",
        "assigned twice",
        "assay run ab-test --set greeting-v2",
    ):
        assert part in flat(text), part


def test_charts_are_vector_and_their_words_are_text(paper: pypdf.PdfReader, text: str) -> None:
    assert sum(len(sheet.images) for sheet in paper.pages) == 0
    assert "change against control, % (95 % interval)" in flat(text)


def test_every_sheet_names_report_version_date_and_number(paper: pypdf.PdfReader) -> None:
    count = len(paper.pages)
    for number, sheet in enumerate(paper.pages, 1):
        shown = flat(sheet.extract_text())
        assert "ab-test · greeting-v2" in shown
        assert "Version 2026-11-20 a1b2c3d4" in shown
        assert "As of 20 Nov 2026" in shown
        assert f"Page {number} of {count}" in shown


def test_bookmarks_are_the_sections(paper: pypdf.PdfReader) -> None:
    titles = [entry.title for entry in paper.outline if not isinstance(entry, list)]
    assert titles == [
        "Ship variant B",
        "Success and cost improve; rating and escalations are still open",
        "The effect has been clear since 19 October",
        "Reading the figures",
        "Three checks passed, one remark",
        "How it was done",
        "Where it comes from: parameters, data, versions",
    ]


def test_fonts_come_from_wheels_and_are_inside(paper: pypdf.PdfReader) -> None:
    names = set()
    for sheet in paper.pages:
        for font in sheet["/Resources"]["/Font"].values():
            below = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = below["/FontDescriptor"].get_object()
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
            names.add(str(below["/BaseFont"]).rpartition("+")[2])
    assert all(name.startswith(("OpenSans", "DejaVuSansMono", "NewCMMath")) for name in names), (
        names
    )


def test_figures_have_alternative_text(paper: pypdf.PdfReader) -> None:
    said = []

    def walk(node) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict) and "/S" in node:
            if node["/S"] in {"/Figure", "/Formula"}:
                said.append(str(node.get("/Alt", "")))
            if "/K" in node:
                walk(node["/K"])

    walk(paper.trailer["/Root"]["/StructTreeRoot"]["/K"])
    assert sum("Task success +4.5 %" in alt for alt in said) == 1
    assert any("bar x_0" in alt for alt in said)
    assert all(said)


def table(rows: int) -> dict:
    return {
        "caption": "Many rows.",
        "columns": [{"label": "Row", "align": "left"}, {"label": "Number", "align": "right"}],
        "rows": [[f"row {i}", str(i)] for i in range(rows)],
    }


def test_long_table_is_cut_on_paper_and_says_so(tmp_path: Path) -> None:
    made = plain_page(cell(section("x", "All rows"), shows(TABLE, table(TALL + 20))))
    text = pypdf.PdfReader(render(made, tmp_path, renderer="embedded").pdf)
    shown = flat(" ".join(sheet.extract_text() for sheet in text.pages))
    assert f"row {TALL - 1} " in shown
    assert f"row {TALL} " not in shown
    assert "… 20 more rows in the page" in shown


def test_table_repeats_its_head_and_no_heading_is_stranded(tmp_path: Path) -> None:
    filler = new_markdown_cell("\n\n".join(["A line of text."] * 22))
    made = plain_page(filler, cell(section("x", "Stranded?", "Lead."), shows(TABLE, table(TALL))))
    sheets = [
        flat(s.extract_text())
        for s in pypdf.PdfReader(render(made, tmp_path, renderer="embedded").pdf).pages
    ]
    with_rows = [s for s in sheets if re.search(r"row \d+ ", s)]
    assert len(with_rows) > 1
    assert all("Row Number" in s for s in with_rows)
    headed = next(s for s in sheets if "Stranded?" in s)
    assert "row 0 " in headed


def parts(labels: list[tuple[str, str]], row: list[str]) -> list[int]:
    columns = [{"label": label, "align": align} for label, align in labels]
    call = TypstWriter().table(Table.model_validate({"columns": columns, "rows": [row]}), "")
    return [int(found) for found in re.findall(r"part: (\d+)", call)]


def test_columns_of_words_share_what_numbers_leave() -> None:
    fits = [("Metric", "left"), ("Arm", "left"), ("n", "right")]
    assert parts(fits, ["Visit", "Womens E-Mail", "21 306 : 21 387"]) == [0, 1, 0]
    long = parts(fits, ["A metric of many words " * 3, "An arm of many words " * 4, "21 306"])
    assert long[2] == 0
    assert min(long[:2]) > 0
    wide = [(f"Column {i}", "right") for i in range(14)]
    assert min(parts(wide, ["1 000 000 [1, 2]"] * 14)) > 0


def test_long_words_stay_in_their_column(tmp_path: Path) -> None:
    word = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"
    rows = {"columns": [{"label": "a"}, {"label": "b"}], "rows": [[word, word]], "caption": "c"}
    made = plain_page(cell(section("x", word), shows(TABLE, rows)))
    (sheet,) = pypdf.PdfReader(render(made, tmp_path, renderer="embedded").pdf).pages
    text = sheet.extract_text()
    assert not any(word in line for line in text.splitlines())
    assert re.sub(r"[\s\u200b]", "", text).count(word) >= 2


def test_characters_that_no_font_has_are_spelled_out(tmp_path: Path) -> None:
    made = plain_page(cell(section("x", "Group \U000105c0 grows")))
    text = pypdf.PdfReader(render(made, tmp_path, renderer="embedded").pdf).pages[0].extract_text()
    assert re.search(r"Group (\U000105c0|\(U\+105C0\)) grows", flat(text))


def test_warning_of_the_typesetter_stops_the_page() -> None:
    moment = instant(prepare(page(), TypstWriter(), "typst"))
    document = '#set document(title: "x")\n#set text(font: "No Such Font")\nx'
    with pytest.raises(RenderError, match="unknown font family"):
        typeset(document, {}, moment)


def test_thumbnail_is_the_first_sheet(rendered: Rendered) -> None:
    data = rendered.thumbnail.read_bytes()
    assert data.startswith(b"\x89PNG")
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    assert 1.40 < height / width < 1.43
    assert 300 < width < 700


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm (poppler-utils) not found")
def test_every_sheet_can_be_drawn(
    rendered: Rendered, paper: pypdf.PdfReader, tmp_path: Path
) -> None:
    done = subprocess.run(
        ["pdftoppm", "-r", "30", "-gray", rendered.pdf, tmp_path / "sheet"],
        capture_output=True,
        check=True,
    )
    assert not done.stderr
    sheets = sorted(tmp_path.glob("sheet*.pgm"))
    assert len(sheets) == len(paper.pages)
    for sheet in sheets:
        assert min(sheet.read_bytes()[20:]) < 128, f"{sheet.name} is blank"
