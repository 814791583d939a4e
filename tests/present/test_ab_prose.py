"""What an A/B report says, for each thing that can be found."""

import json
import re
from functools import cache

import pytest

from assay.core.brief import Brief
from assay.core.result import record
from assay.present.blocks import Details, Lead, Mark, Note, Section, Table, Terms
from assay.present.experiments import (
    brief,
    chance_section,
    chance_table,
    checks_section,
    checks_table,
    dots_figure,
    lift_figure,
    method_details,
    remarks,
    segment_blocks,
    tell,
    values_table,
    what_changed,
)
from assay.present.figures import Figure
from assay.present.format import count
from assay.present.prose.experiments.checks import MANY_LEFT_OUT, MANY_MISSING
from assay.present.prose.experiments.used import SOURCES
from present.ab_examples import (
    HEADLINE,
    RECORDS,
    SUCCESS,
    comparison,
    result,
)
from present.printed_numbers import unfounded, unfounded_among

THRESHOLDS = (100 * MANY_LEFT_OUT, 100 * MANY_MISSING)
EMPTY_WORDS = re.compile(
    r"\b(significant(ly)?|huge|dramatic(ally)?|clearly|very|great|strong(ly)?|massive)\b",
    re.IGNORECASE,
)
every_result = pytest.mark.parametrize("name", RECORDS)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-")


def head(name: str) -> Brief:
    return brief(tell(RECORDS[name]))


def sections(told: dict) -> list:
    return [
        what_changed(told),
        lift_figure(told),
        values_table(told),
        chance_section(told),
        *dots_figure(told),
        *chance_table(told),
        *segment_blocks(told),
        checks_section(told),
        checks_table(told),
        *remarks(told),
        method_details(told),
    ]


def texts(block) -> list[str]:  # noqa: PLR0911
    match block:
        case Section():
            return [block.heading, block.lead]
        case Figure():
            return [block.caption, block.alt]
        case Note():
            return [block.text]
        case Table():
            cells = [
                cell.text if isinstance(cell, Mark) else cell for row in block.rows for cell in row
            ]
            return [block.caption, *cells]
        case Lead():
            return [block.text]
        case Terms():
            return [text for pair in block.pairs for text in pair]
        case Details():
            return [text for inner in block.blocks for text in texts(inner)]
    return [block]


def of_brief(found: Brief) -> list[str]:
    card = found.decision
    tiles = [text for t in found.tiles for text in (t.value, t.interval, t.detail)]
    facts = [fact.value for fact in card.facts]
    return [found.title, found.subtitle, card.title, card.text, card.note, *facts, *tiles]


@cache
def printed(name: str) -> tuple[str, ...]:
    """All texts of a page."""
    told = tell(RECORDS[name])
    return (*of_brief(brief(told)), *(t for block in sections(told) for t in texts(block)))


TITLES = {
    "ship": "Ship greeting-v2: task success rises by 3.4 to 5.7 %; escalations are still open",
    "ship, guardrails kept": (
        "Ship greeting-v2: task success rises by 3.4 to 5.7 %, and no guardrail is harmed"
    ),
    "ship, no guardrails": "Ship greeting-v2: task success rises by 3.4 to 5.7 %",
    "held back": (
        "Not decided yet: task success rises by 3.4 to 5.7 %, but latency may be anything from "
        "0.4 % lower to 7.1 % higher, against a margin of 5 %"
    ),
    "harmed": "Keep control: latency rises by 7.2 to 12.8 %, beyond the margin of 5 %",
    "worse": "Keep control: task success falls by 3.2 to 5.5 %",
    "too small": (
        "Keep control: task success changes by at most 0.42 %, less than the 1 % that would matter"
    ),
    "no gain": (
        "Keep control: task success may be anything from 1.26 % lower to 0.69 % higher, which "
        "excludes a gain of 1 %"
    ),
    "undecided": (
        "Not decided yet: task success may be anything from 0.96 % lower to 2.39 % higher"
    ),
    "edge of the region": (
        "Not decided yet: task success rises by 0.1 to 2.1 %, which may be less than the 1 % "
        "that would matter"
    ),
    "unbounded": "Ship greeting-v2: refunds rise by 0.072 to 0.268 points",
    "refused": ("Not decided yet: conversions have no answer (not enough data)"),
    "blocked": "No answer from these data: the arms do not have the sizes that were planned",
    "several arms": "Ship mens: visit rises by 66.4 to 78.9 %",
    "paired": "Ship greeting-v2: win rate rises by 6.9 to 17.5 %",
}


