"""The chart of parts of a whole: its words have the room that they need."""

from __future__ import annotations

from assay.present.charts.pareto import Part, pareto_chart


def test_amounts_may_be_longer_than_names() -> None:
    parts = [
        Part(label="a", note="", share=0.7, figures="$1 216 123.45 · 70.0 % of it"),
        Part(label="b", note="", share=0.3, figures="$3 · 30 %"),
    ]
    layers = pareto_chart(parts, axis="Share", mark=0.8).to_dict()["layer"]
    limits = {
        layer["encoding"]["text"]["field"]: layer["mark"]["limit"]["expr"].rsplit(": ")[-1]
        for layer in layers
        if "text" in layer["encoding"]
    }
    assert int(limits["figures"]) > 5 * int(limits["label"])
