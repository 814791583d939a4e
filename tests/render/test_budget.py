"""How heavy a report may be."""

from dataclasses import replace
from pathlib import Path

import pytest

from assay.core.errors import RenderError
from assay.workbench.render import Look, render
from assay.workbench.render.budget import marks
from render.concierge_page import cell, chart, forest, plain_page, section

ROWS = [{"x": i, "y": i % 7, "g": "ab"[i % 2]} for i in range(6000)]
POINT = {
    "mark": "point",
    "encoding": {
        "x": {"field": "x", "type": "quantitative"},
        "y": {"field": "y", "type": "quantitative"},
    },
}
MEAN = {
    "mark": "bar",
    "encoding": {"x": {"field": "g"}, "y": {"field": "y", "aggregate": "mean"}},
}
BINNED = {
    "mark": "bar",
    "encoding": {"x": {"field": "x", "bin": True}, "y": {"aggregate": "count"}},
}


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        ({"data": {"values": ROWS}, **POINT}, 6000),
        ({"data": {"name": "d"}, "datasets": {"d": ROWS}, "layer": [POINT, POINT]}, 12000),
        ({"data": {"values": ROWS}, **MEAN}, 2),
        ({"data": {"values": ROWS}, **BINNED}, 50),
        ({"data": {"values": ROWS}, "hconcat": [POINT, MEAN]}, 6002),
        ({"data": {"values": ROWS}, "facet": {"field": "g"}, "spec": POINT}, 6000),
        ({"data": {"values": ROWS}, "layer": [{**POINT, "data": {"values": [{}]}}, MEAN]}, 3),
        ({"data": {"url": "x.csv"}, **POINT}, 0),
    ],
)
def test_marks_are_counted_as_they_are_drawn(spec: dict, count: int) -> None:
    assert marks(spec) == count


def test_heavy_chart_is_warned_of_and_heavy_report_refused(tmp_path: Path) -> None:
    heavy = {**forest(), "layer": [{**POINT, "data": {"values": ROWS[:300]}}]}
    made = plain_page(
        cell(section("x", "One"), chart(forest(), caption="c", alt="a")),
        cell(chart(heavy, caption="c", alt="a")),
    )
    rendered = render(replace(made, look=Look(max_marks=200)), tmp_path / "a", renderer="embedded")
    (warning,) = rendered.warnings
    assert warning.startswith("cell 2: chart with about 300 marks, more than 200")
    assert "Aggregate or sample" in warning
    with pytest.raises(
        RenderError, match=r"expected 0.1 MB at most; the heaviest: .* chart in cell 2"
    ):
        render(replace(made, look=Look(max_bytes=100_000)), tmp_path / "b", renderer="embedded")
    assert not (tmp_path / "b").exists()
