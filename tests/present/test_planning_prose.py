"""What a plan's page says in each case: in reach, too long, out of reach, unknown, given."""

import json
from dataclasses import asdict, replace

import pytest

from assay.analysis.experiments.design.basis import Arrivals, Given, basis_given
from assay.analysis.experiments.design.plan import Wish, plan_for
from assay.analysis.experiments.design.result import Operating
from assay.core.finding import Estimate
from assay.core.provenance import LeftOut
from assay.core.result import record
from assay.params import Metric
from assay.present.experiments import planning
from assay.present.figures import Figure

SUCCESS = Metric(name="Task success", kind="rate", value="s")
COST = Metric(name="Cost", kind="mean", value="c", better="down", role="secondary", unit="USD")
LATENCY = Metric(
    name="Latency", kind="mean", value="l", better="down", role="guardrail", margin=0.1, unit="s"
)
GIVEN = {
    "Task success": Given(base=0.3),
    "Cost": Given(base=0.5, sd=1.0),
    "Latency": Given(base=4.0, sd=6.0),
}


def plan(metrics=(SUCCESS, COST, LATENCY), per_day=300.0, change=None, **wish):
    basis = basis_given(metrics, GIVEN, unit="user_id", units_per_day=per_day)
    if change is not None:
        basis = replace(basis, **change)
    return plan_for(basis, Wish(**({"effect": 0.1} | wish)))


def told(found):
    return planning.tell(record(found, kind="ab-design"))