@pytest.mark.parametrize("name", TITLES)
def test_the_title_is_the_finding_with_its_interval(name):
    assert plain(head(name).title) == TITLES[name]


@every_result
def test_every_number_comes_from_the_record(name):
    told = tell(RECORDS[name])
    years = (2016.0, *(float(n) for said in SOURCES.values() for n in re.findall(r"\d+", said)))
    assert unfounded_among(printed(name), told, also=(*THRESHOLDS, *years)) == {}


@every_result
def test_every_number_of_a_finding_comes_from_its_own_comparison(name):
    told = tell(RECORDS[name])
    for i, found in enumerate(told["findings"]):
        for key in ("title", "plain", "exact"):
            assert unfounded(found[key], told, only=i) == [], found[key]


def test_a_number_of_nobody_is_noticed():
    assert unfounded("rises by 2.9 to 6.1 %", RECORDS["ship"], only=0) == ["2.9", "6.1"]
    assert unfounded("rises by 3.4 to 5.7 %", RECORDS["ship"], only=0) == []
    assert unfounded("falls by 3.4 to 5.7 %", RECORDS["ship"], only=1) == ["3.4", "5.7"]


@every_result
def test_words_are_plain(name):
    found = tell(RECORDS[name])["findings"]
    for text in (*printed(name), *(one[key] for one in found for key in ("title", "plain"))):
        assert not EMPTY_WORDS.search(text), text
        assert not re.search(r"\bNone\b|\bnan\b|\binf\b|  |\.\.|,,| ,| \.(?!\d)", text), text
        assert "-0" not in text
        assert not re.search(r"(?<![\w\u00a0])-\d", text), f"a hyphen for a minus in {text!r}"


def pointer_leads_somewhere(record, at):
    for part in at.strip("/").split("/"):
        record = record[int(part)] if isinstance(record, list) else record[part]
    return record is not None


@every_result
def test_findings_are_told_and_nothing_else_changes(name):
    before = RECORDS[name]
    told = tell(before)
    assert {k: v for k, v in told.items() if k not in {"findings", "derived"}} == {
        k: v for k, v in before.items() if k != "findings"
    }
    for made in told["derived"]:
        assert made["value"] >= 0
        assert all(pointer_leads_somewhere(before, at) for at in made["from"]), made
    for old, new in zip(before["findings"], told["findings"], strict=True):
        assert all(new[key] == old[key] for key in old if key not in {"title", "plain", "exact"})
        assert new["title"]
        assert new["plain"].endswith(".")
        assert new["exact"].endswith(".")


def test_a_finding_of_no_metric_tells_its_reason():
    mismatch = {
        **RECORDS["blocked"]["findings"][0],
        "key": "sample-ratio",
        "what": "sizes of the arms",
        "reason": "the arms have 24,079 : 22,031 units, which the planned split makes impossible",
    }
    (told,) = tell({**RECORDS["blocked"], "findings": [mismatch]})["findings"]
    assert told["title"] == "The arms do not have the sizes that were planned"
    assert plain(told["plain"]).startswith("The arms have 24 079 : 22 031 units")


def test_the_manager_reads_what_moved_and_whether_that_is_wanted():
    told = [plain(f["plain"]) for f in tell(RECORDS["ship"])["findings"]]
    assert told == [
        "Task success rises by 3.4 to 5.7 % (from 70.1 to 73.3 %).",
        "Cost per solved task falls by 2.6 to 10.9 % (from $0.118 to $0.110); less is better.",
        "User rating may be anything from 0.7 % lower to 3.5 % higher.",
        "Latency is at most 4.6 % higher, within the margin of 5 %.",
        "Escalations may be anything from 9.6 % lower to 5.7 % higher.",
    ]


def test_the_statistician_reads_estimator_interval_n_and_prior():
    exact = plain(tell(RECORDS["ship"])["findings"][0]["exact"])
    assert exact == (
        "Welch t: difference +3.20 points [+2.38, +4.02] at 95 %, 48 187 degrees of freedom, "
        "p < 0.0001; lift +4.6 % [+3.4, +5.7] by Fieller’s theorem; n = 24 131 and 24 079. "
        "Posterior (exact Beta-Binomial; prior uniform on each rate): chance of being better over "
        "99.99 %, expected loss under 0.001 points if shipped and 3.20 points if not."
    ).replace("3.20 points if not", "3.2 points if not")


