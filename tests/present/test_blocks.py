"""Blocks in their neutral forms, and as the Lab shows them."""

import json

import pytest

from assay.core.errors import RenderError
from assay.present.blocks import (
    DETAILS,
    NOTE,
    SECTION,
    TABLE,
    Details,
    Lead,
    Mark,
    Note,
    Section,
    Table,
    Terms,
)


def test_section():
    data = Section("What changed", "A < B", "One sentence.")._repr_mimebundle_()
    assert data[SECTION] == {"nav": "What changed", "heading": "A < B", "lead": "One sentence."}
    folded = Section("p50", "A", part="Series")._repr_mimebundle_()
    assert folded[SECTION]["part"] == "Series"
    assert data["text/html"] == "<h2>A &lt; B</h2><p>One sentence.</p>"
    assert data["text/plain"] == "A < B\nOne sentence."


def test_section_without_a_lead():
    data = Section("Nav", "Heading")._repr_mimebundle_()
    assert data["text/html"] == "<h2>Heading</h2>"
    assert data["text/plain"] == "Heading"


TABLE_OF_CHECKS = Table(
    "Checks & marks",
    (("Check", "left"), ("n", "right"), ("Verdict", "left")),
    [("Sizes", "12", Mark("as planned", "good", "✓")), ("Missing", "3", Mark("care", tag=True))],
)


def test_table_keeps_marks_for_the_page_and_words_for_the_lab():
    data = TABLE_OF_CHECKS._repr_mimebundle_()
    assert data[TABLE]["columns"][1] == {"label": "n", "align": "right"}
    assert data[TABLE]["rows"] == [
        ["Sizes", "12", {"text": "as planned", "tone": "good", "mark": "✓"}],
        ["Missing", "3", {"text": "care", "tone": "neutral", "tag": True}],
    ]
    assert "Checks &amp; marks" in data["text/html"]
    assert '<td style="text-align:right">12</td>' in data["text/html"]
    assert data["text/plain"].splitlines()[1] == "Sizes\t12\t✓ as planned"


def test_a_row_of_another_length_is_refused():
    with pytest.raises(RenderError, match="has 1 cells, expected 2"):
        Table("Checks", (("Check", "left"), ("n", "right")), [("Sizes",)])


def test_note():
    data = Note("Read <it> with care.", "attention")._repr_mimebundle_()
    assert data[NOTE] == {"text": "Read <it> with care.", "tone": "attention"}
    assert "&lt;it&gt;" in data["text/html"]


def test_details_hold_paragraphs_terms_and_tables():
    details = Details(
        "How it was done",
        "method",
        ["A & B", Terms([("Seed", "0")]), TABLE_OF_CHECKS, Lead("All <cells>", "b/record")],
    )
    data = details._repr_mimebundle_()
    kinds = [next(iter(block)) for block in data[DETAILS]["blocks"]]
    assert kinds == ["p", "dl", "table", "p"]
    assert data[DETAILS]["blocks"][3] == {"p": "All <cells>", "beside": "b/record"}
    assert data["text/html"].endswith("<p>All &lt;cells&gt;</p></details>")
    assert data[DETAILS]["id"] == "method"
    assert data[DETAILS]["blocks"][1]["dl"] == [["Seed", "0"]]
    assert "<p>A &amp; B</p><dl><dt>Seed</dt><dd>0</dd></dl><table>" in data["text/html"]
    json.dumps(data)
