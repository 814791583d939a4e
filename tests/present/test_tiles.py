"""Rows of squares: letters that can be read on every shade, labels that stay whole."""

import itertools

import numpy as np
import pytest

from assay.present.charts.heat import HeatCell, heat_chart
from assay.present.charts.tiles import Tile, shade, tile_chart
from assay.present.theme import PALETTE

ENOUGH = 4.5
"""Contrast of text (WCAG 2.2, success criterion 1.4.3)."""


def light_of(colour):
    """Relative luminance (WCAG 2.2, definition) of a colour or of a mixture of two."""
    parts = np.array(colour) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def rgb(colour):
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])


def contrast(one, other):
    low, high = sorted((light_of(one), light_of(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("paper", ["light", "dark"])
@pytest.mark.parametrize("meaning", ["estimate", "attention"])
def test_numbers_can_be_read_on_every_shade(paper, meaning):
    on = {name: rgb(getattr(ink, paper)) for name, ink in PALETTE.items()}
    for strength in np.linspace(0, 1, 201):
        opacity, light = shade(strength, meaning)
        ground = opacity * on[meaning] + (1 - opacity) * on["band"]
        assert contrast(ground, on["paper" if light else "ink"]) >= ENOUGH, strength


def test_pale_numbers_can_be_read_where_nothing_is_claimed():
    for paper in ("light", "dark"):
        inks = [rgb(getattr(PALETTE[name], paper)) for name in ("muted", "paper")]
        assert contrast(*inks) >= ENOUGH


def test_the_measure_of_contrast_is_that_of_the_standard():
    assert contrast(rgb("#ffffff"), rgb("#000000")) == pytest.approx(21)
    # 4.48 by the standard's formula, and the textbook case of a grey just too light on white
    assert contrast(rgb("#ffffff"), rgb("#777777")) == pytest.approx(4.48, abs=0.005)


def test_more_is_never_paler():
    for meaning in ("estimate", "attention"):
        shades = [shade(strength, meaning)[0] for strength in np.linspace(-0.2, 1.2, 99)]
        assert all(a <= b for a, b in itertools.pairwise(shades))


def layers_of(chart):
    spec = chart.to_dict()
    data = [layer.get("data") or spec["data"] for layer in spec["layer"]]
    return spec, [one.get("values") or spec["datasets"][one["name"]] for one in data]


def test_of_both_colours_a_full_one_is_in_ink_and_what_is_not_claimed_has_none():
    cells = [
        HeatCell(row="a", column="s1", value=9, figure="+9", words="", claimed=True),
        HeatCell(row="a", column="s2", value=-9, figure="−9", words="", claimed=True),
        HeatCell(row="b", column="s2", value=3, figure="+3", words="", claimed=False),
    ]
    spec, layers = layers_of(
        heat_chart(cells, rows=["a", "b"], columns=["s1", "s2"], most=2, across="segment")
    )
    drawn = layers[1]
    assert [one["strength"] > 0.3 for one in drawn] == [True, True, False]
    assert {one["ink"] for one in drawn[:2]} == {PALETTE["ink"].light}
    assert drawn[2]["ink"] == PALETTE["muted"].light
    assert [(one["row"], one["start"], one["end"]) for one in drawn] == [
        (0, 0, 1),
        (0, 1, 2),
        (1, 1, 2),
    ]
    assert spec["layer"][0]["encoding"]["x"]["axis"]["labelExpr"].startswith('["", "s1", "", "s2"')


def test_a_long_label_has_its_room_and_all_of_it_on_a_phone():
    label = "Chance that two interactions are from different templates"
    tile = Tile(row=0, start=0, end=2, strength=1, figure="1", words="")
    spec, layers = layers_of(
        tile_chart([tile], rows=[label], places=2, marks=[(0, "0"), (2, "1")], across="certainty")
    )
    assert layers[-1][0]["label"] == label
    limit = spec["layer"][-1]["mark"]["limit"]["expr"]
    assert limit.startswith("width < 480 ? width : ")
    assert float(limit.split(":")[1]) >= 340