def test_an_unbounded_lift_is_said_in_the_unit_with_its_reason():
    (found,) = tell(RECORDS["unbounded"])["findings"]
    assert plain(found["plain"]) == (
        "Refunds rise by 0.072 to 0.268 points (from 0.04 to 0.21 %). Relative to control the "
        "change has no bound: control cannot be told from zero."
    )
    assert "lift unbounded (Fieller g = 1.40)" in found["exact"]


def test_what_cannot_be_answered_has_no_number_that_looks_like_one():
    found = head("refused")
    assert found.tiles[0].value == "–"
    assert found.tiles[0].number is None
    assert found.tiles[0].interval == ""
    row = values_table(RECORDS["refused"]).rows[0]
    assert row[4] == "–"


def test_blocked_concludes_nothing():
    found = head("blocked")
    assert (found.state, found.tone, found.needs_decision) == ("blocked", "attention", True)
    assert all(tile.number is None and tile.value == "–" for tile in found.tiles)
    assert dots_figure(RECORDS["blocked"]) == ()
    assert chance_table(RECORDS["blocked"]) == ()
    told = tell(RECORDS["blocked"])
    assert all(f["exact"].startswith("Not to be concluded from.") for f in told["findings"])
    assert what_changed(told).heading == "No metric can be read"
    assert checks_section(told).heading == "A check failed: users per arm not as planned"
    assert "24 079 in control and 22 031 in greeting-v2" in plain(found.decision.text)


def test_the_card_counts_what_changes_in_so_many():
    text = plain(head("ship").decision.text)
    assert text.startswith(
        "Task success goes from 70.1 to 73.3 %: 32 more in every 1 000 (24 to 40)."
    )
    fewer = plain(head("worse").decision.text)
    assert fewer.startswith("Task success goes from 73.3 to 70.1 %: 32 fewer in every 1 000 (24 to")


def test_rare_events_are_counted_in_more():
    rare = comparison("Conversion", before=0.0057, after=0.0125, error=0.0009, unit="share")
    text = plain(brief(tell(record(result(rare), kind="ab-test"))).decision.text)
    assert "68 more in every 10 000 (50 to 86)" in text


def test_undecided_says_how_much_more_it_takes():
    card = head("undecided").decision
    assert plain(card.text).endswith(
        "It takes about 120 000 more users to decide, 110 days at the pace so far: enough in four "
        "cases of five, if the change is as it looks now."
    )
    assert ("Users so far / needed", "48 210 / 170 000") in [
        (fact.label, plain(fact.value)) for fact in card.facts
    ]
    assert not head("undecided").needs_decision


def test_undecided_without_a_promise_says_so():
    assert head("edge of the region").decision.text.endswith(
        "How much more data would decide it cannot be told."
    )


def test_the_card_names_the_other_arms():
    text = plain(head("several arms").decision.text)
    assert "Visit in womens rises by 36.5 to 48.4 %." in text
    assert head("several arms").subtitle.startswith("Variants mens and womens against none, 64")


def test_notes_place_the_interval():
    notes = {name: plain(head(name).decision.note) for name in TITLES}
    region = "the region of no practical interest (±1 %)"
    assert f"+3.4 to +5.7 %, lies wholly above {region}" in notes["ship"]
    assert "lies wholly above zero" in notes["ship, no guardrails"]
    assert "lies wholly below zero" in notes["worse"]
    assert "lies wholly beyond the declared margin of 5 %" in notes["harmed"]
    assert f"lies wholly inside {region}" in notes["too small"]
    assert f"excludes every gain beyond {region}" in notes["no gain"]
    assert "contains zero" in notes["undecided"]
    assert f"reaches into {region}" in notes["edge of the region"]
    assert notes["unbounded"].startswith("The interval for the difference, +0.072 to +0.268 points")
    assert notes["blocked"].startswith("Sample-ratio check: p < 0.0001, limit 0.001")


def test_tones_follow_the_finding():
    assert {name: head(name).tone for name in ("ship", "harmed", "too small", "undecided")} == {
        "ship": "good",
        "harmed": "bad",
        "too small": "neutral",
        "undecided": "neutral",
    }
    assert [tile.tone for tile in head("ship").tiles] == ["good", "good", "neutral", "neutral"]