def plainly(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def title(found) -> str:
    return plainly(planning.brief(told(found)).title)


def blocks(answer):
    return [
        *planning.curve_blocks(answer),
        *planning.size_blocks(answer),
        *planning.help_blocks(answer),
        *planning.look_blocks(answer),
        *planning.operating_blocks(answer),
        planning.checks_section(answer),
        planning.checks_table(answer),
        *planning.remarks(answer),
        planning.method_details(answer),
    ]


def words(answer) -> str:
    """All that a reader reads, as one text."""
    found = [json.dumps(asdict(planning.brief(answer)), ensure_ascii=False)]
    for block in blocks(answer):
        if isinstance(block, Figure):
            found += [block.caption, block.alt]
        else:
            found.append(json.dumps(block._repr_mimebundle_(), ensure_ascii=False))
    return plainly(" ".join(found))


def test_titles_are_the_answer():
    assert title(plan()) == "Two arms need 4 weeks to see a lift of 10 % in task success"
    assert (
        title(plan(per_day=5_000.0))
        == "Two arms need one week to see a lift of 10 % in task success"
    )
    assert (
        title(plan(split=(1, 1, 1)))
        == "Three arms need 7 weeks to see a lift of 10 % in task success"
    )
    assert title(plan(per_day=None)).startswith("Two arms need 7 ")
    assert title(plan(per_day=None)).endswith("users to see a lift of 10 % in task success")
    assert title(plan(effect=0.002)) == "A year does not show a lift of 0.2 % in task success"
    assert (
        title(plan(metrics=(SUCCESS.model_copy(update={"equivalence": 0.2}),)))
        == "Task success cannot be planned like this"
    )
    assert (
        title(plan(metrics=(COST.model_copy(update={"role": "primary"}),), effect=0.2))
        == "Two arms need 2 weeks to see a fall of 20 % in cost"
    )
    both = (SUCCESS, COST.model_copy(update={"role": "primary"}))
    assert title(plan(metrics=both)).endswith("in task success and in one other metric")


def test_the_card_says_what_to_do():
    card = planning.brief(told(plan())).decision
    assert plainly(card.title) == "Run it for 4 weeks"
    text = plainly(card.text)
    assert "about 2 100 users in the first week, 8 400 in 4 weeks" in text
    assert "If the true change is +10 %, the interval lies beyond zero in 8" in text
    long = planning.brief(told(plan(effect=0.05))).decision
    assert "In the 8 weeks that you have, a change of +" in plainly(long.text)
    assert long.tone == "attention"
    never = planning.brief(told(plan(effect=0.002))).decision
    assert "After 8 weeks the smallest change that is seen" in plainly(never.text)
    assert never.tone == "bad"


def test_a_margin_that_stays_open_is_told():
    tight = LATENCY.model_copy(update={"margin": 0.02})
    text = plainly(planning.brief(told(plan(metrics=(SUCCESS, tight)))).decision.text)
    assert "By then latency is unlikely to be shown within the margin: that takes" in text


@pytest.mark.parametrize(
    "found",
    [
        plan(),
        plan(effect=0.05),
        plan(effect=0.002),
        plan(per_day=None),
        plan(plan="group-sequential", looks=3),
        plan(plan="anytime"),
        plan(split=(3, 1, 1)),
        plan(metrics=(SUCCESS.model_copy(update={"equivalence": 0.5}), LATENCY)),
    ],
    ids=["run", "long", "unreachable", "size", "looks", "anytime", "arms", "unknown"],
)
def test_every_case_has_all_its_words(found):
    text = words(told(found))
    for fault in ("None", "nan", "inf ", "  .", ".."):
        assert fault not in text, text[max(0, text.index(fault) - 80) : text.index(fault) + 40]


def test_headings_are_findings():
    answer = told(plan(plan="group-sequential", looks=3))
    heads = [plainly(b.heading) for b in blocks(answer) if hasattr(b, "heading")]
    assert heads[0].startswith("One week of data shows changes from +")
    assert heads[1].startswith("To see +5 % takes ")
    assert heads[2].startswith("Three looks cost 1 % more users, and on average it ends after ")
    assert heads[-1] == "Nothing was found that speaks against the plan"


def test_what_was_known_before_is_told():
    given = {"Task success": Given(base=0.3, rho=0.7)}
    basis = basis_given((SUCCESS,), given, unit="user_id", units_per_day=300)
    found = told(plan_for(basis, Wish(effect=0.1, adjust=True)))
    head = plainly(planning.help_blocks(found)[0].heading)
    assert head == "What users did before saves 49 % of them for task success and is used"
    assert "without what was known before" in str(planning.curve_blocks(found)[1].spec())


OPERATING = Operating(
    metric="Task success",
    lift=0.1,
    runs=1_000,
    claimed=0.5,
    claimed_error=0.016,
    wrong=0.0,
    predicted=0.8,
    units=9_000,
    days=28.0,
    exaggeration=1.2,
    estimate=Estimate(value=0.1, low=0.05, high=0.15),
)


def test_doubts_are_told():
    lost = LeftOut(what="rows without a unit", count=500, reason="whose they are", share=0.2)
    change = {
        "left_out": (lost,),
        "days": 60,
        "rows": 9_000,
        "arrivals": lambda days: Arrivals(
            units=40 * days, low=20 * days, high=60 * days, extrapolated=days > 60
        ),
    }
    found = plan(change=change)
    null = replace(OPERATING, lift=0.0, claimed=0.05)
    answer = told(replace(found, operating=(null, OPERATING), operating_from=5_000))
    names = [check.name for check in planning.doubts.checks(answer) if check.remark]
    assert names == ["History", "Steady traffic", "Formula and simulation", "Rows without a unit"]
    assert plainly(planning.checks_section(answer).heading).startswith("Four things to mind: ")


def test_rare_events_are_told():
    given = {"Task success": Given(base=0.0005)}
    basis = basis_given((SUCCESS,), given, unit="user_id", units_per_day=1_000)
    text = words(told(plan_for(basis, Wish(effect=3.0))))
    assert "expected in an arm: power is summed over all tables" in text
    assert "skewness-corrected score" in text
    looks = plan_for(basis, Wish(effect=3.0, plan="group-sequential"))
    assert "happens so rarely that the formula is out" in words(told(looks))
