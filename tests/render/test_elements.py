"""The page of every element: what each becomes, on the screen and on paper, by both renderers."""

import re
from pathlib import Path

import pypdf
import pytest

from assay.workbench.render import Rendered, render
from render.elements_page import elements
from render.skeleton import Element, read


def flat(text: str) -> str:
    return " ".join(text.split())


def structure(page: Path) -> dict[str, list]:
    """What a reader finds on a page, whatever its markup."""
    root = read(page.read_text(encoding="utf-8"))
    main = root.one("main")
    heads = [e for e in main.all() if re.fullmatch(r"h[2-6]", e.tag) and "id" in e.attributes]
    notes = [e for e in main.all() if "note" in e.attributes.get("class", "").split()]
    folds = [e for e in main.all("details") if "code" in e.attributes.get("class", "").split()]
    return {
        "title": [root.one("h1").text],
        "tags": [e.text for e in root.one("header").all("span", class_="tag")],
        "facts": [flat(e.text) for e in root.one("header").all("dl")[0].all("div")],
        "menu": [(e.text, e.attributes["href"]) for e in root.one("nav").all("a")],
        "headings": [(e.tag, e.text, e.attributes["id"]) for e in heads],
        "figures": [
            (e.attributes["id"], flat(e.one("figcaption").text), alternative(e))
            for e in main.all("figure")
        ],
        "tables": [
            (e.attributes["id"], flat(e.one("caption").text), rows(e))
            for e in main.all("div", class_="table")
            if "id" in e.attributes
        ],
        "boxes": [
            (e.tag, e.attributes["class"].split()[1], first_words(e), "open" in e.attributes)
            for e in notes
        ],
        "tabs": [flat(e.all("strong")[0].text) for e in main.all("div", class_="tab")],
        "in the last tab": [
            len(main.all("div", class_="tab")[-1].all("figure")),
        ],
        "footnotes": [flat(li.text) for e in main.all(class_="footnotes") for li in e.all("li")],
        "links": [(flat(e.text), e.attributes["href"]) for e in main.all("a")],
        "mathematics": [flat(e.text) for e in main.all("math")],
        "inline": [
            (e.tag, e.text)
            for e in main.all()
            if e.tag in {"em", "del", "sub", "sup", "mark", "u", "kbd", "blockquote", "dt", "dd"}
        ],
        "code": [e.text.strip() for e in main.all("pre")],
        "folds": [(e.one("summary").text, "open" in e.attributes) for e in folds],
        "images": [e.attributes["alt"] for e in main.all("img")],
        "words": [flat(e.text) for e in main.all("p")],
    }


def alternative(figure: Element) -> str:
    drawn = figure.all("img") or figure.all("div", role="img")
    return drawn[0].attributes.get("alt") or drawn[0].attributes.get("aria-label", "")


def rows(table: Element) -> list[list[str]]:
    return [[flat(c.text) for c in row.all() if c.tag in {"th", "td"}] for row in table.all("tr")]


def first_words(box: Element) -> str:
    return flat((box.all("summary") or box.all("p"))[0].text)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render(elements(), tmp_path_factory.mktemp("elements"), renderer="embedded")


@pytest.fixture(scope="module")
def found(made: Rendered) -> dict[str, list]:
    return structure(made.html)


@pytest.fixture(scope="module")
def paper(made: Rendered) -> str:
    return flat(" ".join(sheet.extract_text() for sheet in pypdf.PdfReader(made.pdf).pages))


def test_front_matter_stands_in_the_head(found: dict[str, list]) -> None:
    assert found["title"] == ["Every element of a report"]
    assert found["tags"] == ["example", "elements"]
    assert "Author A. Author, B. Author" in found["facts"]
    assert "Date 19 Nov 2026" in found["facts"]
    assert ("References", "#references") in found["menu"]


def test_headings_of_boxes_and_tabs_are_no_sections(found: dict[str, list]) -> None:
    assert [text for _, text, _ in found["headings"]] == [
        "Text",
        "Lists",
        "Mathematics, notes and citations",
        "Boxes",
        "Tabs",
        "Figures and tables",
        "Code and what it prints",
        "By format",
        "References",
    ]
    assert found["tabs"] == ["As a table", "As a figure"]
    assert found["in the last tab"] == [1], "what a cell shows between two texts"