def test_at_most_four_tiles_and_what_is_harmed_is_among_them():
    crowd = [comparison(f"Metric {letter}", role="secondary") for letter in "abcde"]
    harmed = comparison(
        "Errors", role="guardrail", before=0.2, after=0.3, better="down", margin=0.1, verdict="keep"
    )
    tiles = brief(tell(record(result(SUCCESS, *crowd, harmed, verdict="keep"), kind="x"))).tiles
    assert [tile.name for tile in tiles] == ["Task success", "Metric a", "Metric b", "Errors"]


def test_more_findings_than_a_title_holds_are_counted():
    many = [comparison(f"Metric {letter}") for letter in "abcd"]
    title = brief(tell(record(result(*many), kind="x"))).title
    assert title.endswith("and two more metrics improve")


def test_one_unit_on_one_day():
    assert plain(head("one unit, one day").subtitle) == (
        "Variant greeting-v2 against control, 1 user over 1 day, 9 October 2026."
    )


def test_paired_counts_its_items():
    subtitle = plain(head("paired").subtitle)
    assert subtitle == "Variant greeting-v2 against control, 805 instructions (1 610 rows)."
    first = method_details(RECORDS["paired"]).blocks[0]
    assert plain(first).startswith("The two arms share their instructions: each of the 805")


def test_a_guardrail_whose_margin_is_not_shown_holds_back_a_better_primary():
    card = brief(RECORDS["held back"]).decision
    assert plain(card.text).startswith(
        "Task success goes from 70.1 to 73.3 %: 32 more in every 1 000"
    )
    assert "latency may be anything" in plain(card.text).lower()
    assert "It takes about 21 000 more users to decide" in plain(card.text)
    assert "Users so far / needed" in {fact.label for fact in card.facts}


def test_a_refused_metric_gives_no_number_that_looks_like_an_answer():
    record = RECORDS["refused"]
    labels = [fact.label for fact in brief(record).decision.facts]
    assert not any("Chance" in label or "loss" in label for label in labels)
    assert chance_section(record).heading.startswith("There are too few data to speak of a chance")
    assert dots_figure(record) == ()
    assert chance_table(record) == ()


def test_of_several_arms_the_title_names_its_own_and_the_card_those_that_harm():
    record = json.loads(json.dumps(RECORDS["several arms"]))
    for body in record["comparisons"]:
        if body["metric"] == "Spend":
            body |= {"role": "guardrail", "better": "down", "margin": 0.05, "verdict": "keep"}
    record |= {"verdict": "keep"}
    found = brief(record)
    assert plain(found.title).startswith("Keep none: spend in mens rises by")
    assert "Spend in womens rises by" in plain(found.decision.text)


def test_headings_group_metrics_by_what_they_show():
    assert what_changed(RECORDS["ship"]).heading == (
        "Task success and cost per solved task improve; latency stays within its margin; "
        "user rating and escalations are still open"
    )
    assert what_changed(RECORDS["several arms"]).heading == "Mens: visit and spend improve"


def test_many_metrics_are_counted():
    assert what_changed(RECORDS["many metrics"]).heading == (
        "Three metrics improve; eight metrics are still open"
    )
    card = plain(head("many metrics").decision.text)
    assert card.endswith("Eight metrics are still open.")
    assert plain(head("many metrics").title).endswith(" and one more metric improves")


def test_many_segments_are_counted_and_drawn_on_one_scale():
    section, *figures = segment_blocks(RECORDS["many segments"])
    assert section.heading == (
        "Task success rises for 6 of 30 regions; still open for 24 of 30 regions"
    )
    assert len(figures) == 3
    assert [figure.alt.count("n = ") for figure in figures] == [11, 11, 9]
    assert len({figure.caption for figure in figures}) == 2


def test_each_column_of_segments_has_a_name_of_its_own_in_the_menu():
    changed = json.loads(json.dumps(RECORDS["segments"]))
    changed["segments"] += [s | {"column": "plan"} for s in changed["segments"]]
    names = [block.nav for block in segment_blocks(changed) if isinstance(block, Section)]
    assert names == ["For whom: user type", "For whom: plan"]


