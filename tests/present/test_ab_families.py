"""What an A/B report says of metrics and arms that are read together."""

from dataclasses import replace

import pytest

from assay.analysis.experiments.conclusions.families import Family
from assay.analysis.experiments.result import Lift
from assay.core.finding import Estimate
from assay.core.result import record
from assay.present.experiments import family_blocks, lift_figure, method_details
from assay.present.prose.experiments.reading import readings
from present.ab_examples import comparison, result

FAMILY = Family(
    role="primary", metrics=("Task success", "Rating"), asked="auto", correction="holm", tests=2,
    rejected=1, alpha=0.05, interval_alpha=0.025, promise="none false",
)  # fmt: skip
SCREEN = replace(
    FAMILY, role="exploratory", metrics=("Clicks",), correction="bh", tests=8,
    interval_alpha=0.0125, promise="few false",
)  # fmt: skip


def plain(text):
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-")


def widened(one, *, p, by=1.0, low=None):
    """The comparison with intervals `by` times as wide, or cut at `low`."""
    gap, lift = one.difference, one.lift

    def ends(of):
        least = of.value - by * (of.value - of.low) if low is None else low
        return {"value": of.value, "low": least, "high": of.value + by * (of.high - of.value)}

    return replace(
        one,
        p_adjusted=p,
        difference_adjusted=Estimate(**ends(gap)),
        lift_adjusted=Lift(**ends(lift), unbounded=False),
    )


def rating(**changes):
    return comparison(
        "Rating", before=0.70, after=0.715, error=0.007, kind="mean", unit="1", **changes
    )


def of(*comparisons, families=(FAMILY,), **changes):
    return record(result(*comparisons, families=families, **changes), kind="ab-test")


STANDS = widened(comparison(), p=0.0001, by=1.144)
FALLS = widened(rating(verdict="undecided"), p=0.064, by=1.144)
CUT = widened(rating(), p=0.032, by=1.144, low=0.0)


@pytest.mark.parametrize(
    ("second", "heading"),
    [
        (FALLS, "One of the two differences seen stands once both comparisons are counted"),
        (CUT, "Both differences seen stand once both comparisons are counted"),
    ],
)
def test_the_heading_counts_what_still_stands(second, heading):
    section, _ = family_blocks(of(STANDS, second))
    assert section.heading == heading
    assert plain(section.lead) == "For primary metrics (Holm), all intervals hold together at 95 %."


def test_one_difference_and_none():
    flat = widened(comparison(after=0.702, verdict="undecided"), p=1.0, by=1.144)
    section, _ = family_blocks(of(flat, FALLS))
    assert (
        section.heading
        == "The one difference seen does not stand once both comparisons are counted"
    )
    level = widened(rating(verdict="undecided"), p=1.0)
    section, _ = family_blocks(
        of(flat, replace(level, difference=flat.difference, difference_adjusted=flat.difference))
    )
    assert section.heading == "No difference is seen in either comparison"


def test_both_intervals_and_both_p_stand_side_by_side():
    _, table = family_blocks(of(STANDS, FALLS))
    assert [name for name, _ in table.columns] == [
        "Metric", "Change alone", "Change together", "p alone", "p together",
    ]  # fmt: skip
    cells = [plain(cell) for cell in table.rows[1]]
    assert cells[0] == "Rating"
    assert cells[1].startswith("+2.1 % [+0.2")
    assert cells[2].startswith("+2.1 % [-0.1")
    assert cells[4] == "0.064"


def test_figures_go_by_what_the_verdict_goes_by():
    told = of(STANDS, FALLS)
    (drawn,) = [r for r in readings(told) if r.metric == "Rating"]
    assert drawn.body["difference"] == told["comparisons"][1]["difference_adjusted"]
    assert drawn.body["difference_alone"] == told["comparisons"][1]["difference"]
    assert drawn.state == "undecided"
    assert "undecided" in lift_figure(told).alt


def test_an_interval_that_ends_at_zero_is_shown_to_be_better():
    (drawn,) = [r for r in readings(of(STANDS, CUT)) if r.metric == "Rating"]
    assert drawn.state == "better"
    assert "[0.0" in plain(drawn.lift)


def test_nothing_is_said_where_nothing_is_read_together():
    alone = replace(FAMILY, metrics=("Task success",), correction="none", tests=1)
    assert family_blocks(of(comparison(), families=(alone,))) == ()
    assert family_blocks(of(comparison(), families=())) == ()
    assert family_blocks(of(STANDS, FALLS, verdict="blocked")) == ()


def test_the_method_says_how_the_number_was_paid_for():
    guard = replace(
        FAMILY, role="guardrail", metrics=("Latency", "Errors"), correction="none",
        promise="each alone",
    )  # fmt: skip
    other = replace(FAMILY, role="secondary", asked="dunnett", reason="there is one arm")
    made = of(STANDS, FALLS, families=(FAMILY, other, SCREEN, guard))
    said = plain(dict(method_details(made).blocks[2].pairs)["Many metrics and arms"])
    assert "Primary metrics: Holm over two comparisons, each interval at 97.5 %." in said
    assert "(there is one arm)" in said
    assert "Exploratory metrics: Benjamini–Hochberg over eight comparisons" in said
    assert "Guardrail metrics: two comparisons, each by itself at 95 %." in said
    assert "ended at zero" in said
    section, _ = family_blocks(of(STANDS, families=(SCREEN, FAMILY)))
    assert "no more than 5 % on average of those said to differ do not" in plain(section.lead)