def test_figures_and_tables_are_numbered_in_the_order_that_they_stand(
    found: dict[str, list],
) -> None:
    assert found["figures"] == [
        (
            "fig-bars",
            "Figure 1. Two bars, drawn by a cell within a tab.",
            "The bar before is longer than the bar after, 90 to 70.",
        ),
        (
            "fig-attached",
            "Figure 2. Two bars, attached to a text.",
            "The same two bars as in the figure before.",
        ),
        (
            "fig-wide",
            "Figure 3. A figure that may leave the column of text.",
            "The two bars once more.",
        ),
    ]
    assert found["tables"] == [
        (
            "tbl-arms",
            "Table 1. Users by arm.",
            [["arm", "n"], ["A", "24 131"], ["B", "24 079"]],
        ),
        ("tbl-cell", "Table 2. A table that a cell shows.", [["arm", "lift"], ["B", "4.5"]]),
    ]
    assert "two bars" in found["images"]


def test_references_lead_to_what_they_name(found: dict[str, list]) -> None:
    for link in (
        ("Figure 1", "#fig-bars"),
        ("Fig. 2", "#fig-attached"),
        ("1", "#tbl-arms"),
        ("Table 2", "#tbl-cell"),
        ("Table 1", "#tbl-arms"),
        ("“Text”", "#sec-text"),
        ("link within", "#sec-lists"),
    ):
        assert link in found["links"]


def test_boxes_have_kind_title_and_fold(found: dict[str, list]) -> None:
    assert found["boxes"] == [
        ("div", "tone-neutral", "Note", False),
        ("div", "tone-good", "A title of its own", False),
        ("div", "tone-attention", "A heading as title", False),
        ("details", "tone-attention", "Folded away", False),
        ("details", "tone-bad", "Folded, but open", True),
    ]


def test_notes_citations_and_mathematics_are_set(found: dict[str, list], paper: str) -> None:
    assert [note.rstrip("↩︎ ") for note in found["footnotes"]] == ["With markup.", "Like this one."]
    assert len(found["mathematics"]) == 2
    cited = (
        "Sequential tests are older than computers (Wald 1945, 117); Fieller (1954) gave "
        "intervals of ratios (see also Wald 1945; Fieller 1954)."
    )
    assert cited in found["words"]
    assert cited in paper
    entry = "Wald, Abraham. 1945. “Sequential Tests of Statistical Hypotheses.” The Annals of"
    assert any(text.startswith(entry) for text in found["words"])
    assert entry in paper


def test_code_is_shown_folded_and_hidden_as_asked(found: dict[str, list], paper: str) -> None:
    assert found["code"] == [
        "lift = after / before - 1",
        'print(f"{days} days")',
        "7 days",
        "numbers = [1, 2]",
        'print("not shown")',
        "printed; its code is hidden",
    ]
    assert found["folds"] == [("How it is reckoned", False), ("Code", True)]
    assert "nothing of this cell" not in paper
    assert "removed" not in paper


def test_what_one_format_shows_stands_there_only(found: dict[str, list], paper: str) -> None:
    screen = ("On the screen only.", "Not on paper.", "Raw HTML, cleaned, on the screen.")
    on_paper = ("On paper only.", "Raw Typst, on paper.")
    part = "This paragraph lies in a file of its own, elements_part.md."
    for text in (*screen, part):
        assert text in found["words"]
    for text in (*on_paper, part):
        assert text in paper
    assert not any(text in paper for text in screen)
    assert not any(text in found["words"] for text in on_paper)


def test_paper_has_what_the_page_has(found: dict[str, list], paper: str) -> None:
    for text in (
        *(text for _, text, _ in found["headings"]),
        *(caption for _, caption, _ in found["figures"]),
        *(caption for _, caption, _ in found["tables"]),
        *(title for _, _, title, _ in found["boxes"]),
        *found["tabs"],
        *found["code"],
    ):
        assert text in paper, text


@pytest.mark.usefixtures("quarto")
def test_quarto_makes_the_same_of_every_element(found: dict[str, list], tmp_path: Path) -> None:
    made = render(elements(), tmp_path, renderer="quarto")
    other = structure(made.html)
    for part, value in found.items():
        assert other[part] == value, part
    text = flat(" ".join(sheet.extract_text() for sheet in pypdf.PdfReader(made.pdf).pages))
    for _, caption, _ in (*found["figures"], *found["tables"]):
        assert caption in text