def test_arms_with_long_names_are_counted_in_sentences_and_whole_in_the_table():
    record = RECORDS["headlines"]
    told = head("headlines")
    assert plain(told.subtitle).startswith(
        "Three variants against The only thing out of control about…,"
    )
    assert told.subject == "three variants against The only thing out of control about…"
    assert what_changed(record).lead == (
        "Change of three variants against The only thing out of control about…"
    )
    assert f"{HEADLINE} 2" in {cell for row in values_table(record).rows for cell in row}


def test_the_chance_is_that_of_the_metric_that_decides():
    assert "on latency is under" in plain(chance_section(RECORDS["harmed"]).heading)
    assert "Latency" not in chance_section(RECORDS["ship"]).heading
    labels = {fact.label for fact in head("harmed").decision.facts}
    assert "Chance that greeting-v2 is better on latency" in labels


def test_a_caption_explains_what_its_figure_shows_and_no_more():
    assert plain(lift_figure(RECORDS["ship, no guardrails"]).caption) == (
        "Points with 95 % intervals. Green: better. n: users of both arms."
    )
    assert "amber: not to be read" in lift_figure(RECORDS["blocked"]).caption
    assert "dotted: a lift without bounds" in lift_figure(RECORDS["unbounded"]).caption


def test_items_seen_in_both_arms_count_once():
    figure = lift_figure(RECORDS["paired"])
    assert "n = 805" in figure.alt
    assert figure.caption.endswith("n: instructions seen in both arms.")


def test_money_is_told_in_cents():
    spend = comparison("Spend", before=0.653, after=1.423, error=0.145, unit="USD", kind="mean")
    assert "$0.65 → $1.42" in brief(tell(record(result(spend), kind="x"))).tiles[0].detail


def test_segments_say_for_whom_and_for_whom_nothing_is_shown():
    (section, figure) = segment_blocks(RECORDS["segments"])
    assert section.heading == (
        "Task success rises for user types support desk, sales and internal; still open for user type trial"
    )
    assert "within four user types" in section.lead
    assert "trial" in figure.alt
    assert segment_blocks(RECORDS["ship"]) == ()


def test_a_segment_whose_units_never_acted_is_counted_but_not_drawn():
    changed = json.loads(json.dumps(RECORDS["segments"]))
    (trial,) = [s for s in changed["segments"] if s["segment"] == "trial"]
    nothing = {"value": None, "low": None, "high": None}
    trial["comparison"] |= {"value": None, "value_control": None, "p_value": None}
    trial["comparison"] |= {"difference": nothing, "lift": trial["comparison"]["lift"] | nothing}
    (section, figure) = segment_blocks(changed)
    n = trial["comparison"]["n"] + trial["comparison"]["n_control"]
    assert section.heading == "Task success rises for every user type"
    assert f"{count(n)} users have nothing to measure." in section.lead
    assert "trial" not in figure.alt


def test_missing_values_are_remarked_by_arm():
    (note,) = remarks(RECORDS["ship"])
    assert plain(note.text).startswith(
        "User rating has a value for 39.0 % of greeting-v2 and 37.8 % of control."
    )
    assert checks_section(RECORDS["ship"]).heading == "Two checks passed, one remark"
    assert checks_section(RECORDS["paired"]).heading == "All three checks passed"


def test_the_method_says_what_the_intervals_hold_for():
    look = plain(method_details(RECORDS["segments"]).blocks[1])
    assert "The 95 % intervals hold for one planned look." in look
    assert "Intervals within segments (user type) are Bonferroni-adjusted" in look
    assert "Bonferroni" not in plain(method_details(RECORDS["ship"]).blocks[1])


def test_the_method_shows_what_a_covariate_did():
    tables = [b for b in method_details(RECORDS["covariate"]).blocks if isinstance(b, Table)]
    assert len(tables) == 2
    assert tables[1].rows[0][2:4] == ("0.49", "31.0\u00a0%")


def test_terms_name_prior_region_and_margins():
    (terms,) = [b for b in method_details(RECORDS["ship"]).blocks if isinstance(b, Terms)]
    said = dict(terms.pairs)
    assert (
        plain(said["Region of no interest"])
        == "Task success ±1 %, as lift, declared before the run."
    )
    assert "Latency 5 %, as lift" in plain(said["Margins"])
    assert "Uniform on each rate; normal on the difference" in said["Prior"]
